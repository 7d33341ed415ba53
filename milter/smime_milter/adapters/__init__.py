"""The only code that touches the world: one folder or file for each thing outside."""

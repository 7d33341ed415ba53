"""The configuration file: one schema, from which reading, the manual page and the example are made."""

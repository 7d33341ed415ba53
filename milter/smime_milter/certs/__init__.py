"""X.509: reading, fitness for S/MIME, path validation, choosing, learning rules, working days."""

"""The milter adapter, without an MTA."""

"""Bytes to a map of byte ranges, and our own header fields and encodings; nothing is ever re-serialised."""

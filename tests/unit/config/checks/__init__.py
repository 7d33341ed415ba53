"""Tests of what check-config looks at beyond the file."""

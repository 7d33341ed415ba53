"""Tests of the configuration: reading, reference, checks."""

"""Tests of finding, weighing and masking personal data."""

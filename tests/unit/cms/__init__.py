"""Tests of the package cms."""

"""Tests of each package, by the package's name."""

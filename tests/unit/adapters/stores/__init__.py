"""Tests of the package adapters.stores."""

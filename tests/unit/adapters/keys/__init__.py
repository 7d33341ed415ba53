"""Tests of smime_milter.adapters.keys."""

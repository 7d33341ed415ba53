"""Tests of smime_milter.model."""

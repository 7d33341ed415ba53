"""Tests of smime_milter.certs."""

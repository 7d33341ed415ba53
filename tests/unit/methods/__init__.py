"""Tests of the recognisers of refused methods."""

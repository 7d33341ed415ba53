"""Tests of the shape of the program: what may import what, how large, under which names."""

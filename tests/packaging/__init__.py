"""Tests of the Debian package: what it says, how it builds, installs, works and goes in Debian 12 and 13."""

"""One file per version; a released one never changes."""

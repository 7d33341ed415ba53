"""One broken configuration per mistake, each beside the exact messages it gets."""

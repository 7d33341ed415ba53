"""One request to one server, in a process of its own: connected first, then confined, then it reads what a stranger says."""

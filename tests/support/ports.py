"""Free TCP ports on loopback, below the range the kernel hands out by itself."""

from __future__ import annotations

import random
import socket

LOWEST, HIGHEST = 10001, 32000


def free_ports(count: int) -> tuple[int, ...]:
    """Different ports nobody listens on now; take them up soon."""
    found: set[int] = set()
    while len(found) < count:
        port = random.randint(LOWEST, HIGHEST)
        if _is_free(port):
            found.add(port)
    return tuple(found)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

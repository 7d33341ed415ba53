"""`python3 -P -m smime_milter.worker FD`: started by the daemon, talks over the inherited descriptor."""

from __future__ import annotations

import gc
import socket
import sys

from smime_milter.worker.serve import serve


def _collect_between_messages() -> None:
    """What is loaded by now stays; `serve` says when to look for garbage."""
    gc.freeze()
    gc.disable()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), when_ready=_collect_between_messages)

"""Read one request from the daemon, answer it, end."""

from __future__ import annotations

import encodings.idna  # noqa: F401  loaded before the doors close
import socket

from smime_milter.fetcher.get import get
from smime_milter.model import frames
from smime_milter.model.requests import GetDone, GetRequest
from smime_milter.worker.sandbox import confine

_MEMORY = 512 * 1024 * 1024
_CPU_SECONDS = 30


def serve(channel: socket.socket) -> None:
    """Whatever goes wrong beyond `get` ends the process: the daemon then hears nothing, and says so."""
    request = frames.receive(channel)
    if isinstance(request, GetRequest):
        frames.send(channel, GetDone(get(request, _close_doors)))


def _close_doors() -> None:
    confine(memory_limit=_MEMORY, cpu_limit=_CPU_SECONDS)

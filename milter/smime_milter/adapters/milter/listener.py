"""The socket the MTA connects to, opened by us and handed to libmilter as a descriptor.

So its mode is ours to set, it is ready before libmilter's first thread runs, and a TCP listener
can be told not to delay the many small packets of an edit (44 ms each).
"""

from __future__ import annotations

import os
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import Milter
import milter

from smime_milter.adapters.milter.runtime import Current
from smime_milter.adapters.milter.session import Session
from smime_milter.model.errors import Unavailable


def listen(address: str) -> socket.socket:
    """Open `unix:PATH` (mode 0660, group of the folder if it is set-group-id) or `inet:PORT@HOST`."""
    kind, _, rest = address.partition(":")
    try:
        listener = _unix(Path(rest)) if kind == "unix" else _inet(rest)
    except OSError as error:
        raise Unavailable("milter socket", f"{address}: {error.strerror}") from None
    listener.listen(512)
    listener.setblocking(False)
    return listener


def _unix(path: Path) -> socket.socket:
    _remove_stale(path)
    listener = socket.socket(socket.AF_UNIX)
    mask = os.umask(0o117)
    try:
        return _bound(listener, str(path))
    finally:
        os.umask(mask)


def _bound(listener: socket.socket, address: str | tuple[str, int]) -> socket.socket:
    try:
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def _remove_stale(path: Path) -> None:
    """A socket nobody listens on any more is left over from a killed daemon; a live one is not ours to take."""
    if not path.exists() or not stat.S_ISSOCK(path.stat().st_mode):
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(98, "another milter listens there")


def _inet(rest: str) -> socket.socket:
    port, _, host = rest.partition("@")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return _bound(listener, (host or "127.0.0.1", int(port)))


def serve(listener: socket.socket, current: Current, ended: Callable[[], None]) -> threading.Thread:
    """Run libmilter on the listener in a thread of its own: the main thread keeps the signals."""
    Milter.factory = lambda: Session(current)
    # The last net below our own boundary: pymilter may never let a message through on an exception.
    milter.set_exception_policy(Milter.TEMPFAIL)

    def run() -> None:
        try:
            Milter.runmilter("smime-milter", f"fd:{listener.fileno()}", 600, rmsock=False)
        finally:
            ended()
    thread = threading.Thread(target=run, name="libmilter", daemon=True)
    thread.start()
    return thread

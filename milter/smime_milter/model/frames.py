"""Messages between daemon and worker over a socket pair: a length, JSON, and passed descriptors."""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import Any

from smime_milter.model.plain import NotPlain, from_plain, to_plain
from smime_milter.model.requests import FRAMES
from smime_milter.model.spool import Spool

_HEAD = struct.Struct("!I")
_KINDS = {kind.__name__: kind for kind in FRAMES}
_LIMIT = 64 * 1024 * 1024   # of the JSON; message bytes travel as descriptors
_DESCRIPTORS = 8


def send(channel: socket.socket, frame: Any) -> None:
    """Send one frame. Raises OSError when the other side is gone or the socket's timeout passes."""
    spools: list[Spool] = []
    head = [type(frame).__name__, to_plain(frame, spools)]
    body = json.dumps(head, separators=(",", ":")).encode("utf-8", "surrogatepass")
    packet = _HEAD.pack(len(body)) + body
    sent = socket.send_fds(channel, [packet], [s.fd for s in spools])
    if sent < len(packet):
        channel.sendall(memoryview(packet)[sent:])


def receive(channel: socket.socket, deadline: float | None = None) -> Any:
    """Receive one frame; None at the end of the stream. Raises NotPlain for anything not agreed on.

    With a `deadline` (monotonic seconds) the whole frame must be there by then, however it
    trickles in, or TimeoutError is raised.
    """
    _until(channel, deadline)
    head, descriptors, _, _ = socket.recv_fds(channel, _HEAD.size, _DESCRIPTORS)
    spools = [Spool(fd) for fd in descriptors]
    if not head:
        return None
    (size,) = _HEAD.unpack(head + _exactly(channel, _HEAD.size - len(head), deadline))
    if size > _LIMIT:
        raise NotPlain("size")
    body = _exactly(channel, size, deadline)
    try:
        name, plain = json.loads(body)
        kind = _KINDS[name]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotPlain("frame") from None
    return from_plain(kind, plain, spools)


def _exactly(channel: socket.socket, size: int, deadline: float | None) -> bytes:
    data = bytearray()
    while len(data) < size:
        _until(channel, deadline)
        chunk = channel.recv(min(size - len(data), 1024 * 1024))
        if not chunk:
            raise NotPlain("cut off")
        data += chunk
    return bytes(data)


def _until(channel: socket.socket, deadline: float | None) -> None:
    if deadline is not None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        channel.settimeout(left)

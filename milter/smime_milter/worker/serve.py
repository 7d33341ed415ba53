"""Serve one daemon over one channel, message after message, until it goes away."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable
from typing import assert_never

from smime_milter.model import frames
from smime_milter.model.plain import NotPlain
from smime_milter.model.requests import (
    BuildDone, BuildRequest, Failed, Inspected, InspectRequest, IssuerDone, IssuerRequest, Ready, Request, Result, Start,
    StatusDone, StatusRequest)
from smime_milter.worker.asks import Daemon, DaemonGone
from smime_milter.worker.build import build
from smime_milter.worker.inspect import inspect
from smime_milter.worker.preload import preload
from smime_milter.worker.sandbox import confine
from smime_milter.worker.fetched import checked_issuers, checked_status
from smime_milter.worker.state import WorkerState, state_of

_COLLECT_EVERY = 50
_COLLECT_BEYOND = 256 * 1024   # bytes of a message whose map may hold many objects


def serve(channel: socket.socket, when_ready: Callable[[], None] = lambda: None) -> None:
    """Returns when the daemon closes the channel; `when_ready` is called before the first message.

    What goes wrong with a message is answered as `Failed` with the name of the exception: its
    text could quote the message.
    """
    start = frames.receive(channel)
    if not isinstance(start, Start):
        return
    state = state_of(start)
    preload()
    confine(memory_limit=start.memory_limit, cpu_limit=start.cpu_limit)
    daemon = Daemon(channel)
    when_ready()
    try:
        frames.send(channel, Ready(os.getpid()))
        _serve_messages(channel, state, daemon)
    except (OSError, NotPlain, DaemonGone):
        return


def _serve_messages(channel: socket.socket, state: WorkerState, daemon: Daemon) -> None:
    """Garbage is collected between messages, after the answer has gone: within one it costs a fifth of its time."""
    served = 0
    while (request := frames.receive(channel)) is not None:
        frames.send(channel, _answer(request, state, daemon))
        served += 1
        if served % _COLLECT_EVERY == 0 or _size_of(request) > _COLLECT_BEYOND:
            del request
            gc.collect()


def _size_of(request: Request) -> int:
    return len(request.raw) if isinstance(request, (InspectRequest, BuildRequest)) else 0


def _answer(request: Request, state: WorkerState, daemon: Daemon) -> Result:
    try:
        match request:
            case InspectRequest():
                return Inspected(inspect(request, state, daemon))
            case BuildRequest():
                return BuildDone(build(request, daemon))
            case StatusRequest():
                return StatusDone(checked_status(request, state))
            case IssuerRequest():
                return IssuerDone(checked_issuers(request, state))
            case _:
                assert_never(request)
    except DaemonGone:
        raise
    except Exception as error:  # the daemon decides what an unknown means; content stays here
        return Failed(type(error).__name__)

"""Worker processes as the pipeline's Inspector: borrowed for one message, killed and replaced when they fail.

The daemon does not trust their answers: frames are checked for shape and size, a deadline ends
them, and a private key is used only for the message that was handed over.
"""

from __future__ import annotations

import os
import queue
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smime_milter.model import frames
from smime_milter.model.errors import Unavailable
from smime_milter.model.inspection import Inspection, Wanted
from smime_milter.model.keys import OwnKey
from smime_milter.model.message import Envelope, Message
from smime_milter.model.plain import NotPlain
from smime_milter.model.recipe import Built, Recipe
from smime_milter.model.requests import (
    BuildDone, BuildRequest, BytesAnswer, Failed, Inspected, InspectRequest, IssuersAnswer, IssuersAsk, Ready, SignAsk, Start,
    UnwrapAsk)
from smime_milter.ports import IssuerSource, Keys

_HEARTBEAT = 4.0         # Sendmail wants a sign of life every 10 s
_MESSAGES = 5000         # a worker is replaced after so many
_START_DEADLINE = 20.0


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    channel: socket.socket
    served: int = 0
    is_ready: bool = False

    def wait_ready(self, deadline: float) -> None:
        """Until it has confined itself; raises what `receive` raises if it died on the way."""
        if not self.is_ready:
            self.channel.settimeout(max(0.1, deadline - time.monotonic()))
            if not isinstance(frames.receive(self.channel), Ready):
                raise NotPlain("not ready")
            self.is_ready = True

    def kill(self) -> None:
        self.channel.close()
        self.process.kill()
        self.process.wait()


def _spawn(start: Start) -> _Worker:
    ours, theirs = socket.socketpair()
    root = Path(__file__).resolve().parents[2]
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "smime_milter.worker", str(theirs.fileno())], pass_fds=[theirs.fileno()],
            env={"PYTHONPATH": str(root), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}, cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ours.settimeout(_START_DEADLINE)
    frames.send(ours, start)
    return _Worker(process, ours)


class WorkerPool:
    """`size` workers under one configuration. `lost` is told why one was killed.

    Raises Unavailable if they cannot start here at all.
    """

    def __init__(self, start: Start, size: int, lost: Callable[[str], None]) -> None:
        self._start = start
        self._lost = lost
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        self._is_closed = False
        for worker in [_spawn(start) for _ in range(size)]:
            self._idle.put(worker)
            self._await(worker)

    def _await(self, worker: _Worker) -> None:
        try:
            worker.wait_ready(time.monotonic() + _START_DEADLINE)
        except (OSError, NotPlain) as error:
            self.close()
            raise Unavailable("worker", f"does not start ({type(error).__name__})") from None

    def borrow(self, deadline: float) -> _Worker:
        """A free worker. Raises Unavailable if none is free before the deadline (monotonic seconds)."""
        try:
            return self._idle.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise Unavailable("worker", "none free") from None

    def give_back(self, worker: _Worker) -> None:
        worker.served += 1
        if self._is_closed or worker.served >= _MESSAGES:
            worker.kill()
            worker = _spawn(self._start) if not self._is_closed else worker
        if not self._is_closed:
            self._idle.put(worker)

    def replace(self, worker: _Worker, why: str) -> None:
        worker.kill()
        self._lost(why)
        if not self._is_closed:
            self._idle.put(_spawn(self._start))

    def close(self) -> None:
        """End the idle workers; those at work end when they are given back."""
        self._is_closed = True
        while True:
            try:
                self._idle.get_nowait().kill()
            except queue.Empty:
                return


class WorkerInspector:
    """The Inspector of one SMTP session. `heartbeat` is called every few seconds while a worker works."""

    def __init__(self, pool: WorkerPool, keys: Keys, issuers: IssuerSource, *, authserv_id: str = "", limit: float = 30.0,
                 heartbeat: Callable[[], None] = lambda: None) -> None:
        self._pool, self._keys, self._issuers = pool, keys, issuers
        self._authserv_id, self._limit, self._heartbeat = authserv_id, limit, heartbeat

    def inspect(self, envelope: Envelope, message: Message, wanted: Wanted) -> Inspection:
        request = InspectRequest(raw=message.raw, field_ends=message.field_ends(), wanted=wanted,
                                 authserv_id=self._authserv_id or envelope.mta)
        recipients = tuple(r.key for r in envelope.recipients)
        result = self._run(request, recipients=recipients, signer=None)
        if not isinstance(result, Inspected):
            raise Unavailable("worker", "unexpected answer")
        return result.inspection

    def build(self, message: Message, recipe: Recipe, signer: OwnKey | None) -> Built:
        result = self._run(BuildRequest(raw=message.raw, recipe=recipe), recipients=(), signer=signer)
        if not isinstance(result, BuildDone):
            raise Unavailable("worker", "unexpected answer")
        return result.built

    def _run(self, request: InspectRequest | BuildRequest, *, recipients: tuple[str, ...], signer: OwnKey | None) -> object:
        deadline = time.monotonic() + self._limit
        request.raw.octets()  # sealed before anybody else gets hold of it
        worker = self._pool.borrow(deadline)
        try:
            worker.wait_ready(deadline)
            worker.channel.settimeout(self._limit)
            frames.send(worker.channel, request)
            result = self._converse(worker, deadline, recipients=recipients, signer=signer)
        except (OSError, NotPlain, Unavailable) as error:
            why = "deadline" if isinstance(error, TimeoutError) else type(error).__name__
            self._pool.replace(worker, why)
            raise Unavailable("worker", why) from None
        self._pool.give_back(worker)
        if isinstance(result, Failed):
            raise Unavailable("worker", result.code[:60])
        return result

    def _converse(self, worker: _Worker, deadline: float, *, recipients: tuple[str, ...], signer: OwnKey | None) -> object:
        """Answer what the worker asks until its result comes."""
        while True:
            match frame := self._next(worker, deadline):
                case SignAsk():
                    answer: BytesAnswer | IssuersAnswer = BytesAnswer(
                        self._keys.sign(signer, frame.attributes) if signer is not None else None)
                case UnwrapAsk():
                    answer = BytesAnswer(self._keys.unwrap(recipients, frame.transports) if recipients else None)
                case IssuersAsk():
                    answer = IssuersAnswer(tuple(self._issuers.issuers_named(frame.subject_der)))
                case Inspected() | BuildDone() | Failed():
                    return frame
                case _:
                    raise NotPlain("unexpected frame")
            frames.send(worker.channel, answer)

    def _next(self, worker: _Worker, deadline: float) -> Any:
        while (left := deadline - time.monotonic()) > 0:
            if select.select([worker.channel], [], [], min(left, _HEARTBEAT))[0]:
                worker.channel.settimeout(left)
                return frames.receive(worker.channel)
            self._heartbeat()
        raise TimeoutError


def auto_size() -> int:
    """One worker per core, and one more so that a long message does not make everybody wait."""
    return (os.cpu_count() or 1) + 1

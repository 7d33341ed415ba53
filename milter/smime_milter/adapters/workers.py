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
from collections.abc import Callable, Sequence
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
    Answer, BuildDone, BuildRequest, BytesAnswer, Failed, Inspected, InspectRequest, IssuerDone, IssuerRequest, IssuersAnswer,
    IssuersAsk, Ready, Request, RevocationAnswer, RevocationAsk, SignAsk, Start, StatusDone, StatusRequest, UnwrapAsk)
from smime_milter.model.revocation import IssuerAnswer, RevocationState, StatusAnswer, StatusQuestion
from smime_milter.ports import IssuerSource, Keys

_HEARTBEAT = 4.0         # Sendmail wants a sign of life every 10 s
_MESSAGES = 5000         # a worker is replaced after so many
_START_DEADLINE = 20.0
_MOST_QUESTIONS = 32     # no path is longer


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    channel: socket.socket
    served: int = 0
    is_ready: bool = False

    def wait_ready(self, deadline: float) -> None:
        """Until it has confined itself; raises what `receive` raises if it died on the way."""
        if not self.is_ready:
            if not isinstance(frames.receive(self.channel, deadline), Ready):
                raise NotPlain("not ready")
            self.is_ready = True

    def is_speaking(self, seconds: float) -> bool:
        """Whether it says something, or hangs up, within this time. Descriptors beyond 1,023 are no matter to poll."""
        poll = select.poll()
        poll.register(self.channel, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

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
    worker = _Worker(process, ours)
    try:
        ours.settimeout(_START_DEADLINE)
        frames.send(ours, start)
    except OSError:
        worker.kill()
        raise
    return worker


class WorkerPool:
    """`size` workers under one configuration. `lost` is told why one was killed.

    Raises Unavailable if they cannot start here at all. Later a place whose worker could not be
    started stays empty (None) until somebody borrows it: a machine that is short of memory for a
    moment costs no place for good.
    """

    def __init__(self, start: Start, size: int, lost: Callable[[str], None]) -> None:
        self._start = start
        self._lost = lost
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        self._is_closed = False
        workers: list[_Worker] = []
        try:
            for _ in range(size):
                workers.append(_spawn(start))
                self._idle.put(workers[-1])
            for worker in workers:
                worker.wait_ready(time.monotonic() + _START_DEADLINE)
        except (OSError, NotPlain) as error:
            self.close()
            raise Unavailable("worker", f"does not start ({type(error).__name__})") from None

    def borrow(self, deadline: float, heartbeat: Callable[[], None] = lambda: None) -> _Worker:
        """A free worker. Raises Unavailable if none is free, or can be started, before the deadline (monotonic seconds)."""
        while (left := deadline - time.monotonic()) > 0:
            try:
                return self._idle.get(timeout=min(left, _HEARTBEAT)) or self._started()
            except queue.Empty:
                heartbeat()
        raise Unavailable("worker", "none free")

    def give_back(self, worker: _Worker, why_lost: str = "") -> None:
        """Let others have it; it is killed and replaced if something is to be said against it, or if it is old."""
        worker.served += 1
        if why_lost or self._is_closed or worker.served >= _MESSAGES:
            worker.kill()
        else:
            self._idle.put(worker)
            return
        if not self._is_closed:
            self._refill()
        if why_lost:
            self._lost(why_lost)

    def close(self) -> None:
        """End the idle workers; those at work end when they are given back."""
        self._is_closed = True
        while True:
            try:
                worker = self._idle.get_nowait()
            except queue.Empty:
                return
            if worker is not None:
                worker.kill()

    def _refill(self) -> None:
        try:
            self._idle.put(_spawn(self._start))
        except OSError:
            self._idle.put(None)

    def _started(self) -> _Worker:
        """The worker for a place that is empty."""
        try:
            return _spawn(self._start)
        except OSError as error:
            self._idle.put(None)
            raise Unavailable("worker", f"does not start ({type(error).__name__})") from None


States = Callable[[Sequence[StatusQuestion]], Sequence[RevocationState]]


def nothing_known(questions: Sequence[StatusQuestion]) -> Sequence[RevocationState]:
    return [RevocationState.UNKNOWN for _ in questions]


class WorkerInspector:
    """The Inspector of one SMTP session. `heartbeat` is called every few seconds while a worker works.

    `states` is what the cache knows of revocation.
    """

    def __init__(self, pool: WorkerPool, keys: Keys, issuers: IssuerSource, *, authserv_id: str = "", limit: float = 30.0,
                 heartbeat: Callable[[], None] = lambda: None, states: States = nothing_known) -> None:
        self._pool, self._keys, self._issuers, self._states = pool, keys, issuers, states
        self._authserv_id, self._limit, self._heartbeat = authserv_id, limit, heartbeat

    def inspect(self, envelope: Envelope, message: Message, wanted: Wanted) -> Inspection:
        request = InspectRequest(raw=message.raw, field_ends=message.field_ends(), wanted=wanted,
                                 authserv_id=self._authserv_id or envelope.mta)
        recipients = tuple(r.key for r in envelope.recipients)
        result = self._run(request, Inspected, recipients=recipients, signer=None)
        inspection: Inspection = result.inspection
        if any(not 0 <= index < len(message.fields) for index in inspection.forged_fields):
            raise Unavailable("worker", "unexpected answer")
        return inspection

    def build(self, message: Message, recipe: Recipe, signer: OwnKey | None) -> Built:
        result = self._run(BuildRequest(raw=message.raw, recipe=recipe), BuildDone, recipients=(), signer=signer)
        built: Built = result.built
        return built

    def read_status(self, request: StatusRequest) -> StatusAnswer:
        answer: StatusAnswer = self._run(request, StatusDone, recipients=(), signer=None).answer
        return answer

    def read_issuers(self, request: IssuerRequest) -> IssuerAnswer:
        answer: IssuerAnswer = self._run(request, IssuerDone, recipients=(), signer=None).answer
        return answer

    def _run(self, request: Request, expected: type, *, recipients: tuple[str, ...],
             signer: OwnKey | None) -> Any:
        deadline = time.monotonic() + self._limit
        request.raw.octets()  # sealed before anybody else gets hold of it
        worker = self._pool.borrow(deadline, self._heartbeat)
        why_lost = "interrupted"  # by a heartbeat or a key that failed: what the worker is about to say belongs to nobody
        try:
            worker.wait_ready(deadline)
            worker.channel.settimeout(self._limit)
            frames.send(worker.channel, request)
            result = self._converse(worker, deadline, recipients=recipients, signer=signer)
            if not isinstance(result, (expected, Failed)):
                raise NotPlain("unexpected answer")
            why_lost = ""
        except (OSError, NotPlain) as error:
            why_lost = "deadline" if isinstance(error, TimeoutError) else type(error).__name__
            raise Unavailable("worker", why_lost) from None
        finally:
            self._pool.give_back(worker, why_lost)
        if isinstance(result, Failed):
            raise Unavailable("worker", result.code[:60])
        return result

    def _converse(self, worker: _Worker, deadline: float, *, recipients: tuple[str, ...], signer: OwnKey | None) -> object:
        """Answer what the worker asks until its result comes. A private key is used once for a message."""
        while True:
            match frame := self._next(worker, deadline):
                case SignAsk():
                    answer: Answer = BytesAnswer(
                        self._keys.sign(signer, frame.attributes, frame.signature) if signer is not None else None)
                    signer = None
                case UnwrapAsk():
                    answer = BytesAnswer(self._keys.unwrap(recipients, frame.transports) if recipients else None)
                    recipients = ()
                case IssuersAsk():
                    answer = IssuersAnswer(tuple(self._issuers.issuers_named(frame.subject_der)))
                case RevocationAsk():
                    answer = RevocationAnswer(tuple(self._states(frame.questions[:_MOST_QUESTIONS])))
                case Inspected() | BuildDone() | StatusDone() | IssuerDone() | Failed():
                    return frame
                case _:
                    raise NotPlain("unexpected frame")
            frames.send(worker.channel, answer)

    def _next(self, worker: _Worker, deadline: float) -> Any:
        while (left := deadline - time.monotonic()) > 0:
            if worker.is_speaking(min(left, _HEARTBEAT)):
                return frames.receive(worker.channel, deadline)
            self._heartbeat()
        raise TimeoutError


def auto_size() -> int:
    """One worker per core, and one more so that a long message does not make everybody wait."""
    return (os.cpu_count() or 1) + 1

"""The pool and the inspector: with real processes, and with ones that lie, hang, drip and die."""

from __future__ import annotations

import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smime_milter.adapters import workers
from smime_milter.adapters.workers import WorkerInspector, WorkerPool, auto_size
from smime_milter.mime.message_file import split_message
from smime_milter.model import frames
from smime_milter.model.errors import Unavailable
from smime_milter.model.inspection import Inspection, Opening
from smime_milter.model.keys import KeyTransport, OwnKey
from smime_milter.model.message import Message
from smime_milter.model.recipe import Built, SignatureForm
from smime_milter.model.requests import (
    BuildDone, BytesAnswer, Failed, Inspected, IssuersAnswer, IssuersAsk, Ready, SignAsk, Start, UnwrapAsk)
from smime_milter.model.signature import SignatureResult
from smime_milter.model.spool import Spool
from tests.support.facts import envelope
from tests.support.fakes import FakeIssuers
from tests.support.fakes_keys import keys_holding
from tests.support.mails import clear_signed, encrypted, ordinary
from tests.support.pki import Authority, Issued
from tests.support.worker import CHECKED, own_key, recipe, start_with

ALICE, CLERK = "alice@makler.example", "erika.berger@wwk.de"
Script = Callable[[socket.socket], None]


class RecordingKeys:
    """Keys that answer everything and remember what for."""

    def __init__(self) -> None:
        self.unwrapped: list[tuple[str, ...]] = []
        self.signed: list[tuple[str, bytes]] = []

    def signer_for(self, address: str, at: object) -> OwnKey | None:
        return None

    def sign(self, key: OwnKey, data: bytes, signature: str = "rsa") -> bytes:
        self.signed.append((key.name, data))
        return b"signature"

    def opens_for(self, recipient: str, transports: object) -> bool:
        return True

    def unwrap(self, recipients: Any, transports: object) -> bytes | None:
        self.unwrapped.append(tuple(recipients))
        return b"k" * 32


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def alice(authority: Authority) -> Issued:
    return authority.issue(ALICE)


@pytest.fixture(scope="module")
def clerk(authority: Authority) -> Issued:
    return authority.issue(CLERK)


# Real processes


@pytest.fixture(scope="module")
def lost() -> list[str]:
    return []


@pytest.fixture(scope="module")
def pool(authority: Authority, lost: list[str]) -> Iterator[WorkerPool]:
    pool = WorkerPool(start_with(authority.root_der), 1, lost.append)
    yield pool
    pool.close()


def inspector(pool: WorkerPool, keys: Any = None, **more: Any) -> WorkerInspector:
    return WorkerInspector(pool, keys or RecordingKeys(), FakeIssuers(), authserv_id="mail.wwk.de", **more)


def process_of(pool: WorkerPool) -> int:
    worker = pool.borrow(time.monotonic() + 30)
    pool.give_back(worker)
    return worker.process.pid


def test_a_real_worker_judges_a_signature(pool: WorkerPool, alice: Issued) -> None:
    """A signed message travels to the confined process and its verdict comes back."""
    message = split_message(clear_signed(ordinary(ALICE, CLERK), alice))
    found = inspector(pool).inspect(envelope(CLERK), message, CHECKED)
    assert found.signature is not None and found.signature.result is SignatureResult.PASS


def test_a_real_worker_opens_only_what_every_recipient_may_read(pool: WorkerPool, clerk: Issued) -> None:
    """The content key is given out when all envelope recipients hold it, else the mail stays closed."""
    message = split_message(encrypted(ordinary(ALICE, CLERK, "Geheim\n"), clerk))
    keys = keys_holding(**{CLERK: clerk})
    assert inspector(pool, keys).inspect(envelope(CLERK), message, CHECKED).opening is Opening.OPENED
    both = inspector(pool, keys).inspect(envelope(CLERK, "colleague@wwk.de"), message, CHECKED)
    assert both.opening is Opening.NO_KEY and both.opened is None


def test_a_real_worker_builds_a_signed_message(pool: WorkerPool, clerk: Issued) -> None:
    """The signature is made with the key that was handed over for this message."""
    keys = keys_holding(**{CLERK: clerk})
    made = inspector(pool, keys).build(split_message(ordinary()), recipe(signer=clerk), own_key(CLERK, clerk))
    assert b"multipart/signed" in made.fields[1].value and len(made.body) > 1000


def test_a_killed_worker_is_replaced(pool: WorkerPool, lost: list[str]) -> None:
    """A worker that the kernel kills costs the message it had, and nothing else."""
    dead = process_of(pool)
    os.kill(dead, signal.SIGKILL)
    with pytest.raises(Unavailable):
        inspector(pool).inspect(envelope(CLERK), split_message(ordinary()), CHECKED)
    assert inspector(pool).inspect(envelope(CLERK), split_message(ordinary()), CHECKED).authors
    assert process_of(pool) != dead and lost[-1] in ("NotPlain", "BrokenPipeError", "ConnectionResetError")


def test_a_stopped_worker_is_killed_at_its_deadline(pool: WorkerPool, lost: list[str]) -> None:
    """A worker that says nothing is ended by its deadline, and the next message works."""
    stopped = process_of(pool)
    os.kill(stopped, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="deadline"):
        inspector(pool, limit=0.5).inspect(envelope(CLERK), split_message(ordinary()), CHECKED)
    assert time.monotonic() - began < 3
    assert lost[-1] == "deadline"
    assert inspector(pool).inspect(envelope(CLERK), split_message(ordinary()), CHECKED).authors


def test_a_greedy_worker_fails_alone(authority: Authority, clerk: Issued) -> None:
    """Content that does not fit into the worker's memory is a failure of that message; the next one works."""
    big = Spool.of(b"Content-Type: text/plain\r\n\r\n")
    for _ in range(150):
        big.write(b"x" * 1024 * 1024)
    pool = WorkerPool(start_with(authority.root_der, memory_limit=256 * 1024 * 1024), 1, lambda why: None)
    try:
        with pytest.raises(Unavailable, match="MemoryError|NotPlain|ConnectionResetError"):
            inspector(pool, keys_holding(**{CLERK: clerk})).build(
                Message(fields=(), raw=big, body_at=0), recipe(signer=clerk, form=SignatureForm.OPAQUE), own_key(CLERK, clerk))
        assert inspector(pool).inspect(envelope(CLERK), split_message(ordinary()), CHECKED).authors
    finally:
        pool.close()


def test_a_worker_that_cannot_start_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where workers do not run at all the daemon does not start either."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(Unavailable, match="does not start"):
        WorkerPool(start_with(), 2, lambda why: None)


# Scripted ones on the other end of a socket pair


class Process:
    """What a Popen is to the pool."""

    pid = 1

    def __init__(self, their_end: socket.socket) -> None:
        self.their_end, self.is_dead = their_end, False

    def kill(self) -> None:
        self.is_dead = True

    def wait(self) -> None:
        assert self.is_dead, "waits for a process nobody has ended"


class Stage:
    """Gives the pool a scripted worker for each one it starts; the last script is used again."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = list(scripts)
        self.processes: list[Process] = []
        self.threads: list[threading.Thread] = []

    def spawn(self, start: Start) -> Any:
        ours, theirs = socket.socketpair()
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        process = Process(theirs)
        self.processes.append(process)
        thread = threading.Thread(target=self._play, args=(script, theirs))
        self.threads.append(thread)
        thread.start()
        return workers._Worker(process, ours)  # type: ignore[arg-type]

    @staticmethod
    def _play(script: Script, channel: socket.socket) -> None:
        with channel:
            try:
                frames.send(channel, Ready(1))
                script(channel)
                channel.recv(1)  # until the other side hangs up
            except OSError:
                return


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[WorkerPool, Stage, list[str]]]]:
    made: list[tuple[WorkerPool, Stage]] = []

    def play(*scripts: Script) -> tuple[WorkerPool, Stage, list[str]]:
        stage, lost = Stage(*scripts), []  # type: Stage, list[str]
        monkeypatch.setattr(workers, "_spawn", stage.spawn)
        pool = WorkerPool(start_with(), 1, lost.append)
        made.append((pool, stage))
        return pool, stage, lost
    yield play
    for pool, stage in made:
        pool.close()
        for thread in stage.threads:
            thread.join(5)
            assert not thread.is_alive()


def saying(*said: Any) -> Script:
    """Takes one request, says these frames (raw bytes as they are), and takes answers in between."""
    def script(channel: socket.socket) -> None:
        frames.receive(channel)
        for frame in said:
            channel.sendall(frame) if isinstance(frame, bytes) else frames.send(channel, frame)
            if isinstance(frame, (SignAsk, UnwrapAsk, IssuersAsk)):
                frames.receive(channel)
    return script


def good(channel: socket.socket) -> None:
    while frames.receive(channel) is not None:
        frames.send(channel, Inspected(Inspection()))


def dripping(channel: socket.socket) -> None:
    frames.receive(channel)
    channel.sendall(struct.pack("!I", 1000))
    while True:
        channel.sendall(b" ")
        time.sleep(0.02)


def dying(channel: socket.socket) -> None:
    frames.receive(channel)
    channel.shutdown(socket.SHUT_RDWR)


def silent(channel: socket.socket) -> None:
    frames.receive(channel)


def framed(body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + body


@pytest.mark.parametrize("script", [
    dying, silent, dripping,
    saying(framed(b"not json")), saying(framed(b'["Inspected"]')), saying(framed(b'["Inspected",[[1,2,3]]]')),
    saying(framed(b'["Nothing",[]]')), saying(framed(b"{}")), saying(framed(b"[[],[]]")), saying(framed(b"[" * 100_000)),
    saying(struct.pack("!I", 0xFFFFFFFF)), saying(b"\0"), saying(struct.pack("!I", 10) + b"[1"),
    saying(Ready(2)), saying(BytesAnswer(b"")), saying(IssuersAnswer(())), saying(Failed("OutOfMemory")),
    saying(BuildDone(Built(fields=(), body=Spool()))),
    saying(Inspected(Inspection(forged_fields=(99,)))), saying(Inspected(Inspection(forged_fields=(-1,)))),
], ids=lambda script: getattr(script, "__name__", "?"))
def test_a_worker_that_does_not_answer_as_agreed(script: Script, played: Any) -> None:
    """Dying, silent, dripping and lying workers are Unavailable within the deadline, and the next message works."""
    pool, _, _ = played(script, good)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        inspector(pool, limit=0.6).inspect(envelope(CLERK), split_message(ordinary()), CHECKED)
    assert time.monotonic() - began < 2
    while True:  # one that failed politely is kept: its script is over
        try:
            assert inspector(pool, limit=0.6).inspect(envelope(CLERK), split_message(ordinary()), CHECKED) == Inspection()
            return
        except Unavailable:
            assert time.monotonic() - began < 4


@pytest.mark.parametrize(("script", "why"), [
    (silent, "deadline"), (dripping, "deadline"), (dying, "NotPlain"),
    (saying(BuildDone(Built(fields=(), body=Spool()))), "NotPlain"),
])
def test_what_is_no_answer_ends_the_worker(script: Script, why: str, played: Any) -> None:
    """A worker that broke the protocol is killed, replaced, and the reason told."""
    pool, stage, lost = played(script, good)
    with pytest.raises(Unavailable):
        inspector(pool, limit=0.4).inspect(envelope(CLERK), split_message(ordinary()), CHECKED)
    assert stage.processes[0].is_dead and lost in ([why], ["ConnectionResetError"])
    assert len(stage.processes) == 2


def test_the_signing_key_is_used_once_and_only_to_build(played: Any, clerk: Issued) -> None:
    """No signature while a message is inspected; one, by the key handed over, while it is built."""
    done = BuildDone(Built(fields=(), body=Spool()))
    keys = RecordingKeys()
    pool, _, _ = played(saying(SignAsk(b"a"), Inspected(Inspection())), saying(SignAsk(b"b"), SignAsk(b"c"), done))
    inspector(pool, keys).inspect(envelope(CLERK), split_message(ordinary()), CHECKED)
    assert keys.signed == []
    pool.give_back(pool.borrow(time.monotonic() + 1), "next script")
    inspector(pool, keys).build(split_message(ordinary()), recipe(), own_key(CLERK, clerk))
    assert keys.signed == [(CLERK, b"b")]


def test_a_content_key_is_given_once_for_this_mails_recipients(played: Any) -> None:
    """The entitlement is that of the envelope, asked once; nothing is unwrapped while a message is built."""
    keys, ask = RecordingKeys(), UnwrapAsk((KeyTransport(algorithm="rsa"),))
    done = BuildDone(Built(fields=(), body=Spool()))
    pool, _, _ = played(saying(ask, ask, Inspected(Inspection())), saying(ask, done))
    inspector(pool, keys).inspect(envelope(CLERK, "colleague@wwk.de"), split_message(ordinary()), CHECKED)
    assert keys.unwrapped == [(CLERK, "colleague@wwk.de")]
    pool.give_back(pool.borrow(time.monotonic() + 1), "next script")
    inspector(pool, keys).build(split_message(ordinary()), recipe(), None)
    assert len(keys.unwrapped) == 1


class Trouble(Exception):
    """What neither the pool nor the inspector knows."""


@pytest.mark.parametrize("where", ["heartbeat", "key", "issuers"])
def test_a_failure_on_our_side_costs_no_worker(where: str, played: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception out of a heartbeat (the MTA hung up), a key or a store leaves as many workers as before."""
    monkeypatch.setattr(workers, "_HEARTBEAT", 0.05)
    keys = RecordingKeys()
    issuers = FakeIssuers()

    def fail(*_: object) -> None:
        raise Trouble
    scripts = {"heartbeat": silent, "key": saying(UnwrapAsk(())), "issuers": saying(IssuersAsk(b""))}
    setattr(keys, "unwrap", fail)
    setattr(issuers, "issuers_named", fail)
    pool, stage, lost = played(scripts[where], good)
    beat: dict[str, Any] = {"heartbeat": fail} if where == "heartbeat" else {}
    failing = WorkerInspector(pool, keys, issuers, limit=2, **beat)
    with pytest.raises(Trouble):
        failing.inspect(envelope(CLERK), split_message(ordinary()), CHECKED)
    assert stage.processes[0].is_dead and lost == ["interrupted"]
    assert inspector(pool, limit=2).inspect(envelope(CLERK), split_message(ordinary()), CHECKED) == Inspection()


def test_a_place_is_not_lost_when_no_process_can_be_started(played: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork that fails makes the next messages wait, and once forks work again so does everything."""
    pool, stage, _ = played(dying, good)

    def fails(start: Start) -> Any:
        raise BlockingIOError(11, "Resource temporarily unavailable")
    monkeypatch.setattr(workers, "_spawn", fails)
    for _ in range(3):
        with pytest.raises(Unavailable):
            inspector(pool, limit=1).inspect(envelope(CLERK), split_message(ordinary()), CHECKED)
    monkeypatch.setattr(workers, "_spawn", stage.spawn)
    assert inspector(pool, limit=1).inspect(envelope(CLERK), split_message(ordinary()), CHECKED) == Inspection()


def test_waiting_for_a_free_worker_shows_a_sign_of_life(played: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sendmail gives up on a filter that is silent for ten seconds: a full pool is no reason to be."""
    monkeypatch.setattr(workers, "_HEARTBEAT", 0.02)
    pool, _, _ = played(good)
    beats: list[int] = []
    taken = pool.borrow(time.monotonic() + 1)
    with pytest.raises(Unavailable, match="none free"):
        pool.borrow(time.monotonic() + 0.2, lambda: beats.append(1))
    pool.give_back(taken)
    assert len(beats) >= 3


def test_a_working_worker_shows_a_sign_of_life(played: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a worker thinks the MTA hears of it."""
    monkeypatch.setattr(workers, "_HEARTBEAT", 0.02)
    beats: list[int] = []
    pool, _, _ = played(silent)
    with pytest.raises(Unavailable, match="deadline"):
        inspector(pool, limit=0.3, heartbeat=lambda: beats.append(1)).inspect(envelope(CLERK), split_message(ordinary()), CHECKED)
    assert len(beats) >= 3


def test_an_old_worker_is_replaced(played: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many messages a fresh process takes over, without a word of loss."""
    monkeypatch.setattr(workers, "_MESSAGES", 2)
    pool, stage, lost = played(good)
    for _ in range(3):
        inspector(pool).inspect(envelope(CLERK), split_message(ordinary()), CHECKED)
    assert [process.is_dead for process in stage.processes] == [True, False] and lost == []


def test_a_closed_pool_keeps_nobody(played: Any) -> None:
    """A worker that is at work when its configuration goes ends when it is given back."""
    pool, stage, _ = played(good)
    worker = pool.borrow(time.monotonic() + 1)
    pool.close()
    assert not stage.processes[0].is_dead
    pool.give_back(worker)
    assert stage.processes[0].is_dead and len(stage.processes) == 1


def test_the_message_is_sealed_before_a_worker_has_it(played: Any) -> None:
    """A worker that tries to change the bytes it was lent is refused by the kernel."""
    attempts: list[str] = []

    def tamper(channel: socket.socket) -> None:
        request = frames.receive(channel)
        for attempt in ("write", "cut"):
            try:
                os.pwrite(request.raw.fd, b"x", 0) if attempt == "write" else os.ftruncate(request.raw.fd, 0)
            except PermissionError:
                attempts.append(attempt)
        frames.send(channel, Inspected(Inspection()))
    pool, _, _ = played(tamper)
    inspector(pool).inspect(envelope(CLERK), split_message(ordinary()), CHECKED)
    assert attempts == ["write", "cut"]


def test_descriptors_beyond_the_limit_of_select(played: Any) -> None:
    """With more than 1,024 descriptors open, as under load, workers are still listened to."""
    import resource
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1200
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip("no more descriptors to be had")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    taken = [os.open("/dev/null", os.O_RDONLY) for _ in range(1050)]
    try:
        pool, _, _ = played(good)
        assert inspector(pool).inspect(envelope(CLERK), split_message(ordinary()), CHECKED) == Inspection()
        pool.close()
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_as_many_workers_as_cores_and_one() -> None:
    """One long message does not make everybody wait."""
    assert auto_size() == (os.cpu_count() or 1) + 1

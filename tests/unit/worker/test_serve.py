"""The protocol of a worker, over a socket pair, with the worker in a thread and without its sandbox."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smime_milter.mime.message_file import split_message
from smime_milter.model import frames
from smime_milter.model.inspection import Wanted
from smime_milter.model.recipe import Recipe
from smime_milter.model.requests import (
    BuildDone, BuildRequest, BytesAnswer, Failed, Inspected, IssuersAnswer, Ready, SignAsk)
from smime_milter.worker import serve as module
from smime_milter.worker.asks import Daemon, DaemonGone
from smime_milter.worker.serve import serve
from tests.support.mails import ordinary
from tests.support.pki import Authority, Issued
from tests.support.worker import CHECKED, recipe, request_for, start_with

LETTER = split_message(ordinary())


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch, authority: Authority) -> Iterator[socket.socket]:
    """A started worker that is ready."""
    monkeypatch.setattr(module, "confine", lambda **limits: None)
    monkeypatch.setattr(module, "preload", lambda: None)
    ours, theirs = socket.socketpair()

    def run() -> None:
        with theirs:  # as the end of the process does
            serve(theirs)
    thread = threading.Thread(target=run)
    thread.start()
    ours.settimeout(10)
    frames.send(ours, start_with(authority.root_der))
    assert isinstance(frames.receive(ours), Ready)
    yield ours
    ours.close()
    thread.join(10)
    assert not thread.is_alive(), "the worker ends when the daemon hangs up"


def asked(channel: socket.socket, frame: Any) -> Any:
    frames.send(channel, frame)
    return frames.receive(channel)


def test_message_after_message(channel: socket.socket, clerk: Issued) -> None:
    """One worker answers many requests of both kinds."""
    for _ in range(3):
        assert isinstance(asked(channel, request_for(LETTER)), Inspected)
    ask = asked(channel, BuildRequest(raw=LETTER.raw, recipe=recipe(signer=clerk)))
    assert isinstance(ask, SignAsk)
    done = asked(channel, BytesAnswer(clerk.sign(ask.attributes)))
    assert isinstance(done, BuildDone) and len(done.built.body) > 500


def test_a_failure_is_a_class_name(channel: socket.socket) -> None:
    """What goes wrong with a message is named, never quoted, and the next one works."""
    assert asked(channel, BuildRequest(raw=LETTER.raw, recipe=Recipe(signing=None, encryption=None))) == Failed("ValueError")
    assert isinstance(asked(channel, request_for(LETTER)), Inspected)


@pytest.mark.parametrize("error", [
    RecursionError("secret"), MemoryError("secret"), KeyError("secret"), PermissionError(1, "secret")])
def test_exceptions_never_carry_content(error: Exception, channel: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception's text could quote the message: its class is all that is told."""
    def fails(*_: object) -> None:
        raise error
    monkeypatch.setattr(module, "inspect", fails)
    assert asked(channel, request_for(LETTER)) == Failed(type(error).__name__)


@pytest.mark.parametrize("answer", [BytesAnswer(None), IssuersAnswer(()), Ready(1)])
def test_a_refused_signature_ends_the_worker(answer: Any, channel: socket.socket, clerk: Issued) -> None:
    """Without its signature a message cannot be made, and there is nobody to say so to."""
    assert isinstance(asked(channel, BuildRequest(raw=LETTER.raw, recipe=recipe(signer=clerk))), SignAsk)
    assert asked(channel, answer) is None


def test_nonsense_ends_the_worker(channel: socket.socket) -> None:
    """A daemon that does not keep to the protocol is none."""
    channel.sendall(b"\0\0\0\2{}")
    assert frames.receive(channel) is None


def test_a_first_frame_that_is_no_start() -> None:
    """Without its configuration a worker does nothing, and says nothing."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        frames.send(ours, Ready(1))
        serve(theirs)
        theirs.shutdown(socket.SHUT_WR)
        assert ours.recv(1) == b""


def answered(by: Callable[[socket.socket], None], what: Callable[[Daemon], Any]) -> Any:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        thread = threading.Thread(target=by, args=(ours,))
        thread.start()
        try:
            return what(Daemon(theirs))
        finally:
            thread.join(5)


def with_answer(answer: Any) -> Callable[[socket.socket], None]:
    def give(channel: socket.socket) -> None:
        frames.receive(channel)
        frames.send(channel, answer)
    return give


@pytest.mark.parametrize(("answer", "what", "expected"), [
    (BytesAnswer(b"s"), lambda daemon: daemon.sign(b"a"), b"s"), (BytesAnswer(b"k"), lambda daemon: daemon.unwrap(()), b"k"),
    (BytesAnswer(None), lambda daemon: daemon.unwrap(()), None),
    (IssuersAnswer((b"c",)), lambda daemon: daemon.issuers(b"n"), (b"c",)),
    (BytesAnswer(b"x"), lambda daemon: daemon.issuers(b"n"), ()), (IssuersAnswer(()), lambda daemon: daemon.unwrap(()), None)])
def test_asks(answer: Any, what: Callable[[Daemon], Any], expected: Any) -> None:
    """Each question has its answer; one of another kind is none."""
    assert answered(with_answer(answer), what) == expected


def test_a_daemon_that_is_gone() -> None:
    """Hanging up in the middle of a question is the end, not an answer."""
    with pytest.raises(DaemonGone):
        answered(lambda channel: channel.close(), lambda daemon: daemon.unwrap(()))


def test_the_tests_speak_the_real_protocol() -> None:
    """A request survives the channel as it was."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        frames.send(ours, request_for(LETTER, CHECKED))
        received = frames.receive(theirs)
    assert isinstance(received.wanted, Wanted) and received.raw.octets()[:] == LETTER.raw.octets()[:]

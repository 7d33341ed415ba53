"""Frames over a socket pair: whole, or refused, in time."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from smime_milter.model import frames
from smime_milter.model.inspection import Inspection, Opened, Wanted
from smime_milter.model.message import HeaderField
from smime_milter.model.plain import NotPlain
from smime_milter.model.requests import Failed, Inspected, InspectRequest, IssuersAnswer, SignAsk
from smime_milter.model.spool import Spool

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        theirs.settimeout(5)
        yield ours, theirs


def request(*raw: bytes) -> InspectRequest:
    spool = Spool()
    for part in raw:
        spool.write(part)
    return InspectRequest(raw=spool, field_ends=(1, 2), wanted=Wanted(scan=True, verify=False, decrypt=False), authserv_id="a")


def test_frames_in_a_row_stay_apart(pair: Pair) -> None:
    """Each with its own descriptor, in their order, though they were sent in one go."""
    ours, theirs = pair
    for number in range(3):
        frames.send(ours, request(b"%d" % number))
        frames.send(ours, Failed(str(number)))
    for number in range(3):
        assert frames.receive(theirs).raw.octets()[:] == b"%d" % number
        assert frames.receive(theirs) == Failed(str(number))


def test_a_descriptor_is_shared_not_copied(pair: Pair) -> None:
    """The other side sees the same memory, and keeps it when we let go."""
    ours, theirs = pair
    sent = request(b"abc")
    frames.send(ours, sent)
    received = frames.receive(theirs).raw
    assert received.fd != sent.raw.fd and os.fstat(received.fd).st_ino == os.fstat(sent.raw.fd).st_ino
    del sent
    assert received.octets()[:] == b"abc"


def test_several_spools_in_one_frame(pair: Pair) -> None:
    """They come out in the places where they were."""
    ours, theirs = pair
    opened = Opened(fields=(HeaderField(b"A", b"b"),), body=Spool.of(b"body"))
    frames.send(ours, Inspected(Inspection(opened=opened)))
    received = frames.receive(theirs)
    assert received.inspection.opened.body.octets()[:] == b"body" and received.inspection.opened.fields == opened.fields


def test_large_frames(pair: Pair) -> None:
    """More than a socket holds at once arrives whole."""
    ours, theirs = pair
    answer = IssuersAnswer((os.urandom(3_000_000),))
    thread = threading.Thread(target=frames.send, args=(ours, answer))
    thread.start()
    assert frames.receive(theirs) == answer
    thread.join()


@pytest.mark.parametrize("step", [1, 2, 3, 5, 7])
def test_short_reads(step: int, pair: Pair) -> None:
    """However few bytes come at a time, the frame is the same."""
    ours, theirs = pair
    source, sink = socket.socketpair()
    with source, sink:
        frames.send(source, SignAsk(b"attributes"))
        octets = sink.recv(1000)

    def drip() -> None:
        for at in range(0, len(octets), step):
            ours.sendall(octets[at : at + step])
            time.sleep(0.0005)
    thread = threading.Thread(target=drip)
    thread.start()
    assert frames.receive(theirs) == SignAsk(b"attributes")
    thread.join()


def test_the_end_of_the_stream(pair: Pair) -> None:
    """Between frames it is None, inside one it is an error."""
    ours, theirs = pair
    frames.send(ours, Failed("x"))
    ours.close()
    assert frames.receive(theirs) == Failed("x") and frames.receive(theirs) is None


@pytest.mark.parametrize("octets", [
    b"\0", b"\0\0\0",
    struct.pack("!I", 5), struct.pack("!I", 5) + b'["Fa', struct.pack("!I", 64 * 1024 * 1024 + 1), b"\xff\xff\xff\xff"])
def test_cut_off_or_oversize(octets: bytes, pair: Pair) -> None:
    """A frame that ends early, or wants more than 64 MiB, is refused without waiting for it."""
    ours, theirs = pair
    ours.sendall(octets)
    ours.close()
    with pytest.raises(NotPlain):
        frames.receive(theirs)


@pytest.mark.parametrize("body", [
    b"", b"x", b"{}", b"1", b"null", b'"Failed"', b'["Failed"]', b'["Failed",[1]]', b'["Failed",["a","b"]]', b'["Spool",[]]',
    b'[1,[]]', b'["Failed",["a"],3]', b"[" * 200_000, b'["Failed",["\xff"]]', b"9" * 10_000, b'[["Failed"],["a"]]', b'[{},[]]'])
def test_what_is_no_frame(body: bytes, pair: Pair) -> None:
    """Any other JSON, or none, is refused."""
    ours, theirs = pair
    thread = threading.Thread(target=ours.sendall, args=(struct.pack("!I", len(body)) + body,))
    thread.start()
    with pytest.raises(NotPlain):
        frames.receive(theirs)
    thread.join()


def test_descriptors_of_a_refused_frame_are_closed(pair: Pair) -> None:
    """A liar cannot fill our table of descriptors."""
    ours, theirs = pair
    before = len(os.listdir("/proc/self/fd"))
    spool = Spool.of(b"x")
    for _ in range(20):
        socket.send_fds(ours, [struct.pack("!I", 2) + b"[]"], [spool.fd] * 8)
        with pytest.raises(NotPlain):
            frames.receive(theirs)
    del spool
    assert len(os.listdir("/proc/self/fd")) <= before + 1


def test_more_descriptors_than_agreed_are_dropped(pair: Pair) -> None:
    """The kernel closes what we did not make room for."""
    ours, theirs = pair
    spool = Spool.of(b"x")
    before = len(os.listdir("/proc/self/fd"))
    body = b'["Failed",["a"]]'
    socket.send_fds(ours, [struct.pack("!I", len(body)) + body], [spool.fd] * 60)
    assert frames.receive(theirs) == Failed("a")
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_deadline_bounds_the_whole_frame(pair: Pair) -> None:
    """Bytes that trickle in do not buy time."""
    ours, theirs = pair
    stop = threading.Event()

    def drip() -> None:
        ours.sendall(struct.pack("!I", 100_000))
        while not stop.wait(0.01):
            ours.sendall(b" ")
    thread = threading.Thread(target=drip)
    thread.start()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        frames.receive(theirs, began + 0.2)
    assert time.monotonic() - began < 1
    stop.set()
    thread.join()
    with pytest.raises(TimeoutError):
        frames.receive(theirs, began)


@pytest.mark.parametrize("octets", [b"", b"\0\0", struct.pack("!I", 100), struct.pack("!I", 100) + b"[1"])
def test_silence_ends_at_the_deadline(octets: bytes, pair: Pair) -> None:
    """Wherever the other side stops, the wait is over in time, whatever the socket's own patience is."""
    ours, theirs = pair
    ours.sendall(octets)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        frames.receive(theirs, began + 0.1)
    assert time.monotonic() - began < 1

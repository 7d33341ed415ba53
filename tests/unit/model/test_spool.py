"""Bytes outside the heap: appended, then sealed, and gone with their last holder."""

from __future__ import annotations

import mmap
import os

import pytest

from smime_milter.model.spool import CHUNK, Spool


def test_what_is_written_is_read() -> None:
    """In one piece or many, with offsets as in bytes."""
    spool = Spool.of(b"abc")
    spool.write(b"def")
    spool.write(memoryview(b"ghi"))
    assert len(spool) == 9 and spool.octets()[:] == b"abcdefghi" and spool.octets().find(b"fg") == 5
    assert spool.octets() is spool.octets()


def test_nothing_is_empty_bytes() -> None:
    """An empty spool cannot be mapped, and is as good as any other."""
    spool = Spool()
    assert spool.octets() == b"" and len(spool) == 0 and list(spool.chunks()) == []


def test_chunks() -> None:
    """Whole pieces and a rest; any range of it."""
    content = bytes(range(256)) * (CHUNK // 100)
    spool = Spool.of(content)
    pieces = list(spool.chunks())
    assert b"".join(pieces) == content and {len(piece) for piece in pieces[:-1]} == {CHUNK}
    assert b"".join(spool.chunks(5)) == content[5:] and b"".join(spool.chunks(5, 9)) == content[5:9]
    assert list(spool.chunks(len(content))) == []


def test_nobody_changes_what_was_read_once() -> None:
    """Neither we nor another holder can write, cut or grow it: what was checked is what leaves."""
    spool = Spool.of(b"abc")
    other = os.dup(spool.fd)
    assert spool.octets()[:] == b"abc"
    for descriptor in (spool.fd, other):
        with pytest.raises(PermissionError):
            os.pwrite(descriptor, b"x", 0)
        with pytest.raises(PermissionError):
            os.ftruncate(descriptor, 1)
        with pytest.raises(PermissionError):
            os.ftruncate(descriptor, 100)
        with pytest.raises(PermissionError):
            mmap.mmap(descriptor, 3, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    with pytest.raises(PermissionError):
        spool.write(b"more")
    os.close(other)


def test_a_holder_that_can_still_write_is_found_out() -> None:
    """A received spool that somebody maps for writing cannot be sealed: better no answer than one that changes."""
    descriptor = os.memfd_create("m", os.MFD_ALLOW_SEALING)
    os.write(descriptor, b"abc")
    with mmap.mmap(descriptor, 3):
        with pytest.raises(OSError):
            Spool(descriptor).octets()


def test_a_descriptor_of_another_kind() -> None:
    """A pipe or a file is no spool: reading it fails, it does not hang."""
    reading, writing = os.pipe()
    with pytest.raises(OSError):
        Spool(reading).octets()
    os.close(writing)


def test_the_size_is_that_at_the_time_of_sealing() -> None:
    """What another holder appended before the seal is seen, nothing after it."""
    first = Spool.of(b"abc")
    second = Spool(os.dup(first.fd))
    first.write(b"def")
    assert second.octets()[:] == b"abcdef" and len(second) == 6


def test_the_descriptor_closes_with_the_object() -> None:
    """Nothing of a message stays when nobody holds it."""
    spool = Spool.of(b"abc")
    descriptor = spool.fd
    del spool
    with pytest.raises(OSError):
        os.fstat(descriptor)


def test_its_name_and_repr_tell_nothing() -> None:
    """What /proc and a traceback show is a size."""
    spool = Spool.of(b"Kanarienvogel")
    assert repr(spool) == "Spool(13 bytes)" and os.readlink(f"/proc/self/fd/{spool.fd}").startswith("/memfd:message")

"""The first look at foreign ASN.1."""

from __future__ import annotations

import mmap
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.cms import der
from smime_milter.cms.ber import MAX_DEPTH
from smime_milter.cms.precheck import MAX_ELEMENTS, MAX_SIZE, Malformation, precheck

GOOD = [
    b"\x05\x00",
    b"\x30\x00",
    b"\x30\x03\x02\x01\x05",
    b"\x30\x80\x02\x01\x05\x00\x00",
    b"\x30\x80\x30\x80\x00\x00\x04\x00\x00\x00",
    b"\x30\x07\x30\x80\x02\x01\x01\x00\x00",
    b"\x24\x80\x04\x01a\x04\x01b\x00\x00",
    b"\x04\x84\x00\x00\x00\x01a",
]
BAD = [
    (b"", Malformation.TRUNCATED),
    (b"\x30", Malformation.TRUNCATED),
    (b"\x30\x03\x02\x01", Malformation.TRUNCATED),
    (b"\x04\x05abc", Malformation.TRUNCATED),
    (b"\x04\x82\x01", Malformation.TRUNCATED),
    (b"\x30\x80\x02\x01\x05", Malformation.TRUNCATED),
    (b"\x30\x80\x02\x01\x05\x00", Malformation.TRUNCATED),
    (b"\x30\x03\x04\x02ab", Malformation.TRUNCATED),
    (b"\x30\x03\x30\x80\x00\x00", Malformation.TRUNCATED),
    (b"\x05\x00\x00", Malformation.TRAILING),
    (b"\x30\x80\x00\x00\r\n", Malformation.TRAILING),
    (b"\x04\x80\x00\x00", Malformation.BAD_ENCODING),
    (b"\x30\x02\x00\x00", Malformation.BAD_ENCODING),
    (b"\x00\x00", Malformation.BAD_ENCODING),
    (b"\x30\x80\x00\x01a\x00\x00", Malformation.BAD_ENCODING),
    (b"\x04\x85\x00\x00\x00\x00\x01a", Malformation.BAD_ENCODING),
    (b"\x3f\x81\x01\x00", Malformation.BAD_ENCODING),
    (b"\x30\xff" + bytes(200), Malformation.BAD_ENCODING),
]


@pytest.mark.parametrize("octets", GOOD)
def test_well_formed_ber_passes(octets: bytes) -> None:
    """Definite and indefinite lengths, constructed strings and long lengths are well-formed."""
    assert precheck(octets) is None


@pytest.mark.parametrize(("octets", "expected"), BAD)
def test_every_fault_has_its_name(octets: bytes, expected: Malformation) -> None:
    """What is cut off, goes on, or is no BER is told apart."""
    assert precheck(octets) is expected


def nested(depth: int) -> bytes:
    octets = b"\x05\x00"
    for _ in range(depth):
        octets = der.value(0x30, octets)
    return octets


def test_depth_has_a_limit() -> None:
    """32 values inside each other pass, 33 do not."""
    assert precheck(nested(MAX_DEPTH)) is None
    assert precheck(nested(MAX_DEPTH + 1)) is Malformation.TOO_DEEP


HOSTILE = {
    "10,000 deep": (nested(10_000), Malformation.TOO_DEEP),
    "10,000 deep, indefinite": (b"\x30\x80" * 10_000 + bytes(20_000), Malformation.TOO_DEEP),
    "4 GB length": (b"\x30\x84\xff\xff\xff\xff" + b"\x05\x00" * 1000, Malformation.TRUNCATED),
    "4 GB length of a string": (b"\x30\x80\x04\x84\xff\xff\xff\xff" + bytes(1000), Malformation.TRUNCATED),
    "endless indefinite": (b"\x30\x80" + b"\x05\x00" * 2_000_000, Malformation.TOO_MANY),
    "many empty values": (der.value(0x30, b"\x30\x00" * 2_000_000), Malformation.TOO_MANY),
    "one empty value after the other": (b"\x30\x80" + b"\x30\x80\x00\x00" * 1_000_000, Malformation.TOO_MANY),
}


@pytest.mark.parametrize(("octets", "expected"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_lengths_are_answered_at_once(octets: bytes, expected: Malformation) -> None:
    """Depth, false lengths and endless forms cost no more than the limits allow: far below a second."""
    start = time.thread_time()
    assert precheck(octets) is expected
    assert time.thread_time() - start < 0.5


def test_a_size_beyond_the_limit_is_not_looked_at() -> None:
    """Over 128 MB is a limit whatever is inside."""
    assert precheck(mmap.mmap(-1, MAX_SIZE + 1)) is Malformation.TOO_LARGE
    assert {m for m in Malformation if m.is_limit} == {Malformation.TOO_LARGE, Malformation.TOO_DEEP, Malformation.TOO_MANY}


def test_the_number_of_values_is_exact() -> None:
    """The last value that the limit allows is still read."""
    assert precheck(der.value(0x30, b"\x05\x00" * (MAX_ELEMENTS - 1))) is None
    assert precheck(der.value(0x30, b"\x05\x00" * MAX_ELEMENTS)) is Malformation.TOO_MANY


def test_mapped_octets_read_like_bytes() -> None:
    """A spool's memory map gives the same answers."""
    for octets, expected in [*((good, None) for good in GOOD), *BAD[1:]]:
        mapped = mmap.mmap(-1, len(octets))
        mapped.write(octets)
        assert precheck(mapped) is expected


@given(st.binary(max_size=200))
def test_random_octets_never_raise(octets: bytes) -> None:
    """Whatever the octets are, there is an answer."""
    assert precheck(octets) in (None, *Malformation)

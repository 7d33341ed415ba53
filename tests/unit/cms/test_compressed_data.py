"""CompressedData within its limits."""

from __future__ import annotations

import time
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.cms import der
from smime_milter.cms.compressed_data import NotExpanded, decompress
from smime_milter.cms.content_info import content_type
from smime_milter.model.spool import Spool
from tests.support.compressed import compressed, compressed_as

CONTENT = bytes(range(256)) * 40
PACKED = zlib.compress(CONTENT)


def content(octets: bytes, limit: int = 1 << 30) -> bytes | NotExpanded:
    found = decompress(octets, limit)
    return bytes(found.octets()[:]) if isinstance(found, Spool) else found


@pytest.mark.parametrize("octets", [compressed(CONTENT), compressed(CONTENT, pieces=7), compressed(b"x")])
def test_the_content_comes_back(octets: bytes) -> None:
    """DER and BER in pieces."""
    assert content(octets) in (CONTENT, b"x") and content_type(octets) == "compressed-data"


FALSE = {
    "cut off": (compressed_as(PACKED[:-1]), NotExpanded.MALFORMED),
    "something behind": (compressed_as(PACKED + b"x"), NotExpanded.MALFORMED),
    "two streams": (compressed_as(PACKED * 2), NotExpanded.MALFORMED),
    "no zlib": (compressed_as(b"Guten Tag"), NotExpanded.MALFORMED),
    "nothing": (compressed_as(b""), NotExpanded.MALFORMED),
    "a wrong checksum": (compressed_as(PACKED[:-1] + bytes((PACKED[-1] ^ 1,))), NotExpanded.MALFORMED),
    "another method": (compressed_as(PACKED, method="1.2.3.4"), NotExpanded.UNSUPPORTED),
    "another content": (compressed_as(PACKED, inner="1.2.840.113549.1.7.2"), NotExpanded.MALFORMED),
    "no CompressedData": (der.sequence(), NotExpanded.MALFORMED),
    "too deep": (b"\x30\x80" * 100, NotExpanded.LIMIT),
}


@pytest.mark.parametrize(("octets", "why"), FALSE.values(), ids=FALSE.keys())
def test_what_is_not_expanded_has_its_reason(octets: bytes, why: NotExpanded) -> None:
    """Streams that two readers might see differently are malformed."""
    assert content(octets) is why


def test_a_bomb_stops_at_its_limit() -> None:
    """More than 200 times, or more than asked for: refused in a moment, with little memory."""
    bomb = compressed(bytes(600 * 1024 * 1024))
    tracemalloc.start()
    begin = time.thread_time()
    assert content(bomb) is NotExpanded.LIMIT
    assert time.thread_time() - begin < 2 and tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    tracemalloc.stop()
    assert content(compressed(CONTENT), limit=len(CONTENT)) == CONTENT
    assert content(compressed(CONTENT), limit=len(CONTENT) - 1) is NotExpanded.LIMIT


@given(st.binary(max_size=300))
def test_any_octets_have_an_answer(octets: bytes) -> None:
    """Nothing raises, whatever stands in the place of the stream."""
    assert isinstance(content(octets), NotExpanded)
    assert isinstance(content(compressed_as(octets)), (bytes, NotExpanded))

"""CompressedData (RFC 3274) by hand: no program here makes it."""

from __future__ import annotations

import zlib

from smime_milter.cms import der
from smime_milter.cms.algorithms import oid


def compressed(content: bytes, pieces: int = 1) -> bytes:
    """DER, or with several pieces BER in indefinite lengths."""
    return compressed_as(zlib.compress(content), pieces=pieces)


def compressed_as(packed: bytes, *, method: str = "1.2.840.113549.1.9.16.3.8", inner: str = "1.2.840.113549.1.7.1",
                  pieces: int = 1) -> bytes:
    """These octets in the place of the compressed stream, under any method and content type."""
    step = max(1, -(-len(packed) // pieces))
    parts = [der.octet_string(packed[at : at + step]) for at in range(0, len(packed), step)]
    octets = der.octet_string(packed) if pieces == 1 else b"\x24\x80" + b"".join(parts) + b"\0\0"
    content = der.sequence(oid(inner), der.value(0xA0, octets))
    body = der.sequence(der.small_integer(0), der.sequence(oid(method)), content)
    return der.sequence(oid("1.2.840.113549.1.9.16.1.9"), der.value(0xA0, body))

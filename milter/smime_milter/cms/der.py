"""Write DER: heads, the few primitive types CMS needs, and BER made DER."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from smime_milter.cms.ber import MAX_DEPTH, OCTET_STRING, SEQUENCE, SET, Element, NotAsExpected, children, string
from smime_milter.model.spool import Octets

NULL = b"\x05\x00"


def head(tag: int, length: int) -> bytes:
    """Tag and length of a definite value, in as few octets as possible. X.690 §10.1"""
    if length < 0x80:
        return bytes((tag, length))
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big")


def value(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return head(tag, len(content)) + content


def sequence(*parts: bytes) -> bytes:
    return value(SEQUENCE, *parts)


def set_of(parts: Iterable[bytes], tag: int = SET) -> bytes:
    """A SET OF in the order DER prescribes: ascending as octet strings. X.690 §11.6"""
    return value(tag, *sorted(parts))


def small_integer(number: int) -> bytes:
    """An INTEGER from 0 to 127."""
    return bytes((0x02, 0x01, number))


def octet_string(content: bytes) -> bytes:
    return value(OCTET_STRING, content)


def time(at: datetime) -> bytes:
    """RFC 5652 §11.3: UTCTime from 1950 to 2049, else GeneralizedTime; seconds, and Z."""
    moment = at.astimezone(timezone.utc)
    if 1950 <= moment.year < 2050:
        return value(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return value(0x18, f"{moment.year:04d}".encode(), moment.strftime("%m%d%H%M%SZ").encode())


def made_der(octets: Octets, found: Element, *, tag: int | None = None, depth: int = 0) -> bytes:
    """The value in definite lengths, strings in one piece, SETs in order; `tag` replaces its own."""
    if depth > MAX_DEPTH:
        raise NotAsExpected
    kind = found.tag if tag is None else tag
    if kind & 0xDF == OCTET_STRING:
        return octet_string(string(octets, found))
    if not found.is_constructed:
        return value(kind, octets[found.body : found.stop])
    parts = [made_der(octets, child, depth=depth + 1) for child in children(octets, found)]
    return set_of(parts, kind) if kind == SET else value(kind, *parts)

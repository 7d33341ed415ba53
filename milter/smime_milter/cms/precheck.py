"""The first look at foreign ASN.1: is it one well-formed BER value within our limits."""

from __future__ import annotations

from enum import Enum

from smime_milter.cms.ber import INDEFINITE, MAX_DEPTH, NotAsExpected, read_head
from smime_milter.model.spool import Octets

MAX_SIZE = 128 * 1024 * 1024
MAX_ELEMENTS = 150_000  # a 64 MB message in chunks of 1,000 octets, as Bouncy Castle writes them, has 67,000


class Malformation(Enum):
    """Why octets are not read any further."""

    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    TOO_MANY = "too-many"
    TRUNCATED = "truncated"
    TRAILING = "trailing"
    BAD_ENCODING = "bad-encoding"
    NOT_AS_EXPECTED = "not-as-expected"  # well-formed, but not the structure asked for

    @property
    def is_limit(self) -> bool:
        return self in (Malformation.TOO_LARGE, Malformation.TOO_DEEP, Malformation.TOO_MANY)


class _Found(Exception):
    def __init__(self, what: Malformation) -> None:
        self.what = what


def precheck(octets: Octets) -> Malformation | None:
    """Walk every constructed value once, never into primitive octets; None is well-formed to the last byte."""
    if len(octets) > MAX_SIZE:
        return Malformation.TOO_LARGE
    try:
        end = _walk(octets)
    except _Found as found:
        return found.what
    except IndexError:
        return Malformation.TRUNCATED
    except NotAsExpected:
        return Malformation.BAD_ENCODING
    return None if end == len(octets) else Malformation.TRAILING


def _walk(octets: Octets) -> int:
    """The end of the first value. `open_values` holds where each open value ends, and whether it waits for its 00 00."""
    at, limit, is_indefinite = 0, len(octets), False
    open_values: list[tuple[int, bool]] = []
    for _ in range(MAX_ELEMENTS):
        tag, length, body = read_head(octets, at)
        if not tag:
            if length or not is_indefinite:
                raise NotAsExpected
            at, (limit, is_indefinite) = body, open_values.pop()
        elif tag & 0x20:
            open_values.append((limit, is_indefinite))
            at, (limit, is_indefinite) = body, _opened(len(open_values), length=length, body=body, limit=limit)
        else:
            at = body + length
        if at > limit:
            raise _Found(Malformation.TRUNCATED)
        while open_values and at == limit and not is_indefinite:
            limit, is_indefinite = open_values.pop()
        if not open_values:
            return at
    raise _Found(Malformation.TOO_MANY)


def _opened(depth: int, *, length: int, body: int, limit: int) -> tuple[int, bool]:
    if depth > MAX_DEPTH:
        raise _Found(Malformation.TOO_DEEP)
    if length == INDEFINITE:
        return limit, True
    if body + length > limit:
        raise _Found(Malformation.TRUNCATED)
    return body + length, False

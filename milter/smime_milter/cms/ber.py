"""Read BER values out of a byte range without copying them.

Only for octets that `precheck` found well-formed, or for certificates; whatever is not as expected
raises `NotAsExpected`, which does not leave this package.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from smime_milter.model.spool import Octets

MAX_DEPTH = 32
INDEFINITE = -1

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30
SET = 0x31


class NotAsExpected(ValueError):
    """The octets are not the ASN.1 that the standard has at this place."""


class Element(NamedTuple):
    """One value: head at `start`, content from `body` to `stop`, the next value at `end`."""

    tag: int
    start: int
    body: int
    stop: int
    end: int

    @property
    def is_constructed(self) -> bool:
        return bool(self.tag & 0x20)


def read_head(octets: Octets, at: int) -> tuple[int, int, int]:
    """Tag, length and where the content begins; `IndexError` where the octets end before."""
    tag, length = octets[at], octets[at + 1]
    if tag & 0x1F == 0x1F:  # tag numbers above 30 occur neither in CMS nor in X.509
        raise NotAsExpected
    if length < 0x80:
        return tag, length, at + 2
    if length == 0x80:
        if not tag & 0x20:  # X.690 §8.1.3.2: only constructed values may be indefinite
            raise NotAsExpected
        return tag, INDEFINITE, at + 2
    body = at + 2 + (length & 0x7F)
    if body > at + 6:
        raise NotAsExpected
    octets[body - 1]  # the whole length must be there
    return tag, int.from_bytes(octets[at + 2 : body], "big"), body


def element(octets: Octets, at: int, limit: int) -> Element:
    """The value that begins here and ends at `limit` or before."""
    if at >= limit:
        raise NotAsExpected
    try:
        tag, length, body = read_head(octets, at)
        stop, end = _span(octets, body, length=length, limit=limit)
    except IndexError:
        raise NotAsExpected from None
    if end > limit:
        raise NotAsExpected
    return Element(tag, at, body, stop, end)


def _span(octets: Octets, body: int, *, length: int, limit: int) -> tuple[int, int]:
    if length != INDEFINITE:
        return body + length, body + length
    at, depth = body, 1
    while at < limit:
        tag, inner, content = read_head(octets, at)
        if inner == INDEFINITE:
            depth += 1
        elif not tag:
            depth -= 1
        if not depth:
            return at, content
        at = content + max(inner, 0)
    raise NotAsExpected


def children(octets: Octets, parent: Element) -> Iterator[Element]:
    at = parent.body
    while at < parent.stop:
        child = element(octets, at, parent.stop)
        yield child
        at = child.end


class Fields:
    """The values inside one constructed value, taken one after the other."""

    __slots__ = ("octets", "_at", "_stop")

    def __init__(self, octets: Octets, parent: Element) -> None:
        if not parent.is_constructed:
            raise NotAsExpected
        self.octets = octets
        self._at = parent.body
        self._stop = parent.stop

    def peek(self) -> int:
        """The tag of the next value, -1 at the end."""
        return self.octets[self._at] if self._at < self._stop else -1

    def take(self, *tags: int) -> Element:
        """The next value, which has one of these tags (or any, if none is given)."""
        found = element(self.octets, self._at, self._stop)
        if tags and found.tag not in tags:
            raise NotAsExpected
        self._at = found.end
        return found

    def optional(self, *tags: int) -> Element | None:
        return self.take() if self.peek() in tags else None

    def inside(self, *tags: int) -> Fields:
        """The values inside the next value."""
        return Fields(self.octets, self.take(*tags))

    def finish(self) -> None:
        if self._at != self._stop:
            raise NotAsExpected


def whole(octets: Octets) -> Fields:
    """All octets as a series of values."""
    return Fields(octets, Element(SEQUENCE, 0, 0, len(octets), len(octets)))


def raw(octets: Octets, found: Element) -> bytes:
    """The value with its head, as it stands."""
    return octets[found.start : found.end]


def string_ranges(octets: Octets, found: Element) -> list[tuple[int, int]]:
    """Where the content of an OCTET STRING lies; BER may cut it into pieces, and those again. X.690 §8.7.3

    One pass however deep the pieces lie, which is why it does not ask `children`.
    """
    if not found.is_constructed:
        return [(found.body, found.stop)]
    ranges: list[tuple[int, int]] = []
    at = found.body
    while at < found.stop:
        tag, length, body = read_head(octets, at)
        at = body
        if tag == OCTET_STRING:
            at += length
            ranges.append((body, at))
        elif tag not in (OCTET_STRING | 0x20, 0):
            raise NotAsExpected
    if at != found.stop:
        raise NotAsExpected
    return ranges


def string(octets: Octets, found: Element) -> bytes:
    return b"".join([octets[start:stop] for start, stop in string_ranges(octets, found)])


def small_integer(octets: Octets, found: Element) -> int:
    if not 1 <= found.stop - found.body <= 4:
        raise NotAsExpected
    return int.from_bytes(octets[found.body : found.stop], "big", signed=True)

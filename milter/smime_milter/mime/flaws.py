"""NUL, bare CR and bare LF: octets that readers of the same message see differently."""

from __future__ import annotations

from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.spool import Octets

_CHUNK = 78 * 3360  # whole lines of base64, so that each chunk of an attachment looks like the last


def flaws(octets: Octets, start: int, end: int) -> frozenset[Ambiguity]:
    """Look through a range in one pass; memory stays below a megabyte."""
    found: set[Ambiguity] = set()
    at = start
    while at < end and len(found) < 2:
        chunk = octets[at : min(at + _CHUNK, end)]
        if chunk.endswith(b"\r") and octets[at + len(chunk) : min(at + len(chunk) + 1, end)] == b"\n":
            chunk += b"\n"
        at += len(chunk)
        if chunk.find(b"\0") >= 0:
            found.add(Ambiguity.NUL)
        if not is_canonical(chunk):
            found.add(Ambiguity.BARE_CR_OR_LF)
    return frozenset(found)


def is_canonical(chunk: bytes) -> bool:
    """Whether CR and LF stand only together. Counting them one by one costs three times as much."""
    rest: bytes | bytearray | None = _regular_lines(chunk)
    if rest is None:
        rest = chunk.replace(b"\r\n", b"")
    return rest.find(b"\n") < 0 and rest.find(b"\r") < 0


def _regular_lines(chunk: bytes) -> bytearray | None:
    """Take the line ends out of lines of one width, as base64 has them; None for other text."""
    if len(chunk) < 4096:
        return None
    first = chunk.find(b"\n")
    width = chunk.find(b"\n", first + 1) - first
    if first < 1 or width < 2:
        return None
    rest = bytearray(chunk)
    feeds, returns = rest[first::width], rest[first - 1 :: width]
    if len(feeds) != len(returns) or feeds.count(b"\n") != len(feeds) or returns.count(b"\r") != len(feeds):
        return None
    del rest[first::width]
    del rest[first - 1 :: width - 1]
    return rest

"""Where the parts of a multipart begin and end. RFC 2046 §5.1.1"""

from __future__ import annotations

import re
from dataclasses import dataclass

from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.spool import Octets

_REST_OF_LINE = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")  # transport padding is allowed
_CLASHES = 1_000
# Notes to readers without MIME, lower case, white space collapsed, without the last full stop.
_CUSTOMARY = frozenset((
    b"", b"this is a multi-part message in mime format", b"this is a multipart message in mime format",
    b"this is a message with multiple parts in mime format", b"this is a mime-formatted message",
    b"this is a multi-part message in mime-format", b"this is a multipart-message in mime-format",
    b"this is a mime-formatted message. portions of this message may be unreadable without a mime-capable mail program",
    b"this is a message in mime format. if you see this, your mail reader does not support this format",
    b"this is a mime-encapsulated message", b"this is an s/mime signed message",
    b"this is a cryptographically signed message in mime format", b"this is a mime encoded message",
    b"dies ist eine kryptografisch unterzeichnete nachricht im mime-format",
    b"dies ist eine mehrteilige nachricht im mime-format",
    b"dies ist eine multi-part-nachricht im mime-format",
    b"dies ist eine s/mime-signierte nachricht",
    b"this is an openpgp/mime signed message (rfc 4880 and 3156)",
    b"this is an openpgp/mime encrypted message (rfc 4880 and 3156)",
    b"your mail reader does not understand mime",
    b"this message is in mime format. since your mail reader does not understand this format, "
    b"some or all of this message may not be legible",
    b"> this message is in mime format. since your mail reader does not understand this format, "
    b"some or all of this message may not be legible",
    b"this message is in mime format", b"this is a multi-part message in mime format. your mail reader does not understand mime",
    b"if you are reading this, your email client does not support mime",
    b"--", b"- --", b"--mime--",
))
_LONGEST_NOTE = 300


@dataclass(frozen=True, slots=True)
class Division:
    spans: tuple[tuple[int, int], ...]
    codes: frozenset[Ambiguity]


@dataclass(frozen=True, slots=True)
class _Delimiter:
    start: int   # first octet of the line end before it, or of the line
    end: int     # first octet behind its own line end
    closes: bool


def divide(octets: Octets, span: tuple[int, int], boundary: bytes, allowed: int) -> Division:
    """Find the parts between the delimiter lines of one multipart; at most `allowed` of them."""
    codes: set[Ambiguity] = set()
    found = _delimiters(octets, span, b"--" + boundary, allowed=allowed, codes=codes)
    is_closed = bool(found) and found[-1].closes
    if not is_closed and Ambiguity.LIMIT_PARTS not in codes:
        codes.add(Ambiguity.BOUNDARY_NOT_CLOSED)
    starts = [*(d.start for d in found), span[1]]
    spans = [(d.end, max(d.end, stop)) for d, stop in zip(found, starts[1:], strict=True) if not d.closes]
    epilogue = found[-1].end if is_closed else span[1]
    if not (_is_customary(octets, span[0], starts[0]) and _is_customary(octets, epilogue, span[1])):
        codes.add(Ambiguity.NON_EMPTY_MARGIN)
    return Division(tuple(spans[:allowed]), frozenset(codes))


def _delimiters(
    octets: Octets, span: tuple[int, int], dashed: bytes, *, allowed: int, codes: set[Ambiguity],
) -> list[_Delimiter]:
    start, end = span
    needle = b"\n" + dashed
    found: list[_Delimiter] = []
    clashes = 0
    at = start if octets[start : start + len(dashed)] == dashed else _next(octets, needle, start, end)
    while at >= 0:
        rest = _REST_OF_LINE.match(octets, at + len(dashed), end)
        if rest is None or (found and found[-1].closes):
            codes.add(Ambiguity.BOUNDARY_CLASH)  # who compares only the beginning sees a part here
            clashes += 1
        elif rest[1] is None and len(found) >= allowed:
            codes.add(Ambiguity.LIMIT_PARTS)
            break
        else:
            found.append(_Delimiter(_line_end_before(octets, at, start), rest.end(), rest[1] is not None))
        if clashes > _CLASHES:
            codes.add(Ambiguity.LIMIT_PARTS)
            break
        at = _next(octets, needle, at + len(dashed), end)
    return found


def _next(octets: Octets, needle: bytes, start: int, end: int) -> int:
    at = octets.find(needle, start, end)
    return at + 1 if at >= 0 else -1


def _line_end_before(octets: Octets, at: int, start: int) -> int:
    """The line end before a delimiter belongs to the delimiter."""
    if at - 1 >= start and octets[at - 1 : at] == b"\n":
        at -= 1
        if at - 1 >= start and octets[at - 1 : at] == b"\r":
            at -= 1
    return at


def _is_customary(octets: Octets, start: int, end: int) -> bool:
    if start >= end:
        return True
    text = octets[start : min(end, start + _LONGEST_NOTE + 1)]
    if end - start > _LONGEST_NOTE:
        return False
    return b" ".join(text.lower().split()).rstrip(b".!") in _CUSTOMARY

"""Header sections: where their fields lie, and what in them is no field."""

from __future__ import annotations

import re
from dataclasses import dataclass

from smime_milter.mime.entity import Field
from smime_milter.mime.limits import Limits
from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.spool import Octets

_EMPTY_LINE = re.compile(rb"\n\r?\n")
# RFC 5322 §2.2: a name, a colon, and lines that go on behind white space.
_FIELD = re.compile(rb"([!-9;-~]+)([ \t]*):[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)")
_BLANK_FOLD = re.compile(rb"\n[ \t]+\r?(?:\n|\Z)")  # some readers take it for the empty line
# RFC 5322 §3.6, RFC 2045 §3: at most once
_SINGLE = frozenset((
    b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc", b"subject", b"date",
    b"mime-version", b"content-type", b"content-transfer-encoding", b"content-disposition",
))


@dataclass(frozen=True, slots=True)
class HeaderSection:
    """`body` is the offset behind the empty line; without one the section reaches to the end."""

    fields: tuple[Field, ...]
    body: int
    codes: frozenset[Ambiguity]


def read_header(octets: Octets, start: int, end: int, limits: Limits) -> HeaderSection:
    """Map the header section that begins at `start`; reading stops at the first limit."""
    stop, body = _extent(octets, start, end)
    codes: set[Ambiguity] = set()
    if stop - start > limits.header:
        codes.add(Ambiguity.LIMIT_HEADER_SIZE)
        stop = start + limits.header
    fields = _read_fields(octets, (start, stop), limits, codes)
    section = octets[start:stop]
    if not section.isascii():
        codes.add(Ambiguity.RAW_8BIT_HEADER)
    if _BLANK_FOLD.search(section):
        codes.add(Ambiguity.BAD_FIELD_LINE)
    return HeaderSection(fields, body, frozenset(codes))


def _extent(octets: Octets, start: int, end: int) -> tuple[int, int]:
    """Where the fields end and where the body begins."""
    head = octets[start : min(start + 2, end)]
    if head[:1] == b"\n":
        return start, start + 1
    if head == b"\r\n":
        return start, start + 2
    gap = _EMPTY_LINE.search(octets, start, end)
    return (end, end) if gap is None else (gap.start() + 1, gap.end())


def _read_fields(octets: Octets, span: tuple[int, int], limits: Limits, codes: set[Ambiguity]) -> tuple[Field, ...]:
    at, stop = span
    fields: list[Field] = []
    seen: set[bytes] = set()
    lines = 0
    while at < stop:
        lines += 1
        if lines > limits.fields:
            codes.add(Ambiguity.LIMIT_FIELDS)
            break
        match = _FIELD.match(octets, at, stop)
        if match is None:
            codes.add(Ambiguity.BAD_FIELD_LINE)
            at = (octets.find(b"\n", at, stop) + 1) or stop
            continue
        _judge(match, seen, limits, codes)
        fields.append(Field(match[1], at, match.end(), match.end(2) + 1))
        at = match.end()
    return tuple(fields)


def _judge(match: re.Match[bytes], seen: set[bytes], limits: Limits, codes: set[Ambiguity]) -> None:
    if match[2]:
        codes.add(Ambiguity.BAD_FIELD_LINE)
    if match.end() - match.start() > limits.field:
        codes.add(Ambiguity.LIMIT_FIELD_SIZE)
    name = match[1].lower()
    if name in _SINGLE:
        if name in seen:
            codes.add(Ambiguity.DUPLICATE_FIELD)
        seen.add(name)

"""Entities in the form that no relay has a reason to touch: CRLF, 7-bit, short lines. RFC 8551 §3.1"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from smime_milter.mime.canonical import to_crlf
from smime_milter.mime.entity import Entity, Field
from smime_milter.mime.transfer import base64_lines, decode, quoted_printable
from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.message import Message
from smime_milter.model.spool import CHUNK, Octets

_PREFIX = b"content-"
_ENCODING = b"content-transfer-encoding"
# A line of 77 columns, or what mbox writers alter. Anchored at the LF: one look at each octet is enough.
_NEEDS_CODING = re.compile(rb"\n(?:[^\n]{76}[^\r\n]|From )")
_IDENTITY = frozenset(("7bit", "8bit", "binary"))
# They concern fields of the message that no part of it depends on.
_HARMLESS = frozenset((
    Ambiguity.AUTHOR_SYNTAX, Ambiguity.RAW_8BIT_HEADER, Ambiguity.BAD_ENCODED_WORD, Ambiguity.LIMIT_ADDRESSES,
    Ambiguity.UNKNOWN_CHARSET, Ambiguity.UNDECODABLE_CHARSET,
))


@dataclass(frozen=True, slots=True)
class _Edit:
    """A range of the original that something else takes the place of."""

    start: int
    end: int
    instead: Iterator[bytes]


def mime_fields(message: Message) -> tuple[int, ...]:
    """Indexes of the fields that go with the body: MIME-Version and Content-*."""
    return tuple(
        index for index, field in enumerate(message.fields)
        if field.key == b"mime-version" or field.key.startswith(_PREFIX)
    )


def entity_bytes(octets: Octets, entity: Entity) -> Iterator[bytes]:
    """Yield the entity as it is: its Content-* fields, an empty line, its body; line ends CRLF."""
    def raw() -> Iterator[bytes]:
        for field in _content_fields(entity):
            yield octets[field.start : field.end].rstrip(b"\r\n") + b"\r\n"
        yield b"\r\n"
        yield from _spans(octets, entity.body, entity.end)

    return to_crlf(raw())


def to_seven_bit(octets: Octets, entity: Entity) -> Iterator[bytes] | None:
    """Yield the entity in 7 bits and short lines; of the root only the Content-* fields.

    What is so already goes out byte for byte. None when something inside a multipart/signed
    would change, or when the entity is ambiguous.
    """
    if _is_ambiguous(octets, entity):
        return None
    edits: list[_Edit] = []
    signed_until = -1  # everything before this offset lies inside a multipart/signed
    for part in entity.walk():
        found = _edit(octets, part, is_root=part is entity)
        if found is None or (part.start < signed_until and any(e.start == part.body for e in found)):
            return None
        edits.extend(e for e in found if e.start >= signed_until)
        if part.media_type == "multipart/signed":
            signed_until = max(signed_until, part.end)
    return _write(octets, entity, sorted(edits, key=lambda e: e.start))


def _is_ambiguous(octets: Octets, entity: Entity) -> bool:
    if any(part.codes for part in entity.walk() if part is not entity) or entity.codes - _HARMLESS:
        return True
    return not all(octets[f.start : f.end].isascii() for f in _content_fields(entity))


def _content_fields(entity: Entity) -> tuple[Field, ...]:
    return tuple(f for f in entity.fields if f.name.lower().startswith(_PREFIX))


def _edit(octets: Octets, part: Entity, *, is_root: bool) -> list[_Edit] | None:
    """What must change in this part's own bytes; None when 7 bits are out of reach."""
    encoding, body = "", None
    if part.parts:
        if not _is_seven_bit(octets, _gaps(part)):
            return None
        encoding = "7bit" if part.encoding in ("8bit", "binary") else ""
    elif not _is_plain(octets, part.body, part.end):
        encoding = "quoted-printable" if _is_text(part) else "base64"
        body = _Edit(part.body, part.end, _encoded(octets, part, encoding))
    elif part.encoding in ("8bit", "binary"):
        encoding = "7bit"
    edits = [body] if body else []
    if is_root or encoding:
        header = _header(octets, part, encoding, is_root=is_root)
        if header is None:
            return None
        edits.append(_Edit(part.start, part.body, iter((header,))))
    return edits


def _is_text(part: Entity) -> bool:
    return part.media_type.startswith(("text/", "message/")) and part.encoding != "base64"


def _gaps(part: Entity) -> Iterator[tuple[int, int]]:
    at = part.body
    for child in part.parts:
        yield at, child.start
        at = child.end
    yield at, part.end


def _is_seven_bit(octets: Octets, spans: Iterable[tuple[int, int]]) -> bool:
    return all(chunk.isascii() for start, end in spans for chunk in _spans(octets, start, end))


def _is_plain(octets: Octets, start: int, end: int) -> bool:
    if not _is_seven_bit(octets, ((start, end),)):
        return False
    # The line before the body is the empty one: its LF is the anchor of the first line.
    return _NEEDS_CODING.search(octets, max(0, start - 1), end) is None


def _header(octets: Octets, part: Entity, encoding: str, *, is_root: bool) -> bytes | None:
    """The header section with another transfer encoding ("": as it is); None when no charset would be true."""
    out, is_written = [], not encoding
    for field in _content_fields(part) if is_root else part.fields:
        if field.name.lower() == _ENCODING and encoding:
            out.append(_encoding_line(encoding))
            is_written = True
        else:
            out.append(octets[field.start : field.end].rstrip(b"\r\n") + b"\r\n")
    if is_root and not any(f.name.lower() == b"content-type" for f in part.fields):
        if not _is_seven_bit(octets, ((part.body, part.end),)):
            return None
        out.insert(0, b"Content-Type: text/plain; charset=us-ascii\r\n")
    if not is_written:
        out.append(_encoding_line(encoding))
    return b"".join(out) + b"\r\n"


def _encoding_line(encoding: str) -> bytes:
    return b"Content-Transfer-Encoding: " + encoding.encode("ascii") + b"\r\n"


def _encoded(octets: Octets, part: Entity, encoding: str) -> Iterator[bytes]:
    if part.encoding in _IDENTITY:
        chunks: Iterable[bytes] = _whole_lines(octets, part.body, part.end)
    else:
        chunks = (decode(octets, part.body, part.end, part.encoding)[0],)
    if encoding == "base64":
        yield from base64_lines(chunks)
    else:
        yield from map(quoted_printable, to_crlf(chunks))


def _whole_lines(octets: Octets, start: int, end: int) -> Iterator[bytes]:
    """Chunks that end behind a line end, where there is one."""
    at = start
    while at < end:
        stop = min(at + CHUNK, end)
        if stop < end:
            cut = octets.rfind(b"\n", at, stop)
            cut = octets.find(b"\n", stop, end) if cut < 0 else cut
            stop = cut + 1 if cut >= 0 else end
        yield octets[at:stop]
        at = stop


def _spans(octets: Octets, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, CHUNK):
        yield octets[at : min(at + CHUNK, end)]


def _write(octets: Octets, entity: Entity, edits: list[_Edit]) -> Iterator[bytes]:
    at = entity.start
    for edit in edits:
        yield from _spans(octets, at, edit.start)
        yield from edit.instead
        at = edit.end
    yield from _spans(octets, at, entity.end)

"""Everything in a message that a scanner must read, and what nobody can read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from smime_milter.mime.charsets import readings
from smime_milter.mime.encoded_words import decode_text
from smime_milter.mime.entity import Entity
from smime_milter.mime.fields import unfolded, values_of
from smime_milter.mime.hidden import has_hidden_encoding
from smime_milter.mime.html import read_html
from smime_milter.mime.limits import LIMITS
from smime_milter.mime.mailboxes import mailboxes
from smime_milter.mime.parse import parse
from smime_milter.mime.transfer import decode
from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.finding import Unreadable, UnreadableReason
from smime_milter.model.spool import Octets

_NAME_FIELDS = (b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc")
# What programs write for programs: structure, trace and signatures.
_MACHINE_FIELDS = frozenset((
    b"received", b"return-path", b"date", b"mime-version", b"content-type", b"content-transfer-encoding", b"content-disposition",
    b"dkim-signature", b"domainkey-signature", b"authentication-results", b"received-spf", b"subject", *_NAME_FIELDS,
))
# Identifiers that look like addresses: they may quote a number, but nobody's mailbox.
_ID_FIELDS = frozenset((b"message-id", b"references", b"in-reply-to", b"content-id", b"resent-message-id", b"list-id"))
_MACHINE_PREFIXES = (b"arc-", b"x-ms-exchange-", b"x-microsoft-antispam", b"x-google-", b"x-spam")
_NO_TEXT = frozenset(("text/rtf", "text/richtext"))
_TEXT_TYPES = frozenset((
    "application/json", "application/xml", "application/xhtml+xml",
    "message/delivery-status", "message/disposition-notification", "message/feedback-report",
    "message/global-delivery-status", "message/global-disposition-notification", "message/global-headers",
))
_HTML = frozenset(("text/html", "application/xhtml+xml"))
_UTF8_BY_DEFAULT = frozenset(("text/calendar", "text/vcard", "application/json", "application/xml", "text/xml"))
_SIGNATURES = frozenset(("application/pkcs7-signature", "application/x-pkcs7-signature"))
_EMBEDDED = frozenset(("message/rfc822", "message/global", "message/news"))
_DECODED_DEPTH = 3
# Where these are set, what a reader takes for text may lie anywhere in the body.
_UNSURE = frozenset((
    Ambiguity.CONTENT_TYPE_SYNTAX, Ambiguity.ENCODED_MULTIPART, Ambiguity.BOUNDARY_MISSING,
    Ambiguity.BOUNDARY_NOT_CLOSED, Ambiguity.BOUNDARY_CLASH, Ambiguity.LIMIT_PARTS, Ambiguity.LIMIT_DEPTH,
))


@dataclass(frozen=True, slots=True)
class Segment:
    """One text. `kind` is "plain", "html", "subject", "header" or "filename"; `where` as in Finding."""

    where: str
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Task:
    """An entity to read; `prefix` is set inside a message that had to be decoded first."""

    octets: Octets
    entity: Entity
    prefix: str = ""
    is_signature: bool = False
    decoded: int = 0

    @property
    def place(self) -> str:
        return "part " + (".".join(filter(None, (self.prefix, self.entity.path))) or "1")


@dataclass(slots=True)
class _Reading:
    segments: list[Segment] = field(default_factory=list)
    unreadable: dict[Unreadable, None] = field(default_factory=dict)
    codes: set[Ambiguity] = field(default_factory=set)
    left: int = LIMITS.text

    def add(self, where: str, text: str, kind: str) -> None:
        if len(text) > self.left:
            self.give_up(where, UnreadableReason.LIMIT)
            self.codes.add(Ambiguity.LIMIT_TEXT)
        kept = text[: self.left]
        self.left -= len(kept)
        if kept and not kept.isspace():
            self.segments.append(Segment(where, kept, kind))

    def give_up(self, where: str, why: UnreadableReason) -> None:
        self.unreadable[Unreadable(where, why)] = None


def segments(octets: Octets, root: Entity) -> tuple[tuple[Segment, ...], tuple[Unreadable, ...], frozenset[Ambiguity]]:
    """Read all text under every reading a client might choose; at most 4 MB of it.

    The codes are those that show only when content is decoded. What is no text, or could not be
    read, is among the unreadable, never missing.
    """
    reading = _Reading()
    tasks = [_Task(octets, root)]
    while tasks:
        task = tasks.pop()
        _read_own(reading, task)
        tasks.extend(reversed(list(_below(reading, task))))
    return tuple(reading.segments), tuple(reading.unreadable), frozenset(reading.codes)


def _read_own(reading: _Reading, task: _Task) -> None:
    """What belongs to the entity itself: header fields, file name, margins, and text of a leaf."""
    entity = task.entity
    _read_header(reading, task)
    if entity.filename:
        reading.add(f"file name of {task.place}", entity.filename, "filename")
    if Ambiguity.NON_EMPTY_MARGIN in entity.codes:
        for start, end in _margins(entity):
            _read_text(reading, task, task.octets[start:end])
    if entity.parts:
        if entity.codes & _UNSURE:
            _read_raw(reading, task)
    elif not _is_encoded_message(task):
        _read_leaf(reading, task)
    if any(code.is_limit for code in entity.codes):  # a limit is undecidable, never clean
        reading.give_up(task.place, UnreadableReason.LIMIT)


def _read_header(reading: _Reading, task: _Task) -> None:
    is_root = not task.prefix and not task.entity.path
    for value in values_of(task.octets, task.entity, b"Subject"):
        _read_field(reading, value, "subject" if is_root else task.place, "subject" if is_root else "header")
    for header in task.entity.fields:
        name = header.name.lower()
        where = f"header {header.name.decode('ascii', 'replace')}" if is_root else task.place
        if name in _NAME_FIELDS:
            _read_names(reading, unfolded(task.octets, header), where)
        elif name not in _MACHINE_FIELDS and not name.startswith(_MACHINE_PREFIXES):
            value = unfolded(task.octets, header)
            _read_field(reading, value.replace(b"@", b" ") if name in _ID_FIELDS else value, where, "header")
    if Ambiguity.BAD_FIELD_LINE in task.entity.codes:
        raw = task.octets[task.entity.start : min(task.entity.body, task.entity.start + LIMITS.header)]
        _read_text(reading, task, raw)


def _read_field(reading: _Reading, value: bytes, where: str, kind: str) -> None:
    text, codes = decode_text(value)
    reading.codes |= codes
    reading.add(where, text, kind)
    if codes and text.encode("utf-8", "replace") != value:
        reading.add(where, value.decode("latin-1"), kind)


def _read_names(reading: _Reading, value: bytes, where: str) -> None:
    """Display names; the whole value as well where it has comments, groups or is outside the grammar."""
    found, is_clean = mailboxes(value)
    reading.add(where, "\n".join(m.display for m in found if m.display), "header")
    if not is_clean or b"(" in value or b":" in value:
        _read_field(reading, value, where, "header")
    elif b"=?" in value or not value.isascii():
        reading.codes |= decode_text(value)[1]


def _margins(entity: Entity) -> Iterator[tuple[int, int]]:
    if not entity.parts:
        yield entity.body, entity.end
        return
    yield entity.body, entity.parts[0].start
    yield entity.parts[-1].end, entity.end


def _below(reading: _Reading, task: _Task) -> Iterator[_Task]:
    entity = task.entity
    if _is_encoded_message(task):
        yield from _decoded_message(reading, task)
        return
    for number, part in enumerate(entity.parts):
        is_signature = entity.media_type == "multipart/signed" and number == 1 and part.media_type in _SIGNATURES
        yield _Task(task.octets, part, task.prefix, is_signature, task.decoded)


def _is_encoded_message(task: _Task) -> bool:
    return task.entity.media_type in _EMBEDDED and task.entity.encoding in ("base64", "quoted-printable")


def _decoded_message(reading: _Reading, task: _Task) -> Iterator[_Task]:
    entity = task.entity
    if task.decoded >= _DECODED_DEPTH or entity.end - entity.body > 4 * LIMITS.text:
        reading.give_up(task.place, UnreadableReason.LIMIT)
        return
    data, codes = decode(task.octets, entity.body, entity.end, entity.encoding)
    inner = parse(data)
    reading.codes |= codes.union(*(e.codes for e in inner.walk()))
    yield _Task(data, inner, task.place.removeprefix("part ") + ".1", False, task.decoded + 1)


def _read_leaf(reading: _Reading, task: _Task) -> None:
    entity = task.entity
    if entity.media_type.startswith("multipart/") or entity.codes & _UNSURE:
        _read_raw(reading, task)
    if not _is_text(entity.media_type):
        if not task.is_signature:
            reading.give_up(task.place, UnreadableReason.UNKNOWN_FORMAT)
        return
    encodings = [entity.encoding] if entity.encoding else ["", "base64", "quoted-printable"]
    bad = frozenset().union(*(_read_decoded(reading, task, encoding) for encoding in encodings))
    reading.codes |= bad if entity.encoding else frozenset()
    if bad and entity.encoding:
        _read_raw(reading, task)


def _is_text(media_type: str) -> bool:
    return (media_type.startswith("text/") and media_type not in _NO_TEXT) or media_type in _TEXT_TYPES


def _read_decoded(reading: _Reading, task: _Task, encoding: str) -> frozenset[Ambiguity]:
    data, codes = decode(task.octets, task.entity.body, _stop(reading, task), encoding)
    _read_text(reading, task, data)
    return codes


def _stop(reading: _Reading, task: _Task) -> int:
    """Where to stop decoding: twice the room that is left holds more than may be kept."""
    entity = task.entity
    room = 4 * (reading.left // 2 + 1)
    if entity.end - entity.body <= room:
        return entity.end
    reading.give_up(task.place, UnreadableReason.LIMIT)
    reading.codes.add(Ambiguity.LIMIT_TEXT)
    return entity.body + room


def _read_raw(reading: _Reading, task: _Task) -> None:
    _read_text(reading, task, task.octets[task.entity.body : _stop(reading, task)])


def _read_text(reading: _Reading, task: _Task, data: bytes) -> None:
    """Add each reading of the octets; those that are no text at all are unreadable besides."""
    media_type = task.entity.media_type
    default = "utf-8" if media_type in _UTF8_BY_DEFAULT else "us-ascii"
    texts, codes = readings(data, task.entity.parameters.get("charset", "") or default)
    reading.codes |= codes
    if Ambiguity.UNKNOWN_CHARSET in codes:
        reading.give_up(task.place, UnreadableReason.UNKNOWN_CHARSET)
    if any("\0" in text for text in texts[:1]):
        reading.give_up(task.place, UnreadableReason.UNKNOWN_FORMAT)
    if has_hidden_encoding(data):
        reading.codes.add(Ambiguity.HIDDEN_ENCODING)
        reading.give_up(task.place, UnreadableReason.UNKNOWN_FORMAT)
    for text in texts:
        _add_text(reading, task.place, text, media_type in _HTML)


def _add_text(reading: _Reading, where: str, text: str, is_html: bool) -> None:
    if not is_html:
        reading.add(where, text, "plain")
        return
    html = read_html(text[: 2 * reading.left + 2])
    if html.has_data_uri:
        reading.give_up(where, UnreadableReason.UNKNOWN_FORMAT)
    if not html.is_whole:
        reading.give_up(where, UnreadableReason.LIMIT)
    reading.add(where, "\n".join((html.text, *html.hidden)), "html")

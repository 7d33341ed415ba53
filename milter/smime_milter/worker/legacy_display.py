"""Repeat a hidden Subject at the top of the text, for clients that do not know header protection (RFC 9788 §2.1.2)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from smime_milter.mime.canonical import to_crlf
from smime_milter.mime.entity import Entity
from smime_milter.mime.fields import decode_text, value_of
from smime_milter.mime.parse import parse
from smime_milter.mime.transfer import decode, quoted_printable
from smime_milter.model.spool import Octets, Spool

_BODY_TAG = re.compile(r"<body\b[^<>]{0,2000}>", re.IGNORECASE)
_VALUE = re.compile(r"[A-Za-z0-9._+/-]{1,60}")
_SMALL = 4 * 1024 * 1024   # a longer text is no letter: it stays as it is
_DESCRIBING = (b"content-type", b"content-transfer-encoding")


def with_legacy_display(octets: Octets, root: Entity) -> tuple[Octets, Entity]:
    """The message with the Subject in its main texts; unchanged where that cannot be done truly."""
    subject = decode_text(value_of(octets, root, b"subject") or b"")[0]
    edits = [(leaf, new) for leaf in _main_texts(root) if (new := _displayed(octets, leaf, subject)) is not None]
    if not subject or not edits:
        return octets, root
    spool, at = Spool(), 0
    for leaf, new in edits:
        spool.write(octets[at : leaf.start])
        spool.write(new)
        at = leaf.end
    for start in range(at, len(octets), 1024 * 1024):
        spool.write(octets[start : start + 1024 * 1024])
    made = spool.octets()
    return made, parse(made)


def _main_texts(entity: Entity) -> Iterator[Entity]:
    """RFC 9787: the main body is the first part, and every alternative of it."""
    if entity.media_type in ("multipart/mixed", "multipart/related"):
        yield from (found for part in entity.parts[:1] for found in _main_texts(part))
    elif entity.media_type == "multipart/alternative":
        yield from (found for part in entity.parts for found in _main_texts(part))
    elif entity.media_type in ("text/plain", "text/html") and entity.disposition != "attachment":
        yield entity


def _displayed(octets: Octets, leaf: Entity, subject: str) -> bytes | None:
    """The part with the Subject on top, its header section included; None if its text is not plainly readable."""
    if leaf.codes or not leaf.encoding or leaf.end - leaf.body > _SMALL:
        return None
    charset = leaf.parameters.get("charset", "us-ascii").lower()
    charset = "utf-8" if charset == "us-ascii" else charset
    content, flaws = decode(octets, leaf.body, leaf.end, leaf.encoding)
    try:
        text = bytes(content[:]).decode(charset)
        made = _on_top(subject, text, is_html=leaf.media_type == "text/html").encode(charset)
    except (UnicodeError, LookupError):
        return None
    kept = {**leaf.parameters, "charset": charset}
    if flaws or not all(_VALUE.fullmatch(value) for value in kept.values()):
        return None
    return _header(octets, leaf, kept) + b"".join(map(quoted_printable, to_crlf((made,))))


def _on_top(subject: str, text: str, *, is_html: bool) -> str:
    if not is_html:
        return f"Subject: {subject}\r\n\r\n{text}"
    tag = _BODY_TAG.search(text)
    at = tag.end() if tag else 0
    block = f'<div class="header-protection-legacy-display"><pre>Subject: {html.escape(subject)}</pre></div>'
    return text[:at] + block + text[at:]


def _header(octets: Octets, leaf: Entity, parameters: dict[str, str]) -> bytes:
    kept = [octets[f.start : f.end].rstrip(b"\r\n") for f in leaf.fields if f.name.lower() not in _DESCRIBING]
    values = "".join(f';\r\n {name}="{value}"' for name, value in parameters.items())
    made = f'Content-Type: {leaf.media_type}{values};\r\n hp-legacy-display="1"'.encode("ascii")
    return b"\r\n".join([*kept, made, b"Content-Transfer-Encoding: quoted-printable", b"", b""])

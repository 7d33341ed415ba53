"""Whom a notice may be sent to, and what of a mail may stand in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from smime_milter.mime.encoded_words import decode_text
from smime_milter.model.address import EmailAddress
from smime_milter.model.finding import Finding
from smime_milter.model.message import HeaderField
from smime_milter.model.plain import to_plain

# RFC 3834 §2: no mailbox of a person, or one that answers by itself
_MACHINES = re.compile(r"mailer-daemon|(?:do-?)?no-?t?-?reply|bounces?|owner-[^@]{1,200}|[^@]{1,200}-(?:request|bounces?)")
_AUTOMATIC = frozenset((b"list-id", b"list-post", b"list-unsubscribe", b"feedback-id", b"x-loop"))
_LONGEST_SUBJECT = 60
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]+")


def may_be_told(sender: EmailAddress | None, fields: Iterable[HeaderField]) -> bool:
    """Whether a person sent it: not the null sender, no machine, no list, nothing that answers by itself."""
    if sender is None or _MACHINES.fullmatch(sender.local.lower()):
        return False
    return not any(_is_automatic(f) for f in fields)


def _is_automatic(field: HeaderField) -> bool:
    value = field.value.strip().lower()
    if field.key == b"auto-submitted":
        return value.split(b";")[0].strip() != b"no"
    if field.key == b"precedence":
        return value in (b"bulk", b"list", b"junk")
    if field.key == b"return-path":
        return value == b"<>"
    return field.key in _AUTOMATIC


def masked(address: str) -> str:
    """Enough for whoever wrote it to know whom it is about: first letter and domain."""
    local, at, domain = _UNSAFE.sub("", address).rpartition("@")
    if not at or not local:
        return "…"
    return f"{local[0]}…@{domain if len(domain) <= 40 else '…' + domain[-39:]}"


def own_subject(fields: Iterable[HeaderField], findings: Iterable[Finding] | None) -> str:
    """The Subject on one short line; "" if something was found in it, or nobody looked."""
    if findings is None or any(f.where in ("subject", "header Subject") for f in findings):
        return ""
    values = [f.value for f in fields if f.key == b"subject"]
    if len(values) != 1:
        return ""
    text = " ".join(_UNSAFE.sub(" ", decode_text(values[0])[0]).split())
    return text if len(text) <= _LONGEST_SUBJECT else text[: _LONGEST_SUBJECT - 1] + "…"


def written(values: Any) -> str:
    """A value object as `Notice.values` holds it."""
    return json.dumps(to_plain(values, []))

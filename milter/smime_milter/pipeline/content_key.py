"""By what a message is known again when its client hands it over a second time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from smime_milter.model.message import Message

# Fields that relays add or change: a second delivery attempt may differ in them.
_TRACE = (b"received", b"return-path", b"delivered-to", b"dkim-signature", b"authentication-results", b"arc-", b"x-")


def content_key(sender: str, recipients: Iterable[str], message: Message) -> str:
    """The same for a second attempt of the same client to hand over the same mail."""
    digest = hashlib.sha256()
    for part in [sender, *sorted(recipients)]:
        digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
    for header in message.fields:
        if not header.key.startswith(_TRACE):
            digest.update(header.line())
    for chunk in message.raw.chunks(message.body_at):
        digest.update(chunk)
    return digest.hexdigest()

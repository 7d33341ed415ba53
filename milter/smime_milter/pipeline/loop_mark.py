"""The keyed mark by which the splitter's copies are known when they come back to us."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from smime_milter.mime.fields import field
from smime_milter.model.message import Envelope, HeaderField, Message
from smime_milter.model.own_names import LOOP
from smime_milter.pipeline.tools import Tools
from smime_milter.ports import Sealer


def loop_mark(sender: str, recipients: Iterable[str], message: Message, sealer: Sealer) -> HeaderField:
    """Good for this message from this sender to these recipients only: elsewhere it means nothing."""
    return field(LOOP, _token(sender, recipients, message, sealer))


def is_returning(envelope: Envelope, message: Message, tools: Tools) -> bool:
    """Whether this very copy was made by our splitter."""
    written = [f.value.strip() for f in message.fields if f.key == LOOP.lower().encode("ascii")]
    if not written or tools.sealer is None:
        return False
    token = _token(envelope.sender_given, (r.given for r in envelope.recipients), message, tools.sealer).encode("ascii")
    return any(hmac.compare_digest(value, token) for value in written)


def _token(sender: str, recipients: Iterable[str], message: Message, sealer: Sealer) -> str:
    name = next((f.value.strip().decode("latin-1") for f in message.fields if f.key == b"message-id"), "")
    return sealer.token("\0".join(["loop", name, sender.lower(), *sorted(r.lower() for r in recipients)]))

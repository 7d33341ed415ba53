"""Our own notices as mails: null sender, automatic, a reply, marked as ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from smime_milter.model.notice import Notice
from smime_milter.notices.rendering import Rendered

LOOP_MARK = "X-SMIME-Milter-Loop"
LARGEST_ORIGINAL = 20 * 1024 * 1024   # what a mailbox takes back, base64 included
# RFC 5322 §3.6.4, without folding and comments
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,200}@[!-;=?-~]{1,200}>")
_SENDER_NAME = "E-Mail-Sicherheit"


def is_message_id(text: str) -> bool:
    """Whether a foreign Message-ID may stand in a field of ours."""
    return _MESSAGE_ID.fullmatch(text) is not None


def build(notice: Notice, rendered: Rendered, *, postmaster: str, at: datetime, mark: Callable[[str], str],
          original: bytes | None = None) -> bytes:
    """The whole mail, 7-bit, with CRLF.

    Its Message-ID depends on reference, case, addressee and values: sent twice it is still one mail.
    """
    mail = EmailMessage(policy=SMTP)
    message_id = _own_id(notice, postmaster, mark)
    mail["From"] = Address(_SENDER_NAME, addr_spec=postmaster)
    mail["To"] = _addressee(notice.to)
    mail["Subject"] = rendered.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    if is_message_id(notice.in_reply_to):
        mail["In-Reply-To"] = notice.in_reply_to
        mail["References"] = notice.in_reply_to
    # RFC 3834 §5
    mail["Auto-Submitted"] = "auto-replied" if notice.in_reply_to else "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"   # Exchange keeps its out-of-office replies to itself
    mail[LOOP_MARK] = mark(message_id)
    mail.set_content(rendered.text, cte="quoted-printable")
    if original is not None:
        # Not message/rfc822: RFC 2046 §5.2.1 forbids encoding it, and what cannot travel as it is would not come back.
        mail.add_attachment(original, maintype="application", subtype="octet-stream", filename="original.eml")
    return mail.as_bytes()


def _own_id(notice: Notice, postmaster: str, mark: Callable[[str], str]) -> str:
    local = mark(f"{notice.reference} {notice.case} {notice.to} {notice.values}")[:32]
    return f"<{local}@{postmaster.rpartition('@')[2]}>"


def _addressee(address: str) -> Address | str:
    try:
        return Address(addr_spec=address) if address.isascii() else "undisclosed-recipients:;"
    except (ValueError, MessageError, IndexError):
        return "undisclosed-recipients:;"   # the envelope knows who it is for

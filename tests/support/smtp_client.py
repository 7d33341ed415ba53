"""An SMTP client for tests: every reply kept, every byte sent as given."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

_QUEUE_ID = re.compile(r"queued as (\w+)")


@dataclass(frozen=True)
class Reply:
    """One reply; `stage` is mail, rcpt, data (354) or message (after the final dot)."""

    stage: str
    code: int
    text: str


@dataclass(frozen=True)
class Transcript:
    """The replies to one message, in order; sending stops at the first that forbids going on."""

    replies: tuple[Reply, ...]

    @property
    def last(self) -> Reply:
        return self.replies[-1]

    @property
    def code(self) -> int:
        return self.last.code

    @property
    def text(self) -> str:
        return self.last.text

    @property
    def is_accepted(self) -> bool:
        return self.last.stage == "message" and self.last.code == 250

    @property
    def queue_id(self) -> str:
        found = _QUEUE_ID.search(self.text)
        return found.group(1) if found else ""


class Client:
    """One connection, greeted; Postfix must allow XCLIENT if it is to pretend an address or a login."""

    def __init__(self, port: int, *, outside: str = "", tls: bool = False, login: str = "") -> None:
        self.smtp = smtplib.SMTP("127.0.0.1", port, local_hostname="client.example", timeout=15)
        self.smtp.command_encoding = "utf-8"
        self._greet(outside, tls, login)

    def _greet(self, outside: str, tls: bool, login: str) -> None:
        self.smtp.ehlo()
        if tls:
            self.smtp.starttls(context=_trusting_everyone())
            self.smtp.ehlo()
        pretended = [f"ADDR={outside} NAME=[UNAVAILABLE]"] if outside else []
        pretended += [f"LOGIN={login}"] if login else []
        if not pretended:
            return
        code, text = self.smtp.docmd("XCLIENT", " ".join(pretended))
        if code != 220:
            raise RuntimeError(f"XCLIENT: {code} {text!r}")
        self.smtp.ehlo()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.smtp.quit()
        except (smtplib.SMTPException, OSError):
            self.smtp.close()

    def command(self, stage: str, line: str) -> Reply:
        """Send a command line and return its reply."""
        code, text = self.smtp.docmd(line)
        return Reply(stage, code, text.decode("utf-8", "replace"))

    def open(self, sender: str, recipients: Sequence[str], *, options: str = "") -> list[Reply]:
        """MAIL, RCPT and DATA, up to the first reply that forbids going on; a null sender is the empty string."""
        replies = [self.command("mail", f"MAIL FROM:<{sender}>{options}")]
        if replies[-1].code != 250:
            return replies
        replies += [self.command("rcpt", f"RCPT TO:<{recipient}>") for recipient in recipients]
        if any(reply.stage == "rcpt" and reply.code == 250 for reply in replies):
            replies.append(self.command("data", "DATA"))
        return replies

    def finish(self, octets: bytes) -> Reply:
        """Send these bytes, final dot and all, and return the reply to them."""
        self.smtp.send(octets)
        code, text = self.smtp.getreply()
        return Reply("message", code, text.decode("utf-8", "replace"))

    def send(self, sender: str, recipients: Sequence[str], data: bytes) -> Transcript:
        """One transaction; nothing in `data` changes but dots at line starts."""
        options = "" if data.isascii() else " BODY=8BITMIME"
        options += "" if "".join([sender, *recipients]).isascii() else " SMTPUTF8"
        replies = self.open(sender, recipients, options=options)
        if replies[-1].code == 354:
            replies.append(self.finish(stuffed(data)))
        else:
            self.smtp.docmd("RSET")
        return Transcript(tuple(replies))

    def hang_up(self) -> None:
        """Go without QUIT, as a crashed client does."""
        self.smtp.close()


def stuffed(data: bytes) -> bytes:
    """Dot-stuffed, with the final dot; only CRLF is a line end. RFC 5321 §4.5.2"""
    doubled = (b"\r\n" + data).replace(b"\r\n.", b"\r\n..")[2:]
    return doubled + (b".\r\n" if not data or data.endswith(b"\r\n") else b"\r\n.\r\n")


def _trusting_everyone() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context

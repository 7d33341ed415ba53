"""Handing messages to the MTA behind the milter over SMTP, byte for byte."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from smime_milter.model.errors import Unavailable
from smime_milter.model.sealed import DeliveryOptions
from smime_milter.model.spool import Octets, Spool

TIMEOUT = 30.0
_PIECE = 256 * 1024
_URL = re.compile(r"smtp:(?:\[(?P<literal>[0-9A-Fa-f:.]+)\]|(?P<host>[^\[\]:\s]+)):(?P<port>[0-9]{1,5})")
_WISH = re.compile(r"(?:RET|ENVID|NOTIFY|ORCPT)=[!-~]{1,600}")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f<>]")
# What some MTA would take for the end of the message, or for a line of its own (SMTP smuggling).
_SMUGGLING = re.compile(rb"(?<!\r)\n\.|\r\.")


class SmtpSubmit:
    """Implement `ports.Submit`; `target` is smtp:HOST:PORT, an IPv6 address in brackets."""

    def __init__(self, target: str, timeout: float = TIMEOUT) -> None:
        match = _URL.fullmatch(target)
        if match is None or not 0 < int(match["port"]) < 65536:
            raise ValueError("not of the form smtp:HOST:PORT")
        self._host = match["literal"] or match["host"]
        self._port = int(match["port"])
        self._timeout = timeout

    def submit(self, sender: str, recipients: Sequence[str], raw: Spool, options: DeliveryOptions = DeliveryOptions()) -> None:
        """Accepted for every recipient, or `Unavailable` and for none.

        `raw` has CRLF line ends; `sender` "" is the null sender. Only if the connection breaks
        between the last byte and the reply does nobody know.
        """
        if not recipients or any(_UNSAFE.search(address) for address in (sender, *recipients)):
            raise Unavailable("submit", "an address that cannot be sent")
        octets = raw.octets()
        if _SMUGGLING.search(octets):
            raise Unavailable("submit", "a line end that cannot be sent")
        with _translated():
            # local_hostname: without it smtplib asks the resolver for one.
            session = smtplib.SMTP(local_hostname="localhost", timeout=self._timeout)
            try:
                _judge(session.connect(self._host, self._port), 220)
                _transact(session, _Envelope(sender, tuple(recipients), options), raw)
                _quit(session)
            finally:
                session.close()


@dataclass(frozen=True, slots=True)
class _Envelope:
    sender: str
    recipients: tuple[str, ...]
    options: DeliveryOptions


@contextmanager
def _translated() -> Iterator[None]:
    """The reply's text may hold an address: only code and class leave."""
    try:
        yield
    except smtplib.SMTPResponseException as failure:
        raise Unavailable("submit", str(failure.smtp_code)) from None
    except (OSError, UnicodeError, ValueError) as failure:
        raise Unavailable("submit", type(failure).__name__) from None


def _transact(session: smtplib.SMTP, envelope: _Envelope, raw: Spool) -> None:
    session.ehlo_or_helo_if_needed()
    parameters = _parameters(session, envelope, raw)
    _expect(session, f"MAIL FROM:<{envelope.sender}>{parameters}", 250)
    for recipient in envelope.recipients:
        wishes = _notifications(session, envelope.options.recipients.get(recipient, ()))
        _expect(session, f"RCPT TO:<{recipient}>{wishes}", 250, 251)
    _expect(session, "DATA", 354)
    _send_content(session, raw)
    _judge(session.getreply(), 250)


def _parameters(session: smtplib.SMTP, envelope: _Envelope, raw: Spool) -> str:
    needed = []
    if not all(piece.isascii() for piece in raw.chunks()):
        needed.append(("8bitmime", "BODY=8BITMIME"))  # RFC 6152
    if _is_wide(envelope):
        needed.append(("smtputf8", "SMTPUTF8"))  # RFC 6531 §3.4
        session.command_encoding = "utf-8"
    for extension, _ in needed:
        if not session.has_extn(extension):
            raise Unavailable("submit", f"no {extension.upper()} offered")
    wishes = [option for option in envelope.options.mail if option != "SMTPUTF8"]
    return "".join(f" {parameter}" for _, parameter in needed) + _notifications(session, wishes)


def _is_wide(envelope: _Envelope) -> bool:
    return "SMTPUTF8" in envelope.options.mail or not all(a.isascii() for a in (envelope.sender, *envelope.recipients))


def _notifications(session: smtplib.SMTP, wishes: Sequence[str]) -> str:
    """RET, ENVID, NOTIFY and ORCPT, where they are understood; what is no such parameter is left out. RFC 3461 §4"""
    if not session.has_extn("dsn"):
        return ""
    return "".join(f" {wish}" for wish in wishes if _WISH.fullmatch(wish))


def _expect(session: smtplib.SMTP, command: str, *codes: int) -> None:
    _judge(session.docmd(command), *codes)


def _judge(reply: tuple[int, bytes], *codes: int) -> None:
    if reply[0] not in codes:
        raise smtplib.SMTPResponseException(reply[0], "")


def _send_content(session: smtplib.SMTP, raw: Spool) -> None:
    """Not `session.data()`: that copies the message and mends its line ends."""
    octets = raw.octets()
    for piece in stuffed(octets):
        session.send(piece)
    session.send(b".\r\n" if octets[-2:] in (b"\r\n", b"") else b"\r\n.\r\n")


def stuffed(octets: Octets) -> Iterator[bytes]:
    """The message in pieces, every dot at the beginning of a line doubled (RFC 5321 §4.5.2)."""
    at = 0
    if octets[:1] == b".":
        yield b"."
    while at < len(octets):
        end = _end_of_piece(octets, at + _PIECE)
        yield octets[at:end].replace(b"\r\n.", b"\r\n..")
        at = end


def _end_of_piece(octets: Octets, end: int) -> int:
    """A place near `end` that does not cut through CR LF dot."""
    for before in (1, 2):
        if octets[end - before : end - before + 3] == b"\r\n.":
            return end - before + 3
    return end


def _quit(session: smtplib.SMTP) -> None:
    """The message is theirs already: what happens to the goodbye changes nothing."""
    try:
        session.quit()
    except OSError:
        return

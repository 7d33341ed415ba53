"""What a transaction carries: the envelope and the message as they were received."""

from __future__ import annotations

from dataclasses import dataclass

from smime_milter.model.address import EmailAddress
from smime_milter.model.spool import Spool


@dataclass(frozen=True, slots=True)
class HeaderField:
    """One header field, byte for byte.

    `value` starts behind the colon and so keeps its leading white space; folds are LF or CRLF
    as the MTA gave them, without the last line end.
    """

    name: bytes
    value: bytes

    @property
    def key(self) -> bytes:
        return self.name.lower()

    def line(self) -> bytes:
        """The field as it stands in a message, with CRLF."""
        value = self.value.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return self.name + b":" + value + b"\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSession:
    """What the MTA says of the TLS session to its client; empty strings where it says nothing."""

    protocol: str
    cipher: str
    bits: str
    subject: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who talks to the MTA. None of it comes from the message."""

    address: str
    name: str = ""
    login: str = ""
    listener: str = ""
    tls: TlsSession | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """An envelope recipient; `given` is what the MTA must hear to delete it, letter for letter."""

    given: str
    address: EmailAddress | None

    @property
    def key(self) -> str:
        return self.address.key if self.address else self.given.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """MAIL FROM (None is the null sender), RCPT TO, and where it came from.

    `mta` is the name the MTA gives itself, `sender_given` the sender letter for letter.
    """

    sender: EmailAddress | None
    sender_given: str
    recipients: tuple[Recipient, ...]
    client: Client
    queue_id: str = ""
    mta: str = ""
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as received: `raw` is header section, empty line and body with CRLF line ends."""

    fields: tuple[HeaderField, ...]
    raw: Spool
    body_at: int

    @property
    def size(self) -> int:
        return len(self.raw)

    def field_ends(self) -> tuple[int, ...]:
        """Offsets in `raw` behind each header field."""
        ends, at = [], 0
        for field_ in self.fields:
            at += len(field_.line())
            ends.append(at)
        return tuple(ends)


def message_of(fields: tuple[HeaderField, ...], body: bytes) -> Message:
    """Assemble a message from parts already in memory."""
    raw = Spool()
    raw.write(b"".join(f.line() for f in fields) + b"\r\n")
    body_at = len(raw)
    raw.write(body)
    return Message(fields=fields, raw=raw, body_at=body_at)

"""Collect the SMTP events of a connection into envelopes and messages: a state machine without I/O.

What belongs to the connection survives its messages; what belongs to a message is one value
that is dropped at MAIL, abort and end, so nothing of one message can reach the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from smime_milter.model.address import parse_address
from smime_milter.model.errors import OutOfOrder
from smime_milter.model.message import Client, Envelope, HeaderField, Message, Recipient, TlsSession
from smime_milter.model.spool import Spool

_FLUSH = 512 * 1024


@dataclass(slots=True)
class _Transaction:
    """One message on its way in; header lines and small bodies wait in `pending` to save system calls."""

    sender_given: str
    parameters: tuple[str, ...]
    login: str
    recipients: list[Recipient] = field(default_factory=list)
    fields: list[HeaderField] = field(default_factory=list)
    raw: Spool = field(default_factory=Spool)
    pending: list[bytes] = field(default_factory=list)
    pending_size: int = 0
    size: int = 0
    body_at: int | None = None

    def add(self, data: bytes) -> None:
        self.pending.append(data)
        self.pending_size += len(data)
        self.size += len(data)
        if self.pending_size > _FLUSH:
            self.flush()

    def flush(self) -> None:
        self.raw.write(b"".join(self.pending))
        self.pending.clear()
        self.pending_size = 0


class Collector:
    """One connection. Methods are the events; each raises OutOfOrder where the event cannot come."""

    def __init__(self, size_limit: int) -> None:
        self.size_limit = size_limit
        self.client = Client(address="")
        self.mta = ""
        self._transaction: _Transaction | None = None

    def connect(self, client: Client, mta: str) -> None:
        self.client, self.mta, self._transaction = client, mta, None

    def tls(self, session: TlsSession) -> None:
        """The session macros, which the MTA shows at HELO or MAIL. RFC 3207: after STARTTLS HELO comes again."""
        self.client = replace(self.client, tls=session)

    def mail(self, sender: str, parameters: tuple[str, ...], login: str) -> None:
        self._transaction = _Transaction(sender, parameters, login)

    def rcpt(self, recipient: str) -> None:
        self._current().recipients.append(Recipient(recipient, parse_address(recipient)))

    def header(self, name: bytes, value: bytes) -> None:
        transaction = self._current()
        if transaction.body_at is not None:
            raise OutOfOrder("header field after the header section")
        header = HeaderField(name, value)
        transaction.fields.append(header)
        transaction.add(header.line())

    def end_of_headers(self) -> None:
        transaction = self._current()
        transaction.add(b"\r\n")
        transaction.body_at = transaction.size

    def body(self, chunk: bytes) -> None:
        transaction = self._current()
        if transaction.body_at is None:
            raise OutOfOrder("body before the end of the header section")
        transaction.add(chunk)

    @property
    def is_too_large(self) -> bool:
        return self._current().size > self.size_limit

    def end_of_message(self, queue_id: str) -> tuple[Envelope, Message]:
        """The collected message; the collector is ready for the next MAIL."""
        transaction = self._current()
        if transaction.body_at is None:  # a message without a header section gets no end-of-headers event
            self.end_of_headers()
        self._transaction = None
        transaction.flush()
        return self._envelope(transaction, queue_id), Message(
            fields=tuple(transaction.fields), raw=transaction.raw, body_at=transaction.body_at or transaction.size)

    def abort(self) -> None:
        self._transaction = None

    def _current(self) -> _Transaction:
        if self._transaction is None:
            raise OutOfOrder("no MAIL before this event")
        return self._transaction

    def _envelope(self, transaction: _Transaction, queue_id: str) -> Envelope:
        return Envelope(
            sender=parse_address(transaction.sender_given), sender_given=transaction.sender_given,
            recipients=tuple(transaction.recipients), client=replace(self.client, login=transaction.login),
            queue_id=queue_id, mta=self.mta, parameters=transaction.parameters)

"""Collecting SMTP events: one message never has anything of another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from smime_milter.model.errors import OutOfOrder
from smime_milter.model.message import Client, TlsSession
from smime_milter.pipeline.collect import Collector

CLIENT = Client(address="192.0.2.1", name="client.example", listener="smtpd")


def collector(limit: int = 10**6) -> Collector:
    made = Collector(limit)
    made.connect(CLIENT, "mail.wwk.de")
    return made


def test_the_envelope_is_what_the_mta_said() -> None:
    """Sender, recipients in their order and as given, parameters, login, client, queue id."""
    made = collector()
    made.mail("Alice@Makler.example", ("SIZE=1", "BODY=8BITMIME"), "clerk")
    for recipient in ("b@wwk.de", "B@WWK.DE", "not an address", '"a b"@wwk.de', "b@wwk.de"):
        made.rcpt(recipient)
    envelope, _ = made.end_of_message("4XyZ")
    assert (envelope.sender_given, str(envelope.sender)) == ("Alice@Makler.example", "Alice@Makler.example")
    assert [r.given for r in envelope.recipients] == ["b@wwk.de", "B@WWK.DE", "not an address", '"a b"@wwk.de', "b@wwk.de"]
    assert [r.address is None for r in envelope.recipients] == [False, False, True, False, False]
    assert envelope.client == Client(address="192.0.2.1", name="client.example", listener="smtpd", login="clerk")
    assert (envelope.queue_id, envelope.mta, envelope.parameters) == ("4XyZ", "mail.wwk.de", ("SIZE=1", "BODY=8BITMIME"))


def test_the_null_sender() -> None:
    """An empty sender is none; one outside the grammar is none either, but is kept as given."""
    made = collector()
    made.mail("", (), "")
    assert made.end_of_message("")[0].sender is None
    made.mail("no address", (), "")
    envelope, _ = made.end_of_message("")
    assert envelope.sender is None and envelope.sender_given == "no address"


def test_bytes_are_kept() -> None:
    """Leading blanks, no blank, folds with LF or CRLF, 8 bits, NUL: the raw message is exactly that, with CRLF."""
    made = collector()
    made.mail("a@b.example", (), "")
    values = [b" one", b"two", b"  three\n\tfolded", b" four\r\n folded", b"\xff\xe4", b"", b" \t"]
    for value in values:
        made.header(b"X-Name", value)
    made.end_of_headers()
    made.body(b"a\r\nb\0\xff")
    made.body(b"\r\n.\r\n")
    _, message = made.end_of_message("")
    assert message.raw.octets()[:] == (
        b"X-Name: one\r\nX-Name:two\r\nX-Name:  three\r\n\tfolded\r\nX-Name: four\r\n folded\r\nX-Name:\xff\xe4\r\nX-Name:\r\n"
        b"X-Name: \t\r\n\r\na\r\nb\0\xff\r\n.\r\n")
    assert message.raw.octets()[message.body_at :] == b"a\r\nb\0\xff\r\n.\r\n"
    assert [f.value for f in message.fields] == values
    ends = message.field_ends()
    assert message.raw.octets()[: ends[1]] == b"X-Name: one\r\nX-Name:two\r\n" and ends[-1] + 2 == message.body_at


@pytest.mark.parametrize("body", [b"", b"Text\r\n"])
def test_a_message_without_a_header_section(body: bytes) -> None:
    """The MTA sends no end-of-headers event for one without body and fields: an empty line stands there all the same."""
    made = collector()
    made.mail("a@b.example", (), "")
    if body:
        made.end_of_headers()
        made.body(body)
    _, message = made.end_of_message("")
    assert message.fields == () and message.raw.octets()[:] == b"\r\n" + body and message.body_at == 2


def test_a_big_body_leaves_the_heap_early() -> None:
    """Beyond half a megabyte the bytes are in the kernel's memory, and none is lost on the way."""
    made = collector(10**9)
    made.mail("a@b.example", (), "")
    made.end_of_headers()
    for number in range(40):
        made.body(bytes([number]) * 65535)
        assert made._current().pending_size <= 512 * 1024
    _, message = made.end_of_message("")
    assert message.raw.octets()[2:] == b"".join(bytes([n]) * 65535 for n in range(40)) and message.size == 40 * 65535 + 2


@pytest.mark.parametrize(("size", "is_over"), [(99, False), (100, False), (101, True)])
def test_the_size_limit(size: int, is_over: bool) -> None:
    """Everything counts, header fields too; the limit itself is allowed."""
    made = collector(100)
    made.mail("a@b.example", (), "")
    made.header(b"A", b" " + b"x" * 10)
    made.end_of_headers()
    made.body(b"y" * (size - 17))
    assert made.is_too_large is is_over


def test_events_out_of_order() -> None:
    """What cannot come at this point is an error of its own, never a message with something missing."""
    made = collector()
    events: list[Callable[[], object]] = [
        lambda: made.rcpt("a@b.example"), lambda: made.header(b"A", b""), made.end_of_headers, lambda: made.body(b""),
        lambda: made.is_too_large, lambda: made.end_of_message("")]
    for event in events:
        with pytest.raises(OutOfOrder):
            event()
    made.mail("a@b.example", (), "")
    with pytest.raises(OutOfOrder):
        made.body(b"x")
    made.end_of_headers()
    with pytest.raises(OutOfOrder):
        made.header(b"A", b"b")
    made.end_of_message("")
    with pytest.raises(OutOfOrder):
        made.end_of_message("")


def test_tls_belongs_to_the_connection() -> None:
    """It is told at HELO or MAIL and holds for every message that follows; a new connection has none."""
    made = collector()
    made.tls(TlsSession(protocol="TLSv1.3", cipher="c", bits="256"))
    for _ in range(2):
        made.mail("a@b.example", (), "")
        envelope, _ = made.end_of_message("")
        assert envelope.client.tls is not None and envelope.client.address == "192.0.2.1"
    made.connect(CLIENT, "mail.wwk.de")
    assert made.client.tls is None


@dataclass
class Expected:
    """The model: what one transaction was told."""

    sender: str
    login: str
    recipients: list[str] = field(default_factory=list)
    head: bytes = b""
    body: bytes = b""
    is_in_body: bool = False


class Connection(RuleBasedStateMachine):
    """Any sequence of events, in order or not, against a model that keeps plain lists."""

    def __init__(self) -> None:
        super().__init__()
        self.collector = collector()
        self.expected: Expected | None = None

    @rule(sender=st.sampled_from(["", "a@b.example", "c@d.example"]), login=st.sampled_from(["", "clerk"]))
    def mail(self, sender: str, login: str) -> None:
        self.collector.mail(sender, (), login)
        self.expected = Expected(sender, login)

    @rule(recipient=st.sampled_from(["x@wwk.de", "y@wwk.de", "z"]))
    def rcpt(self, recipient: str) -> None:
        if self.expected is None:
            with pytest.raises(OutOfOrder):
                self.collector.rcpt(recipient)
        else:
            self.collector.rcpt(recipient)
            self.expected.recipients.append(recipient)

    @rule(value=st.binary(max_size=5).filter(lambda v: b"\n" not in v))
    def header(self, value: bytes) -> None:
        if self.expected is None or self.expected.is_in_body:
            with pytest.raises(OutOfOrder):
                self.collector.header(b"X", value)
        else:
            self.collector.header(b"X", value)
            self.expected.head += b"X:" + value + b"\r\n"

    @rule()
    def end_of_headers(self) -> None:
        if self.expected is not None and not self.expected.is_in_body:
            self.collector.end_of_headers()
            self.expected.is_in_body = True

    @rule(chunk=st.binary(max_size=20))
    def body(self, chunk: bytes) -> None:
        if self.expected is None or not self.expected.is_in_body:
            with pytest.raises(OutOfOrder):
                self.collector.body(chunk)
        else:
            self.collector.body(chunk)
            self.expected.body += chunk

    @rule()
    def end_of_message(self) -> None:
        if self.expected is None:
            with pytest.raises(OutOfOrder):
                self.collector.end_of_message("Q")
            return
        envelope, message = self.collector.end_of_message("Q")
        assert message.raw.octets()[:] == self.expected.head + b"\r\n" + self.expected.body
        assert message.body_at == len(self.expected.head) + 2
        assert [r.given for r in envelope.recipients] == self.expected.recipients
        assert (envelope.sender_given, envelope.client.login) == (self.expected.sender, self.expected.login)
        self.expected = None

    @rule()
    def abort(self) -> None:
        self.collector.abort()
        self.expected = None

    @invariant()
    def is_of_this_connection(self) -> None:
        assert self.collector.client == CLIENT


TestConnection = Connection.TestCase
TestConnection.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)

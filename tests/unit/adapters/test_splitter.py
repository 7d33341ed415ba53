"""The LMTP server: envelope letter for letter, one answer per recipient, nothing printed."""

from __future__ import annotations

import smtplib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from smime_milter.adapters.splitter import serve, written
from smime_milter.model.reply import Reply, Verdict
from smime_milter.model.sealed import DeliveryOptions, Forwarded

OK = Reply(verdict=Verdict.ACCEPT, code="250", status="2.0.0", lines=("Done",))
LATER = Reply(verdict=Verdict.TEMPFAIL, code="451", status="4.3.0", lines=("later",))
NO = Reply(verdict=Verdict.REJECT, code="550", status="5.7.1", lines=("one", "two"))


class Splitter:
    """The server under test; `answers` is what it is to say, `seen` what it was handed."""

    def __init__(self, path: Path) -> None:
        self.seen: list[Forwarded] = []
        self.answers: Callable[[Forwarded], Sequence[Reply]] = lambda forwarded: (OK,) * len(forwarded.recipients)
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(5)
        self.ended = threading.Event()
        serve(self.listener, self._hand_out, self.ended.set)

    def _hand_out(self, forwarded: Forwarded) -> Sequence[Reply]:
        self.seen.append(forwarded)
        return self.answers(forwarded)

    def client(self) -> smtplib.LMTP:
        return smtplib.LMTP(str(self.path))


@pytest.fixture
def splitter(tmp_path: Path) -> Iterator[Splitter]:
    yield Splitter(tmp_path / "s.sock")


def said(client: smtplib.LMTP, *lines: str) -> list[int]:
    return [client.docmd(line)[0] for line in lines]


def data(client: smtplib.LMTP, octets: bytes, answers: int) -> list[str]:
    assert client.docmd("DATA")[0] == 354
    client.send(octets + b".\r\n")
    return [f"{code} {text.decode()}" for code, text in (client.getreply() for _ in range(answers))]


def test_each_recipient_has_an_answer(splitter: Splitter) -> None:
    """RFC 2033: in the order of RCPT, several lines where a reply has them, and the connection goes on."""
    splitter.answers = lambda forwarded: (OK, NO, LATER)
    with splitter.client() as client:
        client.ehlo()
        said(client, "MAIL FROM:<a@wwk.de>", "RCPT TO:<1@x.example>", "RCPT TO:<2@x.example>", "RCPT TO:<3@x.example>")
        answers = data(client, b"Subject: a\r\n\r\n..dot\r\n", 3)
        assert answers == ["250 2.0.0 Done", "550 5.7.1 one\n5.7.1 two", "451 4.3.0 later"]
        assert said(client, "NOOP", "MAIL FROM:<>", "RSET") == [250, 250, 250]
    assert bytes(splitter.seen[0].content.octets()[:]) == b"Subject: a\r\n\r\n.dot\r\n"


def test_the_envelope_arrives_letter_for_letter(splitter: Splitter) -> None:
    """Case, quotation marks, other scripts, the null sender, and the parameters of RFC 3461 in their own case."""
    with splitter.client() as client:
        client.ehlo()
        client.command_encoding = "utf-8"
        assert said(client, "MAIL FROM:<> BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=Ab+2B", 'RCPT TO:<"A b"@X.example> NOTIFY=NEVER',
                    "RCPT TO:<jürgen@x.example> ORCPT=utf-8;J\\x{FC}rgen@x.example NOTIFY=FAILURE,DELAY") == [250] * 3
        data(client, b"\r\n", 2)
    assert splitter.seen[0].sender == ""
    assert splitter.seen[0].recipients == ('"A b"@X.example', "jürgen@x.example")
    assert splitter.seen[0].options == DeliveryOptions(
        mail=("BODY=8BITMIME", "SMTPUTF8", "RET=HDRS", "ENVID=Ab+2B"),
        recipients={'"A b"@X.example': ("NOTIFY=NEVER",),
                    "jürgen@x.example": ("ORCPT=utf-8;J\\x{FC}rgen@x.example", "NOTIFY=FAILURE,DELAY")})


def test_it_offers_what_a_copy_needs(splitter: Splitter) -> None:
    """8BITMIME, SMTPUTF8, DSN and status codes; no size limit, no login, no TLS on a socket of our own."""
    with splitter.client() as client:
        client.ehlo()
        assert sorted(client.esmtp_features) == ["8bitmime", "dsn", "enhancedstatuscodes", "smtputf8"]


@pytest.mark.parametrize("lines", [
    ["MAIL FROM:<a@wwk.de>"], ["RCPT TO:<a@wwk.de>"], ["LHLO x", "RCPT TO:<a@wwk.de>"], ["LHLO x", "DATA"],
    ["LHLO x", "MAIL FROM:<a@wwk.de>", "MAIL FROM:<a@wwk.de>"], ["LHLO x", "MAIL FROM:a"], ["LHLO x", "MAIL"],
    ["LHLO x", "MAIL FROM:<a@wwk.de>", "RCPT TO:<>"], ["EHLO x"], ["HELO x"], ["LHLO"], ["VRFY"],
])
def test_what_is_out_of_order_is_refused(splitter: Splitter, lines: list[str]) -> None:
    """The last of these commands is not accepted, and nothing is handed out."""
    with splitter.client() as client:
        assert said(client, *lines)[-1] >= 500
    assert splitter.seen == []


def test_an_error_shows_nothing(splitter: Splitter, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever goes wrong the MTA hears 451 and keeps the message; nothing is printed."""
    def fail(forwarded: Forwarded) -> Sequence[Reply]:
        raise RuntimeError("kanarienvogel")
    splitter.answers = fail
    with splitter.client() as client:
        client.ehlo()
        said(client, "MAIL FROM:<kanarienvogel@wwk.de>", "RCPT TO:<1@x.example>", "RCPT TO:<2@x.example>")
        assert [answer[:4] for answer in data(client, b"\r\nkanarienvogel\r\n", 2)] == ["451 ", "451 "]
        assert said(client, "NOOP") == [250]
    assert "kanarienvogel" not in "".join(capfd.readouterr())


def test_a_client_that_goes_harms_nobody(splitter: Splitter) -> None:
    """Gone in the middle of the message: it was never handed out, and the next one is served."""
    with splitter.client() as client:
        client.ehlo()
        said(client, "MAIL FROM:<a@wwk.de>", "RCPT TO:<1@x.example>", "DATA")
        client.send(b"half a li")
        client.close()
    with splitter.client() as client:
        assert client.ehlo()[0] == 250
    assert splitter.seen == [] and not splitter.ended.is_set()


def test_a_reply_on_the_wire() -> None:
    """RFC 5321 §4.2.1: all lines but the last with a hyphen."""
    assert written(NO) == "550-5.7.1 one\r\n550 5.7.1 two"
    assert written(OK) == "250 2.0.0 Done"

"""Submitting over SMTP: what the other side may do, and what must not happen to the bytes."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.adapters import submit
from smime_milter.adapters.submit import SmtpSubmit, stuffed
from smime_milter.model.errors import Unavailable
from smime_milter.model.spool import Spool
from tests.support.sink import Sink

SENDER, ALICE, BOB = "kunde@wwk.de", "alice@makler.example", "bob@kanzlei.example"
PLAIN = b"Subject: Angebot\r\n\r\nText\r\n"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def to(sink: Sink) -> SmtpSubmit:
    return SmtpSubmit(f"smtp:127.0.0.1:{sink.port}")


def test_one_refused_recipient_is_none_at_all(sink: Sink) -> None:
    """All recipients or nobody: the caller may try the whole message again without doubling it."""
    sink.refuse = {BOB}
    with pytest.raises(Unavailable, match="^submit unavailable: 550$"):
        to(sink).submit(SENDER, (ALICE, BOB), Spool.of(PLAIN))
    assert sink.delivered == []
    sink.refuse = set()
    to(sink).submit(SENDER, (ALICE, BOB), Spool.of(PLAIN))
    assert len(sink.delivered) == 1


def test_eight_bit_content_is_announced_only_where_it_is(sink: Sink) -> None:
    """RFC 6152: BODY=8BITMIME for a message with umlauts, nothing for ASCII."""
    to(sink).submit(SENDER, (ALICE,), Spool.of("Subject: x\r\n\r\nGrüße\r\n".encode()))
    to(sink).submit(SENDER, (ALICE,), Spool.of(PLAIN))
    assert [mail.options for mail in sink.delivered] == [("BODY=8BITMIME",), ()]


def test_an_umlaut_in_an_address_is_announced(sink: Sink) -> None:
    """RFC 6531: SMTPUTF8, and the address as UTF-8."""
    to(sink).submit(SENDER, ("jürgen@makler.example",), Spool.of(PLAIN))
    assert sink.delivered[0].recipients == ("jürgen@makler.example",)
    assert "SMTPUTF8" in sink.delivered[0].options


def test_what_the_server_does_not_offer_is_not_sent(sink: Sink) -> None:
    """Eight-bit content is never pushed through a server that did not agree to it."""
    sink.eight_bit = False
    with pytest.raises(Unavailable, match="no 8BITMIME"):
        to(sink).submit(SENDER, (ALICE,), Spool.of(b"Subject: x\r\n\r\n\xe4\r\n"))
    assert sink.delivered == []


def test_nobody_listening_is_unavailable() -> None:
    """A dead MTA is an answer at once, without an address in it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable, match="^submit unavailable: ConnectionRefusedError$"):
            SmtpSubmit(f"smtp:127.0.0.1:{taken.getsockname()[1]}").submit(SENDER, (ALICE,), Spool.of(PLAIN))


def test_a_silent_server_is_given_up() -> None:
    """A server that accepts and says nothing costs the timeout, not for ever."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(Unavailable, match="submit"):
            SmtpSubmit(f"smtp:127.0.0.1:{silent.getsockname()[1]}", timeout=0.3).submit(SENDER, (ALICE,), Spool.of(PLAIN))
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("content", [b"a\n.\r\nMAIL FROM:<x@y.example>\r\n", b"a\r.\r\n", b"a\n.\n"])
def test_a_bare_line_end_before_a_dot_is_not_sent(sink: Sink, content: bytes) -> None:
    """What another server might take for the end of the message (SMTP smuggling) stays here."""
    with pytest.raises(Unavailable, match="line end"):
        to(sink).submit(SENDER, (ALICE,), Spool.of(content))
    assert sink.delivered == []


def test_a_large_message_with_dots_everywhere_arrives_unaltered(sink: Sink) -> None:
    """Pieces are cut and dots doubled without a byte lost, wherever the cut falls."""
    raw = b"Subject: x\r\n\r\n" + b".\r\n" * 200_000
    to(sink).submit(SENDER, (ALICE,), Spool.of(raw))
    assert sink.delivered[0].data == raw


@given(st.lists(st.sampled_from([b"\r\n", b".", b"a", b"\r\n."]), max_size=40), st.integers(3, 9))
def test_dots_are_doubled_as_if_in_one_piece(parts: list[bytes], size: int) -> None:
    """RFC 5321 §4.5.2, for every message and every size of piece."""
    raw = b"".join(parts)
    expected = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(submit, "_PIECE", size)
        assert b"".join(stuffed(raw)) == expected


@pytest.mark.parametrize("target", [
    "", "smtp:host", "smtp::25", "smtp:host:0", "smtp:host:70000", "lmtp:host:25", "smtp:[::1:25",
])
def test_a_target_that_is_none_is_refused(target: str) -> None:
    """A mistake in the configuration shows when it is read."""
    with pytest.raises(ValueError):
        SmtpSubmit(target)


def test_an_ipv6_target_stands_in_brackets() -> None:
    """smtp:[::1]:25 is a target."""
    assert SmtpSubmit("smtp:[::1]:25")

"""The port Submit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smime_milter.adapters.submit import SmtpSubmit
from smime_milter.model.errors import Unavailable
from smime_milter.model.spool import Spool
from smime_milter.ports import Submit
from tests.support.fakes import FakeSubmit
from tests.support.sink import Sink

RAW = b"Subject: Angebot\r\n\r\n.\r\n..zwei\r\nText\r\n"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture(params=["fake", "smtp"])
def submit(request: pytest.FixtureRequest, sink: Sink) -> Submit:
    if request.param == "fake":
        return FakeSubmit()
    return SmtpSubmit(f"smtp:127.0.0.1:{sink.port}")


def handed_over(submit: Submit, sink: Sink) -> list[tuple[str, tuple[str, ...], bytes]]:
    if isinstance(submit, FakeSubmit):
        return submit.sent
    return [(mail.sender.strip("<>"), mail.recipients, mail.data) for mail in sink.delivered]


@pytest.mark.parametrize("sender", ["kunde@wwk.de", ""])
def test_the_message_arrives_byte_for_byte(submit: Submit, sink: Sink, sender: str) -> None:
    """Envelope and bytes are those handed in; lines of dots and the null sender included."""
    recipients = ("alice@makler.example", "bob@kanzlei.example")
    submit.submit(sender, recipients, Spool.of(RAW))
    assert handed_over(submit, sink) == [(sender, recipients, RAW)]


@pytest.mark.parametrize("recipients", [(), ("a@makler.example>\r\nRCPT TO:<b@makler.example",)])
def test_an_envelope_that_is_none_is_not_sent(submit: Submit, sink: Sink, recipients: tuple[str, ...]) -> None:
    """No recipients, and one that would be a second command, are refused before anything is said."""
    with pytest.raises(Unavailable):
        submit.submit("kunde@wwk.de", recipients, Spool.of(RAW))
    assert handed_over(submit, sink) == []

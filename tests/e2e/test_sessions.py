"""Conversations that do not go as planned: nothing is lost, nothing leaves unprotected, the next mail works."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.mails import mail, ordinary, plain
from tests.support.opened import leaves, read, verified
from tests.support.people import ERIKA, GUTACHTER, MAKLERIN
from tests.support.smtp_client import Client, stuffed
from tests.support.trial import Trial

pytestmark = pytest.mark.server
IBAN = "DE02 1203 0000 0000 2020 51"
SECRET = mail(ERIKA, GUTACHTER, plain(f"Konto {IBAN}\n"))


def is_alive(trial: Trial) -> bool:
    """Whether the next ordinary mail is signed and arrives."""
    before = len(trial.sink.delivered)
    accepted = trial.postfix.send(ERIKA, GUTACHTER, ordinary(recipient=GUTACHTER)).is_accepted
    message = trial.sink.wait_for(before + 1)[before]
    return accepted and bool(verified(message.data, trial.people.authority.root_pem))


def last_decision(trial: Trial) -> tuple[str, str]:
    record = trial.gateway.records("decision")[-1]
    return record["SMIME_DECISION"], record["SMIME_REASON"]


def test_several_messages_in_one_session(trial: Trial) -> None:
    """Four transactions on one connection, the third given up with RSET: each stands for itself."""
    before = len(trial.sink.delivered)
    with trial.postfix.client() as client:
        assert client.send(ERIKA, [GUTACHTER], mail(ERIKA, GUTACHTER, plain("eins\n"))).is_accepted
        assert client.send(ERIKA, [GUTACHTER], SECRET).is_accepted
        assert last_decision(trial) == ("held", "no-certificate")
        client.command("mail", f"MAIL FROM:<{ERIKA}>")
        client.command("rcpt", "RCPT TO:<dritter@partner.example>")
        assert client.command("rset", "RSET").code == 250
        assert client.send(ERIKA, [GUTACHTER], mail(ERIKA, GUTACHTER, plain("vier\n"))).is_accepted
    left = trial.sink.wait_for(before + 2)[before:]
    assert [m.recipients for m in left] == [(GUTACHTER,)] * 2
    assert [leaves(verified(m.data, trial.people.authority.root_pem))[0].content for m in left] == ["eins", "vier"]
    trial.postfix.wait_until_empty()
    assert len(trial.sink.delivered) == before + 2


def test_refusal_leaves_the_session_usable(trial: Trial) -> None:
    """After a 550 the same connection sends the next mail, and its outcome owes nothing to the one before."""
    with trial.postfix.client() as client:
        assert client.send("x@fremd.example", [GUTACHTER], ordinary("x@fremd.example", GUTACHTER)).code == 550
        assert client.send(ERIKA, [GUTACHTER], ordinary(recipient=GUTACHTER)).is_accepted
    assert last_decision(trial) == ("signed", "no-personal-data")


@pytest.mark.parametrize("end", [b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n"],
                         ids=["lf-lf", "crlf-lf", "lf-crlf", "cr-cr", "cr-crlf"])
def test_smuggled_message_is_judged_too(trial: Trial, end: bytes) -> None:
    """However Postfix reads a disguised end of data, every message it makes of it has been through the milter."""
    before = len(trial.sink.delivered)
    smuggled = f"MAIL FROM:<{ERIKA}>\r\nRCPT TO:<{GUTACHTER}>\r\nDATA\r\n".encode() + stuffed(SECRET)
    with trial.postfix.client() as client:
        client.open(ERIKA, [GUTACHTER])
        client.finish(mail(ERIKA, GUTACHTER, plain("Vorspann")) + end + smuggled)
        time.sleep(0.3)
    trial.postfix.wait_until_empty()
    for message in trial.sink.delivered[before:]:
        assert IBAN.encode() not in message.data
        assert verified(message.data, trial.people.authority.root_pem)
    assert is_alive(trial)


def test_bare_line_feeds_and_nul(trial: Trial) -> None:
    """Bare LF, bare CR and NUL in the text: either signed so that it verifies behind Postfix, or held; never unsigned."""
    before = len(trial.sink.delivered)
    for body in (b"eins\nzwei\rdrei\r\n", b"null\x00byte\r\n"):
        octets = mail(ERIKA, GUTACHTER, b"Content-Type: text/plain; charset=us-ascii\r\n\r\n" + body)
        assert trial.postfix.send(ERIKA, GUTACHTER, octets).is_accepted
        assert last_decision(trial)[0] in ("signed", "held")
    trial.postfix.wait_until_empty()
    for message in trial.sink.delivered[before:]:
        assert verified(message.data, trial.people.authority.root_pem)


@pytest.mark.parametrize("data", [b"", b"\r\n", b"Subject: nur Kopf\r\n", b"\r\n\r\nkein Kopf\r\n"],
                         ids=["nothing", "empty-line", "header-only", "no-header"])
def test_hardly_a_message(trial: Trial, data: bytes) -> None:
    """A message that is next to nothing is answered like any other and leaves signed."""
    before = len(trial.sink.delivered)
    assert trial.postfix.send(ERIKA, GUTACHTER, data).is_accepted
    message = trial.sink.wait_for(before + 1)[before]
    verified(message.data, trial.people.authority.root_pem)
    assert read(message.data).get_content_type() == "multipart/signed"


def test_null_sender_outbound(trial: Trial) -> None:
    """A bounce of ours leaves with the null sender; personal data in it is held like in any mail."""
    before = len(trial.sink.delivered)
    notice = mail("Mail Delivery System <mailer-daemon@wwk.de>", GUTACHTER, plain("nicht zustellbar\n"))
    assert trial.postfix.send("", GUTACHTER, notice).is_accepted
    assert trial.sink.wait_for(before + 1)[before].sender == ""
    secret = mail("mailer-daemon@wwk.de", GUTACHTER, plain(f"Konto {IBAN}\n"))
    assert trial.postfix.send("", GUTACHTER, secret).is_accepted
    assert last_decision(trial) == ("held", "no-certificate")


def test_client_gone_in_the_middle(trial: Trial) -> None:
    """A client that vanishes inside DATA leaves nothing behind, and the next one is served."""
    before, decisions = len(trial.sink.delivered), len(trial.gateway.records("decision"))
    client = trial.postfix.client()
    client.open(ERIKA, [GUTACHTER])
    client.smtp.send(SECRET[: len(SECRET) // 2])
    client.hang_up()
    assert is_alive(trial)
    assert len(trial.gateway.records("decision")) == decisions + 1
    assert len(trial.sink.delivered) == before + 1


def test_daemon_killed_before_the_message(trial: Trial) -> None:
    """Without the daemon the client hears 451 and keeps its mail; afterwards the same mail is taken."""
    trial.gateway.kill()
    try:
        assert trial.postfix.send(ERIKA, GUTACHTER, SECRET).code == 451
        assert trial.postfix.queue() == []
    finally:
        trial.gateway.start()
    assert trial.postfix.send(ERIKA, GUTACHTER, SECRET).is_accepted
    assert last_decision(trial) == ("held", "no-certificate")
    assert is_alive(trial)


def test_daemon_killed_inside_the_message(trial: Trial) -> None:
    """Killed between two pieces of the text: 451, nothing in the queue, nothing left."""
    before = len(trial.sink.delivered)
    with trial.postfix.client() as client:
        _start(client)
        trial.gateway.kill()
        try:
            assert client.finish(b"Ende\r\n.\r\n").code == 451
        finally:
            trial.gateway.start()
    assert trial.postfix.queue() == []
    assert len(trial.sink.delivered) == before
    assert is_alive(trial)


def _start(client: Client) -> None:
    client.open(ERIKA, [GUTACHTER])
    client.smtp.send(mail(ERIKA, GUTACHTER, b"Content-Type: text/plain\r\n\r\n" + b"Text\r\n" * 20000))


def test_held_mail_survives_the_daemon(trial: Trial) -> None:
    """What was answered 250 and held is there after SIGKILL right behind the reply."""
    octets = mail(ERIKA, GUTACHTER, plain(f"Konto {IBAN}\n"), message_id="survives@wwk.de")
    assert trial.postfix.send(ERIKA, GUTACHTER, octets).is_accepted
    trial.gateway.kill()
    trial.gateway.start()
    assert "<survives@wwk.de>" in {row["message_id"] for row in trial.held().values()}


def test_same_mail_twice_is_held_once(trial: Trial) -> None:
    """A client that did not hear our 250 sends again: one held mail, one reference."""
    octets = mail(ERIKA, GUTACHTER, plain(f"Konto {IBAN}\n"), message_id="twice@wwk.de")
    for _ in range(2):
        assert trial.postfix.send(ERIKA, GUTACHTER, octets).is_accepted
    assert [row["message_id"] for row in trial.held().values()].count("<twice@wwk.de>") == 1


def test_reload_keeps_sessions_and_refuses_nonsense(trial: Trial) -> None:
    """SIGHUP takes a new configuration for the next message of an open session; a faulty one changes nothing."""
    with trial.postfix.client() as client:
        assert client.send(ERIKA, [GUTACHTER], ordinary(recipient=GUTACHTER)).is_accepted
        trial.gateway.configure(outbound="  sign: false")
        trial.gateway.reload()
        assert client.send(ERIKA, [GUTACHTER], ordinary(recipient=GUTACHTER)).is_accepted
        assert last_decision(trial) == ("unchanged", "signing-off")
        trial.gateway.configure(outbound="  signn: true")
        trial.gateway.reload()
        assert trial.gateway.records()[-1]["SMIME_EVENT"] == "config.rejected"
        assert client.send(ERIKA, [GUTACHTER], ordinary(recipient=GUTACHTER)).is_accepted
        assert last_decision(trial) == ("unchanged", "signing-off")
        trial.gateway.configure(outbound="  sign: true")
        trial.gateway.reload()
    assert is_alive(trial)


def test_observe_changes_nothing(trial: Trial) -> None:
    """`mode: observe` writes down what it would have done and lets the very bytes pass."""
    before = len(trial.sink.delivered)
    trial.gateway.configure(outbound="  mode: observe")
    trial.gateway.reload()
    try:
        assert trial.postfix.send(ERIKA, MAKLERIN, SECRET).is_accepted
        assert trial.sink.wait_for(before + 1)[before].data.endswith(SECRET)
    finally:
        trial.gateway.configure(outbound="  {}")
        trial.gateway.reload()
    record = trial.gateway.records("decision")[-1]
    assert (record["SMIME_DECISION"], record["SMIME_MODE"]) == ("held", "observe")


def test_stop_is_orderly(trial: Trial) -> None:
    """SIGTERM ends the daemon with status 0 and a last record, and takes its socket with it."""
    status = trial.gateway.stop()
    socket = Path(trial.gateway.socket.removeprefix("unix:"))
    try:
        assert status == 0
        assert trial.gateway.wait_for("daemon.stopped")
        assert not socket.exists()
    finally:
        trial.gateway.start()
    assert is_alive(trial)

"""Sealing in the milter and handing out in the splitter, over fakes of every port: who gets what, and what is answered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from smime_milter.adapters.sealer import Sealer
from smime_milter.certs.reading import read
from smime_milter.mime.message_file import split_message
from smime_milter.model.decision import Treatment
from smime_milter.model.errors import Unavailable
from smime_milter.model.finding import Level
from smime_milter.model.message import Envelope
from smime_milter.model.outcome import Event, HeldMail, Outcome
from smime_milter.model.reply import Verdict
from smime_milter.model.sealed import DeliveryOptions, Forwarded, ReceiptState
from smime_milter.model.settings import Mode, Partner, Settings, WithoutCertificate
from smime_milter.model.spool import Spool
from smime_milter.pipeline import process
from smime_milter.pipeline.edited import edited
from smime_milter.pipeline.loop_mark import loop_mark
from smime_milter.pipeline.sealing import fields_of, open_sealed
from smime_milter.pipeline.split import Means, Turns, hand_out
from smime_milter.pipeline.tools import Tools
from tests.support.facts import CLERK as AUTHOR
from tests.support.facts import NOW, SETTINGS, envelope, finding, inspection, outbound
from tests.support.fake_tools import FakeInspector, World
from tests.support.fakes import FakeReceipts, FakeRoute, FakeSubmit
from tests.support.fakes_keys import keys_holding
from tests.support.pki import Authority

ANNA, BERT, STRICT, COLLEAGUE, CLERK = (
    "anna@makler.example", "bert@kanzlei.example", "streng@strikt.example", "berg@wwk.de", "clerk@wwk.de")
RAW = (b"Received: from inside\r\nFrom: clerk@wwk.de\r\nTo: anna@makler.example\r\nDate: Tue, 24 Nov 2026 09:00:00 +0100\r\n"
       b"Message-ID: <1@wwk.de>\r\nSubject: Kanarienvogel\r\nX-SMIME-Milter-Sealed: v=1\r\nThread-Topic: Kanarienvogel\r\n\r\n"
       b"Kanarienvogel\r\n")
AUTHORITY = Authority()
SEALER = Sealer(b"k" * 32)
REFUSING = replace(SETTINGS, partners={"strikt.example": Partner(without_certificate=WithoutCertificate.REFUSE)})
TRACE = b"Received: by mail.wwk.de\r\n\tid ABC123; now\r\n"


class Gateway:
    """One gateway of fakes; `settings` may be changed between sealing and handing out."""

    def __init__(self, level: Level = Level.PERSONAL, *certified: str, visible: tuple[str, ...] = (ANNA, BERT, STRICT, COLLEAGUE),
                 settings: Settings = REFUSING) -> None:
        self.world = World(inspector=FakeInspector(inspection(level=level, authors=(AUTHOR,), visible=visible)),
                           keys=keys_holding(**{CLERK: AUTHORITY.issue(CLERK)}))
        self.route, self.receipts, self.submit = FakeRoute(), FakeReceipts(), FakeSubmit()
        self.settings = settings
        self.turns = Turns()
        for address in certified or (ANNA,):
            certificate = read(AUTHORITY.issue(address).der)
            assert certificate is not None
            self.world.certificates.hold(certificate, address, usable_from=NOW)

    @property
    def tools(self) -> Tools:
        return replace(self.world.tools(), sealer=SEALER, route=self.route)

    def milter(self, *recipients: str, raw: bytes = RAW, transaction: Envelope | None = None) -> Outcome:
        return process(self.settings, transaction or envelope(*recipients), split_message(raw), self.tools)

    def sealed(self, *recipients: str, raw: bytes = RAW) -> Spool:
        """What Postfix would hold in its queue."""
        outcome = self.milter(*recipients, raw=raw)
        assert outcome.decision.splits and outcome.reply.verdict is Verdict.ACCEPT
        return Spool.of(TRACE + bytes(edited(outcome.message, outcome.plan).octets()[:]))

    def answers(self, content: Spool, *recipients: str, options: DeliveryOptions = DeliveryOptions()) -> list[str]:
        means = Means(sealer=SEALER, receipts=self.receipts, submit=self.submit, turns=self.turns)
        given = Forwarded(sender=CLERK, recipients=recipients, content=content, options=options)
        return [reply.code for reply in hand_out(self.settings, given, self.tools, means)]

    def sent_to(self) -> list[tuple[str, ...]]:
        return [recipients for _, recipients, _ in self.submit.sent]

    def copy_for(self, recipient: str) -> bytes:
        (data,) = [data for _, recipients, data in self.submit.sent if recipient in recipients]
        return data

    def held_for(self) -> list[tuple[str, ...]]:
        return [mail.recipients for mail in self.world.held.kept.values()]

    def events(self) -> list[str]:
        return self.world.events()


def test_what_travels_says_nothing() -> None:
    """Body and header section are neutral: no Subject, no recipient, none of the client's fields; one record, no decision yet."""
    there = Gateway()
    outcome = there.milter(ANNA, BERT)
    text = bytes(edited(outcome.message, outcome.plan).octets()[:])
    names = [f.name for f in fields_of(text.partition(b"\r\n\r\n")[0] + b"\r\n")]
    assert names == [b"From", b"Date", b"Message-ID", b"Subject", b"MIME-Version", b"Content-Type", b"Content-Transfer-Encoding",
                     b"X-SMIME-Milter-Sealed"]
    assert b"Kanarienvogel" not in text and ANNA.encode() not in text and b"Subject: [...]" in text
    assert [entry.event for entry in outcome.entries] == [Event.SEALED]
    assert outcome.held is None and outcome.notices == ()
    assert there.submit.sent == [] and there.world.held.kept == {}


def test_a_field_in_which_something_was_found_does_not_travel() -> None:
    """From, Date and Message-ID stay outside only while they are nothing but what they are."""
    there = Gateway()
    there.world.inspector.found = inspection(
        level=Level.PERSONAL, findings=(finding("part 1"), finding("header Message-ID")), visible=(ANNA, BERT))
    there.settings = SETTINGS
    outcome = there.milter(ANNA, BERT, COLLEAGUE)
    assert outcome.decision.splits
    assert b"<1@wwk.de>" not in bytes(edited(outcome.message, outcome.plan).octets()[:])


def test_notices_about_it_show_header_fields_only() -> None:
    """RET=HDRS whatever the client asked for; ENVID and SMTPUTF8 stay, sizes are no longer true."""
    there = Gateway()
    wishes = replace(envelope(ANNA, BERT), parameters=("SIZE=900", "RET=FULL", "ENVID=x", "BODY=8BITMIME", "SMTPUTF8"))
    assert there.milter(transaction=wishes).plan.sender == (CLERK, "RET=HDRS ENVID=x SMTPUTF8")


def test_what_was_sealed_is_the_client_s_own_transaction() -> None:
    """Bytes, header fields, envelope and client come out as they went in, with the MTA's trace beside them."""
    there = Gateway()
    unsealed = open_sealed(there.sealed(ANNA, BERT), SEALER)
    assert bytes(unsealed.message.raw.octets()[:]) == RAW
    assert unsealed.message.fields == split_message(RAW).fields
    context = unsealed.context
    assert (context.sender, context.recipients, context.client.address) == (CLERK, (ANNA, BERT), "127.0.0.1")
    assert [f.line() for f in unsealed.trace] == [TRACE]


def test_everybody_gets_their_own() -> None:
    """Encrypted, held, refused and as it was: one reply for each, in their order."""
    there = Gateway()
    everybody = (BERT, ANNA, STRICT, COLLEAGUE)
    assert there.answers(there.sealed(*everybody), *everybody) == ["250", "250", "550", "250"]
    assert sorted(there.sent_to()) == [(ANNA,), (COLLEAGUE,)]
    assert there.held_for() == [(BERT,)]
    assert b"built body" in there.copy_for(ANNA) and there.copy_for(COLLEAGUE).endswith(b"\r\n\r\nKanarienvogel\r\n")
    decided = {e.addresses["RECIPIENT"]: e.fields["DECISION"] for e in there.world.journal.entries if e.event is Event.DECISION}
    assert decided == {ANNA: "encrypted", BERT: "held", STRICT: "refused", COLLEAGUE: "unchanged"}


def test_copies_carry_trace_and_loop_mark() -> None:
    """The MTA's Received field on top, our keyed mark at the end, and the client's copies of our fields gone."""
    there = Gateway()
    there.answers(there.sealed(ANNA, COLLEAGUE), ANNA, COLLEAGUE)
    for recipient in (ANNA, COLLEAGUE):
        copy = there.copy_for(recipient)
        mark = loop_mark(CLERK, [recipient], split_message(RAW), SEALER).line()
        assert copy.startswith(TRACE) and mark in copy and b"X-SMIME-Milter-Sealed" not in copy


def test_a_second_time_is_answered_without_sending() -> None:
    """The MTA asks again, or the client hands the same mail over again: done is done, for the held one as well."""
    there = Gateway()
    everybody = (ANNA, BERT, COLLEAGUE)
    content = there.sealed(*everybody)
    assert there.answers(content, *everybody) == ["250"] * 3
    again = there.sealed(*everybody, raw=b"Received: from elsewhere\r\n" + RAW)
    assert there.answers(content, *everybody) == there.answers(again, *everybody) == ["250"] * 3
    assert len(there.submit.sent) == 2 and there.held_for() == [(BERT,)]


def test_other_mail_is_not_the_same_mail() -> None:
    """Another body, another sender's envelope or another recipient has receipts of its own."""
    there = Gateway()
    there.answers(there.sealed(ANNA, COLLEAGUE), ANNA, COLLEAGUE)
    there.answers(there.sealed(ANNA, COLLEAGUE, raw=RAW + b"Nachtrag\r\n"), ANNA, COLLEAGUE)
    assert len(there.submit.sent) == 4
    there.answers(there.sealed(ANNA, COLLEAGUE), f"b{COLLEAGUE}")
    assert len(there.submit.sent) == 5


def test_a_copy_that_cannot_be_handed_over_waits_alone() -> None:
    """The MTA behind us does not answer: 451 for those copies, and what can be held is held."""
    there = Gateway()
    there.submit.is_down = True
    content = there.sealed(ANNA, BERT, COLLEAGUE)
    assert there.answers(content, ANNA, BERT, COLLEAGUE) == ["451", "250", "451"]
    there.submit.is_down = False
    assert there.answers(content, ANNA, COLLEAGUE) == ["250", "250"]
    assert sorted(there.sent_to()) == [(ANNA,), (COLLEAGUE,)] and there.held_for() == [(BERT,)]
    assert "copy.repeated" in there.events(), "it was begun: nobody can know that nothing was handed over"


def test_a_certificate_that_comes_in_between_does_not_double() -> None:
    """Held at first, encrypted at the second try: the receipt is for the recipient, whatever the treatment."""
    there = Gateway()
    content = there.sealed(ANNA, BERT, COLLEAGUE)
    there.answers(content, ANNA, BERT, COLLEAGUE)
    certificate = read(AUTHORITY.issue(BERT).der)
    assert certificate is not None
    there.world.certificates.hold(certificate, BERT, usable_from=NOW)
    assert there.answers(content, BERT) == ["250"]
    assert (BERT,) not in there.sent_to() and there.held_for() == [(BERT,)]


@pytest.mark.parametrize("break_it", [
    lambda g: setattr(g.receipts, "is_down", True), lambda g: setattr(g.world.certificates, "is_down", True),
    lambda g: setattr(g.world.inspector, "found", Unavailable("worker", "deadline")),
])
def test_nothing_is_done_for_anybody_while_something_is_missing(break_it: Callable[[Gateway], None]) -> None:
    """Store or worker out of reach before the first copy: the MTA keeps the message whole."""
    there = Gateway()
    content = there.sealed(ANNA, BERT, COLLEAGUE)
    break_it(there)
    with pytest.raises(Unavailable):
        there.answers(content, ANNA, BERT, COLLEAGUE)
    assert there.submit.sent == [] and there.held_for() == []


def test_a_worker_that_cannot_encrypt_costs_no_one_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """451 for the encrypted copy, never in clear instead."""
    there = Gateway()
    content = there.sealed(ANNA, COLLEAGUE)
    there.world.inspector.build_fails = True
    assert there.answers(content, ANNA, COLLEAGUE) == ["451", "250"]
    assert there.sent_to() == [(COLLEAGUE,)]


def test_a_full_hold_store_keeps_it_with_the_mta() -> None:
    """What cannot be held is not lost: 451 for that recipient alone."""
    there = Gateway()
    content = there.sealed(ANNA, BERT)
    there.world.held.is_down = True
    assert there.answers(content, ANNA, BERT) == ["250", "451"]


def test_a_receipt_that_cannot_be_written_does_not_send_again() -> None:
    """The copy is with the MTA: the answer is 250 whatever the store says now, and the journal complains."""
    there = Gateway()
    content = there.sealed(ANNA, COLLEAGUE)
    receipts = there.receipts

    class Failing(FakeSubmit):
        def submit(self, sender: str, recipients: Sequence[str], raw: Spool,
                   options: DeliveryOptions = DeliveryOptions()) -> None:
            super().submit(sender, recipients, raw, options)
            receipts.is_down = True
    there.submit = Failing()
    assert "250" in there.answers(content, ANNA, COLLEAGUE)
    assert len(there.submit.sent) == 1 and "failed-closed" in there.events()


def test_observe_mode_splits_nothing() -> None:
    """Decisions for each recipient are written down, and the mail goes as it came."""
    there = Gateway(settings=outbound(mode=Mode.OBSERVE))
    outcome = there.milter(ANNA, BERT)
    assert outcome.reply.verdict is Verdict.ACCEPT and outcome.plan.is_empty
    assert [e.fields["DECISION"] for e in outcome.entries] == ["encrypted", "held"]


def test_without_a_proven_route_nothing_is_sealed() -> None:
    """The strictest treatment for all, as everywhere else."""
    there = Gateway()
    there.route.is_proven = False
    outcome = there.milter(ANNA, BERT)
    assert outcome.held is not None and {r.treatment for r in outcome.decision.recipients} == {Treatment.HELD}


def test_the_probe_proves_the_route_and_reaches_nobody() -> None:
    """Our test message is sealed although nothing is proven yet; the splitter swallows it and says so."""
    there = Gateway()
    there.route.is_proven, there.route.secret = False, "s3cret"
    outcome = there.milter("postmaster")
    assert outcome.reply.verdict is Verdict.ACCEPT and outcome.entries == ()
    content = Spool.of(bytes(edited(outcome.message, outcome.plan).octets()[:]))
    assert b"s3cret" not in bytes(content.octets()[:])
    assert there.answers(content, "postmaster@mail.wwk.de") == ["250"]
    assert there.route.arrivals == ["s3cret"] and there.submit.sent == []


@pytest.mark.parametrize("content", [b"", b"From: a\r\n\r\nText\r\n", b"X-SMIME-Milter-Sealed: v=1\r\n\r\nAAAA\r\n"])
def test_what_we_did_not_seal_is_not_handed_out(content: bytes) -> None:
    """Whatever somebody brings to the socket: the answer is "later", and nobody gets anything."""
    there = Gateway()
    with pytest.raises(Unavailable):
        there.answers(Spool.of(content), ANNA)
    two_marks = bytes(there.sealed(ANNA, BERT).octets()[:]).replace(b"X-SMIME", b"X-SMIME-Milter-Sealed: v=1\r\nX-SMIME", 1)
    with pytest.raises(Unavailable):
        there.answers(Spool.of(two_marks), ANNA)
    assert there.submit.sent == []


def test_recipients_that_an_alias_made_are_treated_for_themselves() -> None:
    """The MTA expands aliases behind the milter: who is written to is decided by the real address."""
    there = Gateway()
    content = there.sealed(ANNA, COLLEAGUE)
    assert there.answers(content, ANNA, "bert@kanzlei.example", "drittes@wwk.de") == ["250", "250", "250"]
    assert there.held_for() == [(BERT,)] and sorted(there.sent_to()) == [(ANNA,), ("drittes@wwk.de",)]


def test_wishes_go_with_each_recipient() -> None:
    """NOTIFY and ORCPT to whom they belong, ENVID to all, RET=HDRS whatever was asked for."""
    there = Gateway()
    options = DeliveryOptions(mail=("RET=FULL", "ENVID=x", "SIZE=9", "BODY=8BITMIME", "SMTPUTF8"),
                              recipients={ANNA: ("NOTIFY=NEVER",), COLLEAGUE: ("ORCPT=rfc822;b@wwk.de",)})
    there.answers(there.sealed(ANNA, COLLEAGUE), ANNA, COLLEAGUE, options=options)
    seen = {r[0]: o for r, o in zip(there.sent_to(), there.submit.options)}
    assert seen[ANNA] == DeliveryOptions(mail=("RET=HDRS", "ENVID=x", "SMTPUTF8"), recipients={ANNA: ("NOTIFY=NEVER",)})
    assert seen[COLLEAGUE].recipients == {COLLEAGUE: ("ORCPT=rfc822;b@wwk.de",)}


def test_the_same_mail_twice_at_once_is_sent_once() -> None:
    """Two deliveries of one message at the same moment wait for each other."""
    there = Gateway()
    content = there.sealed(ANNA, COLLEAGUE)
    threads = [threading.Thread(target=there.answers, args=(content, ANNA, COLLEAGUE)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(there.sent_to()) == [(ANNA,), (COLLEAGUE,)]


def test_missing_message_id_and_date_are_the_same_in_every_copy() -> None:
    """Else the MTA would give every copy its own, and answers would not find their thread."""
    there = Gateway()
    raw = b"From: clerk@wwk.de\r\nTo: anna@makler.example\r\n\r\nText\r\n"
    content = there.sealed(ANNA, COLLEAGUE, raw=raw)
    there.answers(content, ANNA, COLLEAGUE)
    lines = [sorted(line for line in data.split(b"\r\n") if line.startswith((b"Message-ID:", b"Date:")))
             for _, _, data in there.submit.sent]
    assert lines[0] == lines[1] and len(lines[0]) == 2


def test_our_copy_coming_back_is_a_loop() -> None:
    """From this sender to this recipient: refused. Forwarded to somebody else it is an ordinary mail."""
    there = Gateway()
    there.answers(there.sealed(ANNA, COLLEAGUE), ANNA, COLLEAGUE)
    copy = there.copy_for(ANNA)
    assert there.milter(ANNA, raw=copy).reply.code == "554"
    assert there.milter(BERT, raw=copy).reply.code != "554"
    assert there.milter(ANNA, raw=copy.replace(b"<1@wwk.de>", b"<2@wwk.de>")).reply.code != "554"


def test_replies_and_states_have_the_forms_the_world_knows() -> None:
    """A held mail is one HeldMail for its group, a receipt says how it ended."""
    there = Gateway()
    there.answers(there.sealed(ANNA, BERT, COLLEAGUE), ANNA, BERT, COLLEAGUE)
    (mail,) = there.world.held.kept.values()
    assert isinstance(mail, HeldMail) and isinstance(mail.raw, Spool)
    assert sorted(treatment for _, treatment, _ in there.receipts.rows.values()) == ["encrypted", "held", "unchanged"]
    assert {state for state, _, _ in there.receipts.rows.values()} == {ReceiptState.DONE}

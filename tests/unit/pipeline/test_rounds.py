"""The rounds: held mail comes free by itself, each recipient once, and nobody is left without news."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from email import message_from_bytes
from typing import Any

import pytest

from smime_milter.model.finding import Level
from smime_milter.model.held import HeldState
from smime_milter.model.inspection import Protection
from smime_milter.model.notice import Notice
from smime_milter.model.settings import Mode
from smime_milter.pipeline.desk import give_back_to_sender, release_original, send
from smime_milter.pipeline.retry import leaves_protected
from tests.support.office import CLERK, COLLEAGUE, PARTNERS, SECRET, TELLING, Killed, Office, personal

ALICE, BERT, CLEO = PARTNERS


@pytest.fixture
def office() -> Office:
    return Office()


def copies_to(office: Office, recipient: str) -> list[bytes]:
    return [copy.raw for copy in office.copies if copy.recipients == (recipient,) and copy.sender]


def test_held_mail_is_told_and_the_partner_asked(office: Office) -> None:
    """One notice to the sender with the reference, one invitation to the partner without a word of the mail."""
    reference = office.receive(ALICE)
    office.rounds.go()
    (held,), (asked,) = office.notices("held-for-key"), office.notices("invitation", ALICE)
    assert reference.encode() in held.raw and b"Antrag 1" in held.raw and held.field("In-Reply-To") == "<1@wwk.de>"
    assert not asked.field("In-Reply-To") and b"Antrag" not in asked.raw and b"clerk" not in asked.raw
    office.rounds.go()
    assert len(office.copies) == 2


def test_certificate_lets_it_out_encrypted(office: Office) -> None:
    """Once, for whom it came; the sender is told; who still waits goes on waiting."""
    reference = office.receive(ALICE, BERT)
    office.rounds.go()
    office.know(ALICE)
    office.rounds.go()
    office.rounds.go()
    assert office.states(reference) == ["sent", "waiting-for-key"]
    (raw,) = copies_to(office, ALICE)
    assert SECRET not in raw and b"Message-ID: <1@wwk.de>" in raw
    (told,) = office.notices("sent")
    assert reference.encode() in told.raw
    assert office.events().count("held.sent") == 1


def test_who_waited_because_of_others_goes_with_them(office: Office) -> None:
    """A partner with a certificate and a colleague wait until the missing one is there, then each gets it alone."""
    office.know(ALICE)
    reference = office.receive(ALICE, BERT, COLLEAGUE)
    office.rounds.go()
    assert office.states(reference) == ["waiting-for-key"] * 3
    office.know(BERT)
    office.rounds.go()
    assert office.states(reference) == ["sent"] * 3
    assert [len(copies_to(office, who)) for who in (ALICE, BERT, COLLEAGUE)] == [1, 1, 1]
    assert SECRET in copies_to(office, COLLEAGUE)[0] and SECRET not in copies_to(office, ALICE)[0] + copies_to(office, BERT)[0]


def test_mail_that_no_certificate_helps_waits_for_a_person(office: Office) -> None:
    """The sender is told so, no partner is asked, and no round sends it."""
    office.inspector.found = personal(protection=Protection.ENVELOPED)
    reference = office.receive(ALICE)
    office.know(ALICE)
    office.rounds.go()
    assert office.states(reference) == ["waiting-for-person"]
    assert len(office.notices("held-for-person")) == 1 and not office.notices("invitation", ALICE)
    assert not copies_to(office, ALICE)


def test_certificate_that_does_not_help_leaves_it_to_a_person(office: Office) -> None:
    """The certificate is there and the mail may not leave all the same: told once, tried once."""
    reference = office.receive(ALICE)
    office.know(ALICE)
    office.inspector.found = personal(protection=Protection.ENVELOPED)
    for _ in range(3):
        office.rounds.go()
    assert office.states(reference) == ["waiting-for-person"]
    assert len(office.notices("held-for-person")) == 1 and not copies_to(office, ALICE)


def test_observe_mode_lets_nothing_out(office: Office) -> None:
    """Where every decision is only written down, what was held stays held: not by itself, not by a retry."""
    reference = office.receive(ALICE)
    office.settings = replace(TELLING, outbound=replace(TELLING.outbound, mode=Mode.OBSERVE))
    office.know(ALICE)
    office.start()
    office.rounds.go()
    loaded = office.held.load(reference)
    assert loaded
    send(office.desk("anna"), reference, loaded[0], 0)
    assert not copies_to(office, ALICE)


def test_mail_without_personal_data_does_not_leave_by_itself_in_clear(office: Office) -> None:
    """The settings changed and it would be signed only: the program sends encrypted or not at all."""
    reference = office.receive(ALICE)
    office.know(ALICE)
    office.settings = replace(TELLING, outbound=replace(TELLING.outbound, encrypt=TELLING.outbound.encrypt.PERSONAL_DATA))
    office.inspector.found = personal(level=Level.NONE, findings=())
    office.start()
    office.rounds.go()
    assert not copies_to(office, ALICE)
    assert office.states(reference) == ["waiting-for-person"]


def test_deadline_gives_it_back_with_the_original(office: Office) -> None:
    """Three working days from Tuesday noon: Friday noon, not a minute before; the sender gets help and the very mail."""
    reference = office.receive(ALICE)
    assert office.held.list()[0].deadline == datetime(2026, 11, 27, 12, 0, tzinfo=timezone.utc)
    office.later(days=3, minutes=-1)
    office.rounds.go()
    assert office.states(reference) == ["waiting-for-key"]
    office.later(minutes=1)
    office.rounds.go()
    office.rounds.go()
    assert office.states(reference) == ["returned"]
    (back,) = office.notices("returned")
    parts = [p for p in message_from_bytes(back.raw).walk() if p.get_filename() == "original.eml"]
    assert SECRET in bytes(parts[0].get_payload(decode=True))
    assert office.held.load(reference) is None and not copies_to(office, ALICE)
    assert office.events().count("held.returned") == 1


def test_deadline_skips_what_is_no_working_day(office: Office) -> None:
    """Held on Wednesday, 23 December: 24, 25, 26, 27 and 31 December and New Year do not count."""
    office.clock.at = datetime(2026, 12, 23, 9, 0, tzinfo=timezone.utc)
    office.receive(ALICE)
    assert office.held.list()[0].deadline == datetime(2026, 12, 30, 9, 0, tzinfo=timezone.utc)


def test_sender_outside_gets_help_without_the_original(office: Office) -> None:
    """A foreign sender that the setting lets through from our network: told, but the mail itself does not travel in clear."""
    office.settings = replace(TELLING, outbound=replace(TELLING.outbound, foreign_sender=TELLING.outbound.foreign_sender.PASS))
    office.start()
    office.receive(ALICE, sender="dienst@fremd.example")
    office.later(days=4)
    office.rounds.go()
    (back,) = office.notices("returned", "dienst@fremd.example")
    assert SECRET not in back.raw and b"original.eml" not in back.raw


def test_mail_of_nobody_stays_for_a_person(office: Office) -> None:
    """The null sender cannot be given anything: never silently away, however late it is."""
    outcome = office.decide(ALICE)
    assert outcome.held
    late = office.held.keep(replace(outcome.held, sender=""))
    foreign = office.held.keep(replace(outcome.held, key="x", is_from_us=False))
    office.later(days=40)
    office.rounds.go()
    assert office.states(late) == office.states(foreign) == ["waiting-for-key"]
    assert office.copies == []


@pytest.mark.parametrize("changes", [{"enabled": False}, {"postmaster": ""}])
def test_without_notices_nothing_is_sent(changes: dict[str, Any]) -> None:
    """Neither told nor given back: the mail waits for a person."""
    office = Office(settings=replace(TELLING, notices=replace(TELLING.notices, **changes)))
    reference = office.receive(ALICE)
    office.later(days=10)
    office.rounds.go()
    assert office.copies == [] and office.states(reference) == ["waiting-for-key"]


def test_refused_by_the_mta_is_tried_less_and_less(office: Office) -> None:
    """The partner's server says 550: nothing is lost, nothing is told, other mail goes on, attempts thin out."""
    first, second = office.receive(ALICE), office.receive(BERT, number=2)
    office.know(ALICE, BERT)
    office.refuse = {ALICE}
    for _ in range(180):
        office.rounds.go()
        office.later(minutes=1)
    assert office.states(first) == ["waiting-for-key"] and office.states(second) == ["sent"]
    assert 5 <= office.events().count("held.not-sent") <= 12
    office.refuse = set()
    office.later(hours=7)
    office.rounds.go()
    assert office.states(first) == ["sent"] and len(copies_to(office, ALICE)) == 1


def test_mta_down_loses_no_notice(office: Office) -> None:
    """They wait in the store, and each leaves once when it is back."""
    office.is_down = True
    office.receive(ALICE)
    for _ in range(10):
        office.rounds.go()
        office.later(minutes=1)
    office.is_down = False
    office.later(hours=1)
    office.rounds.go()
    assert len(office.notices("held-for-key")) == len(office.notices("invitation", ALICE)) == 1
    assert len(office.copies) == 2


def test_notice_nobody_takes_is_given_up(office: Office) -> None:
    """After a week of 550 it is gone, and the journal says so."""
    office.refuse = {CLERK}
    office.receive(COLLEAGUE, ALICE)
    for _ in range(60):
        office.rounds.go()
        office.later(hours=6)
        if office.clock.at > datetime(2026, 11, 27, tzinfo=timezone.utc):
            office.held.discard(office.held.list(settled=True)[0].reference)
    assert office.outbox.due() == ()
    assert "notice.not-sent" in office.events()


def test_unreadable_notice_stops_nobody(office: Office) -> None:
    """One that another version posted: noted, and the others leave."""
    office.outbox.post([Notice(case="from-the-future", to=CLERK, values="[]"), Notice(case="sent", to=CLERK, values="[1]")])
    office.receive(ALICE)
    office.rounds.go()
    assert len(office.notices("held-for-key")) == 1
    assert office.events().count("notice.not-sent") == 2


def test_a_fault_in_one_mail_keeps_no_other_waiting(office: Office) -> None:
    """An error nobody thought of is noted by its class; its text could hold anything."""
    first = office.receive(ALICE)
    second = office.receive(BERT, number=2)
    office.know(ALICE, BERT)
    office.inspector.found = RuntimeError("Kontonummer")
    office.rounds.go()
    texts = [entry.text for entry in office.journal.entries if entry.event.value == "held.not-sent"]
    assert len(texts) == 2 and all("RuntimeError" in text and "Kontonummer" not in text for text in texts)
    assert office.states(first) == office.states(second) == ["waiting-for-key"]


def test_killed_before_and_after_the_mta_took_it(office: Office) -> None:
    """Before: sent by the next start. After: the one doubtful copy again, with the same Message-ID; nothing else ever."""
    for kill, expected in (("before", 1), ("after", 2)):
        office.copies.clear()
        reference = office.receive(ALICE, number=len(kill))
        office.rounds.go()
        office.know(ALICE)
        office.kill = kill
        with pytest.raises(Killed):
            office.rounds.go()
        office.start()
        office.rounds.go()
        assert office.states(reference) == ["waiting-for-key"], "somebody may still be sending it"
        office.later(minutes=11)
        office.rounds.go()
        office.rounds.go()
        assert office.states(reference) == ["sent"]
        raws = copies_to(office, ALICE)
        assert len(raws) == expected and {message_from_bytes(raw)["Message-ID"] for raw in raws} == {f"<{len(kill)}@wwk.de>"}
        office.certificates.entries.clear()


def test_two_people_at_one_moment(office: Office) -> None:
    """While one sends, another presses everything: the recipient gets one mail, and the other is told nobody gets two."""
    reference = office.receive(ALICE)
    office.know(ALICE)
    loaded = office.held.load(reference)
    assert loaded
    mail = loaded[0]
    others: list[object] = []

    def press() -> None:
        bert = office.desk("bert")
        others.append(send(bert, reference, mail, 0))
        others.append(release_original(bert, reference, mail, 0, reason="eilig"))
        others.append(give_back_to_sender(bert, reference, mail, (0,)))
        others.append(office.held.discard(reference))
        office.rounds.go()
    office.meanwhile = press
    assert send(office.desk("anna"), reference, mail, 0, may_leave=leaves_protected)
    assert others == [None, False, (), False]
    assert len(copies_to(office, ALICE)) == 1 and office.states(reference) == ["sent"]
    assert not office.notices("returned")


def test_release_of_the_original_is_its_own_event(office: Office) -> None:
    """With the reason and who did it; the sender is told; it went as it was written."""
    reference = office.receive(ALICE)
    loaded = office.held.load(reference)
    assert loaded
    assert release_original(office.desk("anna"), reference, loaded[0], 0, reason="schriftlich erlaubt")
    (entry,) = [e for e in office.journal.entries if e.event.value == "held.released"]
    assert [entry.fields[n] for n in ("RELEASE_REASON", "OPERATOR", "HELD")] == ["schriftlich erlaubt", "anna", reference]
    assert SECRET in copies_to(office, ALICE)[0]
    office.rounds.go()
    (told,) = office.notices("sent")
    assert office.states(reference) == [HeldState.RELEASED.value] and b"freigegeben" in told.raw


def test_settled_mail_is_forgotten_after_its_time(office: Office) -> None:
    """Thirty days by default; what waits is never forgotten."""
    old = office.receive(ALICE)
    office.held.discard(old)
    office.rounds.go()
    office.later(days=31)
    stays = office.receive(BERT, number=2)
    office.rounds.go()
    assert [entry.reference for entry in office.held.list(settled=True)] == [stays]


def test_stopping_is_between_two_mails(office: Office) -> None:
    """Told to stop, the round ends before the next mail, and the next start takes it up."""
    first, second = office.receive(ALICE), office.receive(BERT, number=2)
    office.know(ALICE, BERT)
    office.rounds.should_stop = lambda: bool(office.copies)
    office.rounds.go()
    assert sorted(office.states(first) + office.states(second)) == ["sent", "waiting-for-key"]
    office.start()
    office.rounds.go()
    assert office.states(first) == office.states(second) == ["sent"]

"""Who is told, and who never is: forged, automatic, outside without proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from smime_milter.certs.working_days import after_working_days
from smime_milter.model.certificate import Unfit
from smime_milter.model.decision import Reason
from smime_milter.model.errors import Unavailable
from smime_milter.model.facts import NoCertificate
from smime_milter.model.finding import Level
from smime_milter.model.inspection import Author, Direction
from smime_milter.model.method import Method
from smime_milter.model.notice import Notice
from smime_milter.model.outcome import Lesson, Outcome
from smime_milter.model.settings import CompleteRecords, ForeignSender, WithoutCertificate
from smime_milter.model.signature import Signature, SignatureReason, SignatureResult
from smime_milter.notices.mail import LOOP_MARK
from smime_milter.notices.rendering import values_of
from smime_milter.pipeline.finish import keep, write_down
from smime_milter.pipeline.notifying import of_held, of_learned
from tests.support.facts import NOW, UNREADABLE, finding
from tests.support.office import CLERK, COLLEAGUE, PARTNERS, TELLING, Office, certificate_of, letter, personal

ALICE, BERT, CLEO = PARTNERS
GOOD = Signature(result=SignatureResult.PASS, reason=SignatureReason.GOOD)
FORGED = Signature(result=SignatureResult.FAIL, reason=SignatureReason.DIGEST_MISMATCH)


@pytest.fixture
def office() -> Office:
    return Office()


def cases(outcome: Outcome) -> list[tuple[str, str]]:
    return [(notice.case, notice.to) for notice in outcome.notices]


def outbound(**changes: Any) -> Office:
    return Office(settings=replace(TELLING, outbound=replace(TELLING.outbound, **changes)))


@pytest.mark.parametrize("found, case", [
    (personal(), "held-for-key"),
    (personal(level=Level.COMPLETED_RECORD), "completed-record"),
    (personal(level=Level.NONE, unreadable=UNREADABLE), "unreadable-attachment"),
])
def test_each_reason_has_its_text(found: Any, case: str) -> None:
    """Why it waits decides what the sender reads; the partner is asked in every case."""
    office = Office()
    office.inspector.found = found
    outcome = office.decide(ALICE)
    assert cases(outcome) == [(case, CLERK), ("invitation", ALICE)]
    values = values_of(outcome.notices[0])
    assert values.recipients == ("a…@makler.example",)
    assert values.deadline == after_working_days(office.clock.at, 3, holidays=TELLING.certificates.holidays)


def test_one_reason_worth_telling(office: Office) -> None:
    """The recipient who waits because of the others is not the reason."""
    office.know(ALICE)
    outcome = office.decide(ALICE, BERT)
    assert outcome.held and Reason.MIXED_RECIPIENTS in outcome.held.reasons
    assert cases(outcome) == [("held-for-key", CLERK), ("invitation", BERT)]
    assert values_of(outcome.notices[0]).reason is Reason.NO_CERTIFICATE


def test_hidden_recipient_is_a_person_s_business(office: Office) -> None:
    """Nobody's certificate is missing: no partner is asked."""
    office.know(ALICE, BERT)
    outcome = office.decide(ALICE, BERT, hidden=(BERT,))
    assert outcome.held and outcome.decision.reason is Reason.HIDDEN_RECIPIENT
    assert cases(outcome) == [("held-for-person", CLERK)]


@pytest.mark.parametrize("fields", [
    (("Auto-Submitted", "auto-replied"),), (("Precedence", "bulk"),), (("List-Id", "<l.wwk.de>"),), (("Return-Path", "<>"),)])
def test_automatic_mail_tells_nobody(office: Office, fields: tuple[tuple[str, str], ...]) -> None:
    """It is held like any other, and neither its sender nor a partner hears of it."""
    outcome = office.decide(ALICE, fields=fields)
    assert outcome.held and outcome.notices == ()


def test_what_the_worker_calls_automatic_tells_nobody(office: Office) -> None:
    """It reads the header more thoroughly than we do."""
    office.inspector.found = personal(is_automatic=True)
    assert office.decide(ALICE).notices == ()


def test_inbound_mail_that_is_held_tells_nobody(office: Office) -> None:
    """Beyond the size limit with oversize: hold; whoever sent it may be forged, so it is not given back either."""
    outcome = office.decide(ALICE)
    assert outcome.held
    strange = replace(outcome.held, is_from_us=False)
    assert of_held(office.settings, outcome.message, outcome.facts, decision=outcome.decision, mail=strange) == ()


def test_certificate_that_waits_for_its_day_needs_no_invitation(office: Office) -> None:
    """The partner has done it already."""
    outcome = office.decide(ALICE)
    assert outcome.held
    facts = replace(outcome.facts, certificates={ALICE: NoCertificate({"ab": Unfit.NOT_YET_USABLE})})
    told = of_held(office.settings, outcome.message, facts, decision=outcome.decision, mail=outcome.held)
    assert [notice.case for notice in told] == ["held-for-key"]


def test_subject_with_a_finding_is_left_out(office: Office) -> None:
    """The sender's own words stand in the notice only where nothing was found in them."""
    assert office.decide(ALICE).notices[0].subject == "Antrag 1"
    office.inspector.found = personal(findings=(finding("subject"),))
    assert office.decide(ALICE).notices[0].subject == ""


def test_many_recipients_ask_few(office: Office) -> None:
    """One mail to five hundred strangers is no reason to write to them all."""
    outcome = office.decide(*(f"p{n}@makler.example" for n in range(500)))
    assert len([n for n in outcome.notices if n.case == "invitation"]) == 20


@pytest.mark.parametrize("setting, found, reason", [
    ({"without_certificate": WithoutCertificate.REFUSE}, personal(), Reason.NO_CERTIFICATE),
    ({"complete_records": CompleteRecords.REFUSE}, personal(level=Level.COMPLETED_RECORD), Reason.COMPLETED_RECORD),
])
def test_refused_by_setting_is_explained(setting: dict[str, Any], found: Any, reason: Reason) -> None:
    """To one of us; the same mail again on the same day is not explained again."""
    office = outbound(**setting)
    office.inspector.found = found
    first, again, other = office.decide(ALICE), office.decide(ALICE), office.decide(ALICE, number=2)
    assert cases(first) == [("refused", CLERK)]
    assert values_of(first.notices[0]).reason is reason
    assert first.notices[0].once == again.notices[0].once != other.notices[0].once


def test_foreign_sender_is_told_only_at_our_own_address(office: Office) -> None:
    """R1: envelope sender ours, From foreign: told. Envelope sender foreign: the SMTP reply alone."""
    office.inspector.found = personal()
    outcome = office.decide(ALICE, sender="x@fremd.example")
    assert outcome.decision.reason is Reason.FOREIGN_SENDER and outcome.notices == ()


def inbound(office: Office, signature: Signature | None, *, author: str = ALICE, method: Method | None = Method.PGP) -> Outcome:
    office.inspector.found = personal(signature=signature, method=method)
    decided = office.inspector.found
    office.inspector.meanwhile = lambda: setattr(
        office.inspector, "found", replace(decided, authors=(Author(author, author.rpartition("@")[2]),)))
    return office.decide(COLLEAGUE, sender=ALICE, client="198.51.100.7")


@pytest.mark.parametrize("method", list(Method))
def test_partner_who_proved_themself_is_told_the_way(office: Office, method: Method) -> None:
    """R12: a good signature by the very sender; once a week for each method."""
    outcome = inbound(office, GOOD, method=method)
    assert cases(outcome) == [("refused-method", ALICE)]
    assert values_of(outcome.notices[0]).method is method
    assert outcome.notices[0].once_for == timedelta(days=7)


@pytest.mark.parametrize("signature", [None, FORGED])
def test_who_may_be_forged_hears_the_smtp_reply_alone(office: Office, signature: Signature | None) -> None:
    """A notice to a forged sender would be our spam."""
    outcome = inbound(office, signature)
    assert outcome.reply.code == "550" and outcome.notices == ()


def test_author_who_is_not_the_sender_is_not_told(office: Office) -> None:
    """The signature proves the author, and the notice would go to the envelope's sender."""
    assert inbound(office, GOOD, author=BERT).notices == ()


def learned(office: Office, **changes: Any) -> tuple[Notice, ...]:
    message = letter(COLLEAGUE, sender=ALICE, **changes)
    facts = replace(inbound(office, GOOD, method=None).facts, direction=Direction.INBOUND)
    lesson = Lesson(certificate=certificate_of(ALICE), address=ALICE, message_id="<1@makler.example>")
    return of_learned(office.settings, message, facts, lesson=lesson, usable=NOW)


def test_first_certificate_is_thanked_for(office: Office) -> None:
    """To the address it is for, in reply, once for good."""
    (notice,) = learned(office)
    assert (notice.case, notice.to, notice.in_reply_to) == ("first-certificate", ALICE, "<1@makler.example>")
    assert values_of(notice).usable_from == NOW and notice.once_for > timedelta(days=3000)
    assert learned(office, fields=(("List-Id", "<x>"),)) == ()


def test_a_notice_that_comes_back_is_not_answered(office: Office) -> None:
    """Whoever sends our own notice on: held if it must be, and nothing is posted. A mark that is not ours changes nothing."""
    mark = office.outbox.mark("<1@wwk.de>")
    outcome = office.decide(ALICE, fields=((LOOP_MARK, mark),))
    keep(outcome, office.tools())
    assert office.outbox.due() == ()
    forged = office.decide(ALICE, number=2, fields=((LOOP_MARK, mark),))
    keep(forged, office.tools())
    assert len(office.outbox.due()) == 2


def test_store_out_of_reach_costs_a_refusal_its_notice_only() -> None:
    """The client has its 550 all the same."""
    office = outbound(without_certificate=WithoutCertificate.REFUSE)
    outcome = office.decide(ALICE)
    write_down(office.settings, outcome, replace(office.tools(), outbox=_Broken()), reference="")
    assert "decision" in office.events()


class _Broken:
    def post(self, notices: Any) -> None:
        raise Unavailable("store")

    def mark(self, message_id: str) -> str:
        return ""


def test_envelope_ours_and_from_foreign_is_told() -> None:
    """R1 as a clerk meets it: another address chosen in Outlook."""
    office = outbound(foreign_sender=ForeignSender.REFUSE)
    decided = personal(authors=(Author("x@fremd.example", "fremd.example"),))
    office.inspector.found = decided
    office.inspector.meanwhile = lambda: setattr(office.inspector, "found", decided)
    assert cases(office.decide(ALICE)) == [("foreign-sender", CLERK)]

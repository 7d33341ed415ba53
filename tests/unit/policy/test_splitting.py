"""The truth table of mail whose recipients can each get their own copy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.decision import Decision, Reason, Treatment
from smime_milter.model.facts import Facts
from smime_milter.model.finding import Level
from smime_milter.model.inspection import Author, Inspection, Protection
from smime_milter.model.settings import CompleteRecords, Encrypt, Mode, Partner, Settings, WithoutCertificate
from smime_milter.policy.decide import decide
from smime_milter.policy.splitting import copies, of_copy
from tests.support.facts import SETTINGS, facts, finding, inspection, outbound

ANNA, BERT, CARLA, COLLEAGUE = "anna@makler.example", "bert@kanzlei.example", "carla@notar.example", "berg@wwk.de"
PERSONAL, CLEAN, RECORD = Level.PERSONAL, Level.NONE, Level.COMPLETED_RECORD
ENCRYPTED, SIGNED, UNCHANGED = Treatment.ENCRYPTED, Treatment.SIGNED, Treatment.UNCHANGED
HELD, REFUSED = Treatment.HELD, Treatment.REFUSED
WITH_REFUSAL = replace(SETTINGS, partners={"kanzlei.example": Partner(
    without_certificate=WithoutCertificate.REFUSE, complete_records=CompleteRecords.REFUSE)})


def splittable(*recipients: str, found: Inspection | None, certified: tuple[str, ...] = (), **more: object) -> Facts:
    return replace(facts(*recipients, found=found, certified=certified), can_split=True, **more)


def treatments(decision: Decision) -> list[Treatment]:
    return [r.treatment for r in decision.recipients]


def together(settings: Settings, given: Facts) -> list[set[str]]:
    return [{r.recipient.given for r in part.recipients} for part in copies(settings, given)]


@pytest.mark.parametrize(("recipients", "certified", "level", "settings", "expected"), [
    # everybody gets what they would get alone
    ((ANNA, BERT), (ANNA,), CLEAN, SETTINGS, [ENCRYPTED, SIGNED]),
    ((ANNA, BERT), (ANNA,), PERSONAL, SETTINGS, [ENCRYPTED, HELD]),
    ((ANNA, BERT), (ANNA,), RECORD, SETTINGS, [ENCRYPTED, HELD]),
    ((ANNA, BERT), (ANNA,), PERSONAL, WITH_REFUSAL, [ENCRYPTED, REFUSED]),
    ((ANNA, BERT), (), PERSONAL, WITH_REFUSAL, [HELD, REFUSED]),
    ((ANNA, COLLEAGUE), (ANNA,), PERSONAL, SETTINGS, [ENCRYPTED, UNCHANGED]),
    ((ANNA, COLLEAGUE), (ANNA,), CLEAN, SETTINGS, [ENCRYPTED, UNCHANGED]),
    ((ANNA, COLLEAGUE), (), PERSONAL, SETTINGS, [HELD, UNCHANGED]),
    ((ANNA, BERT, COLLEAGUE), (ANNA,), CLEAN, SETTINGS, [ENCRYPTED, SIGNED, UNCHANGED]),
    ((BERT, COLLEAGUE), (), RECORD, WITH_REFUSAL, [REFUSED, UNCHANGED]),
])
def test_each_recipient_gets_what_is_right_for_them(
        recipients: tuple[str, ...], certified: tuple[str, ...], level: Level, settings: Settings,
        expected: list[Treatment]) -> None:
    """Where the message can be split nobody waits for the others, and nobody gets less protection because of them."""
    decision = decide(settings, splittable(*recipients, found=inspection(level), certified=certified))
    assert (treatments(decision), decision.splits) == (expected, True)
    assert [r.recipient.given for r in decision.recipients] == list(recipients)


@pytest.mark.parametrize(("recipients", "certified", "level", "settings", "expected"), [
    ((ANNA, BERT), (ANNA, BERT), PERSONAL, SETTINGS, [ENCRYPTED, ENCRYPTED]),
    ((ANNA, BERT), (), CLEAN, SETTINGS, [SIGNED, SIGNED]),
    ((ANNA, COLLEAGUE), (), CLEAN, SETTINGS, [SIGNED, SIGNED]),
    ((ANNA, BERT), (), PERSONAL, SETTINGS, [HELD, HELD]),
    ((ANNA, BERT), (), PERSONAL, outbound(without_certificate=WithoutCertificate.REFUSE), [REFUSED, REFUSED]),
    ((ANNA, BERT), (ANNA,), CLEAN, outbound(encrypt=Encrypt.PERSONAL_DATA), [SIGNED, SIGNED]),
    ((ANNA,), (ANNA,), PERSONAL, SETTINGS, [ENCRYPTED]),
    ((COLLEAGUE, COLLEAGUE), (), PERSONAL, SETTINGS, [UNCHANGED, UNCHANGED]),
])
def test_nothing_is_split_without_need(
        recipients: tuple[str, ...], certified: tuple[str, ...], level: Level, settings: Settings,
        expected: list[Treatment]) -> None:
    """One message for all wherever the same treatment is right for all; a refusal for all is the client's SMTP reply."""
    decision = decide(settings, splittable(*recipients, found=inspection(level), certified=certified))
    assert (treatments(decision), decision.splits) == (expected, False)


def test_a_colleague_does_not_hold_back_what_the_partner_can_read() -> None:
    """Nobody carries the reason "mixed recipients" where the message can be split."""
    decision = decide(SETTINGS, splittable(ANNA, BERT, COLLEAGUE, found=inspection(PERSONAL), certified=(ANNA,)))
    assert [r.reason for r in decision.recipients] == [Reason.CERTIFICATE_FOUND, Reason.NO_CERTIFICATE, Reason.INTERNAL]


def test_each_hidden_recipient_gets_a_message_of_their_own() -> None:
    """Bcc: visible recipients share one CMS, each hidden one has their own; what shows nobody's certificate is shared."""
    given = splittable(ANNA, BERT, CARLA, found=inspection(visible=(ANNA,)), certified=(ANNA, BERT, CARLA))
    assert together(SETTINGS, given) == [{ANNA}, {BERT}, {CARLA}]
    assert decide(SETTINGS, given).splits
    clear = splittable(ANNA, BERT, CARLA, found=inspection(PERSONAL, visible=(ANNA,)), certified=(ANNA,))
    assert together(SETTINGS, clear) == [{ANNA}, {BERT, CARLA}]


def test_the_same_copy_for_all_who_can_see_each_other() -> None:
    """Recipients with certificates share one encrypted message, however many others there are."""
    given = splittable(ANNA, COLLEAGUE, BERT, found=inspection(PERSONAL), certified=(ANNA, BERT))
    parts = copies(SETTINGS, given)
    assert [{r.recipient.given for r in part.recipients} for part in parts] == [{ANNA, BERT}, {COLLEAGUE}]
    assert [part.sign for part in parts] == [True, False]
    assert [r.given for r in of_copy(given, parts[0]).envelope.recipients] == [ANNA, BERT]


@pytest.mark.parametrize(("found", "treatment", "reason"), [
    (None, Treatment.TEMPFAIL, Reason.NOT_INSPECTED),
    (inspection(authors=(Author("x@elsewhere.example", "elsewhere.example"),)), REFUSED, Reason.FOREIGN_SENDER),
    (inspection(ambiguities=(Ambiguity.LIMIT_DEPTH,)), REFUSED, Reason.TOO_COMPLEX),
    (inspection(protection=Protection.ENVELOPED), Treatment.ALREADY_ENCRYPTED, Reason.ENVELOPED_BY_SENDER),
])
def test_what_concerns_the_whole_message_concerns_everybody(
        found: Inspection | None, treatment: Treatment, reason: Reason) -> None:
    """A colleague gets no copy of what is refused, put off, or encrypted by its sender in another way than the others."""
    decision = decide(SETTINGS, splittable(ANNA, COLLEAGUE, found=found, certified=(ANNA,)))
    assert {(r.treatment, r.reason) for r in decision.recipients} == {(treatment, reason)}
    assert not decision.splits


def test_personal_data_in_a_routing_field_is_held_for_those_outside() -> None:
    """What relays must read no envelope can hide; a colleague's copy passes none of them."""
    found = inspection(PERSONAL, findings=(finding("header To"),))
    decision = decide(SETTINGS, splittable(ANNA, COLLEAGUE, found=found, certified=(ANNA,)))
    assert [(r.treatment, r.reason) for r in decision.recipients] == [
        (HELD, Reason.PERSONAL_DATA_IN_HEADER), (UNCHANGED, Reason.INTERNAL)]


def test_our_own_copy_that_comes_back_is_refused() -> None:
    """A copy the splitter made is not treated a second time: a loop ends at its first turn."""
    given = splittable(ANNA, COLLEAGUE, found=inspection(), certified=(ANNA,), is_returning=True)
    decision = decide(SETTINGS, given)
    assert (decision.treatment, decision.reason, decision.splits) == (REFUSED, Reason.LOOP, False)


def test_observing_says_what_each_would_get() -> None:
    """In observe mode the decisions are those of enforcing, and none is applied."""
    decision = decide(outbound(mode=Mode.OBSERVE), splittable(ANNA, BERT, found=inspection(PERSONAL), certified=(ANNA,)))
    assert (treatments(decision), decision.apply) == ([ENCRYPTED, HELD], False)


def test_without_the_route_the_strictest_holds_for_all() -> None:
    """Where nothing can be split the decision is the one it always was."""
    decision = decide(SETTINGS, facts(ANNA, BERT, COLLEAGUE, found=inspection(PERSONAL), certified=(ANNA,)))
    assert (set(treatments(decision)), decision.splits) == ({HELD}, False)


def test_everybody_gets_the_algorithms_they_take() -> None:
    """Recipients of encrypted mail who announced GCM share a message, the others get one as everybody opens it."""
    given = splittable(ANNA, BERT, CARLA, found=inspection(), certified=(ANNA, BERT, CARLA), announced={
        f"sha-{ANNA}": ("aes-256-gcm",), f"sha-{CARLA}": ("aes-256-gcm",)})
    assert together(SETTINGS, given) == [{ANNA, CARLA}, {BERT}]
    assert decide(SETTINGS, given).splits
    everybody = replace(given, announced={f"sha-{who}": ("aes-256-gcm",) for who in (ANNA, BERT, CARLA)})
    assert together(SETTINGS, everybody) == [{ANNA, BERT, CARLA}] and not decide(SETTINGS, everybody).splits

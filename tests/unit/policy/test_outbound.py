"""The truth table of mail that leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.decision import Decision, Mark, Reason, Treatment
from smime_milter.model.facts import Facts
from smime_milter.model.finding import Level
from smime_milter.model.inspection import Author, Protection
from smime_milter.model.settings import (
    CompleteRecords, Encrypt, ForeignSender, Mode, Partner, ProtectSubject, Settings, UnreadableAttachments, WithoutCertificate)
from smime_milter.policy.decide import decide
from tests.support.facts import SETTINGS, UNREADABLE, facts, finding, inspection, outbound

ANNA, BERT, COLLEAGUE = "anna@makler.example", "bert@kanzlei.example", "berg@wwk.de"
PERSONAL, CLEAN = Level.PERSONAL, Level.NONE


def decided(settings: Settings, given: Facts) -> tuple[Treatment, Reason]:
    decision = decide(settings, given)
    return decision.treatment, decision.reason


@pytest.mark.parametrize(("level", "certified", "settings", "treatment", "reason"), [
    (CLEAN, True, SETTINGS, Treatment.ENCRYPTED, Reason.CERTIFICATE_FOUND),
    (PERSONAL, True, SETTINGS, Treatment.ENCRYPTED, Reason.CERTIFICATE_FOUND),
    (Level.COMPLETED_RECORD, True, SETTINGS, Treatment.ENCRYPTED, Reason.CERTIFICATE_FOUND),
    (CLEAN, True, outbound(encrypt=Encrypt.PERSONAL_DATA), Treatment.SIGNED, Reason.NO_PERSONAL_DATA),
    (PERSONAL, True, outbound(encrypt=Encrypt.PERSONAL_DATA), Treatment.ENCRYPTED, Reason.CERTIFICATE_FOUND),
    (CLEAN, False, SETTINGS, Treatment.SIGNED, Reason.NO_PERSONAL_DATA),
    (Level.TRACE, False, SETTINGS, Treatment.SIGNED, Reason.NO_PERSONAL_DATA),
    (PERSONAL, False, SETTINGS, Treatment.HELD, Reason.NO_CERTIFICATE),
    (Level.SENSITIVE, False, SETTINGS, Treatment.HELD, Reason.NO_CERTIFICATE),
    (PERSONAL, False, outbound(without_certificate=WithoutCertificate.HOLD), Treatment.HELD, Reason.NO_CERTIFICATE),
    (PERSONAL, False, outbound(without_certificate=WithoutCertificate.REFUSE), Treatment.REFUSED, Reason.NO_CERTIFICATE),
    (Level.COMPLETED_RECORD, False, SETTINGS, Treatment.HELD, Reason.COMPLETED_RECORD),
    (Level.COMPLETED_RECORD, False, outbound(complete_records=CompleteRecords.REFUSE), Treatment.REFUSED,
     Reason.COMPLETED_RECORD),
    (CLEAN, False, outbound(sign=False), Treatment.UNCHANGED, Reason.SIGNING_OFF),
])
def test_one_recipient(level: Level, certified: bool, settings: Settings, treatment: Treatment, reason: Reason) -> None:
    """R2 to R5 for one recipient: certificate, level and settings alone decide."""
    given = facts(ANNA, found=inspection(level), certified=(ANNA,) if certified else ())
    assert decided(settings, given) == (treatment, reason)


def test_nobody_looked() -> None:
    """A message the worker did not answer for waits: unknown is never "clean"."""
    assert decided(SETTINGS, facts(ANNA, found=None, certified=(ANNA,))) == (Treatment.TEMPFAIL, Reason.NOT_INSPECTED)


def test_encrypted_mail_names_each_recipients_certificate() -> None:
    """Every recipient of an encrypted message carries his own certificate, and the message is signed too."""
    decision = decide(SETTINGS, facts(ANNA, BERT, found=inspection(), certified=(ANNA, BERT)))
    assert [[c.addresses for c in r.certificates] for r in decision.recipients] == [[(ANNA,)], [(BERT,)]]
    assert decision.sign


@pytest.mark.parametrize(("recipients", "certified", "level", "expected"), [
    ((ANNA, BERT), (ANNA,), PERSONAL, [Reason.MIXED_RECIPIENTS, Reason.NO_CERTIFICATE]),
    ((ANNA, COLLEAGUE), (), PERSONAL, [Reason.NO_CERTIFICATE, Reason.MIXED_RECIPIENTS]),
    ((ANNA, COLLEAGUE), (ANNA,), PERSONAL, [Reason.MIXED_RECIPIENTS, Reason.MIXED_RECIPIENTS]),
])
def test_mixed_recipients_are_all_held(
        recipients: tuple[str, ...], certified: tuple[str, ...], level: Level, expected: list[Reason]) -> None:
    """Until mail can be split the strictest treatment holds for all: nobody gets personal data in clear."""
    decision = decide(SETTINGS, facts(*recipients, found=inspection(level), certified=certified))
    assert {r.treatment for r in decision.recipients} == {Treatment.HELD}
    assert [r.reason for r in decision.recipients] == expected


@pytest.mark.parametrize("recipients", [(ANNA, BERT), (ANNA, COLLEAGUE)])
def test_clean_mail_to_mixed_recipients_is_signed(recipients: tuple[str, ...]) -> None:
    """Ordinary mail goes through, also where not everybody could be encrypted to."""
    assert decided(SETTINGS, facts(*recipients, found=inspection(), certified=(ANNA,))) == (
        Treatment.SIGNED, Reason.NO_PERSONAL_DATA)


def test_refusal_for_one_refuses_for_all() -> None:
    """A partner's stricter setting counts for everybody in the same transaction."""
    settings = replace(SETTINGS, partners={"kanzlei.example": Partner(without_certificate=WithoutCertificate.REFUSE)})
    assert decided(settings, facts(ANNA, BERT, found=inspection(PERSONAL))) == (Treatment.REFUSED, Reason.NO_CERTIFICATE)


def test_hidden_recipient_is_held() -> None:
    """A Bcc recipient must not stand in a CMS that others can read: held until each gets his own."""
    given = facts(ANNA, BERT, found=inspection(visible=(ANNA,)), certified=(ANNA, BERT))
    assert decided(SETTINGS, given) == (Treatment.HELD, Reason.HIDDEN_RECIPIENT)


def test_lone_hidden_recipient_is_encrypted_to() -> None:
    """A single recipient in no To or Cc has a CMS of his own anyway."""
    given = facts(ANNA, found=inspection(visible=("list@makler.example",)), certified=(ANNA,))
    assert decided(SETTINGS, given)[0] is Treatment.ENCRYPTED


@pytest.mark.parametrize(("pass_on", "certified", "expected"), [
    (False, (), (Treatment.HELD, Reason.UNREADABLE_CONTENT)),
    (True, (), (Treatment.SIGNED, Reason.NO_PERSONAL_DATA)),
    (False, (ANNA,), (Treatment.ENCRYPTED, Reason.CERTIFICATE_FOUND)),
])
def test_unreadable_content(pass_on: bool, certified: tuple[str, ...], expected: tuple[Treatment, Reason]) -> None:
    """What nobody can read is not clean: it leaves encrypted, or as the setting says."""
    settings = outbound(unreadable_attachments=UnreadableAttachments.PASS) if pass_on else SETTINGS
    assert decided(settings, facts(ANNA, found=inspection(unreadable=UNREADABLE), certified=certified)) == expected


@pytest.mark.parametrize(("code", "certified", "expected"), [
    (Ambiguity.DUPLICATE_FIELD, (), (Treatment.HELD, Reason.AMBIGUOUS_MESSAGE)),
    (Ambiguity.DUPLICATE_FIELD, (ANNA,), (Treatment.ENCRYPTED, Reason.CERTIFICATE_FOUND)),
    (Ambiguity.LIMIT_TEXT, (), (Treatment.HELD, Reason.AMBIGUOUS_MESSAGE)),
    (Ambiguity.LIMIT_TEXT, (ANNA,), (Treatment.ENCRYPTED, Reason.CERTIFICATE_FOUND)),
    (Ambiguity.LIMIT_DEPTH, (), (Treatment.REFUSED, Reason.TOO_COMPLEX)),
    (Ambiguity.LIMIT_HEADER_SIZE, (ANNA,), (Treatment.REFUSED, Reason.TOO_COMPLEX)),
])
def test_ambiguous_message(code: Ambiguity, certified: tuple[str, ...], expected: tuple[Treatment, Reason]) -> None:
    """A message two readers may understand differently never leaves in clear; one beyond a limit not at all."""
    assert decided(SETTINGS, facts(ANNA, found=inspection(ambiguities=(code,)), certified=certified)) == expected


@pytest.mark.parametrize(("level", "expected"), [
    (CLEAN, (Treatment.ALREADY_ENCRYPTED, Reason.ENVELOPED_BY_SENDER)),
    (PERSONAL, (Treatment.HELD, Reason.PERSONAL_DATA_IN_HEADER)),
])
def test_enveloped_by_the_sender(level: Level, expected: tuple[Treatment, Reason]) -> None:
    """A real EnvelopedData passes, unless its Subject tells what the envelope hides."""
    assert decided(SETTINGS, facts(ANNA, found=inspection(level, protection=Protection.ENVELOPED))) == expected


@pytest.mark.parametrize("protection", [Protection.BROKEN, Protection.OTHER, Protection.NONE])
def test_only_a_real_envelope_counts(protection: Protection) -> None:
    """Mail that only claims to be S/MIME is treated like any other."""
    given = facts(ANNA, found=inspection(PERSONAL, protection=protection))
    assert decided(SETTINGS, given) == (Treatment.HELD, Reason.NO_CERTIFICATE)


def test_signed_by_the_sender() -> None:
    """A signature the clerk's own client made is neither broken nor wrapped into a second one."""
    decision = decide(SETTINGS, facts(ANNA, found=inspection(protection=Protection.SIGNED)))
    assert (decision.treatment, decision.reason, decision.sign) == (Treatment.UNCHANGED, Reason.ALREADY_SIGNED, False)
    encrypted = decide(SETTINGS, facts(ANNA, found=inspection(protection=Protection.SIGNED), certified=(ANNA,)))
    assert (encrypted.treatment, encrypted.sign) == (Treatment.ENCRYPTED, False)


def test_without_a_signing_key() -> None:
    """No key of ours: clean mail goes as it is, personal data is still encrypted, unsigned."""
    assert decided(SETTINGS, facts(ANNA, found=inspection(), has_key=False)) == (Treatment.UNCHANGED, Reason.NO_SIGNING_KEY)
    decision = decide(SETTINGS, facts(ANNA, found=inspection(PERSONAL), certified=(ANNA,), has_key=False))
    assert (decision.treatment, decision.sign) == (Treatment.ENCRYPTED, False)


FOREIGN = Author("clerk@elsewhere.example", "elsewhere.example")


@pytest.mark.parametrize(("sender", "authors"), [
    ("clerk@elsewhere.example", (Author("clerk@wwk.de", "wwk.de"),)), ("clerk@wwk.de", (FOREIGN,)),
    ("clerk@wwk.de", (Author("clerk@wwk.de", "wwk.de"), FOREIGN)), ("clerk@wwk.de", ()), ("", (FOREIGN,)),
    ("clerk@sub.wwk.de", (Author("clerk@wwk.de", "wwk.de"),)),
])
def test_foreign_sender(sender: str, authors: tuple[Author, ...]) -> None:
    """R1: envelope sender and every author are of our domains, or the mail does not go out as ours."""
    given = facts(ANNA, found=inspection(authors=authors), sender=sender)
    assert decided(SETTINGS, given) == (Treatment.REFUSED, Reason.FOREIGN_SENDER)
    marked = decide(outbound(foreign_sender=ForeignSender.MARK), given)
    assert (marked.treatment, marked.marks) == (Treatment.SIGNED, (Mark.FOREIGN_SENDER,))
    assert decide(outbound(foreign_sender=ForeignSender.PASS), given).marks == ()


@pytest.mark.parametrize("sender", ["clerk@wwk.de", "clerk@WWK.DE", "clerk@it.wwk.at", ""])
def test_own_sender(sender: str) -> None:
    """Our domains in any case, their subdomains where the dot says so, and the null sender are ours."""
    assert decided(SETTINGS, facts(ANNA, found=inspection(), sender=sender))[0] is Treatment.SIGNED


def test_observing_decides_and_changes_nothing() -> None:
    """In observe mode the decision is the same, and not applied."""
    decision = decide(outbound(mode=Mode.OBSERVE), facts(ANNA, found=inspection(PERSONAL)))
    assert (decision.treatment, decision.apply) == (Treatment.HELD, False)


def protected(decision: Decision) -> tuple[str, ...]:
    return decision.protected_fields


def test_header_fields_with_personal_data_go_inside() -> None:
    """An encrypted message shows no header field in which personal data was found."""
    places = ("subject", "header Thread-Topic", "part 1")
    found = inspection(PERSONAL, findings=tuple(finding(where) for where in places))
    given = facts(ANNA, found=found, certified=(ANNA,))
    assert protected(decide(SETTINGS, given)) == ("subject", "thread-topic")
    assert protected(decide(outbound(subject=ProtectSubject.NEVER), given)) == ("thread-topic",)


@pytest.mark.parametrize("name", ["To", "From", "Message-ID", "Reply-To"])
def test_routing_fields_with_personal_data_hold_the_mail(name: str) -> None:
    """What relays must read no envelope can hide."""
    found = inspection(PERSONAL, findings=(finding(f"header {name}"),))
    assert decided(SETTINGS, facts(ANNA, found=found, certified=(ANNA,))) == (Treatment.HELD, Reason.PERSONAL_DATA_IN_HEADER)


def test_clean_subject_stays_outside() -> None:
    """A Subject that says nothing of anybody helps the reader and stays, unless it is always protected."""
    given = facts(ANNA, found=inspection(), certified=(ANNA,))
    assert protected(decide(SETTINGS, given)) == ()
    assert protected(decide(outbound(subject=ProtectSubject.ALWAYS), given)) == ("subject",)


def test_nothing_is_protected_in_clear_mail() -> None:
    """Only an envelope can hide a header field."""
    assert protected(decide(outbound(subject=ProtectSubject.ALWAYS), facts(ANNA, found=inspection()))) == ()

"""What follows from a decision: reply, edits, held mail, lessons; pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from smime_milter.mime.message_file import split_message
from smime_milter.model.certificate import Certificate
from smime_milter.model.decision import Decision, Mark, Reason, RecipientDecision, Treatment
from smime_milter.model.facts import Facts
from smime_milter.model.inspection import Author, Direction, Inspection, Opened, Opening
from smime_milter.model.message import HeaderField, Message
from smime_milter.model.outcome import EditPlan, Outcome
from smime_milter.model.recipe import Built
from smime_milter.model.reply import ACCEPT, TAKE, Verdict
from smime_milter.model.settings import Inbound, Organisation, Settings
from smime_milter.model.signature import Signature, SignatureReason, SignatureResult
from smime_milter.model.spool import Spool
from smime_milter.pipeline.edited import edited
from smime_milter.pipeline.settle import authserv_id, settle
from smime_milter.pipeline.transform import Draft
from tests.support.facts import SETTINGS, certificate, envelope, finding, inspection
from tests.support.fake_tools import BUILT_FIELDS

ANNA, CLERK = "anna@makler.example", "clerk@wwk.de"
AT = datetime(2026, 11, 24, tzinfo=timezone.utc)
BODY = Spool.of(b"new body\r\n")
MAIL = (b"Received: from a\r\nFrom: clerk@wwk.de\r\nSUBJECT: Alt\r\nMIME-version: 1.0\r\nContent-Type: text/plain\r\n"
        b"content-transfer-encoding: 8bit\r\nX-SMIME-Milter-Result: pass\r\nContent-Language: de\r\nx_smime_milter_force: 1\r\n"
        b"Content-X: y\r\n\r\nText\r\n")
PASS = Signature(result=SignatureResult.PASS, reason=SignatureReason.GOOD, signer=ANNA)


def names(message: Message, plan: EditPlan) -> list[str]:
    return [message.fields[n].name.decode() for n in plan.remove]


def settled(treatment: Treatment, *, draft: Draft = Draft(), mail: bytes = MAIL, direction: Direction = Direction.OUTBOUND,
            found: Inspection | None = inspection(), settings: Settings = SETTINGS, reason: Reason = Reason.NO_CERTIFICATE,
            recipients: tuple[str, ...] = (ANNA,), sender: str = CLERK, marks: tuple[Mark, ...] = (), learn: bool = False,
            apply: bool = True, protected: tuple[str, ...] = ()) -> Outcome:
    facts = Facts(envelope=envelope(*recipients, sender=sender), direction=direction, inspection=found, size=len(mail))
    decision = Decision(marks=marks, learn=learn, apply=apply, protected_fields=protected, recipients=tuple(
        RecipientDecision(recipient=r, treatment=treatment, reason=reason) for r in facts.envelope.recipients))
    return settle(settings, split_message(mail), draft, facts=facts, decision=decision, at=AT, trace="TRACE234")


def inbound(found: Inspection | None = Inspection(), **more: object) -> Outcome:
    return settled(Treatment.UNCHANGED, direction=Direction.INBOUND, found=found, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("treatment", list(Treatment))
def test_the_reply_of_every_treatment(treatment: Treatment) -> None:
    """Passing mail and held mail hear 250, the others a code of the catalogue with our reference."""
    outcome = settled(treatment)
    verdict = {Treatment.TEMPFAIL: Verdict.TEMPFAIL, Treatment.REFUSED: Verdict.REJECT, Treatment.HELD: Verdict.TAKE}.get(
        treatment, Verdict.ACCEPT)
    assert outcome.reply.verdict is verdict
    speaks = verdict in (Verdict.TEMPFAIL, Verdict.REJECT)
    assert bool(outcome.reply.code) is speaks and ("TRACE234" in " ".join(outcome.reply.lines)) is speaks
    assert (outcome.held is not None) is (verdict is Verdict.TAKE)
    assert outcome.plan.is_empty is (verdict is not Verdict.ACCEPT)


@pytest.mark.parametrize("treatment", list(Treatment))
def test_observe_changes_nothing(treatment: Treatment) -> None:
    """The decision is written down and the mail goes as it came, whatever was decided."""
    outcome = settled(treatment, apply=False)
    assert outcome.reply is ACCEPT and outcome.plan == EditPlan() and outcome.held is None
    assert outcome.entries[0].fields["DECISION"] == treatment.value and outcome.entries[0].fields["MODE"] == "observe"


@pytest.mark.parametrize("direction", [Direction.OUTBOUND, Direction.INTERNAL, Direction.RELAYED, Direction.INBOUND])
def test_our_own_names_are_removed_in_every_direction(direction: Direction) -> None:
    """Nobody outside this program writes X-SMIME-Milter fields, and nobody steers it by one."""
    outcome = settled(Treatment.UNCHANGED, direction=direction)
    assert [n for n in names(outcome.message, outcome.plan) if n.lower().startswith("x")] == [
        "X-SMIME-Milter-Result", "x_smime_milter_force"]


def test_unchanged_mail_without_our_names_is_not_touched() -> None:
    """I3: a message nobody needed to change leaves with the very bytes it came with."""
    outcome = settled(Treatment.UNCHANGED, mail=b"From: a@b.example\r\n\r\nText\r\n")
    assert outcome.plan.is_empty and edited(outcome.message, outcome.plan) is outcome.message.raw


def test_new_content_replaces_everything_that_described_the_old() -> None:
    """All Content-* and MIME-Version fields go, whatever their spelling; those of the new content come."""
    outcome = settled(Treatment.ENCRYPTED, draft=Draft(built=Built(fields=BUILT_FIELDS, body=BODY)))
    assert names(outcome.message, outcome.plan) == [
        "MIME-version", "Content-Type", "content-transfer-encoding", "X-SMIME-Milter-Result", "Content-Language",
        "x_smime_milter_force", "Content-X"]
    assert outcome.plan.append == BUILT_FIELDS and outcome.plan.prepend == () and outcome.plan.body is BODY
    assert edited(outcome.message, outcome.plan).octets()[:] == (
        b"Received: from a\r\nFrom: clerk@wwk.de\r\nSUBJECT: Alt\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime\r\n"
        b"\r\nnew body\r\n")


def test_protected_fields_leave_the_outside() -> None:
    """The Subject is one that says nothing, other fields are gone, all copies of them."""
    draft = Draft(built=Built(fields=BUILT_FIELDS, body=BODY))
    mail = b"Subject: a\r\nX-Case: 1\r\nx-case: 2\r\nSubject: b\r\nFrom: clerk@wwk.de\r\n\r\nx\r\n"
    outcome = settled(Treatment.ENCRYPTED, draft=draft, mail=mail, protected=("subject", "x-case"))
    assert edited(outcome.message, outcome.plan).octets()[:].split(b"\r\n\r\n")[0] == (
        b"From: clerk@wwk.de\r\nSubject: [...]\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime")


# Inbound


def heads(outcome: Outcome) -> list[tuple[str, str]]:
    return [(f.name.decode(), f.value.decode()) for f in outcome.plan.prepend]


def test_our_verdict_stands_at_the_top() -> None:
    """Result and axes first, a notice only where there is a mark."""
    outcome = inbound(Inspection(signature=PASS), marks=(Mark.CLAIMED_OWN_SENDER, Mark.NOT_DECRYPTED))
    assert [name for name, _ in heads(outcome)] == ["Authentication-Results", "X-SMIME-Milter-Result", "X-SMIME-Milter-Notice"]
    assert heads(outcome)[0][1].startswith(" mail.wwk.de; smime=pass")
    assert heads(outcome)[2][1] == " claimed-own-sender, not-decrypted"
    assert [name for name, _ in heads(inbound())] == ["Authentication-Results", "X-SMIME-Milter-Result"]


MAIL_WITH_RESULTS = b"Authentication-Results: a; b=c\r\nauthentication-RESULTS: d; e=f\r\nFrom: a@b.example\r\n\r\nx\r\n"


def test_forged_fields_are_removed() -> None:
    """Those the worker found, and no others."""
    outcome = inbound(Inspection(forged_fields=(1,)), mail=MAIL_WITH_RESULTS)
    assert outcome.plan.remove == (1,)


def test_without_an_inspection_every_foreign_result_goes() -> None:
    """Beside our "not checked" no "pass" of somebody else may stand."""
    outcome = inbound(None, mail=MAIL_WITH_RESULTS)
    assert outcome.plan.remove == (0, 1) and "smime=temperror" in heads(outcome)[0][1]


@pytest.mark.parametrize(("marks", "clean", "subject"), [
    ({}, None, None), ({"fail": "[x]"}, None, None), ({"pass": "[signiert]"}, None, b" [signiert] Alt"),
    ({"pass": "[geprüft]"}, None, b" =?UTF-8?B?W2dlcHLDvGZ0XQ==?= Alt"), ({"pass": "[x]"}, "Neu", b" [x] Neu"),
    ({}, "Neu", b" Neu"), ({"pass": "[x]"}, "", b" [x] "),
])
def test_subject_marks(marks: dict[str, str], clean: str | None, subject: bytes | None) -> None:
    """The mark for this result, before the Subject or what is left of it without forged marks; else it stays."""
    settings = replace(SETTINGS, inbound=Inbound(subject_marks=marks))
    outcome = inbound(Inspection(signature=PASS, clean_subject=clean), settings=settings)
    left = [f.value for f in outcome.plan.append if f.name == b"Subject"]
    assert left == ([] if subject is None else [subject])
    assert ("SUBJECT" in names(outcome.message, outcome.plan)) is (subject is not None)


def test_a_folded_subject_stays_folded() -> None:
    """A mark goes before the old value, byte for byte."""
    settings = replace(SETTINGS, inbound=Inbound(subject_marks={"none": "[-]"}))
    outcome = inbound(settings=settings, mail=b"Subject: one\r\n two\r\nFrom: a@b.example\r\n\r\nx\r\n")
    assert outcome.plan.append == (HeaderField(b"Subject", b" [-] one\n two"),)


def test_opened_mail_takes_the_place_of_its_envelope() -> None:
    """The inner entity's fields and body, with our verdict above."""
    opened = Opened(fields=(HeaderField(b"Content-Type", b" text/html"),), body=BODY)
    found = Inspection(opening=Opening.OPENED, opened=opened)
    outcome = settled(Treatment.DECRYPTED, direction=Direction.INBOUND, found=found, draft=Draft(opened=opened))
    assert [f.line() for f in outcome.plan.append] == [b"MIME-Version: 1.0\r\n", b"Content-Type: text/html\r\n"]
    assert outcome.plan.body is BODY and "content-transfer-encoding" in names(outcome.message, outcome.plan)
    assert len(outcome.plan.prepend) == 2


@pytest.mark.parametrize(("setting", "mta", "expected"), [
    ("gw.wwk.de", "mail.wwk.de", "gw.wwk.de"), ("", "mail.wwk.de", "mail.wwk.de"), ("", "", "wwk.de")])
def test_our_name(setting: str, mta: str, expected: str) -> None:
    """The setting, else the MTA's name, else our first domain: never empty."""
    settings = replace(SETTINGS, organisation=Organisation(domains=(".wwk.de",), networks=(), authserv_id=setting))
    assert authserv_id(settings, mta) == expected


# Held


def key_of(mail: bytes, **more: object) -> str:
    outcome = settled(Treatment.HELD, mail=mail, **more)  # type: ignore[arg-type]
    assert outcome.held is not None
    return outcome.held.key


LETTER = b"From: clerk@wwk.de\r\nSubject: a\r\n\r\nText\r\n"


def test_held_mail_is_kept_whole() -> None:
    """The original bytes, the envelope as given, the reason and what was found, without a value."""
    found = inspection(message_id="<1@wwk.de>", findings=(finding("part 1"), finding("part 1")))
    outcome = settled(Treatment.HELD, mail=LETTER, found=found, recipients=("Anna@Makler.example", "b@c.example"))
    held = outcome.held
    assert held is not None and outcome.reply is TAKE and held.raw is outcome.message.raw
    assert (held.sender, held.recipients, held.reason) == (CLERK, ("Anna@Makler.example", "b@c.example"), Reason.NO_CERTIFICATE)
    assert (held.message_id, held.findings, held.received_at, held.client) == ("<1@wwk.de>", "iban:2", AT, "127.0.0.1")


@pytest.mark.parametrize("added", [
    b"Received: from b\r\n", b"DKIM-Signature: v=1\r\n", b"Authentication-Results: x\r\n", b"Return-Path: <>\r\n",
    b"ARC-Seal: i=1\r\n", b"X-Spam: no\r\n", b"received: a\r\nReceived: b\r\n"])
def test_a_second_attempt_has_the_same_key(added: bytes) -> None:
    """A client that never heard our 250 sends again: trace fields differ, the mail is the same one."""
    assert key_of(added + LETTER) == key_of(LETTER)


@pytest.mark.parametrize("other", [
    LETTER.replace(b"Text", b"Texte"), LETTER.replace(b"Subject: a", b"Subject: b"), b"Comments: x\r\n" + LETTER,
    LETTER.replace(b"\r\n\r\n", b"\r\nReply-To: a@wwk.de\r\n\r\n"), LETTER + b"\r\n"])
def test_another_mail_has_another_key(other: bytes) -> None:
    """Anything a reader could see makes it another mail."""
    assert key_of(other) != key_of(LETTER)


def test_envelopes_make_another_key() -> None:
    """Other recipients or another sender are another mail; their order is not."""
    base = key_of(LETTER, recipients=("a@b.example", "c@d.example"))
    assert base == key_of(LETTER, recipients=("c@d.example", "a@b.example"))
    assert len({base, key_of(LETTER, recipients=("a@b.example",)), key_of(LETTER, sender="x@wwk.de"), key_of(LETTER)}) == 4


# Lessons


def person(*addresses: str) -> Certificate:
    return replace(certificate("x"), addresses=addresses)


def test_lessons_are_for_the_author_alone() -> None:
    """Rule H2: whatever else a certificate names, it is learned for the author; one that does not name him is not."""
    candidates = (person(ANNA, "other@makler.example"), person("other@makler.example"))
    found = Inspection(authors=(Author(ANNA, "makler.example"),), candidates=candidates, message_id="<m>", intermediates=(b"ca",))
    (lesson,) = inbound(found, learn=True).lessons
    assert (lesson.address, lesson.certificate, lesson.message_id, lesson.intermediates) == (ANNA, candidates[0], "<m>", (b"ca",))
    assert inbound(found, learn=False).lessons == () and inbound(None, learn=True).lessons == ()
    assert inbound(replace(found, authors=()), learn=True).lessons == ()


@pytest.mark.parametrize(("restore", "is_opened", "expected"), [(True, True, b"Innen"), (False, True, None), (True, False, None)])
def test_the_protected_subject_of_decrypted_mail_is_restored(restore: bool, is_opened: bool, expected: bytes | None) -> None:
    """RFC 9788: what the sender hid outside is what the clerk reads, by setting, and only where the mail was opened."""
    settings = replace(SETTINGS, inbound=replace(SETTINGS.inbound, restore_subject=restore, subject_marks={"pass": "[signiert]"}))
    draft = Draft(opened=Opened(fields=(), body=BODY)) if is_opened else Draft()
    outcome = settled(Treatment.DECRYPTED if is_opened else Treatment.UNCHANGED, draft=draft, direction=Direction.INBOUND,
                      found=Inspection(signature=PASS, protected_subject="Innen"), settings=settings)
    subject = next(f.value for f in outcome.plan.append if f.name == b"Subject")
    assert subject == b" [signiert] " + (expected or b"Alt")

"""Journal records: enums, counts and fingerprints, never a word of the mail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.certificate import Unfit
from smime_milter.model.decision import Decision, Mark, Reason, RecipientDecision, Treatment
from smime_milter.model.facts import Facts, NoCertificate
from smime_milter.model.finding import Category, Finding, Level
from smime_milter.model.inspection import Author, Direction, Inspection, Opening
from smime_milter.model.method import Method
from smime_milter.model.outcome import JournalEntry, Priority
from smime_milter.model.signature import Signature, SignatureReason, SignatureResult
from smime_milter.pipeline.entries import clean_queue_id, decision_entries, findings_text
from tests.support.facts import UNREADABLE, certificate, envelope, finding, inspection

ANNA, BERT, CLERK = "anna@makler.example", "bert@kanzlei.example", "clerk@wwk.de"
CANARY = "Kanarienvogel"


def entries(found: Inspection | None = inspection(), treatment: Treatment = Treatment.ENCRYPTED,
            reason: Reason = Reason.CERTIFICATE_FOUND, direction: Direction = Direction.OUTBOUND, *,
            queue_id: str = "4XyZ", marks: tuple[Mark, ...] = (), apply: bool = True) -> tuple[JournalEntry, ...]:
    facts = Facts(
        envelope=replace(envelope(ANNA, BERT), queue_id=queue_id), direction=direction, inspection=found, size=1234,
        certificates={ANNA: (certificate(ANNA),), BERT: NoCertificate({"a" * 64: Unfit.EXPIRED, "b" * 64: Unfit.WEAK_KEY})})
    decided = Decision(marks=marks, apply=apply, recipients=tuple(
        RecipientDecision(recipient=r, treatment=treatment, reason=reason,
                          certificates=(certificate(ANNA),) if r.given == ANNA else ()) for r in facts.envelope.recipients))
    return decision_entries(facts, decided, "TRACE234")


def test_one_record_per_recipient() -> None:
    """Each with his own decision; what is the same for all stands in every one."""
    first, second = entries(inspection(level=Level.PERSONAL, findings=(finding("part 1"), finding("subject"))))
    assert first.fields == {
        "DECISION": "encrypted", "REASON": "certificate-found", "TRACE": "TRACE234", "QUEUE_ID": "4XyZ", "DIRECTION": "outbound",
        "SIZE": "1234", "MODE": "enforce", "LEVEL": "2", "FINDINGS": "iban:2", "OPENING": "not-encrypted", "METHOD_SCORE": "0",
        "CERT_SHA256": f"sha-{ANNA}"}
    assert first.addresses == {"SENDER": CLERK, "RECIPIENT": ANNA} and second.addresses["RECIPIENT"] == BERT
    assert second.fields["CERT_REFUSED"] == "expired,weak-key" and "CERT_SHA256" not in second.fields
    assert first.text == "outbound mail encrypted: certificate-found"


def test_an_inbound_record_has_the_signature() -> None:
    """Result, reason and the three axes, and what was made of encryption and method."""
    signature = Signature(result=SignatureResult.PASS, reason=SignatureReason.GOOD, certificate_class="mailbox")
    found = Inspection(signature=signature, opening=Opening.NO_KEY, method=Method.PGP, method_score=5, unreadable=UNREADABLE,
                       ambiguities=(Ambiguity.NUL, Ambiguity.BAD_BASE64))
    marks = (Mark.METHOD_PGP, Mark.NOT_DECRYPTED)
    fields = entries(found, Treatment.UNCHANGED, Reason.DELIVERED, Direction.INBOUND, marks=marks)[0].fields
    expected = {"SIGNATURE": "pass", "SIGNATURE_REASON": "good", "TRUST": "unknown", "CERT_CLASS": "mailbox", "OPENING": "no-key",
                "METHOD": "pgp", "METHOD_SCORE": "5", "UNREADABLE": "unknown-format", "AMBIGUITIES": "13,6",
                "MARKS": "method-pgp,not-decrypted"}
    assert expected.items() <= fields.items()
    assert "SIGNATURE" not in entries()[0].fields


@pytest.mark.parametrize(("treatment", "reason", "priority"), [
    (Treatment.ENCRYPTED, Reason.CERTIFICATE_FOUND, Priority.ROUTINE),
    (Treatment.HELD, Reason.NO_CERTIFICATE, Priority.NEEDS_A_LOOK),
    (Treatment.REFUSED, Reason.FOREIGN_SENDER, Priority.NEEDS_A_LOOK),
    (Treatment.TEMPFAIL, Reason.NOT_INSPECTED, Priority.FAILED_CLOSED),
    (Treatment.UNCHANGED, Reason.NOT_INSPECTED, Priority.NEEDS_A_LOOK),
    (Treatment.UNCHANGED, Reason.DELIVERED, Priority.ROUTINE)])
def test_priorities(treatment: Treatment, reason: Reason, priority: Priority) -> None:
    """What needs a person stands out, what failed closed most of all."""
    assert {entry.priority for entry in entries(None, treatment, reason)} == {priority}


def test_observe_is_told() -> None:
    """A decision that had no effect says so."""
    assert entries(apply=False)[0].fields["MODE"] == "observe"


@pytest.mark.parametrize(("given", "shown"), [
    ("4XyZ12bcde", "4XyZ12bcde"), ("", ""), ("a b", ""), ("A\nB", ""), ("x" * 41, ""), ("1\x1b[0m", ""), ("a-b", "")])
def test_queue_ids(given: str, shown: str) -> None:
    """Only what looks like one is written: nobody forges a line with it."""
    assert clean_queue_id(given) == shown and entries(queue_id=given)[0].fields.get("QUEUE_ID", "") == shown


def test_no_word_of_the_mail_is_written_down() -> None:
    """A mail full of canaries: not one of them in a text or field, of any record."""
    canaries = Inspection(
        authors=(Author(f"{CANARY}@makler.example", CANARY),), visible=(CANARY,), message_id=f"<{CANARY}@x>",
        findings=(Finding(category=Category.HEALTH, where=f"header {CANARY}", start=0, end=9, masked=CANARY, value_no=1),),
        signature=Signature(result=SignatureResult.PASS, reason=SignatureReason.GOOD, signer=f"{CANARY}@x"),
        level=Level.SENSITIVE)
    for direction in Direction:
        for treatment in Treatment:
            for entry in entries(canaries, treatment, direction=direction):
                assert CANARY not in entry.text + "".join(entry.fields.values()) + "".join(entry.addresses.values())


def test_findings_are_counted_by_category() -> None:
    """Kind and number, in alphabetical order; nobody looked is nothing."""
    found = inspection(findings=(finding("part 1"), replace(finding("x"), category=Category.BIRTH_DATE), finding("part 2")))
    assert findings_text(found) == "birth-date:1,iban:2" and findings_text(None) == "" and findings_text(inspection()) == ""

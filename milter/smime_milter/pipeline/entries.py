"""Journal records of one message: one per recipient, from enums, counts and fingerprints alone."""

from __future__ import annotations

import re
from collections import Counter

from smime_milter.model.decision import Decision, Reason, RecipientDecision, Treatment
from smime_milter.model.facts import Facts, NoCertificate
from smime_milter.model.inspection import Inspection
from smime_milter.model.outcome import Event, JournalEntry, Priority
from smime_milter.pipeline.result_fields import signature_of

_QUEUE_ID = re.compile(r"[A-Za-z0-9]{1,40}")
_LOOK = frozenset({Treatment.HELD, Treatment.REFUSED})


def decision_entries(facts: Facts, decision: Decision, trace: str) -> tuple[JournalEntry, ...]:
    shared = _shared(facts, decision, trace)
    return tuple(_entry(facts, recipient, shared) for recipient in decision.recipients)


def findings_text(inspection: Inspection | None) -> str:
    """Categories and how often each was found, for example `iban:2,birth-date:1`."""
    counts = Counter(f.category.value for f in inspection.findings) if inspection else Counter()
    return ",".join(f"{name}:{counts[name]}" for name in sorted(counts))


def clean_queue_id(given: str) -> str:
    """The MTA's queue id, or nothing if it does not look like one."""
    return given if _QUEUE_ID.fullmatch(given) else ""


def _shared(facts: Facts, decision: Decision, trace: str) -> dict[str, str]:
    inspection = facts.inspection
    fields = {"TRACE": trace, "QUEUE_ID": clean_queue_id(facts.envelope.queue_id), "DIRECTION": facts.direction.value,
              "SIZE": str(facts.size), "MODE": "enforce" if decision.apply else "observe"}
    signature = signature_of(inspection)
    if facts.direction.value == "inbound":
        fields |= {"SIGNATURE": signature.result.value, "SIGNATURE_REASON": signature.reason.value,
                   "INTEGRITY": signature.integrity.value, "TRUST": signature.trust.value,
                   "IDENTITY": signature.identity.value, "CERT_CLASS": signature.certificate_class,
                   "REVOCATION": signature.revocation}
    if inspection is not None:
        fields |= _found_out(inspection)
    if decision.marks:
        fields["MARKS"] = ",".join(mark.value for mark in decision.marks)
    return fields


def _found_out(inspection: Inspection) -> dict[str, str]:
    return {"LEVEL": str(inspection.level.value), "FINDINGS": findings_text(inspection),
            "UNREADABLE": ",".join(sorted({u.why.value for u in inspection.unreadable})),
            "AMBIGUITIES": ",".join(str(code.value) for code in inspection.ambiguities),
            "OPENING": inspection.opening.value, "METHOD": inspection.method.value if inspection.method else "",
            "METHOD_SCORE": str(inspection.method_score)}


def _entry(facts: Facts, decided: RecipientDecision, shared: dict[str, str]) -> JournalEntry:
    fields = {"DECISION": decided.treatment.value, "REASON": decided.reason.value, **shared}
    fields["CERT_SHA256"] = ",".join(c.sha256 for c in decided.certificates)
    fields["CERT_REFUSED"] = _refused(facts, decided)
    return JournalEntry(
        event=Event.DECISION, text=f"{facts.direction.value} mail {decided.treatment.value}: {decided.reason.value}",
        priority=_priority(decided), fields={k: v for k, v in fields.items() if v},
        addresses={"SENDER": facts.envelope.sender_given, "RECIPIENT": decided.recipient.given})


def _refused(facts: Facts, decided: RecipientDecision) -> str:
    """Why known certificates of the recipient were passed over."""
    found = facts.certificates.get(decided.recipient.key)
    if not isinstance(found, NoCertificate):
        return ""
    return ",".join(sorted({unfit.value for unfit in found.refused.values()}))


def _priority(decided: RecipientDecision) -> Priority:
    if decided.treatment is Treatment.TEMPFAIL or decided.reason is Reason.NOT_INSPECTED:
        return Priority.FAILED_CLOSED if decided.treatment is Treatment.TEMPFAIL else Priority.NEEDS_A_LOOK
    return Priority.NEEDS_A_LOOK if decided.treatment in _LOOK else Priority.ROUTINE

"""Rules for mail that leaves: R1 to R5."""

from __future__ import annotations

from dataclasses import dataclass

from smime_milter.model.address import belongs_to
from smime_milter.model.certificate import Certificate
from smime_milter.model.decision import Decision, Mark, Reason, RecipientDecision, Treatment
from smime_milter.model.facts import Facts
from smime_milter.model.finding import Category, Finding, Level
from smime_milter.model.inspection import Inspection, Protection
from smime_milter.model.message import Recipient
from smime_milter.model.settings import (
    CompleteRecords, Encrypt, ForeignSender, Mode, Outbound, ProtectSubject, Settings, UnreadableAttachments, WithoutCertificate)
from smime_milter.policy.direction import is_ours
from smime_milter.policy.partners import outbound_for


# What the MTA and the reader's client need outside.
_ROUTING = frozenset({"from", "sender", "reply-to", "to", "cc", "date", "message-id"})
# In a routing field these are what it is for.
_CONTACT = frozenset({Category.PERSON, Category.EMAIL, Category.PHONE, Category.ADDRESS, Category.CITY})


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one recipient would get if alone, and why."""

    treatment: Treatment
    reason: Reason


def decide_outbound(settings: Settings, facts: Facts) -> Decision:
    """One treatment for all recipients: the strictest any of them needs."""
    inspection = facts.inspection
    if inspection is None:  # unknown is not "none"
        return for_everyone(facts, Ruling(Treatment.TEMPFAIL, Reason.NOT_INSPECTED))
    marks = () if settings.outbound.foreign_sender is not ForeignSender.MARK or not has_foreign_sender(
        settings, facts, inspection) else (Mark.FOREIGN_SENDER,)
    decision = _unless_refused(settings, facts, inspection)
    return Decision(
        recipients=decision.recipients, marks=marks, apply=settings.outbound.mode is Mode.ENFORCE,
        sign=_signs(settings, facts, inspection) and decision.treatment in (Treatment.SIGNED, Treatment.ENCRYPTED),
        protected_fields=protected_fields(settings, inspection) if decision.treatment is Treatment.ENCRYPTED else ())


def _unless_refused(settings: Settings, facts: Facts, inspection: Inspection) -> Decision:
    if facts.is_returning:
        return for_everyone(facts, Ruling(Treatment.REFUSED, Reason.LOOP))
    if settings.outbound.foreign_sender is ForeignSender.REFUSE and has_foreign_sender(settings, facts, inspection):
        return for_everyone(facts, Ruling(Treatment.REFUSED, Reason.FOREIGN_SENDER))  # R1
    if any(code.is_structural_limit for code in inspection.ambiguities):
        return for_everyone(facts, Ruling(Treatment.REFUSED, Reason.TOO_COMPLEX))
    if inspection.protection is Protection.ENVELOPED:
        return for_everyone(facts, _enveloped_by_sender(inspection))
    return _by_recipients(settings, facts, inspection)


def has_foreign_sender(settings: Settings, facts: Facts, inspection: Inspection) -> bool:
    """R1: the envelope sender (unless null) or an author is not of our domains, or there is no author."""
    domains = settings.organisation.domains
    sender = facts.envelope.sender
    if sender is None and facts.envelope.sender_given:  # outside the grammar is not the null sender
        return True
    if sender is not None and not belongs_to(sender.domain, domains):
        return True
    return not inspection.authors or any(not belongs_to(a.domain, domains) for a in inspection.authors)


def _enveloped_by_sender(inspection: Inspection) -> Ruling:
    # What is inside nobody here can read; what stands outside must still be clean.
    if inspection.level.value >= Level.PERSONAL.value:
        return Ruling(Treatment.HELD, Reason.PERSONAL_DATA_IN_HEADER)
    return Ruling(Treatment.ALREADY_ENCRYPTED, Reason.ENVELOPED_BY_SENDER)


def _by_recipients(settings: Settings, facts: Facts, inspection: Inspection) -> Decision:
    outside = [r for r in facts.envelope.recipients if not is_ours(settings.organisation, r)]
    if not outside:  # a colleague's copy of mail that goes outside as well
        return for_everyone(facts, Ruling(Treatment.UNCHANGED, Reason.INTERNAL))
    everyone_can = all(_certificates_of(facts, r) for r in outside)
    must_be_protected = any(_in_clear(outbound_for(settings, r), inspection) for r in outside)
    if everyone_can and (must_be_protected or _is_encrypting(settings, outside)):
        if len(outside) == len(facts.envelope.recipients):
            return _encrypted(facts, inspection)
        if must_be_protected:
            # A colleague who would have to open it has no certificate here; until mail can be
            # split nobody may get it in clear.
            return for_everyone(facts, Ruling(Treatment.HELD, Reason.MIXED_RECIPIENTS))
    return _unencrypted(settings, facts, inspection, outside)


def _is_encrypting(settings: Settings, outside: list[Recipient]) -> bool:
    return any(outbound_for(settings, r).encrypt is Encrypt.WHEN_POSSIBLE for r in outside)


def _encrypted(facts: Facts, inspection: Inspection) -> Decision:
    if any(f.category not in _CONTACT for f in inspection.findings if _field_of(f) in _ROUTING):
        # No envelope can hide what relays must read.
        return for_everyone(facts, Ruling(Treatment.HELD, Reason.PERSONAL_DATA_IN_HEADER))
    recipients = facts.envelope.recipients
    hidden = {r.key for r in recipients} - set(inspection.visible)
    if hidden and len({r.key for r in recipients}) > 1:
        # One CMS shows every holder's certificate to all of them: a Bcc would be one no more.
        return for_everyone(facts, Ruling(Treatment.HELD, Reason.HIDDEN_RECIPIENT))
    return Decision(recipients=tuple(
        RecipientDecision(recipient=r, treatment=Treatment.ENCRYPTED, reason=Reason.CERTIFICATE_FOUND,
                          certificates=_certificates_of(facts, r))
        for r in recipients))


def _certificates_of(facts: Facts, recipient: Recipient) -> tuple[Certificate, ...]:
    found = facts.certificates.get(recipient.key)
    return found if isinstance(found, tuple) else ()


def _unencrypted(settings: Settings, facts: Facts, inspection: Inspection, outside: list[Recipient]) -> Decision:
    rulings = {r.key: _in_clear(outbound_for(settings, r), inspection) or _clean(settings, facts, inspection) for r in outside}
    strict = max(rulings.values(), key=lambda ruling: list(Treatment).index(ruling.treatment))
    if strict.treatment is Treatment.HELD:
        return _held(facts, strict, rulings)
    return for_everyone(facts, strict)


def _held(facts: Facts, strict: Ruling, rulings: dict[str, Ruling]) -> Decision:
    """Held for all; whoever alone could have had it waits because of the others."""
    def ruling_of(recipient: Recipient) -> Ruling:
        can = bool(_certificates_of(facts, recipient)) or recipient.key not in rulings
        return Ruling(Treatment.HELD, Reason.MIXED_RECIPIENTS) if can else strict
    return Decision(recipients=tuple(_decided(r, ruling_of(r)) for r in facts.envelope.recipients))


def _in_clear(outbound: Outbound, inspection: Inspection) -> Ruling | None:
    """What speaks against sending it unencrypted, strictest first; None if nothing does."""
    if inspection.level is Level.COMPLETED_RECORD:  # R4
        refuse = outbound.complete_records is CompleteRecords.REFUSE
        return Ruling(Treatment.REFUSED if refuse else Treatment.HELD, Reason.COMPLETED_RECORD)
    if inspection.level.value >= Level.PERSONAL.value:  # R2; R3 holds until values can be replaced
        refuse = outbound.without_certificate is WithoutCertificate.REFUSE
        return Ruling(Treatment.REFUSED if refuse else Treatment.HELD, Reason.NO_CERTIFICATE)
    if inspection.ambiguities:
        return Ruling(Treatment.HELD, Reason.AMBIGUOUS_MESSAGE)
    if inspection.unreadable and outbound.unreadable_attachments is not UnreadableAttachments.PASS:
        return Ruling(Treatment.HELD, Reason.UNREADABLE_CONTENT)
    return None


def _clean(settings: Settings, facts: Facts, inspection: Inspection) -> Ruling:
    if inspection.protection is Protection.SIGNED:
        return Ruling(Treatment.UNCHANGED, Reason.ALREADY_SIGNED)
    if not _may_sign(settings, facts):
        return Ruling(Treatment.UNCHANGED, Reason.SIGNING_OFF)
    if not facts.has_signing_key:
        return Ruling(Treatment.UNCHANGED, Reason.NO_SIGNING_KEY)
    return Ruling(Treatment.SIGNED, Reason.NO_PERSONAL_DATA)  # R5


def _signs(settings: Settings, facts: Facts, inspection: Inspection) -> bool:
    return _may_sign(settings, facts) and facts.has_signing_key and inspection.protection is not Protection.SIGNED


def _may_sign(settings: Settings, facts: Facts) -> bool:
    """One message goes to all: a partner who cannot take signatures spares the others theirs."""
    return all(outbound_for(settings, r).sign for r in facts.envelope.recipients)


def protected_fields(settings: Settings, inspection: Inspection) -> tuple[str, ...]:
    """Header fields an encrypted message must not show: those something was found in, the Subject as set."""
    found = {name for f in inspection.findings if (name := _field_of(f))}
    match settings.outbound.subject:
        case ProtectSubject.ALWAYS:
            found.add("subject")
        case ProtectSubject.NEVER:
            found.discard("subject")
    return tuple(sorted(found - _ROUTING))


def _field_of(finding: Finding) -> str:
    """The lower-case name of the message's header field it stands in; "" elsewhere."""
    return finding.where.removeprefix("header ").lower() if finding.where.startswith(("subject", "header ")) else ""


def for_everyone(facts: Facts, ruling: Ruling) -> Decision:
    return Decision(recipients=tuple(_decided(r, ruling) for r in facts.envelope.recipients))


def _decided(recipient: Recipient, ruling: Ruling) -> RecipientDecision:
    return RecipientDecision(recipient=recipient, treatment=ruling.treatment, reason=ruling.reason)

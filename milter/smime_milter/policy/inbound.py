"""Rules for mail that comes in: R1, R6, R9 and R12. Nothing here is ever refused for a fault of ours."""

from __future__ import annotations

from smime_milter.model.address import belongs_to
from smime_milter.model.decision import Decision, Mark, Reason, RecipientDecision, Treatment
from smime_milter.model.facts import Facts
from smime_milter.model.inspection import Inspection, Opening
from smime_milter.model.method import Method
from smime_milter.model.settings import ForeignSender, MethodPolicy, RefusedMethods, Settings
from smime_milter.model.signature import SignatureResult

_REASONS = {Method.PGP: Reason.METHOD_PGP, Method.CRYPTSHARE: Reason.METHOD_CRYPTSHARE,
            Method.FTAPI: Reason.METHOD_FTAPI, Method.SCP: Reason.METHOD_SCP}


def decide_inbound(settings: Settings, facts: Facts) -> Decision:
    inspection = facts.inspection
    if inspection is None:
        return _everyone(facts, Treatment.UNCHANGED, Reason.NOT_INSPECTED)
    refusal = _refusal(settings, inspection)
    if refusal is not None:
        return _everyone(facts, Treatment.REFUSED, refusal)
    opened = inspection.opening is Opening.OPENED
    return _everyone(
        facts, Treatment.DECRYPTED if opened else Treatment.UNCHANGED, Reason.OWN_KEY_FOUND if opened else Reason.DELIVERED,
        marks=_marks(settings, inspection), learn=learns_from(inspection))


def _refusal(settings: Settings, inspection: Inspection) -> Reason | None:
    if settings.inbound.claimed_own_sender is ForeignSender.REFUSE and claims_own_sender(settings, inspection):
        return Reason.CLAIMED_OWN_SENDER  # R1
    method = inspection.method
    if method is not None and policy_for(settings.inbound.refuse, method) is MethodPolicy.REFUSE:
        return _REASONS[method]  # R12
    return None


def claims_own_sender(settings: Settings, inspection: Inspection) -> bool:
    return any(belongs_to(a.domain, settings.organisation.domains) for a in inspection.authors)


def policy_for(policies: RefusedMethods, method: Method) -> MethodPolicy:
    policy: MethodPolicy = getattr(policies, method.value)
    return policy


def _marks(settings: Settings, inspection: Inspection) -> tuple[Mark, ...]:
    marks: list[Mark] = []
    if settings.inbound.claimed_own_sender is ForeignSender.MARK and claims_own_sender(settings, inspection):
        marks.append(Mark.CLAIMED_OWN_SENDER)
    if settings.inbound.claimed_own_sender is not ForeignSender.PASS and inspection.has_misleading_name:
        marks.append(Mark.MISLEADING_NAME)  # never refused: list servers write the names of others
    if inspection.method is not None and policy_for(settings.inbound.refuse, inspection.method) is MethodPolicy.MARK:
        marks.append(Mark(_REASONS[inspection.method].value))
    if inspection.opening not in (Opening.NOT_ENCRYPTED, Opening.NOT_TRIED, Opening.OPENED):
        marks.append(Mark.NOT_DECRYPTED)
    return tuple(marks)


def learns_from(inspection: Inspection) -> bool:
    """Rule H1: only from a verified mail that a person sent."""
    signature = inspection.signature
    return (signature is not None and signature.result is SignatureResult.PASS and bool(inspection.candidates)
            and not inspection.is_automatic)


def _everyone(facts: Facts, treatment: Treatment, reason: Reason, *, marks: tuple[Mark, ...] = (),
              learn: bool = False) -> Decision:
    return Decision(marks=marks, learn=learn, recipients=tuple(
        RecipientDecision(recipient=r, treatment=treatment, reason=reason) for r in facts.envelope.recipients))

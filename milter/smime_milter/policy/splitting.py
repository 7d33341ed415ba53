"""Which recipients of one message can share a copy, where every copy can be different."""

from __future__ import annotations

from dataclasses import replace

from smime_milter.model.decision import Decision, RecipientDecision, Treatment
from smime_milter.model.facts import Facts
from smime_milter.model.message import Recipient
from smime_milter.model.settings import Settings
from smime_milter.policy.algorithms import algorithms_for
from smime_milter.policy.outbound import decide_outbound

# Whoever can do with one of these can do with the stricter of them: that is no reason to split.
_ALIKE = frozenset({Treatment.UNCHANGED, Treatment.SIGNED})


def decide_split(settings: Settings, facts: Facts) -> Decision:
    """What each recipient would get if alone; `splits` if that is not one message for all."""
    parts = copies(settings, facts)
    if len(parts) == 1:
        return parts[0]
    decided = {d.recipient.given: d for part in parts for d in part.recipients}
    recipients = tuple(decided[r.given] for r in facts.envelope.recipients)
    return replace(parts[0], recipients=recipients, sign=False, protected_fields=(), splits=True)


def copies(settings: Settings, facts: Facts) -> tuple[Decision, ...]:
    """One decision for each message that has to be made; every recipient stands in one of them."""
    alone = [decide_outbound(settings, _only(facts, (r,))) for r in dict.fromkeys(facts.envelope.recipients)]
    if {decision.treatment for decision in alone} <= _ALIKE:
        return (decide_outbound(settings, facts),)
    groups: dict[object, list[Decision]] = {}
    for decision in alone:
        groups.setdefault(_shared(settings, facts, decision), []).append(decision)
    return tuple(replace(group[0], recipients=tuple(_recipients(group))) for group in groups.values())


def of_copy(facts: Facts, decision: Decision) -> Facts:
    """The same facts as if these had been the only recipients."""
    return _only(facts, tuple(d.recipient for d in decision.recipients))


def _only(facts: Facts, recipients: tuple[Recipient, ...]) -> Facts:
    return replace(facts, envelope=replace(facts.envelope, recipients=recipients))


def _recipients(group: list[Decision]) -> list[RecipientDecision]:
    return [recipient for decision in group for recipient in decision.recipients]


def _shared(settings: Settings, facts: Facts, decision: Decision) -> object:
    """What two recipients must have in common to get the same message."""
    recipient = decision.recipients[0].recipient
    is_hidden = facts.inspection is None or recipient.key not in facts.inspection.visible
    # One CMS shows every holder's certificate to all of them: a Bcc would be one no more.
    is_encrypted = decision.treatment is Treatment.ENCRYPTED
    alone = recipient.given if is_hidden and is_encrypted else ""
    # One message per group instead of the weakest that all of them take
    algorithms = algorithms_for(settings, facts, (recipient,)) if is_encrypted else None
    return decision.treatment, decision.sign, decision.protected_fields, alone, algorithms

"""The one entry to the policy."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from smime_milter.model.decision import Decision, Reason, Treatment
from smime_milter.model.facts import Facts
from smime_milter.model.inspection import Direction
from smime_milter.model.settings import Mode, Oversize, Settings
from smime_milter.policy.inbound import decide_inbound
from smime_milter.policy.outbound import Ruling, decide_outbound, for_everyone
from smime_milter.policy.splitting import decide_split


def decide(settings: Settings, facts: Facts) -> Decision:
    """Choose a treatment for every envelope recipient; pure, and complete for every kind of Facts."""
    match facts.direction:
        case Direction.OUTBOUND:
            return decide_split(settings, facts) if facts.can_split else decide_outbound(settings, facts)
        case Direction.INBOUND:
            return decide_inbound(settings, facts)
        case Direction.INTERNAL:
            return for_everyone(facts, Ruling(Treatment.UNCHANGED, Reason.INTERNAL))
        case Direction.RELAYED:
            return for_everyone(facts, Ruling(Treatment.UNCHANGED, Reason.RELAYED))
        case _:
            assert_never(facts.direction)


_OVERSIZE = {Oversize.TEMPFAIL: Treatment.TEMPFAIL, Oversize.REFUSE: Treatment.REFUSED, Oversize.HOLD: Treatment.HELD}


def decide_oversize(settings: Settings, facts: Facts) -> Decision:
    decision = for_everyone(facts, Ruling(_OVERSIZE[settings.milter.oversize], Reason.TOO_LARGE))
    return replace(decision, apply=facts.direction is not Direction.OUTBOUND or settings.outbound.mode is Mode.ENFORCE)

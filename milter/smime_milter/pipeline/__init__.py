"""The five steps of a message, in order: read `process` first.

    collect    SMTP events               -> Envelope, Message
    gather     Envelope, Message         -> Facts        asks the ports; nothing is changed
    decide     Settings, Facts           -> Decision     pure (package policy)
    transform  Decision, Message, Facts  -> Draft        the worker signs, encrypts
    settle     Message, Draft            -> Outcome      pure: reply, edits, held mail, journal entries

`finish` then does what the outcome says: stores, learns, writes the journal. `explain` leaves
that step out, and is otherwise the same program.
"""

from __future__ import annotations

from smime_milter.model.facts import Facts
from smime_milter.model.message import Envelope, Message
from smime_milter.model.outcome import Outcome
from smime_milter.model.settings import Settings
from smime_milter.pipeline.gather import gather
from smime_milter.pipeline.sealing import sealed, sealed_probe
from smime_milter.pipeline.settle import settle
from smime_milter.pipeline.tools import Tools
from smime_milter.pipeline.transform import Draft, transform
from smime_milter.policy.decide import decide, decide_oversize
from smime_milter.policy.direction import direction_of


def process(settings: Settings, envelope: Envelope, message: Message, tools: Tools) -> Outcome:
    """Decide one message without any lasting effect. Raises Unavailable where outbound mail must wait."""
    secret = tools.route.is_probe(message) if tools.route is not None else ""
    if secret:
        return sealed_probe(envelope, message, secret, tools)
    facts = gather(settings, envelope, message, tools)
    return _decided(settings, message, facts, tools)


def process_unchecked(settings: Settings, envelope: Envelope, message: Message, tools: Tools) -> Outcome:
    """What follows when nobody could look at the message: outbound waits, inbound passes marked "not checked"."""
    direction = direction_of(settings.organisation, envelope)
    return _decided(settings, message, Facts(envelope=envelope, direction=direction, inspection=None, size=message.size), tools)


def process_oversize(settings: Settings, envelope: Envelope, message: Message, tools: Tools) -> Outcome:
    """A message beyond `milter.message_size_limit`: the setting `oversize` decides, unread."""
    facts = Facts(envelope=envelope, direction=direction_of(settings.organisation, envelope), inspection=None, size=message.size)
    decision = decide_oversize(settings, facts)
    return settle(settings, message, Draft(), facts=facts, decision=decision, at=tools.clock.now(), trace=tools.new_trace())


def _decided(settings: Settings, message: Message, facts: Facts, tools: Tools) -> Outcome:
    decision = decide(settings, facts)
    if decision.splits and decision.apply:
        return sealed(message, facts, decision, tools)
    draft = transform(settings, decision, message, facts=facts, tools=tools)
    return settle(settings, message, draft, facts=facts, decision=decision, at=tools.clock.now(), trace=tools.new_trace())

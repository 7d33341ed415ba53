"""Ask the ports what the policy needs to know about a message; change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from smime_milter.certs.choosing import choose
from smime_milter.model.address import belongs_to
from smime_milter.model.certificate import Certificate, StoredCertificate
from smime_milter.model.errors import Unavailable
from smime_milter.model.facts import Facts, NoCertificate
from smime_milter.model.inspection import Direction, Inspection, Wanted
from smime_milter.model.keys import OwnKey
from smime_milter.model.message import Envelope, Message, Recipient
from smime_milter.model.outcome import Event, JournalEntry, Priority
from smime_milter.model.revocation import RevocationState, question_about
from smime_milter.model.settings import RevocationMode, Settings
from smime_milter.pipeline.entries import clean_queue_id
from smime_milter.pipeline.loop_mark import is_returning
from smime_milter.pipeline.tools import Tools
from smime_milter.policy.direction import direction_of, is_ours


def gather(settings: Settings, envelope: Envelope, message: Message, tools: Tools) -> Facts:
    """Everything `decide` looks at.

    Outbound, a port that does not answer raises Unavailable and the mail waits. Inbound it never
    does: the facts then say that nobody looked.
    """
    direction = direction_of(settings.organisation, envelope)
    match direction:
        case Direction.OUTBOUND:
            return gather_outbound(settings, envelope, message, tools)
        case Direction.INBOUND:
            inspection = _inspected_if_possible(settings, envelope, message, tools)
            return Facts(envelope=envelope, direction=direction, inspection=inspection, size=message.size)
        case _:
            return Facts(envelope=envelope, direction=direction, inspection=None, size=message.size)


def gather_outbound(settings: Settings, envelope: Envelope, message: Message, tools: Tools) -> Facts:
    """The facts of a message that is known to go out."""
    now = tools.clock.now()
    wanted = Wanted(scan=True, verify=False, decrypt=False, exempt=_correspondents(envelope), at=int(now.timestamp()))
    inspection = tools.inspector.inspect(envelope, message, wanted)
    outside = {r.key: r for r in envelope.recipients if not is_ours(settings.organisation, r)}
    known = {key: _candidates(recipient, tools) for key, recipient in outside.items()}
    return Facts(
        envelope=envelope, direction=Direction.OUTBOUND, inspection=inspection, size=message.size,
        certificates={key: choose(candidates, key, now, unsure=_unsure(settings, candidates, tools))
                      for key, candidates in known.items()},
        announced={c.certificate.sha256: c.capabilities for found in known.values() for c in found if c.capabilities},
        has_signing_key=signing_key(settings, inspection, now, tools=tools) is not None,
        can_split=tools.route is not None and tools.route.is_proven, is_returning=is_returning(envelope, message, tools))


def certificate_for(settings: Settings, recipient: Recipient, at: datetime, *,
                    tools: Tools) -> tuple[Certificate, ...] | NoCertificate:
    candidates = _candidates(recipient, tools)
    return choose(candidates, recipient.key, at, unsure=_unsure(settings, candidates, tools))


def _unsure(settings: Settings, candidates: Sequence[StoredCertificate], tools: Tools) -> frozenset[str]:
    """In mode hard: those whose issuer's word is missing, or too old."""
    if settings.certificates.revocation.mode is not RevocationMode.HARD or not candidates:
        return frozenset()
    states = tools.states([question_about(c.certificate) for c in candidates])
    return frozenset(c.certificate.sha256 for c, state in zip(candidates, states) if state is RevocationState.UNKNOWN)


def _candidates(recipient: Recipient, tools: Tools) -> Sequence[StoredCertificate]:
    if recipient.address is None:
        return ()
    return tools.certificates.certificates_for(recipient.key, recipient.address.domain_key)


def signing_key(settings: Settings, inspection: Inspection | None, at: datetime, *, tools: Tools) -> OwnKey | None:
    """The key of the one author, else of its domain; never for an author who is not ours."""
    if inspection is None or len(inspection.authors) != 1:
        return None
    author = inspection.authors[0]
    if not author.address or not belongs_to(author.domain, settings.organisation.domains):
        return None
    return tools.keys.signer_for(author.address, at)


def _inspected_if_possible(settings: Settings, envelope: Envelope, message: Message, tools: Tools) -> Inspection | None:
    wanted = Wanted(scan=False, verify=True, decrypt=settings.inbound.decrypt, at=int(tools.clock.now().timestamp()))
    try:
        return tools.inspector.inspect(envelope, message, wanted)
    except Unavailable as error:
        tools.journal.record(JournalEntry(
            event=Event.NOT_INSPECTED, text=f"inbound mail passes unchecked: {error}", priority=Priority.NEEDS_A_LOOK,
            fields={"QUEUE_ID": clean_queue_id(envelope.queue_id), "WHAT": error.what}))
        return None


def _correspondents(envelope: Envelope) -> tuple[str, ...]:
    addresses = [envelope.sender] + [r.address for r in envelope.recipients]
    return tuple(a.key for a in addresses if a is not None)

"""Work out who is told what about a message: nothing is sent here, and nobody is told who did not ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from smime_milter.model.address import EmailAddress, belongs_to
from smime_milter.model.certificate import Unfit
from smime_milter.model.decision import Decision, Reason, RecipientDecision, Treatment
from smime_milter.model.facts import Facts, NoCertificate
from smime_milter.model.held import lacks_key
from smime_milter.model.inspection import Direction
from smime_milter.model.message import Message
from smime_milter.model.method import Method
from smime_milter.model.notice import Notice
from smime_milter.model.outcome import HeldMail, Lesson
from smime_milter.model.settings import Settings
from smime_milter.model.signature import SignatureResult
from smime_milter.notices.cases.completed_record import CompletedRecord
from smime_milter.notices.cases.first_certificate import FirstCertificate
from smime_milter.notices.cases.foreign_sender import ForeignSender
from smime_milter.notices.cases.found import found_of
from smime_milter.notices.cases.held_for_key import HeldForKey
from smime_milter.notices.cases.held_for_person import HeldForPerson
from smime_milter.notices.cases.invitation import Invitation
from smime_milter.notices.cases.refused import Refused
from smime_milter.notices.cases.refused_method import RefusedMethod
from smime_milter.notices.cases.unreadable_attachment import UnreadableAttachment
from smime_milter.notices.telling import masked, may_be_told, own_subject, written
from smime_milter.policy.direction import is_our_client, is_ours

_METHODS = {Reason.METHOD_PGP: Method.PGP, Reason.METHOD_CRYPTSHARE: Method.CRYPTSHARE, Reason.METHOD_FTAPI: Method.FTAPI,
            Reason.METHOD_SCP: Method.SCP}
_SENT_AGAIN = timedelta(days=1)      # a program that got 550 tries the same mail every minute
_ONCE_A_WEEK = timedelta(days=7)
_ONCE = timedelta(days=3650)
_MOST_INVITATIONS = 20               # for one mail


def is_telling(settings: Settings) -> bool:
    """Whether notices are sent at all."""
    return settings.notices.enabled and bool(settings.notices.postmaster)


def of_held(settings: Settings, message: Message, facts: Facts, *, decision: Decision, mail: HeldMail) -> tuple[Notice, ...]:
    """Tell the sender that it waits, and ask the partners for a signed mail; both only for a mail that a client of ours sent."""
    if not _answers(settings, message, facts) or not mail.is_from_us:
        return ()
    return (_held(message, facts, decision, mail), *_invitations(settings, facts, decision))


def _answers(settings: Settings, message: Message, facts: Facts) -> bool:
    is_automatic = facts.inspection is not None and facts.inspection.is_automatic
    return is_telling(settings) and not is_automatic and may_be_told(facts.envelope.sender, message.fields)


def _held(message: Message, facts: Facts, decision: Decision, mail: HeldMail) -> Notice:
    reason = main_reason(tuple(r.reason for r in decision.recipients))
    is_for_key = any(lacks_key(r.reason) for r in decision.recipients)
    case = _case_of(reason) if is_for_key else HeldForPerson
    values = case(
        recipients=tuple(masked(given) for given in mail.recipients), reason=reason,
        found=found_of(facts.inspection.findings if facts.inspection else ()), deadline=mail.deadline)
    return _to_sender(message, facts, values)


def main_reason(reasons: tuple[Reason, ...]) -> Reason:
    """The one worth telling: not that of a recipient who only waits because of the others."""
    return next((reason for reason in reasons if reason is not Reason.MIXED_RECIPIENTS), Reason.MIXED_RECIPIENTS)


def _case_of(reason: Reason) -> Any:
    match reason:
        case Reason.COMPLETED_RECORD:
            return CompletedRecord
        case Reason.UNREADABLE_CONTENT:
            return UnreadableAttachment
        case _:
            return HeldForKey


def _to_sender(message: Message, facts: Facts, values: Any, **more: Any) -> Notice:
    is_inside = facts.direction in (Direction.OUTBOUND, Direction.INTERNAL)
    findings = facts.inspection.findings if facts.inspection and is_inside else None
    return Notice(
        case=values.NAME, to=facts.envelope.sender_given, values=written(values), subject=own_subject(message.fields, findings),
        in_reply_to=facts.inspection.message_id if facts.inspection else "", **more)


def _invitations(settings: Settings, facts: Facts, decision: Decision) -> Iterator[Notice]:
    asked = [r for r in decision.recipients if _is_to_be_asked(settings, facts, r)]
    for decided in asked[:_MOST_INVITATIONS]:
        values = Invitation(page=settings.notices.page)
        yield Notice(case=values.NAME, to=decided.recipient.given, values=written(values), once=decided.recipient.key,
                     once_for=_ONCE_A_WEEK)


def _is_to_be_asked(settings: Settings, facts: Facts, decided: RecipientDecision) -> bool:
    """Outside, without a certificate, and not one whose certificate is only waiting for its day."""
    recipient = decided.recipient
    if not lacks_key(decided.reason) or is_ours(settings.organisation, recipient) or not may_be_told(recipient.address, ()):
        return False
    found = facts.certificates.get(recipient.key)
    return isinstance(found, NoCertificate) and Unfit.NOT_YET_USABLE not in found.refused.values()


def of_refused(settings: Settings, message: Message, facts: Facts, *, decision: Decision, key: str) -> tuple[Notice, ...]:
    """Tell more than the SMTP reply can, but only who is known: one of us, or a partner whose signature is good."""
    if decision.treatment is not Treatment.REFUSED or not _answers(settings, message, facts):
        return ()
    if is_our_client(settings.organisation, facts.envelope.client):
        return _refused_to_us(settings, message, facts, decision=decision, key=key)
    return _refused_to_partner(settings, message, facts, decision)


def _refused_to_us(settings: Settings, message: Message, facts: Facts, *, decision: Decision, key: str) -> tuple[Notice, ...]:
    if not is_inside(settings, facts.envelope.sender):
        return ()
    reason = main_reason(tuple(r.reason for r in decision.recipients))
    values: Any = ForeignSender(reason=reason) if reason is Reason.FOREIGN_SENDER else Refused(
        recipients=tuple(masked(r.recipient.given) for r in decision.recipients), reason=reason,
        found=found_of(facts.inspection.findings if facts.inspection else ()))
    return (_to_sender(message, facts, values, once=key, once_for=_SENT_AGAIN),)


def _refused_to_partner(settings: Settings, message: Message, facts: Facts, decision: Decision) -> tuple[Notice, ...]:
    method = _METHODS.get(decision.reason)
    sender, inspection = facts.envelope.sender, facts.inspection
    if method is None or sender is None or inspection is None or inspection.signature is None:
        return ()
    is_proven = inspection.signature.result is SignatureResult.PASS and [a.address for a in inspection.authors] == [sender.key]
    if not is_proven:
        return ()
    values = RefusedMethod(method=method, page=settings.notices.page)
    return (_to_sender(message, facts, values, once=f"{method.value} {sender.key}", once_for=_ONCE_A_WEEK),)


def of_learned(settings: Settings, message: Message, facts: Facts, *, lesson: Lesson, usable: datetime) -> tuple[Notice, ...]:
    """Thank a partner for their first certificate, once; nothing is learned from a mail whose signature is not good."""
    if facts.direction is not Direction.INBOUND or not _answers(settings, message, facts):
        return ()
    values = FirstCertificate(usable_from=usable, valid_until=lesson.certificate.not_after)
    return (Notice(case=values.NAME, to=lesson.address, values=written(values), in_reply_to=lesson.message_id,
                   once=lesson.address, once_for=_ONCE),)


def is_inside(settings: Settings, address: EmailAddress | None) -> bool:
    return address is not None and belongs_to(address.domain, settings.organisation.domains)

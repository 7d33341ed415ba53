"""Work out everything that follows from a decision: reply, edits, what is kept, learned and written down."""

from __future__ import annotations

from datetime import datetime

from smime_milter.certs.working_days import after_working_days
from smime_milter.mime.fields import encode_text, field
from smime_milter.mime.seven_bit import mime_fields
from smime_milter.model.decision import Decision, Treatment
from smime_milter.model.facts import Facts
from smime_milter.model.inspection import Direction, Inspection
from smime_milter.model.message import HeaderField, Message
from smime_milter.model.notice import Notice
from smime_milter.model.outcome import EditPlan, HeldMail, Lesson, Outcome
from smime_milter.model.own_names import AUTHENTICATION_RESULTS, is_own_name
from smime_milter.model.reply import ACCEPT, TAKE, Reply
from smime_milter.model.settings import Settings
from smime_milter.notices.replies import later, refusal
from smime_milter.pipeline.content_key import content_key
from smime_milter.pipeline.entries import decision_entries, findings_text
from smime_milter.pipeline.notifying import of_held, of_refused
from smime_milter.pipeline.result_fields import result_fields, signature_of
from smime_milter.pipeline.transform import Draft
from smime_milter.policy.direction import is_our_client

# RFC 9788 §3.2.1: the baseline text for an outer Subject that says nothing
_NEUTRAL_SUBJECT = "[...]"


def settle(settings: Settings, message: Message, draft: Draft, *, facts: Facts, decision: Decision, at: datetime,
           trace: str) -> Outcome:
    reply = _reply(decision, trace)
    leaves = decision.apply and reply is ACCEPT
    held = _held(settings, message, facts, decision=decision, at=at) if reply is TAKE else None
    return Outcome(
        facts=facts, message=message, decision=decision, reply=reply,
        plan=_plan(settings, message, draft, facts=facts, decision=decision) if leaves else EditPlan(),
        held=held, notices=_notices(settings, message, facts, decision=decision, held=held),
        lessons=_lessons(facts) if decision.learn else (),
        entries=decision_entries(facts, decision, trace))


def _reply(decision: Decision, trace: str) -> Reply:
    if not decision.apply:
        return ACCEPT
    match decision.treatment:
        case Treatment.TEMPFAIL:
            return later(trace)
        case Treatment.REFUSED:
            return refusal(decision.reason, trace)
        case Treatment.HELD:
            return TAKE
        case _:
            return ACCEPT


def _plan(settings: Settings, message: Message, draft: Draft, *, facts: Facts, decision: Decision) -> EditPlan:
    own = {n for n, f in enumerate(message.fields) if is_own_name(f.name)}
    if facts.direction is Direction.INBOUND:
        return _inbound_plan(settings, message, draft, facts=facts, decision=decision, remove=own)
    if draft.built is None:
        return EditPlan(remove=_ordered(own))
    remove, append = own | set(mime_fields(message)), draft.built.fields
    for name in decision.protected_fields:
        remove |= _named(message, name.encode("ascii"))
    if "subject" in decision.protected_fields:
        append = (field("Subject", _NEUTRAL_SUBJECT), *append)
    return EditPlan(remove=_ordered(remove), append=append, body=draft.built.body)


def _inbound_plan(settings: Settings, message: Message, draft: Draft, *, facts: Facts, decision: Decision,
                  remove: set[int]) -> EditPlan:
    inspection = facts.inspection
    # Nobody looked: then no result that somebody else wrote may stand beside our "not checked".
    forged = inspection.forged_fields if inspection else _named(message, AUTHENTICATION_RESULTS.lower().encode("ascii"))
    remove = remove | set(forged)
    signature = signature_of(inspection)
    append: tuple[HeaderField, ...] = ()
    inner = inspection.protected_subject if inspection and draft.opened and settings.inbound.restore_subject else None
    subject = _subject(message, inspection, settings.inbound.subject_marks.get(signature.result.value, ""), inner=inner)
    if subject is not None:
        remove |= _named(message, b"subject")
        append += (subject,)
    if draft.opened is not None:
        remove |= set(mime_fields(message))
        append += (HeaderField(b"MIME-Version", b" 1.0"), *draft.opened.fields)
    return EditPlan(
        remove=_ordered(remove), append=append, body=draft.opened.body if draft.opened else None,
        prepend=result_fields(signature, decision, authserv_id(settings, facts.envelope.mta)))


def authserv_id(settings: Settings, mta: str) -> str:
    """Our name in Authentication-Results: the setting, else the MTA's own name. RFC 8601 §2.5"""
    return settings.organisation.authserv_id or mta or settings.organisation.domains[0].lstrip(".")


def _subject(message: Message, inspection: Inspection | None, mark: str, *, inner: str | None) -> HeaderField | None:
    """The Subject, or what was inside, with our mark and without marks somebody else put there; None if it stays as it is."""
    cleaned = inspection.clean_subject if inspection and inner is None else inner
    if not mark and cleaned is None:
        return None
    old = next((f.value.lstrip() for f in message.fields if f.key == b"subject"), b"")
    words = [encode_text(mark).encode("ascii")] if mark else []
    return HeaderField(b"Subject", b" " + b" ".join([*words, old if cleaned is None else cleaned.encode("ascii")]))


def _named(message: Message, key: bytes) -> set[int]:
    return {n for n, f in enumerate(message.fields) if f.key == key}


def _ordered(indexes: set[int]) -> tuple[int, ...]:
    return tuple(sorted(indexes))


def _notices(settings: Settings, message: Message, facts: Facts, *, decision: Decision,
             held: HeldMail | None) -> tuple[Notice, ...]:
    if held is not None:
        return of_held(settings, message, facts, decision=decision, mail=held)
    return of_refused(settings, message, facts, decision=decision, key=_content_key(message, facts)) if decision.apply else ()


def _held(settings: Settings, message: Message, facts: Facts, *, decision: Decision, at: datetime) -> HeldMail:
    envelope = facts.envelope
    deadline = after_working_days(at, settings.outbound.held_deadline, holidays=settings.certificates.holidays)
    return HeldMail(
        key=_content_key(message, facts), sender=envelope.sender_given, recipients=tuple(r.given for r in envelope.recipients),
        reason=decision.reason, raw=message.raw, message_id=facts.inspection.message_id if facts.inspection else "",
        findings=findings_text(facts.inspection), received_at=at, client=envelope.client.address,
        reasons=tuple(r.reason for r in decision.recipients), deadline=deadline,
        is_from_us=is_our_client(settings.organisation, envelope.client))


def _content_key(message: Message, facts: Facts) -> str:
    return content_key(facts.envelope.sender_given, (r.given for r in facts.envelope.recipients), message)


def _lessons(facts: Facts) -> tuple[Lesson, ...]:
    inspection = facts.inspection
    if inspection is None or not inspection.authors:
        return ()
    author = inspection.authors[0].address
    # Rule H2: for the author's address only, whatever else the certificate names.
    return tuple(Lesson(certificate=c, address=author, message_id=inspection.message_id, intermediates=inspection.intermediates,
                        capabilities=inspection.capabilities, signed_at=inspection.signed_at)
                 for c in inspection.candidates if author in c.addresses)

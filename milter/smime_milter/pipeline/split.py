"""Hand out a sealed message: every recipient gets the copy that is right for them, once, and an answer of their own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from email.utils import format_datetime

from smime_milter.mime.fields import field as header_field
from smime_milter.model.decision import Decision
from smime_milter.model.errors import Unavailable
from smime_milter.model.facts import Facts
from smime_milter.model.message import HeaderField, Message
from smime_milter.model.outcome import Event, JournalEntry, Outcome, Priority
from smime_milter.model.reply import Reply, Verdict
from smime_milter.model.sealed import DeliveryOptions, Forwarded, ReceiptState
from smime_milter.model.settings import Settings
from smime_milter.model.spool import Spool
from smime_milter.notices.replies import later
from smime_milter.pipeline.content_key import content_key
from smime_milter.pipeline.edited import edited
from smime_milter.pipeline.finish import keep, write_down
from smime_milter.pipeline.gather import gather_outbound
from smime_milter.pipeline.loop_mark import loop_mark
from smime_milter.pipeline.sealing import Context, Unsealed, envelope_of, open_sealed
from smime_milter.pipeline.settle import settle
from smime_milter.pipeline.tools import Tools
from smime_milter.pipeline.transform import transform
from smime_milter.policy.splitting import copies, of_copy
from smime_milter.ports import Receipts, Sealer, Submit

DONE = Reply(verdict=Verdict.ACCEPT, code="250", status="2.0.0", lines=("Done",))
_ATTEMPTS = 3    # to write down what cannot be taken back
Replies = dict[str, Reply]


class Turns:
    """One at a time for each message: the same mail may come twice at the same moment."""

    def __init__(self) -> None:
        self._busy: set[str] = set()
        self._free = threading.Condition()

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:
        with self._free:
            self._free.wait_for(lambda: key not in self._busy)
            self._busy.add(key)
        try:
            yield
        finally:
            with self._free:
                self._busy.discard(key)
                self._free.notify_all()


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the splitter needs besides the tools; `turns` is shared by all messages."""

    sealer: Sealer
    receipts: Receipts
    submit: Submit
    turns: Turns = field(default_factory=Turns)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One transaction. `keys` has an entry for every recipient."""

    settings: Settings
    forwarded: Forwarded
    unsealed: Unsealed
    message: Message
    keys: dict[str, str]
    tools: Tools
    means: Means


def hand_out(settings: Settings, forwarded: Forwarded, tools: Tools, means: Means) -> tuple[Reply, ...]:
    """One reply for each recipient, in their order. What is answered 250 is with the MTA or in the store, and written down.

    Raises Unavailable if nothing was done for anybody.
    """
    unsealed = open_sealed(forwarded.content, means.sealer)
    context = unsealed.context
    if context.probe:
        return _arrived(forwarded, context, tools)
    content = content_key(context.sender, (), unsealed.message)
    keys = {given: means.sealer.token(f"copy {content} {given}") for given in forwarded.recipients}
    job = _Job(settings=settings, forwarded=forwarded, unsealed=unsealed, message=_completed(unsealed, content, means.sealer),
               keys=keys, tools=tools, means=means)
    with means.turns.alone(content):
        replies = _settled(job)
    return tuple(replies[given] for given in forwarded.recipients)


def _arrived(forwarded: Forwarded, context: Context, tools: Tools) -> tuple[Reply, ...]:
    if tools.route is not None:
        tools.route.arrived(context.probe)
    return (DONE,) * len(forwarded.recipients)


def _settled(job: _Job) -> Replies:
    known = job.means.receipts.known(list(job.keys.values()))
    waiting = [given for given, key in job.keys.items() if known.get(key) is not ReceiptState.DONE]
    replies = dict.fromkeys(job.keys, DONE)
    if waiting:
        facts = _facts(job, waiting)
        doubtful = {given for given in waiting if known.get(job.keys[given]) is ReceiptState.BEGUN}
        for decision in copies(job.settings, facts):
            replies |= _copy(job, decision, of_copy(facts, decision), doubtful=doubtful)
    return replies


def _facts(job: _Job, waiting: Sequence[str]) -> Facts:
    """Of the whole message, as its sender wrote it; then of those recipients who still wait."""
    context = job.unsealed.context
    everybody = dict.fromkeys([*context.recipients, *job.keys])
    facts = gather_outbound(job.settings, envelope_of(context, everybody), job.message, job.tools)
    return replace(facts, envelope=envelope_of(context, waiting), can_split=True)


def _copy(job: _Job, decision: Decision, facts: Facts, *, doubtful: set[str]) -> Replies:
    """One copy; what goes wrong with it is no concern of the others."""
    given = [d.recipient.given for d in decision.recipients]
    try:
        outcome = outcome_of(job.settings, job.message, decision, facts=facts, tools=job.tools)
        reply = _carried_out(job, outcome, given, is_doubtful=not doubtful.isdisjoint(given))
    except Unavailable as error:
        job.tools.journal.record(_put_off(job, error))
        reply = later()
    return dict.fromkeys(given, reply)


def outcome_of(settings: Settings, message: Message, decision: Decision, *, facts: Facts, tools: Tools) -> Outcome:
    """What becomes of one copy; nothing is done yet."""
    draft = transform(settings, decision, message, facts=facts, tools=tools)
    return settle(settings, message, draft, facts=facts, decision=decision, at=tools.clock.now(), trace=tools.new_trace())


def previewed(settings: Settings, message: Message, facts: Facts, tools: Tools) -> tuple[Outcome, ...]:
    """What would become of each copy of a message that splits."""
    return tuple(outcome_of(settings, message, decision, facts=of_copy(facts, decision), tools=tools)
                 for decision in copies(settings, facts))


def _carried_out(job: _Job, outcome: Outcome, given: list[str], *, is_doubtful: bool) -> Reply:
    reference = ""
    match outcome.reply.verdict:
        case Verdict.ACCEPT:
            _send(job, outcome, given, is_doubtful=is_doubtful)
        case Verdict.TAKE:
            reference = keep(outcome, job.tools)
        case Verdict.TEMPFAIL:
            return outcome.reply
    if outcome.reply.verdict is not Verdict.REJECT:
        _write_receipt(job, outcome, given)
    write_down(job.settings, outcome, job.tools, reference=reference)
    return outcome.reply if outcome.reply.verdict is Verdict.REJECT else DONE


def _send(job: _Job, outcome: Outcome, given: list[str], *, is_doubtful: bool) -> None:
    raw = edited(job.message, _with_marks(job, outcome, given).plan)
    if is_doubtful:
        job.tools.journal.record(_repeated(job, outcome))
    job.means.receipts.begin([job.keys[one] for one in given])
    job.means.submit.submit(job.unsealed.context.sender, given, raw, _options(job, given))


def _write_receipt(job: _Job, outcome: Outcome, given: list[str]) -> None:
    """What was handed over cannot be taken back: a store that fails now must not make the MTA hand it over again."""
    for _ in range(_ATTEMPTS):
        with suppress(Unavailable):
            return job.means.receipts.finish([job.keys[one] for one in given], outcome.decision.treatment.value)
    job.tools.journal.record(JournalEntry(
        event=Event.FAILED_CLOSED, text="a copy was handed over, but the store did not take the receipt",
        priority=Priority.FAILED_CLOSED, fields={"QUEUE_ID": job.unsealed.context.queue_id, "WHAT": "store"}))


def _with_marks(job: _Job, outcome: Outcome, given: list[str]) -> Outcome:
    """The trace of the way here on top, and our mark at the end."""
    plan = outcome.plan
    mark = loop_mark(job.unsealed.context.sender, given, job.message, job.means.sealer)
    return replace(outcome, plan=replace(plan, prepend=(*job.unsealed.trace, *plan.prepend), append=(*plan.append, mark)))


def _completed(unsealed: Unsealed, content: str, sealer: Sealer) -> Message:
    """With Message-ID and Date, if the client left them out: the MTA would give each copy one of its own."""
    message, context = unsealed.message, unsealed.context
    there = {f.key for f in message.fields}
    missing: list[HeaderField] = []
    if b"message-id" not in there:
        missing.append(header_field("Message-ID", f"<{sealer.token(content)[:32]}@smime-milter.invalid>"))
    if b"date" not in there:
        missing.append(header_field("Date", format_datetime(context.sealed_at)))
    return _with_fields(message, tuple(missing)) if missing else message


def _with_fields(message: Message, fields: tuple[HeaderField, ...]) -> Message:
    raw = Spool()
    head = b"".join(f.line() for f in fields)
    raw.write(head)
    for chunk in message.raw.chunks():
        raw.write(chunk)
    return Message(fields=fields + message.fields, raw=raw, body_at=message.body_at + len(head))


def _options(job: _Job, given: list[str]) -> DeliveryOptions:
    """The sender's own wishes for each recipient; the MTA's notices show header fields only, whatever he asked for."""
    options = job.forwarded.options
    kept = tuple(o for o in options.mail if not o.upper().startswith(("RET=", "SIZE=", "BODY=")) and o.upper() != "SMTPUTF8")
    wide = any(o.upper() == "SMTPUTF8" for o in (*options.mail, *job.unsealed.context.parameters))
    return DeliveryOptions(
        mail=("RET=HDRS", *kept, *(("SMTPUTF8",) if wide else ())),
        recipients={one: options.recipients[one] for one in given if one in options.recipients})


def _put_off(job: _Job, error: Unavailable) -> JournalEntry:
    return JournalEntry(event=Event.FAILED_CLOSED, text=f"a copy was put off: {error}", priority=Priority.FAILED_CLOSED,
                        fields={"QUEUE_ID": job.unsealed.context.queue_id, "WHAT": error.what})


def _repeated(job: _Job, outcome: Outcome) -> JournalEntry:
    return JournalEntry(
        event=Event.COPY_REPEATED, text="a copy may have been handed over before: we were interrupted, and hand it over again",
        priority=Priority.NEEDS_A_LOOK, fields={"QUEUE_ID": job.unsealed.context.queue_id, "RECIPIENTS": str(
            len(outcome.decision.recipients))}, addresses={"SENDER": job.unsealed.context.sender})

"""Send a message sealed through the MTA's queue to our splitter, and take it out of its seal there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from smime_milter.mime.fields import field
from smime_milter.model.address import parse_address
from smime_milter.model.decision import Decision, Reason, RecipientDecision, Treatment
from smime_milter.model.errors import Unavailable
from smime_milter.model.facts import Facts
from smime_milter.model.inspection import Direction
from smime_milter.model.message import Client, Envelope, HeaderField, Message, Recipient
from smime_milter.model.outcome import EditPlan, Event, JournalEntry, Outcome
from smime_milter.model.own_names import SEALED
from smime_milter.model.reply import ACCEPT
from smime_milter.model.spool import Spool
from smime_milter.pipeline.entries import clean_queue_id
from smime_milter.pipeline.tools import Tools
from smime_milter.ports import Sealer

# By these the sender knows his mail again in a notice of the MTA, and the MTA's log names it; unless something was found in them.
_STAYING = ("date", "from", "message-id")
_FIELDS = (field("Subject", "[...]"), field("MIME-Version", "1.0"), field("Content-Type", "application/octet-stream"),
           field("Content-Transfer-Encoding", "base64"))
_END_OF_SECTION = re.compile(rb"(?:\A|\r\n)\r\n")
_BETWEEN_FIELDS = re.compile(rb"\r\n(?![ \t])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known of a message besides its bytes. `probe` is the secret of a test message of ours."""

    sender: str
    recipients: tuple[str, ...]
    client: Client
    queue_id: str
    mta: str
    parameters: tuple[str, ...]
    body_at: int
    sealed_at: datetime
    probe: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsealed:
    """What was sealed, and the trace fields that the MTA has put on top meanwhile."""

    context: Context
    message: Message
    trace: tuple[HeaderField, ...]


def sealed(message: Message, facts: Facts, decision: Decision, tools: Tools, *, probe: str = "") -> Outcome:
    """The message as it travels to the splitter, for all recipients. Nothing of it can be read on the way."""
    if tools.sealer is None:
        raise Unavailable("splitter")
    closed = tools.sealer.seal(_written(facts, message, tools.clock.now(), probe=probe), message.raw)
    telling = {f.where.removeprefix("header ").lower() for f in (facts.inspection.findings if facts.inspection else ())}
    stays = {name.encode("ascii") for name in _STAYING if name not in telling}
    remove = tuple(n for n, f in enumerate(message.fields) if f.key not in stays)
    append = (*_FIELDS, field(SEALED, closed.mark))
    plan = EditPlan(remove=remove, append=append, body=closed.body, sender=_sender(facts.envelope))
    return Outcome(facts=facts, message=message, decision=decision, reply=ACCEPT, plan=plan, entries=() if probe else (
        _entry(facts, decision, tools.new_trace()),))


def sealed_probe(envelope: Envelope, message: Message, secret: str, tools: Tools) -> Outcome:
    """The test message that proves the way to the splitter; it says nothing and nobody gets it."""
    decision = Decision(splits=True, recipients=tuple(
        RecipientDecision(recipient=r, treatment=Treatment.UNCHANGED, reason=Reason.INTERNAL) for r in envelope.recipients))
    facts = Facts(envelope=envelope, direction=Direction.INTERNAL, inspection=None, size=message.size)
    return sealed(message, facts, decision, tools, probe=secret)


def open_sealed(content: Spool, sealer: Sealer) -> Unsealed:
    """Raises Unavailable for what this gateway did not seal, and for what was altered since."""
    octets = content.octets()
    end = _END_OF_SECTION.search(octets)
    if end is None:
        raise Unavailable("splitter", "a message without a body")
    outside = fields_of(octets[: end.end()])
    marks = [f.value.decode("ascii", "replace").strip() for f in outside if f.key == SEALED.lower().encode("ascii")]
    if len(marks) != 1:
        raise Unavailable("splitter", "a message that was not sealed")
    written, raw = sealer.open(marks[0], content, end.end())
    context = _read(written)
    message = Message(fields=fields_of(raw.octets()[: context.body_at]), raw=raw, body_at=context.body_at)
    return Unsealed(context=context, message=message, trace=tuple(f for f in outside if f.key == b"received"))


def envelope_of(context: Context, recipients: Iterable[str]) -> Envelope:
    """The client's transaction, with the recipients the MTA made of it."""
    return Envelope(
        sender=parse_address(context.sender), sender_given=context.sender,
        recipients=tuple(Recipient(given, parse_address(given)) for given in recipients), client=context.client,
        queue_id=context.queue_id, mta=context.mta, parameters=context.parameters)


def fields_of(section: bytes) -> tuple[HeaderField, ...]:
    """The header fields of a section with CRLF that an MTA or we have written."""
    lines = (line.partition(b":") for line in _BETWEEN_FIELDS.split(section))
    return tuple(HeaderField(name, value) for name, colon, value in lines if colon)


def _sender(envelope: Envelope) -> tuple[str, str]:
    """The sender with what he asked for; but notices of the MTA show header fields only: the body is of no use to anybody."""
    kept = [p for p in envelope.parameters if not p.upper().startswith(("RET=", "SIZE=", "BODY=", "AUTH="))]
    return envelope.sender_given, " ".join(["RET=HDRS", *kept])


def _written(facts: Facts, message: Message, at: datetime, *, probe: str) -> bytes:
    envelope = facts.envelope
    client = {name: value for name, value in asdict(envelope.client).items() if name != "tls"}
    return json.dumps({
        "sender": envelope.sender_given, "recipients": [r.given for r in envelope.recipients], "client": client,
        "queue_id": envelope.queue_id, "mta": envelope.mta, "parameters": envelope.parameters, "body_at": message.body_at,
        "sealed_at": at.isoformat(), "probe": probe}).encode("ascii")


def _read(written: bytes) -> Context:
    found: dict[str, Any] = json.loads(written)
    read: dict[str, Any] = {"client": Client(**found["client"]), "sealed_at": datetime.fromisoformat(found["sealed_at"]),
                            "recipients": tuple(found["recipients"]), "parameters": tuple(found["parameters"])}
    return Context(**(found | read))


def _entry(facts: Facts, decision: Decision, trace: str) -> JournalEntry:
    """One record for the message; each recipient's decision is written down where it is carried out."""
    kinds = sorted({r.treatment.value for r in decision.recipients})
    return JournalEntry(
        event=Event.SEALED, text="recipients need different treatment: sealed for the splitter",
        fields={"TRACE": trace, "QUEUE_ID": clean_queue_id(facts.envelope.queue_id), "SIZE": str(facts.size),
                "RECIPIENTS": str(len(decision.recipients)), "TREATMENTS": ",".join(kinds)},
        addresses={"SENDER": facts.envelope.sender_given})

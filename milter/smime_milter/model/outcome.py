"""The one result of processing a message: reply, edits, what is stored, what is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from smime_milter.model.certificate import Certificate
from smime_milter.model.decision import Decision, Reason
from smime_milter.model.facts import Facts
from smime_milter.model.message import HeaderField, Message
from smime_milter.model.notice import Notice
from smime_milter.model.reply import Reply
from smime_milter.model.spool import Spool


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPlan:
    """How the MTA's copy becomes what leaves.

    Applied in one order: body in one go, then removals from the last field to the first, then
    insertions at the top (in the order given), then appended fields. `remove` are indexes into
    the message's fields. `sender`, with its parameters, is the envelope sender said once more: the
    MTA forgets what the client asked for with it.
    """

    remove: tuple[int, ...] = ()
    prepend: tuple[HeaderField, ...] = ()
    append: tuple[HeaderField, ...] = ()
    body: Spool | None = None
    sender: tuple[str, str] | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.remove or self.prepend or self.append) and self.body is None


class Event(Enum):
    """The closed list of journal records; every name has its MESSAGE_ID in `adapters.journal`."""

    DECISION = "decision"
    TLS_INBOUND = "tls.inbound"
    CERTIFICATE_LEARNED = "certificate.learned"
    CERTIFICATE_NOT_LEARNED = "certificate.not-learned"
    CERTIFICATE_CHANGED = "certificate.changed"
    HELD_SENT = "held.sent"
    HELD_RELEASED = "held.released"
    HELD_DISCARDED = "held.discarded"
    HELD_RETURNED = "held.returned"
    HELD_APPROVED = "held.approved"
    HELD_NOT_SENT = "held.not-sent"
    NOTICE_SENT = "notice.sent"
    NOTICE_NOT_SENT = "notice.not-sent"
    ROUND_FAILED = "round.failed"
    FAILED_CLOSED = "failed-closed"
    NOT_INSPECTED = "not-inspected"
    WORKER_LOST = "worker.lost"
    STARTED = "daemon.started"
    STOPPED = "daemon.stopped"
    CONFIG_LOADED = "config.loaded"
    CONFIG_REJECTED = "config.rejected"
    ANNOUNCEMENT = "announcement"
    SEALED = "sealed"
    COPY_REPEATED = "copy.repeated"
    SPLIT_ROUTE = "split.route"
    STATUS_FETCHED = "status.fetched"


class Priority(Enum):
    """syslog severities as they are used here."""

    FAILED_CLOSED = 3
    NEEDS_A_LOOK = 4
    NOTABLE = 5
    ROUTINE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One record. `fields` are SMIME_… names without the prefix; values come from enums, counts,
    fingerprints and codes. `addresses` are shown as `logging.addresses` says.
    """

    event: Event
    text: str
    priority: Priority = Priority.ROUTINE
    fields: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMail:
    """A message kept back, before it has a reference. `key` makes storing it twice impossible.

    `reasons` go with `recipients`; `reason` is the strictest of them. After `deadline` the mail goes back to its sender,
    if a client of ours handed it over (`is_from_us`).
    """

    key: str
    sender: str
    recipients: tuple[str, ...]
    reason: Reason
    raw: Spool
    message_id: str
    findings: str
    received_at: datetime
    client: str = ""
    reasons: tuple[Reason, ...] = ()
    deadline: datetime | None = None
    is_from_us: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A certificate learned from this message, for one address; `intermediates` are DER.

    `capabilities` are what the signer announced, `signed_at` when, in seconds since the epoch.
    """

    certificate: Certificate
    address: str
    message_id: str
    intermediates: tuple[bytes, ...] = ()
    capabilities: tuple[str, ...] = ()
    signed_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything that follows from one message. `held` is stored before the reply is given, and `notices` with it."""

    facts: Facts
    message: Message
    decision: Decision
    reply: Reply
    plan: EditPlan = EditPlan()
    held: HeldMail | None = None
    lessons: tuple[Lesson, ...] = ()
    entries: tuple[JournalEntry, ...] = ()
    notices: tuple[Notice, ...] = ()

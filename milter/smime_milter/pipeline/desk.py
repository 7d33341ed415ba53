"""What is done with one held mail, by a person or by itself: sent, released, given back; each recipient at most once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import sleep

from smime_milter.mime.parse import split_message
from smime_milter.model.address import parse_address
from smime_milter.model.decision import Treatment
from smime_milter.model.errors import Unavailable
from smime_milter.model.held import HeldState
from smime_milter.model.notice import Notice
from smime_milter.model.outcome import Event, HeldMail, JournalEntry, Outcome, Priority
from smime_milter.model.settings import Settings
from smime_milter.model.spool import Spool
from smime_milter.notices.cases.returned import Returned
from smime_milter.notices.cases.sent import Sent
from smime_milter.notices.mail import LARGEST_ORIGINAL, build
from smime_milter.notices.rendering import Texts
from smime_milter.notices.telling import masked, may_be_told, written
from smime_milter.pipeline.notifying import is_inside, is_telling, main_reason
from smime_milter.pipeline.retry import leaves, retry
from smime_milter.pipeline.tools import Tools
from smime_milter.ports import HeldDesk, Outbox, Submit

_TRIES = 5        # to write down what cannot be undone; the store itself waits 1.8 s each time
_PAUSE = 0.2      # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """`by` is who works here, for the journal: a person's name, or "" for the program itself."""

    settings: Settings
    tools: Tools
    held: HeldDesk
    outbox: Outbox
    submit: Submit
    texts: Callable[[], Texts]
    by: str = ""


def send(desk: Desk, reference: str, mail: HeldMail, number: int, *,
         may_leave: Callable[[Outcome], bool] = leaves) -> Outcome | None:
    """Decide again for one recipient and send what may leave; None if somebody else is sending to them.

    Raises Unavailable if it could not be handed over; the recipient then waits as before.
    """
    if not desk.held.claim(reference, number):
        return None
    has_left = False
    try:
        outcome = retry(desk.settings, mail, number, tools=desk.tools, submit=desk.submit, may_leave=may_leave)
        has_left = may_leave(outcome)
    finally:
        if not has_left:
            desk.held.give_back(reference, number)
    if has_left:
        decided = outcome.decision.recipients[0]
        is_encrypted = decided.treatment in (Treatment.ENCRYPTED, Treatment.ALREADY_ENCRYPTED)
        notices = _sent(desk, mail, number, is_encrypted=is_encrypted)
        _write_down(desk, reference, (number,), state=HeldState.SENT, notices=notices)
        record(desk, Event.HELD_SENT, reference, recipient=mail.recipients[number], DECISION=decided.treatment.value)
    return outcome


def release_original(desk: Desk, reference: str, mail: HeldMail, number: int, *, reason: str) -> bool:
    """Send to one recipient as it was written; False if somebody else is sending to them. Its own audit event."""
    if not desk.held.claim(reference, number):
        return False
    has_left = False
    try:
        desk.submit.submit(mail.sender, [mail.recipients[number]], mail.raw)
        has_left = True
    finally:
        if not has_left:
            desk.held.give_back(reference, number)
    notices = _sent(desk, mail, number, is_encrypted=False)
    _write_down(desk, reference, (number,), state=HeldState.RELEASED, notices=notices)
    record(desk, Event.HELD_RELEASED, reference, recipient=mail.recipients[number], DECISION="original", RELEASE_REASON=reason)
    return True


def may_return(settings: Settings, sender: str, *, is_from_us: bool) -> bool:
    """Whether the mail can go back: a client of ours handed it over, and there is a sender."""
    return is_telling(settings) and is_from_us and parse_address(sender) is not None


def give_back_to_sender(desk: Desk, reference: str, mail: HeldMail, numbers: Sequence[int]) -> tuple[int, ...]:
    """Return it with help, for the recipients nobody is sending to just now; which ones those were.

    The original is attached only for a sender inside. Raises Unavailable if it could not be
    handed over; everything then waits as before.
    """
    taken = tuple(number for number in numbers if desk.held.claim(reference, number))
    has_left = False
    try:
        if taken:
            desk.submit.submit("", [mail.sender], Spool.of(_returned(desk, reference, mail, taken)))
            has_left = True
    finally:
        for number in () if has_left else taken:
            desk.held.give_back(reference, number)
    if taken:
        _write_down(desk, reference, taken, state=HeldState.RETURNED)
        record(desk, Event.HELD_RETURNED, reference, recipient=mail.sender, COUNT=str(len(taken)))
    return taken


def record(desk: Desk, event: Event, reference: str, *, recipient: str = "", priority: Priority = Priority.NOTABLE,
           **fields: str) -> None:
    given = {"HELD": reference, "OPERATOR": desk.by, **fields}
    desk.tools.journal.record(JournalEntry(
        event=event, text=f"held mail {reference} {event.value.rpartition('.')[2]}", priority=priority,
        fields={k: v for k, v in given.items() if v}, addresses={"RECIPIENT": recipient} if recipient else {}))


def _write_down(desk: Desk, reference: str, numbers: Sequence[int], *, state: HeldState,
                notices: Sequence[Notice] = ()) -> None:
    """It is out: a store that is locked for a moment must not make us send it again."""
    for left in reversed(range(_TRIES)):
        try:
            desk.held.settle(reference, numbers, state, notices)
            return
        except Unavailable:
            if not left:
                raise
            sleep(_PAUSE)


def _sent(desk: Desk, mail: HeldMail, number: int, *, is_encrypted: bool) -> tuple[Notice, ...]:
    values = Sent(recipients=(masked(mail.recipients[number]),), is_encrypted=is_encrypted)
    return of_mail(desk, mail, values)


def of_mail(desk: Desk, mail: HeldMail, values: object) -> tuple[Notice, ...]:
    """Tell the sender of held mail something, if it is somebody to be told."""
    fields = split_message(bytes(mail.raw.octets()[: _HEAD])).fields
    sender = parse_address(mail.sender)
    if not is_telling(desk.settings) or not mail.is_from_us or not may_be_told(sender, fields):
        return ()
    name = str(getattr(values, "NAME"))
    return (Notice(case=name, to=mail.sender, values=written(values), in_reply_to=mail.message_id),)


def _returned(desk: Desk, reference: str, mail: HeldMail, numbers: Sequence[int]) -> bytes:
    has_original = is_inside(desk.settings, parse_address(mail.sender)) and len(mail.raw) <= LARGEST_ORIGINAL
    reasons = mail.reasons or (mail.reason,)
    values = Returned(recipients=tuple(masked(mail.recipients[n]) for n in numbers), reason=main_reason(reasons),
                      has_original=has_original, is_by_hand=bool(desk.by))
    notice = Notice(case=values.NAME, to=mail.sender, values=written(values), in_reply_to=mail.message_id, reference=reference)
    return build_mail(desk, notice, bytes(mail.raw.octets()[:]) if has_original else None)


def build_mail(desk: Desk, notice: Notice, original: bytes | None = None) -> bytes:
    postmaster = desk.settings.notices.postmaster
    return build(notice, desk.texts().render(notice, postmaster), postmaster=postmaster, at=desk.tools.clock.now(),
                 mark=desk.outbox.mark, original=original)


_HEAD = 64 * 1024   # of a message: as much header section as is looked at

"""Do what an outcome says: store held mail, learn certificates, write the journal."""

from __future__ import annotations

from contextlib import suppress

from smime_milter.certs.working_days import usable_from
from smime_milter.model.errors import Unavailable
from smime_milter.model.notice import Notice
from smime_milter.model.outcome import Event, JournalEntry, Lesson, Outcome, Priority
from smime_milter.model.settings import Settings
from smime_milter.notices.mail import LOOP_MARK
from smime_milter.pipeline.notifying import of_learned
from smime_milter.pipeline.tools import Tools


def keep(outcome: Outcome, tools: Tools) -> str:
    """Store held mail, synced, and return its reference; only then may the client hear 250.

    What its sender and the partners are told goes with it. Raises Unavailable if it could not be
    stored; "" if there is nothing to keep.
    """
    if outcome.held is None:
        return ""
    reference = tools.held.keep(outcome.held, () if _is_own(outcome, tools) else outcome.notices)
    tools.wake()
    return reference


def write_down(settings: Settings, outcome: Outcome, tools: Tools, *, reference: str) -> None:
    """The journal, and what the message taught. Nothing here fails."""
    for entry in outcome.entries:
        tools.journal.record(_with_reference(entry, reference))
    for lesson in outcome.lessons:
        news = _learn(settings, outcome, lesson, tools)
        if news is not None:
            tools.journal.record(news)
    if outcome.held is None:
        _post(outcome, outcome.notices, tools)
    _wish(outcome, tools)


def _wish(outcome: Outcome, tools: Tools) -> None:
    """What the next mail of this signer could be judged by. A store that is out of reach costs the wish."""
    inspection = outcome.facts.inspection
    if inspection is not None and inspection.wishes:
        with suppress(Unavailable):
            tools.wish(inspection.wishes, inspection.intermediates)


def _post(outcome: Outcome, notices: tuple[Notice, ...], tools: Tools) -> None:
    """A store that is out of reach costs the notice: the SMTP reply has said the same."""
    if not notices or _is_own(outcome, tools):
        return
    with suppress(Unavailable):
        tools.outbox.post(notices)
    tools.wake()


def _is_own(outcome: Outcome, tools: Tools) -> bool:
    """Whether a notice of ours came back: by its keyed mark, which nobody else can write."""
    by_name = {f.key: f.value.strip().decode("ascii", "replace") for f in outcome.message.fields}
    mark = by_name.get(LOOP_MARK.lower().encode("ascii"), "")
    return bool(mark) and mark == tools.outbox.mark(by_name.get(b"message-id", ""))


def _with_reference(entry: JournalEntry, reference: str) -> JournalEntry:
    if not reference:
        return entry
    return JournalEntry(event=entry.event, text=f"{entry.text}, kept as {reference}", priority=entry.priority,
                        fields={**entry.fields, "HELD": reference}, addresses=entry.addresses)


def _learn(settings: Settings, outcome: Outcome, lesson: Lesson, tools: Tools) -> JournalEntry | None:
    """A store that is out of reach costs the lesson, never the mail. A certificate we have is no news."""
    now = tools.clock.now()
    usable = usable_from(now, settings.certificates)
    try:
        rule = tools.learned.learn(lesson, usable_from=usable, at=now)
    except Unavailable:
        rule = "store-unavailable"
    if rule == "known":
        return None
    learned = rule == "learned"
    if learned:
        _post(outcome, of_learned(settings, outcome.message, outcome.facts, lesson=lesson, usable=usable), tools)
        tools.wake()
    certificate = lesson.certificate
    return JournalEntry(
        event=Event.CERTIFICATE_LEARNED if learned else Event.CERTIFICATE_NOT_LEARNED,
        text="certificate learned" if learned else f"certificate not learned: {rule}",
        priority=Priority.NOTABLE if learned else Priority.ROUTINE,
        fields={"RULE": rule, "CERT_SHA256": certificate.sha256, "CERT_CLASS": certificate.certificate_class.value,
                "CERT_EXPIRES": certificate.not_after.isoformat(), "USABLE_FROM": usable.isoformat() if learned else ""},
        addresses={"ADDRESS": lesson.address})

"""Do what an outcome says: store held mail, learn certificates, write the journal."""

from __future__ import annotations

from smime_milter.certs.working_days import usable_from
from smime_milter.model.errors import Unavailable
from smime_milter.model.outcome import Event, JournalEntry, Lesson, Outcome, Priority
from smime_milter.model.settings import Settings
from smime_milter.pipeline.tools import Tools


def keep(outcome: Outcome, tools: Tools) -> str:
    """Store held mail, synced, and return its reference; only then may the client hear 250.

    Raises Unavailable if it could not be stored; "" if there is nothing to keep.
    """
    return tools.held.keep(outcome.held) if outcome.held else ""


def write_down(settings: Settings, outcome: Outcome, tools: Tools, *, reference: str) -> None:
    """The journal, and what the message taught. Nothing here fails."""
    for entry in outcome.entries:
        tools.journal.record(_with_reference(entry, reference))
    for lesson in outcome.lessons:
        news = _learn(settings, lesson, tools)
        if news is not None:
            tools.journal.record(news)


def _with_reference(entry: JournalEntry, reference: str) -> JournalEntry:
    if not reference:
        return entry
    return JournalEntry(event=entry.event, text=f"{entry.text}, kept as {reference}", priority=entry.priority,
                        fields={**entry.fields, "HELD": reference}, addresses=entry.addresses)


def _learn(settings: Settings, lesson: Lesson, tools: Tools) -> JournalEntry | None:
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
    certificate = lesson.certificate
    return JournalEntry(
        event=Event.CERTIFICATE_LEARNED if learned else Event.CERTIFICATE_NOT_LEARNED,
        text="certificate learned" if learned else f"certificate not learned: {rule}",
        priority=Priority.NOTABLE if learned else Priority.ROUTINE,
        fields={"RULE": rule, "CERT_SHA256": certificate.sha256, "CERT_CLASS": certificate.certificate_class.value,
                "CERT_EXPIRES": certificate.not_after.isoformat(), "USABLE_FROM": usable.isoformat() if learned else ""},
        addresses={"ADDRESS": lesson.address})

"""What happens to held mail and notices by itself: one round, as often as somebody calls for it.

Each step stands alone: what is out of reach now is tried again in the next round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from smime_milter.certs.working_days import after_working_days
from smime_milter.model.address import parse_address
from smime_milter.model.errors import SmimeMilterError
from smime_milter.model.facts import NoCertificate
from smime_milter.model.held import HeldEntry, HeldState, lacks_key
from smime_milter.model.message import Recipient
from smime_milter.model.notice import PostedNotice
from smime_milter.model.outcome import Event, HeldMail, JournalEntry, Outcome, Priority
from smime_milter.model.reply import Verdict
from smime_milter.model.settings import Settings
from smime_milter.model.spool import Spool
from smime_milter.notices.cases.held_for_person import HeldForPerson
from smime_milter.notices.telling import masked
from smime_milter.pipeline.daily import Daily
from smime_milter.pipeline.desk import Desk, build_mail, give_back_to_sender, may_return, of_mail, send
from smime_milter.pipeline.gather import certificate_for
from smime_milter.pipeline.retry import leaves_protected
from smime_milter.policy.direction import is_ours

_GIVEN_UP = 40                                     # attempts, at least a week of them
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)


class Rounds:
    """`go` once a minute, and whenever there is news. `should_stop` is asked between any two mails."""

    def __init__(self, desk: Desk, daily: Daily, should_stop: Callable[[], bool] = lambda: False) -> None:
        self._desk = desk
        self._daily = daily
        self.should_stop = should_stop
        self._waits: dict[str, tuple[timedelta, datetime]] = {}
        self._purged: date | None = None

    def go(self) -> None:
        for step in (self._send_waiting, self._return_overdue, self._tell_daily, self._send_notices, self._purge):
            if self.should_stop():
                return
            try:
                step()
            except Exception as error:  # a fault in one step must not end the others for good
                self._note(Event.ROUND_FAILED, f"a round was not finished: {_said(error)}", STEP=step.__name__)

    def _send_waiting(self) -> None:
        """What waited for a certificate that is here now."""
        has_key = _Keys(self._desk)
        for entry in self._open():
            if _has_key_come(entry, has_key):
                self._with(entry, lambda mail: self._send_all(entry, mail, has_key))

    def _send_all(self, entry: HeldEntry, mail: HeldMail, has_key: Callable[[str], bool]) -> None:
        for number in entry.open_numbers:
            if has_key(mail.recipients[number]):
                outcome = send(self._desk, entry.reference, mail, number, may_leave=leaves_protected)
                if outcome is not None and not leaves_protected(outcome) and outcome.reply.verdict is not Verdict.TEMPFAIL:
                    self._leave_to_a_person(entry, mail, number, outcome)

    def _leave_to_a_person(self, entry: HeldEntry, mail: HeldMail, number: int, outcome: Outcome) -> None:
        """The certificate is there and it may not leave all the same: the program knows no way."""
        if entry.states[number] is HeldState.WAITING_FOR_PERSON or not self._desk.held.claim(entry.reference, number):
            return
        values = HeldForPerson(recipients=(masked(mail.recipients[number]),), reason=outcome.decision.reason, found=(),
                               deadline=deadline_of(self._desk.settings, entry))
        notices = of_mail(self._desk, mail, values)
        self._desk.held.settle(entry.reference, (number,), HeldState.WAITING_FOR_PERSON, notices)

    def _return_overdue(self) -> None:
        """What nobody could send in time goes back; what cannot go back stays for a person, and in the digest."""
        now, settings = self._desk.tools.clock.now(), self._desk.settings
        for entry in self._open():
            is_over = deadline_of(settings, entry) <= now
            if is_over and may_return(settings, entry.sender, is_from_us=entry.is_from_us):
                self._with(entry, lambda mail: give_back_to_sender(self._desk, entry.reference, mail, entry.open_numbers))

    def _tell_daily(self) -> None:
        self._daily.tell(self._desk)

    def _send_notices(self) -> None:
        for posted in self._desk.outbox.due():
            if self.should_stop():
                return
            if self._desk.outbox.claim(posted.number):
                self._send_notice(posted)

    def _send_notice(self, posted: PostedNotice) -> None:
        notice = posted.notice
        try:
            self._desk.submit.submit("", [notice.to], Spool.of(build_mail(self._desk, notice)))
        except Exception as error:  # the MTA did not take it, or another version posted it and its words are unknown here
            self._note(Event.NOTICE_NOT_SENT, f"notice {notice.case} not sent: {_said(error)}", CASE=notice.case,
                       HELD=notice.reference)
            if posted.attempts < _GIVEN_UP:
                self._desk.outbox.put_off(posted.number)
                return
        else:
            self._note(Event.NOTICE_SENT, f"notice {notice.case} sent", Priority.ROUTINE, CASE=notice.case, HELD=notice.reference)
        self._desk.outbox.sent(posted.number)

    def _purge(self) -> None:
        """Once a day: what was settled long enough ago."""
        now = self._desk.tools.clock.now()
        if self._purged != now.date():
            before = now - timedelta(seconds=self._desk.settings.outbound.held_retention)
            self._desk.held.purge(before)
            self._desk.outbox.purge(before)
            self._purged = now.date()

    def _open(self) -> Iterable[HeldEntry]:
        """What waits and can be read, without what failed a short while ago."""
        now = self._desk.tools.clock.now()
        for entry in self._desk.held.list():
            is_put_off = entry.reference in self._waits and self._waits[entry.reference][1] > now
            if entry.is_readable and entry.open_numbers and not is_put_off and not self.should_stop():
                yield entry

    def _with(self, entry: HeldEntry, act: Callable[[HeldMail], object]) -> None:
        """One mail that cannot be handed over, or not be read, keeps no other one waiting."""
        try:
            loaded = self._desk.held.load(entry.reference)
            if loaded is not None:
                act(loaded[0])
            self._waits.pop(entry.reference, None)
        except Exception as error:
            wait = min(self._waits.get(entry.reference, (_FIRST_WAIT / 2, None))[0] * 2, _LONGEST_WAIT)
            self._waits[entry.reference] = (wait, self._desk.tools.clock.now() + wait)
            self._note(Event.HELD_NOT_SENT, f"held mail {entry.reference} goes on waiting: {_said(error)}", HELD=entry.reference)

    def _note(self, event: Event, text: str, priority: Priority = Priority.NEEDS_A_LOOK, **fields: str) -> None:
        self._desk.tools.journal.record(JournalEntry(event=event, text=text, priority=priority, fields=fields))


def _said(error: Exception) -> str:
    """Our own errors speak for themselves; the text of others may hold anything."""
    return str(error) if isinstance(error, SmimeMilterError) else type(error).__name__


class _Keys:
    """Whether a recipient can have it now: one question each, however many mails wait for them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[str, bool] = {}

    def __call__(self, given: str) -> bool:
        if given not in self._known:
            self._known[given] = self._can_have_it(Recipient(given, parse_address(given)))
        return self._known[given]

    def _can_have_it(self, recipient: Recipient) -> bool:
        settings, tools = self._desk.settings, self._desk.tools
        return is_ours(settings.organisation, recipient) or not isinstance(
            certificate_for(settings, recipient, tools.clock.now(), tools=tools), NoCertificate)


def _has_key_come(entry: HeldEntry, has_key: Callable[[str], bool]) -> bool:
    """Only a certificate that was missing is news: who waited because of the others could always have had it."""
    return any(entry.states[n] is HeldState.WAITING_FOR_KEY and lacks_key(entry.reasons[n]) and has_key(entry.recipients[n])
               for n in entry.open_numbers)


def deadline_of(settings: Settings, entry: HeldEntry) -> datetime:
    """When it goes back; older versions kept mail without writing that down."""
    return entry.deadline or after_working_days(
        entry.received_at, settings.outbound.held_deadline, holidays=settings.certificates.holidays)

"""What is told once a day: what still waits, and which certificates end soon."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from smime_milter.certs.working_days import after_working_days, is_working_day
from smime_milter.model.address import parse_address
from smime_milter.model.certificate import CertificateState, StoredCertificate
from smime_milter.model.held import HeldEntry, HeldState
from smime_milter.model.keys import OwnKey
from smime_milter.model.notice import Notice
from smime_milter.model.settings import Settings
from smime_milter.notices.cases.digest_sender import DigestSender
from smime_milter.notices.cases.digest_team import DigestTeam
from smime_milter.notices.cases.expiring_own import ExpiringOwn
from smime_milter.notices.cases.expiring_partner import ExpiringPartner
from smime_milter.notices.cases.waiting import Waiting
from smime_milter.notices.telling import masked, may_be_told, written
from smime_milter.pipeline.desk import Desk
from smime_milter.pipeline.notifying import is_inside, is_telling

ZONE = "Europe/Berlin"
ROWS = 50
SOON = timedelta(days=30)
_TWO_DAYS = timedelta(days=2)


@dataclass(slots=True, kw_only=True)
class Daily:
    """`partners` and `own` are all certificates of the store and of our own keys."""

    partners: Callable[[], Sequence[StoredCertificate]]
    own: Callable[[], Sequence[OwnKey]]
    _told: date | None = field(default=None, init=False)

    def tell(self, desk: Desk) -> None:
        """Post the day's notices, once the time has come; the outbox sees to it that a restart repeats none."""
        settings, now = desk.settings, desk.tools.clock.now()
        today = _day_to_tell(settings, now)
        if today is None or today == self._told or not is_telling(settings):
            return
        notices = [*_digests(settings, desk.held.list(), today), *self._expiring(settings, now)]
        for start in range(0, len(notices), ROWS):   # not one transaction: the mail path wants to write as well
            desk.outbox.post(notices[start : start + ROWS])
        self._told = today

    def _expiring(self, settings: Settings, now: datetime) -> Iterator[Notice]:
        yield from _of_partners([stored for stored in self.partners() if stored.state is CertificateState.ACTIVE], now)
        for own in self.own():
            if _is_soon(own.certificate.not_after, now) and not _is_renewed(own, self.own()):
                to = settings.notices.postmaster if own.is_domain else own.name
                yield _once(to, ExpiringOwn(name=own.name, valid_until=own.certificate.not_after), own.certificate.sha256)


def _day_to_tell(settings: Settings, now: datetime) -> date | None:
    local = now.astimezone(ZoneInfo(ZONE))
    if not settings.notices.digest or local.time() < time.fromisoformat(settings.notices.digest):
        return None
    return local.date() if is_working_day(local.date(), holidays=settings.certificates.holidays) else None


def _digests(settings: Settings, entries: Iterable[HeldEntry], today: date) -> Iterator[Notice]:
    """Nothing waits: no mail."""
    readable = (entry for entry in entries if entry.is_readable and entry.open_numbers)
    waiting = sorted(readable, key=lambda entry: (not _is_for_person(entry), entry.received_at))
    senders = {entry.sender for entry in waiting}
    for sender in sorted(senders):
        own = [entry for entry in waiting if entry.sender == sender]
        address = parse_address(sender)
        if is_inside(settings, address) and may_be_told(address, ()) and any(entry.is_from_us for entry in own):
            yield _once(sender, DigestSender(rows=_rows(settings, own), count=len(own)), str(today), _TWO_DAYS)
    if waiting:
        values = DigestTeam(rows=_rows(settings, waiting), count=len(waiting), senders=len(senders))
        yield _once(settings.notices.postmaster, values, str(today), _TWO_DAYS)


def _rows(settings: Settings, entries: Sequence[HeldEntry]) -> tuple[Waiting, ...]:
    return tuple(
        Waiting(reference=e.reference, since=e.received_at, is_for_person=_is_for_person(e),
                deadline=e.deadline or after_working_days(
                    e.received_at, settings.outbound.held_deadline, holidays=settings.certificates.holidays),
                recipients=tuple(masked(e.recipients[n]) for n in e.open_numbers))
        for e in entries[:ROWS])


def _is_for_person(entry: HeldEntry) -> bool:
    return HeldState.WAITING_FOR_PERSON in entry.states


def _is_soon(not_after: datetime, now: datetime) -> bool:
    return now < not_after <= now + SOON


def _of_partners(active: Sequence[StoredCertificate], now: datetime) -> Iterator[Notice]:
    """Not to somebody whose next certificate is here already."""
    has_next = {stored.address for stored in active if stored.certificate.not_after > now + SOON}
    for stored in active:
        address = parse_address(stored.address) if stored.address and stored.address not in has_next else None
        if address is not None and _is_soon(stored.certificate.not_after, now) and may_be_told(address, ()):
            yield _once(str(address), ExpiringPartner(valid_until=stored.certificate.not_after), stored.certificate.sha256)


def _is_renewed(own: OwnKey, keys: Sequence[OwnKey]) -> bool:
    return any(key.name == own.name and key.certificate.not_after > own.certificate.not_after for key in keys)


def _once(to: str, values: Any, once: str, once_for: timedelta = 2 * SOON) -> Notice:
    return Notice(case=values.NAME, to=to, values=written(values), once=f"{to} {once}", once_for=once_for)

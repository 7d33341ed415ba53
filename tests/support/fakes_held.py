"""Held mail and the outbox as dictionaries: the same promises as the store's, a thousand times quicker."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from smime_milter.model.errors import Unavailable
from smime_milter.model.held import HeldEntry, HeldState, first_states
from smime_milter.model.notice import Notice, PostedNotice
from smime_milter.model.outcome import HeldMail
from smime_milter.model.spool import Spool

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_CLAIM, _WEEK, _HOUR = timedelta(minutes=10), timedelta(days=7), timedelta(hours=1)
_RATE = 20


@dataclass
class _Posted:
    notice: Notice
    posted_at: datetime
    due_at: datetime
    once_until: datetime | None
    claimed_at: datetime | None = None
    sent_at: datetime | None = None
    attempts: int = 0


class FakeOutbox:
    """Implement `ports.Outbox`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._rows: dict[int, _Posted] = {}
        self._last = 0

    def post(self, notices: Sequence[Notice], reference: str = "") -> None:
        for notice in notices:
            at, to = self._now(), notice.to.lower()
            same = [r for r in self._rows.values() if (r.notice.case, r.notice.once) == (notice.case, notice.once)]
            recent = [r for r in self._rows.values() if r.notice.to.lower() == to and r.posted_at > at - _HOUR]
            if any(r.once_until and r.once_until > at for r in same if notice.once) or len(recent) >= _RATE:
                continue
            self._last += 1
            named = replace(notice, reference=reference or notice.reference or _reference(self._last))
            self._rows[self._last] = _Posted(named, at, at, at + notice.once_for if notice.once else None)

    def due(self) -> Sequence[PostedNotice]:
        now = self._now()
        return tuple(
            PostedNotice(number=number, notice=row.notice, attempts=row.attempts) for number, row in self._rows.items()
            if row.sent_at is None and row.due_at <= now and _is_free(row.claimed_at, now))[:50]

    def claim(self, number: int) -> bool:
        row = self._rows[number]
        if row.sent_at is not None or not _is_free(row.claimed_at, self._now()):
            return False
        row.claimed_at = self._now()
        return True

    def sent(self, number: int) -> None:
        self._rows[number].sent_at = self._now()

    def put_off(self, number: int) -> None:
        row = self._rows[number]
        row.due_at = self._now() + min(timedelta(minutes=2 ** min(row.attempts, 10)), timedelta(hours=6))
        row.claimed_at, row.attempts = None, row.attempts + 1

    def mark(self, message_id: str) -> str:
        return hashlib.sha256(b"fake key " + message_id.encode()).hexdigest()

    def purge(self, before: datetime) -> int:
        now = self._now()
        gone = [number for number, row in self._rows.items()
                if row.sent_at and row.sent_at < before and (row.once_until is None or row.once_until < now)]
        for number in gone:
            del self._rows[number]
        return len(gone)


@dataclass
class _Held:
    mail: HeldMail
    kept_at: datetime
    states: list[HeldState]
    claims: list[datetime | None]
    settled_at: datetime | None = None


class FakeHeldDesk:
    """Implement `ports.HeldStore` and `ports.HeldDesk`; `outbox` gets what is posted with a change."""

    def __init__(self, now: Callable[[], datetime], outbox: FakeOutbox, quota: int = 1 << 30) -> None:
        self._now = now
        self._outbox = outbox
        self._quota = quota
        self._rows: dict[str, _Held] = {}
        self._last = 0

    def keep(self, mail: HeldMail, notices: Sequence[Notice] = ()) -> str:
        for reference, row in self._rows.items():
            if row.mail.key == mail.key and row.kept_at >= self._now() - _WEEK:
                return reference
        if sum(len(row.mail.raw) for row in self._rows.values() if row.settled_at is None) + len(mail.raw) > self._quota:
            raise Unavailable("store", "the quota for held mail is full")
        self._last += 1
        reference = _reference(self._last)
        reasons = mail.reasons or (mail.reason,) * len(mail.recipients)
        kept = replace(mail, reasons=reasons)
        self._rows[reference] = _Held(kept, self._now(), list(first_states(reasons)), [None] * len(mail.recipients))
        self._outbox.post(notices, reference)
        return reference

    def list(self, *, settled: bool = False) -> Sequence[HeldEntry]:
        return tuple(_entry(reference, row) for reference, row in self._rows.items() if settled or row.settled_at is None)

    def load(self, reference: str) -> tuple[HeldMail, tuple[HeldState, ...]] | None:
        row = self._rows.get(reference)
        return None if row is None or row.settled_at is not None else (row.mail, tuple(row.states))

    def claim(self, reference: str, recipient: int) -> bool:
        row = self._rows.get(reference)
        if row is None or recipient >= len(row.states) or not self._is_free(row, recipient):
            return False
        row.claims[recipient] = self._now()
        return True

    def give_back(self, reference: str, recipient: int) -> None:
        self._rows[reference].claims[recipient] = None

    def settle(self, reference: str, recipients: Sequence[int], state: HeldState, notices: Sequence[Notice] = ()) -> bool:
        row = self._rows[reference]
        changed = [number for number in recipients if row.states[number].is_open]
        for number in changed:
            row.states[number], row.claims[number] = state, None
        if changed:
            self._outbox.post(notices, reference)
        self._finish(row)
        return bool(changed)

    def discard(self, reference: str) -> bool:
        row = self._rows.get(reference)
        free = [n for n in range(len(row.states)) if self._is_free(row, n)] if row else []
        return bool(free) and self.settle(reference, free, HeldState.DISCARDED)

    def purge(self, before: datetime) -> int:
        limit = min(before, self._now() - _WEEK)
        gone = [reference for reference, row in self._rows.items() if row.settled_at and row.settled_at < limit]
        for reference in gone:
            del self._rows[reference]
        return len(gone)

    def _is_free(self, row: _Held, number: int) -> bool:
        return row.states[number].is_open and _is_free(row.claims[number], self._now())

    def _finish(self, row: _Held) -> None:
        if not any(state.is_open for state in row.states) and row.settled_at is None:
            row.settled_at = self._now()
            row.mail = replace(row.mail, raw=Spool.of(b""))


def _entry(reference: str, row: _Held) -> HeldEntry:
    mail = row.mail
    return HeldEntry(
        reference=reference, reason=mail.reason, received_at=mail.received_at, size=len(mail.raw), states=tuple(row.states),
        reasons=mail.reasons, deadline=mail.deadline, sender=mail.sender, recipients=mail.recipients, message_id=mail.message_id,
        findings=mail.findings, client=mail.client, is_from_us=mail.is_from_us)


def _is_free(claimed_at: datetime | None, now: datetime) -> bool:
    return claimed_at is None or claimed_at < now - _CLAIM


def _reference(number: int) -> str:
    digits = []
    for _ in range(8):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))

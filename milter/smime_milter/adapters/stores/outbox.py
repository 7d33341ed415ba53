"""Notices that wait to be sent: sealed, posted with what they speak of, each taken by one sender only."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from smime_milter.adapters.stores.database import Connection, Database
from smime_milter.adapters.stores.sealing import Seal
from smime_milter.adapters.stores.tables import outbox
from smime_milter.model.errors import Unavailable
from smime_milter.model.notice import Notice, PostedNotice

CLAIM_LASTS = timedelta(minutes=10)
RATE = 20                        # to one address within an hour; what is beyond stands in the digest
_HOUR = timedelta(hours=1)
_BATCH = 50
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
_ROW = outbox.c


class Outbox:
    """Implement `ports.Outbox`."""

    def __init__(self, database: Database, seal: Seal, now: Callable[[], datetime]) -> None:
        self._database = database
        self._seal = seal
        self._now = now

    def post(self, notices: Sequence[Notice]) -> None:
        if notices:
            with self._database.writing() as connection:
                insert_notices(connection, self._seal, notices, at=self._now())

    def due(self) -> tuple[PostedNotice, ...]:
        """Those that do not open with our key are left where they are."""
        now = self._now()
        query = select(outbox).where(_ROW.sent_at.is_(None), _ROW.due_at <= now, _is_free(now))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(_ROW.number).limit(_BATCH)).all()
        return tuple(posted for row in rows if (posted := self._opened(row)) is not None)

    def claim(self, number: int) -> bool:
        now = self._now()
        taken = update(outbox).where(_ROW.number == number, _ROW.sent_at.is_(None), _is_free(now)).values(claimed_at=now)
        with self._database.writing() as connection:
            return bool(connection.execute(taken).rowcount == 1)

    def sent(self, number: int) -> None:
        done = update(outbox).where(_ROW.number == number).values(sent_at=self._now(), sealed=b"")
        with self._database.writing() as connection:
            connection.execute(done)

    def put_off(self, number: int) -> None:
        with self._database.writing() as connection:
            attempts = connection.execute(select(_ROW.attempts).where(_ROW.number == number)).scalar() or 0
            wait = min(_FIRST_WAIT * 2 ** min(attempts, 10), _LONGEST_WAIT)
            later = {"claimed_at": None, "attempts": attempts + 1, "due_at": self._now() + wait}
            connection.execute(update(outbox).where(_ROW.number == number, _ROW.sent_at.is_(None)).values(**later))

    def mark(self, message_id: str) -> str:
        return self._seal.token(f"loop {message_id}")

    def purge(self, before: datetime) -> int:
        over = or_(_ROW.once_until.is_(None), _ROW.once_until < self._now())
        with self._database.writing() as connection:
            return int(connection.execute(delete(outbox).where(_ROW.sent_at < before, over)).rowcount)

    def _opened(self, row: Any) -> PostedNotice | None:
        try:
            details = json.loads(self._seal.open(row.sealed, _place(row.case_name, row.reference, row.addressee)))
        except Unavailable:
            return None
        return PostedNotice(number=row.number, attempts=row.attempts, notice=Notice(
            case=row.case_name, reference=row.reference, **details))


def insert_notices(connection: Connection, seal: Seal, notices: Sequence[Notice], *, at: datetime, reference: str = "") -> None:
    """Post within a transaction; `reference` is the held mail's they belong to."""
    for notice in notices:
        once = seal.token(f"once {notice.case} {notice.once}") if notice.once else None
        addressee = seal.token(f"to {notice.to.lower()}")
        if not _was_said(connection, once, at) and not _is_over_rate(connection, addressee, at):
            row = _row(seal, notice, reference=reference or notice.reference or _new_reference(), addressee=addressee)
            until = at + notice.once_for if once else None
            connection.execute(insert(outbox).values(once=once, once_until=until, posted_at=at, due_at=at, attempts=0, **row))


def _row(seal: Seal, notice: Notice, *, reference: str, addressee: str) -> dict[str, Any]:
    details = {name: value for name, value in asdict(notice).items() if name in ("to", "values", "subject", "in_reply_to")}
    sealed = seal.close(json.dumps(details).encode(), _place(notice.case, reference, addressee))
    return {"case_name": notice.case, "reference": reference, "addressee": addressee, "sealed": sealed}


def _place(case: str, reference: str, addressee: str) -> str:
    return f"outbox {case} {reference} {addressee}"


def _was_said(connection: Connection, once: str | None, at: datetime) -> bool:
    if once is None:
        return False
    said = select(func.count()).select_from(outbox).where(_ROW.once == once, _ROW.once_until > at)
    return bool(connection.execute(said).scalar())


def _is_over_rate(connection: Connection, addressee: str, at: datetime) -> bool:
    recent = select(func.count()).select_from(outbox).where(_ROW.addressee == addressee, _ROW.posted_at > at - _HOUR)
    return bool(connection.execute(recent).scalar() >= RATE)


def _is_free(now: datetime) -> Any:
    return or_(_ROW.claimed_at.is_(None), _ROW.claimed_at < now - CLAIM_LASTS)


def _new_reference() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # read out over the telephone: no 0, O, 1, I

"""Mail kept back: sealed, committed before the MTA hears 250, sent at most once for each recipient."""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from smime_milter.adapters.stores.database import Connection, Database
from smime_milter.adapters.stores.outbox import ALPHABET, CLAIM_LASTS, insert_notices
from smime_milter.adapters.stores.sealing import Seal
from smime_milter.adapters.stores.tables import held, held_approvals, held_content, held_recipients
from smime_milter.model.decision import Reason
from smime_milter.model.errors import Unavailable
from smime_milter.model.held import HeldEntry, HeldState, first_states
from smime_milter.model.notice import Notice
from smime_milter.model.outcome import HeldMail
from smime_milter.model.spool import Spool

PIECE = 1024 * 1024
SAME_MAIL_FOR = timedelta(days=7)
QUOTA = 1024 * 1024 * 1024
APPROVAL_LASTS = timedelta(days=1)
_REFERENCE_LENGTH = 8
_OPEN = tuple(state.value for state in HeldState if state.is_open)
_Parts = tuple[tuple[HeldState, ...], tuple[Reason, ...]]


class Held:
    """Implement `ports.HeldStore` and `ports.HeldDesk`; `quota` bounds the bytes of what waits."""

    def __init__(self, database: Database, seal: Seal, now: Callable[[], datetime], quota: int = QUOTA) -> None:
        self._database = database
        self._seal = seal
        self._now = now
        self._quota = quota

    def keep(self, mail: HeldMail, notices: Sequence[Notice] = ()) -> str:
        """The reference has 8 characters, the same `key` meets for 7 days."""
        token, now = self._seal.token(mail.key), self._now()
        with self._database.writing() as connection:
            reference = _reference_of(connection, token, now)
            if reference:
                return reference
            self._expect_room(connection, len(mail.raw))
            reference = self._insert(connection, mail, token=token, now=now)
            insert_notices(connection, self._seal, notices, at=now, reference=reference)
            return reference

    def list(self, *, settled: bool = False) -> tuple[HeldEntry, ...]:
        """What waits, oldest first; with `settled` also what became of the rest."""
        query = select(held).order_by(held.c.kept_at, held.c.reference)
        if not settled:
            query = query.where(held.c.settled_at.is_(None))
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            parts = _parts_of_all(connection, settled=settled)
        return tuple(self._entry(row, parts[row.reference]) for row in rows)

    def load(self, reference: str) -> tuple[HeldMail, tuple[HeldState, ...]] | None:
        """The mail and its recipients' states, in their order; None if there is none or its content is gone."""
        with self._database.reading() as connection:
            row = connection.execute(select(held).where(held.c.reference == reference)).first()
            if row is None or row.settled_at is not None:
                return None
            details = self._details(row)
            states, reasons = _parts(connection, reference)
            raw = self._content(connection, row)
        mail = HeldMail(**details, reason=Reason(row.reason), raw=raw, received_at=row.received_at, reasons=reasons,
                        deadline=row.deadline_at)
        return mail, states

    def claim(self, reference: str, recipient: int) -> bool:
        """Take the recipient with this number (from 0) for sending; True for exactly one caller in 10 minutes."""
        now = self._now()
        claim = update(held_recipients).where(_is_recipient(reference, recipient), _is_free(now)).values(claimed_at=now)
        with self._database.writing() as connection:
            return bool(connection.execute(claim).rowcount == 1)

    def give_back(self, reference: str, recipient: int) -> None:
        change = update(held_recipients).where(_is_recipient(reference, recipient), _is_open()).values(claimed_at=None)
        with self._database.writing() as connection:
            connection.execute(change)

    def settle(
        self, reference: str, recipients: Sequence[int], state: HeldState, notices: Sequence[Notice] = ()
    ) -> bool:
        """End claims; a final state stays. With the last open recipient the content goes."""
        columns = held_recipients.c
        change = update(held_recipients).where(columns.reference == reference, columns.number.in_(recipients), _is_open())
        with self._database.writing() as connection:
            changed = connection.execute(change.values(state=state.value, claimed_at=None)).rowcount > 0
            if changed:
                insert_notices(connection, self._seal, notices, at=self._now(), reference=reference)
            self._finish(connection, reference)
        return bool(changed)

    def discard(self, reference: str) -> bool:
        """Give up every recipient that is not being sent to; False if there was none."""
        now = self._now()
        change = update(held_recipients).where(held_recipients.c.reference == reference, _is_free(now))
        with self._database.writing() as connection:
            changed = connection.execute(change.values(state=HeldState.DISCARDED.value, claimed_at=None)).rowcount
            self._finish(connection, reference)
        return bool(changed)

    def approve(self, reference: str, operator: str) -> tuple[str, ...]:
        """Note that this person agrees to a release as written, and return all who did within a day."""
        now, who = self._now(), operator[:64]
        columns = held_approvals.c
        with self._database.writing() as connection:
            old = or_(columns.at < now - APPROVAL_LASTS, columns.operator == who)
            connection.execute(delete(held_approvals).where(columns.reference == reference, old))
            connection.execute(insert(held_approvals).values(reference=reference, operator=who, at=now))
            query = select(columns.operator).where(columns.reference == reference).order_by(columns.at, columns.operator)
            return tuple(connection.execute(query).scalars())

    def purge(self, before: datetime) -> int:
        """Forget what was settled before this time; mail whose key still meets a second attempt is kept."""
        limit = min(before, self._now() - SAME_MAIL_FOR)
        with self._database.writing() as connection:
            return int(connection.execute(delete(held).where(held.c.settled_at < limit)).rowcount)

    def _expect_room(self, connection: Connection, size: int) -> None:
        waiting = connection.execute(select(func.sum(held.c.size)).where(held.c.settled_at.is_(None))).scalar() or 0
        if waiting + size > self._quota:
            raise Unavailable("store", "the quota for held mail is full")

    def _insert(self, connection: Connection, mail: HeldMail, *, token: str, now: datetime) -> str:
        reference = _new_reference(connection)
        row = {
            "reference": reference, "key": token, "reason": mail.reason.value, "received_at": mail.received_at,
            "kept_at": now, "size": len(mail.raw), "deadline_at": mail.deadline,
            "details": self._seal.close(_described(mail), f"{reference}:details"),
        }
        connection.execute(insert(held).values(**row))
        reasons = mail.reasons or (mail.reason,) * len(mail.recipients)
        for number, (reason, state) in enumerate(zip(reasons, first_states(reasons))):
            waiting = {"reference": reference, "number": number, "state": state.value, "reason": reason.value}
            connection.execute(insert(held_recipients).values(**waiting))
        octets = mail.raw.octets()
        for number, at in enumerate(range(0, len(octets), PIECE)):
            sealed = self._seal.close(octets[at : at + PIECE], f"{reference}:{number}")
            connection.execute(insert(held_content).values(reference=reference, number=number, sealed=sealed))
        return reference

    def _finish(self, connection: Connection, reference: str) -> None:
        """Once nobody waits any more the content goes."""
        if any(state.is_open for state in _parts(connection, reference)[0]):
            return
        connection.execute(delete(held_content).where(held_content.c.reference == reference))
        done = update(held).where(held.c.reference == reference, held.c.settled_at.is_(None))
        connection.execute(done.values(settled_at=self._now()))

    def _entry(self, row: Any, parts: _Parts) -> HeldEntry:
        clear: dict[str, Any] = {
            "reference": row.reference, "reason": Reason(row.reason), "received_at": row.received_at,
            "size": row.size, "states": parts[0], "reasons": parts[1], "deadline": row.deadline_at,
        }
        try:
            details = self._details(row)
        except Unavailable:
            return HeldEntry(**clear, is_readable=False)
        del details["key"]
        return HeldEntry(**clear, **details)

    def _details(self, row: Any) -> dict[str, Any]:
        details: dict[str, Any] = json.loads(self._seal.open(row.details, f"{row.reference}:details"))
        return details | {"recipients": tuple(details["recipients"])}

    def _content(self, connection: Connection, row: Any) -> Spool:
        """One piece at a time; a missing or exchanged piece does not go unnoticed."""
        raw, pieces = Spool(), held_content.c
        for number in range(-(-row.size // PIECE)):
            query = select(pieces.sealed).where(pieces.reference == row.reference, pieces.number == number)
            raw.write(self._seal.open(connection.execute(query).scalar() or b"", f"{row.reference}:{number}"))
        if len(raw) != row.size:
            raise Unavailable("store", "held mail is not complete")
        return raw


def _reference_of(connection: Connection, token: str, now: datetime) -> str | None:
    """The reference under which this mail was kept; one that is too old loses its claim on the key."""
    row = connection.execute(select(held.c.reference, held.c.kept_at).where(held.c.key == token)).first()
    if row is None:
        return None
    if row.kept_at < now - SAME_MAIL_FOR:
        connection.execute(update(held).where(held.c.reference == row.reference).values(key=None))
        return None
    reference: str = row.reference
    return reference


def _new_reference(connection: Connection) -> str:
    while True:
        reference = "".join(secrets.choice(ALPHABET) for _ in range(_REFERENCE_LENGTH))
        if connection.execute(select(held.c.reference).where(held.c.reference == reference)).first() is None:
            return reference


def _described(mail: HeldMail) -> bytes:
    details = {
        "key": mail.key, "sender": mail.sender, "recipients": mail.recipients,
        "message_id": mail.message_id, "findings": mail.findings, "client": mail.client,
        "is_from_us": mail.is_from_us,
    }
    return json.dumps(details).encode()


def _parts(connection: Connection, reference: str) -> _Parts:
    columns = held_recipients.c
    query = select(columns.state, columns.reason).where(columns.reference == reference).order_by(columns.number)
    return _read(connection.execute(query))


def _parts_of_all(connection: Connection, *, settled: bool) -> dict[str, _Parts]:
    """States and reasons by reference, in one query however much waits."""
    columns = held_recipients.c
    query = select(columns.reference, columns.state, columns.reason).order_by(columns.reference, columns.number)
    if not settled:
        query = query.join(held, held.c.reference == columns.reference).where(held.c.settled_at.is_(None))
    rows = defaultdict(list)
    for row in connection.execute(query):
        rows[row.reference].append(row)
    return defaultdict(lambda: ((), ()), {reference: _read(found) for reference, found in rows.items()})


def _read(rows: Any) -> _Parts:
    found = [(HeldState(row.state), Reason(row.reason)) for row in rows]
    return tuple(state for state, _ in found), tuple(reason for _, reason in found)


def _is_recipient(reference: str, number: int) -> Any:
    return (held_recipients.c.reference == reference) & (held_recipients.c.number == number)


def _is_open() -> Any:
    return held_recipients.c.state.in_(_OPEN)


def _is_free(now: datetime) -> Any:
    """It waits, and nobody sends to this recipient, or somebody stopped half-way."""
    claimed_at = held_recipients.c.claimed_at
    return _is_open() & or_(claimed_at.is_(None), claimed_at < now - CLAIM_LASTS)

"""Mail kept back: sealed, committed before the MTA hears 250, sent at most once for each recipient."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import delete, insert, select, update

from smime_milter.adapters.stores.database import Connection, Database
from smime_milter.adapters.stores.sealing import Seal
from smime_milter.adapters.stores.tables import held, held_content, held_recipients
from smime_milter.model.decision import Reason
from smime_milter.model.errors import Unavailable
from smime_milter.model.outcome import HeldMail
from smime_milter.model.spool import Spool

PIECE = 1024 * 1024
SAME_MAIL_FOR = timedelta(days=7)
CLAIM_LASTS = timedelta(minutes=10)
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # read out over the telephone: no 0, O, 1, I
_REFERENCE_LENGTH = 8


class HeldState(Enum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    RELEASED = "released"
    DISCARDED = "discarded"


_OPEN = (HeldState.WAITING.value, HeldState.SENDING.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldEntry:
    """A held mail without its content; `states` go with `recipients`. Without the right key only the clear part is filled."""

    reference: str
    reason: Reason
    received_at: datetime
    size: int
    states: tuple[HeldState, ...]
    sender: str = ""
    recipients: tuple[str, ...] = ()
    message_id: str = ""
    findings: str = ""
    client: str = ""
    is_readable: bool = True


class Held:
    def __init__(self, database: Database, seal: Seal, now: Callable[[], datetime]) -> None:
        self._database = database
        self._seal = seal
        self._now = now

    def keep(self, mail: HeldMail) -> str:
        """Implement `ports.HeldStore`; the reference has 8 characters, the same `key` meets for 7 days."""
        token, now = self._seal.token(mail.key), self._now()
        with self._database.writing() as connection:
            reference = _reference_of(connection, token, now)
            return reference or self._insert(connection, mail, token=token, now=now)

    def list(self, *, settled: bool = False) -> tuple[HeldEntry, ...]:
        """What waits, oldest first; with `settled` also what has been sent, released or discarded."""
        query = select(held).order_by(held.c.kept_at, held.c.reference)
        if not settled:
            query = query.where(held.c.settled_at.is_(None))
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            return tuple(self._entry(row, _states(connection, row.reference)) for row in rows)

    def load(self, reference: str) -> tuple[HeldMail, tuple[HeldState, ...]] | None:
        """The mail and its recipients' states, in their order; None if there is none or its content is gone."""
        with self._database.reading() as connection:
            row = connection.execute(select(held).where(held.c.reference == reference)).first()
            if row is None or row.settled_at is not None:
                return None
            details = self._details(row)
            raw = self._content(connection, row)
            return _mail(row, details, raw), _states(connection, reference)

    def claim(self, reference: str, recipient: int) -> bool:
        """Take the recipient with this number (from 0) for sending; True for exactly one caller in 10 minutes."""
        now = self._now()
        taken = {"state": HeldState.SENDING.value, "claimed_at": now}
        claim = update(held_recipients).where(_is_recipient(reference, recipient), _is_free(now)).values(**taken)
        with self._database.writing() as connection:
            return bool(connection.execute(claim).rowcount == 1)

    def settle(self, reference: str, recipient: int, state: HeldState) -> None:
        """Write down what became of a recipient; WAITING gives the claim back. A final state stays."""
        change = update(held_recipients).where(_is_recipient(reference, recipient), held_recipients.c.state.in_(_OPEN))
        with self._database.writing() as connection:
            connection.execute(change.values(state=state.value))
            self._finish(connection, reference)

    def discard(self, reference: str) -> bool:
        """Give up every recipient that is not being sent to; False if there was none."""
        now = self._now()
        change = update(held_recipients).where(held_recipients.c.reference == reference, _is_free(now))
        with self._database.writing() as connection:
            changed = connection.execute(change.values(state=HeldState.DISCARDED.value)).rowcount
            self._finish(connection, reference)
        return bool(changed)

    def _insert(self, connection: Connection, mail: HeldMail, *, token: str, now: datetime) -> str:
        reference = _new_reference(connection)
        row = {
            "reference": reference, "key": token, "reason": mail.reason.value, "received_at": mail.received_at,
            "kept_at": now, "size": len(mail.raw), "details": self._seal.close(_described(mail), f"{reference}:details"),
        }
        connection.execute(insert(held).values(**row))
        for number in range(len(mail.recipients)):
            waiting = {"reference": reference, "number": number, "state": HeldState.WAITING.value}
            connection.execute(insert(held_recipients).values(**waiting))
        octets = mail.raw.octets()
        for number, at in enumerate(range(0, len(octets), PIECE)):
            sealed = self._seal.close(octets[at : at + PIECE], f"{reference}:{number}")
            connection.execute(insert(held_content).values(reference=reference, number=number, sealed=sealed))
        return reference

    def _finish(self, connection: Connection, reference: str) -> None:
        """Once nobody waits any more the content goes."""
        if any(state.value in _OPEN for state in _states(connection, reference)):
            return
        connection.execute(delete(held_content).where(held_content.c.reference == reference))
        done = update(held).where(held.c.reference == reference, held.c.settled_at.is_(None))
        connection.execute(done.values(settled_at=self._now()))

    def _entry(self, row: Any, states: tuple[HeldState, ...]) -> HeldEntry:
        clear: dict[str, Any] = {
            "reference": row.reference, "reason": Reason(row.reason), "received_at": row.received_at,
            "size": row.size, "states": states,
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
        reference = "".join(secrets.choice(_ALPHABET) for _ in range(_REFERENCE_LENGTH))
        if connection.execute(select(held.c.reference).where(held.c.reference == reference)).first() is None:
            return reference


def _described(mail: HeldMail) -> bytes:
    details = {
        "key": mail.key, "sender": mail.sender, "recipients": mail.recipients,
        "message_id": mail.message_id, "findings": mail.findings, "client": mail.client,
    }
    return json.dumps(details).encode()


def _mail(row: Any, details: dict[str, Any], raw: Spool) -> HeldMail:
    return HeldMail(**details, reason=Reason(row.reason), raw=raw, received_at=row.received_at)


def _states(connection: Connection, reference: str) -> tuple[HeldState, ...]:
    columns = held_recipients.c
    query = select(columns.state).where(columns.reference == reference).order_by(columns.number)
    return tuple(HeldState(state) for state in connection.execute(query).scalars())


def _is_recipient(reference: str, number: int) -> Any:
    return (held_recipients.c.reference == reference) & (held_recipients.c.number == number)


def _is_free(now: datetime) -> Any:
    """Nobody sends to this recipient, or somebody stopped half-way."""
    columns = held_recipients.c
    is_stale = (columns.state == HeldState.SENDING.value) & (columns.claimed_at < now - CLAIM_LASTS)
    return (columns.state == HeldState.WAITING.value) | is_stale

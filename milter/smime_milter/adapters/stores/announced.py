"""What the holder of a certificate announced (SMIMECapabilities): kept from the newest signing time, never from the future."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import select, update

from smime_milter.adapters.stores.database import Connection
from smime_milter.adapters.stores.tables import certificates
from smime_milter.model.outcome import Lesson

_ENTRY = certificates.c
_CLOCK_SLACK = timedelta(hours=1)
_REFRESH = timedelta(days=1)
_MOST_CHARACTERS = 500


def signing_time(lesson: Lesson, at: datetime) -> datetime | None:
    """When it was announced; None for what carries no time, or one that lies ahead of us."""
    if lesson.signed_at is None or not lesson.capabilities:
        return None
    try:
        signed_at = datetime.fromtimestamp(lesson.signed_at, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
    return signed_at if signed_at <= at + _CLOCK_SLACK else None


def is_news(connection: Connection, lesson: Lesson, target: str, signed_at: datetime) -> bool:
    """Whether it would change what is kept: another list signed later, or the same one more than a day later."""
    query = select(_ENTRY.capabilities, _ENTRY.capabilities_at).where(_is_entry(lesson, target))
    row = connection.execute(query).first()
    if row is None or row.capabilities_at is None:
        return row is not None
    is_other = row.capabilities != written(lesson.capabilities)
    return bool(signed_at > row.capabilities_at + (timedelta(0) if is_other else _REFRESH))


def keep(connection: Connection, lesson: Lesson, target: str, signed_at: datetime) -> None:
    """Replace an older list; asked once more here, as another process may have learned meanwhile."""
    older = _ENTRY.capabilities_at.is_(None) | (_ENTRY.capabilities_at < signed_at)
    change = update(certificates).where(_is_entry(lesson, target), older)
    connection.execute(change.values(capabilities=written(lesson.capabilities), capabilities_at=signed_at))


def written(capabilities: tuple[str, ...]) -> str:
    """The names with a space between them, the first that fit the column."""
    text = " ".join(capabilities)
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS].rpartition(" ")[0]


def read_back(stored: str | None) -> tuple[str, ...]:
    return tuple((stored or "").split())


def _is_entry(lesson: Lesson, target: str) -> Any:
    return (_ENTRY.sha256 == lesson.certificate.sha256) & (_ENTRY.target == target)

"""What the splitter has done: one row per message and recipient, kept as long as a client may come again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from smime_milter.adapters.stores.database import Database
from smime_milter.adapters.stores.tables import receipts
from smime_milter.model.sealed import ReceiptState

KEPT_FOR = timedelta(days=7)
_AT_ONCE = 500   # in one query
_ROW = receipts.c


class Receipts:
    """Implement `ports.Receipts`."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def known(self, keys: Sequence[str]) -> Mapping[str, ReceiptState]:
        found: dict[str, ReceiptState] = {}
        with self._database.reading() as connection:
            for some in _batches(keys):
                query = select(_ROW.key, _ROW.state).where(_ROW.key.in_(some), _ROW.at >= self._now() - KEPT_FOR)
                found |= {row.key: ReceiptState(row.state) for row in connection.execute(query)}
        return found

    def begin(self, keys: Sequence[str]) -> None:
        self._write(keys, ReceiptState.BEGUN, "")

    def finish(self, keys: Sequence[str], treatment: str) -> None:
        self._write(keys, ReceiptState.DONE, treatment)

    def _write(self, keys: Sequence[str], state: ReceiptState, treatment: str) -> None:
        """Replace what was known of these, and forget what is too old."""
        now = self._now()
        once = list(dict.fromkeys(keys))
        rows = [{"key": key, "state": state.value, "treatment": treatment, "at": now} for key in once]
        with self._database.writing() as connection:
            connection.execute(delete(receipts).where(_ROW.at < now - KEPT_FOR))
            for some in _batches(once):
                connection.execute(delete(receipts).where(_ROW.key.in_(some)))
            if rows:
                connection.execute(insert(receipts), rows)


def _batches(keys: Sequence[str]) -> list[Sequence[str]]:
    return [keys[at : at + _AT_ONCE] for at in range(0, len(keys), _AT_ONCE)]

"""One database: transactions whose failures are `Unavailable` and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from smime_milter.model.errors import Unavailable

Engine = Any
Connection = Any
WRITING_UNTIL = "smime_milter_writing_until"  # the option of a writer's connection: when it gives up waiting
PATIENCE = 1.8  # seconds for a lock, a free connection or a server: the MTA hears 451 within two


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the database or the disk says into `Unavailable` with the class name only.

    The original is not chained: its text holds statements, parameters and paths.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError, UnicodeError) as failure:
        raise Unavailable("store", type(failure).__name__) from None


class Database:
    """`identity` tells whether the file behind the engine is still the same one."""

    def __init__(self, engine: Engine, identity: Callable[[], object]) -> None:
        self.engine = engine
        self._identity = identity
        self._writers = Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, alone among writers; on disk when the block has been left."""
        deadline = monotonic() + PATIENCE
        # SQLite makes its writers poll, and some never get their turn: ours queue up before it.
        if not self._writers.acquire(timeout=PATIENCE):
            raise Unavailable("store", "busy")
        try:
            with self._transaction(deadline) as connection:
                yield connection
        finally:
            self._writers.release()

    @contextmanager
    def _transaction(self, deadline: float) -> Iterator[Connection]:
        with translated():
            before = self._identity()
            with self.engine.connect() as connection:
                connection.execution_options(**{WRITING_UNTIL: deadline})
                try:
                    with connection.begin():
                        yield connection
                except SQLAlchemyError:
                    connection.invalidate()  # what it believes of the file may be wrong by now
                    raise
            if self._identity() != before:
                # SQLite writes on into a deleted file without a word.
                raise Unavailable("store", "replaced while it was written")

    def close(self) -> None:
        with translated():
            self.engine.dispose()

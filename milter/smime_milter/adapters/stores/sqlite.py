"""The embedded store: one SQLite file that only we can read."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool

from smime_milter.adapters.stores.database import PATIENCE, WRITING_UNTIL, Connection, Database, Engine
from smime_milter.model.errors import Unavailable

BACKEND = "sqlite"
_JOURNAL_LIMIT = 16 * 1024 * 1024  # the write-ahead log shrinks to this after a large held mail


def open_database(url: Any) -> Database:
    """Open the file of sqlite:////PATH, or create it with mode 0600; its folder must exist."""
    if not url.database or url.database == ":memory:":
        raise Unavailable("store", "sqlite needs a path: sqlite:////var/lib/smime-milter/certificates.db")
    path = Path(url.database)
    _create(path)
    engine = _engine(path)
    return Database(engine, identity=lambda: _identity(path))


def _create(path: Path) -> None:
    if not path.parent.is_dir():
        raise Unavailable("store", f"the folder {path.parent} does not exist")
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    except OSError as failure:
        raise Unavailable("store", type(failure).__name__) from None
    _give_to_owner_of(path.parent, fd)
    os.close(fd)


def _give_to_owner_of(folder: Path, fd: int) -> None:
    """What root makes on the command line must not lock the daemon out."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(fd, owner.st_uid, owner.st_gid)


def _engine(path: Path) -> Engine:
    # mode=rw: a file that has vanished is an error, never an empty store.
    name = f"file:{quote(str(path))}?mode=rw"

    def connect() -> sqlite3.Connection:
        # isolation_level None: transactions begin where `_begin` says, not where the driver guesses.
        connection = sqlite3.connect(name, uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=8, max_overflow=56,
        pool_timeout=PATIENCE, future=True, hide_parameters=True,
    )
    event.listen(engine, "begin", _begin)
    event.listen(engine, "connect", lambda connection, record: record.info.update(identity=_identity(path)))
    event.listen(engine, "checkout", lambda connection, record, proxy: _check(record, path))
    return engine


def _begin(connection: Connection) -> None:
    deadline = connection.get_execution_options().get(WRITING_UNTIL)
    patience = PATIENCE if deadline is None else max(0.0, deadline - monotonic())
    connection.exec_driver_sql(f"PRAGMA busy_timeout={int(patience * 1000)}")
    # A reader that becomes a writer half-way cannot wait for the lock: writers say so at once.
    connection.exec_driver_sql("BEGIN" if deadline is None else "BEGIN IMMEDIATE")


def _prepare(connection: sqlite3.Connection) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"journal_size_limit={_JOURNAL_LIMIT}"):
        connection.execute(f"PRAGMA {pragma}").close()


def _check(record: Any, path: Path) -> None:
    if record.info.get("identity") != _identity(path):
        raise DisconnectionError


def _identity(path: Path) -> tuple[int, int, bool]:
    """Which file it is and whether it can be written: SQLite stays with a file deleted, and read-only where it opened so."""
    try:
        there = path.stat()
    except OSError:
        return (0, 0, False)
    return (there.st_dev, there.st_ino, os.access(path, os.W_OK))

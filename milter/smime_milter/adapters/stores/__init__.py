"""What must survive a restart: partners' certificates, issuers, held mail. One file for each kind of database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from smime_milter.adapters.stores import postgresql, sqlite
from smime_milter.adapters.stores.certificates import Certificates
from smime_milter.adapters.stores.database import Database
from smime_milter.adapters.stores.held import QUOTA, Held
from smime_milter.adapters.stores.issuers import Issuers
from smime_milter.adapters.stores.migrations import upgrade
from smime_milter.adapters.stores.outbox import Outbox
from smime_milter.adapters.stores.receipts import Receipts
from smime_milter.adapters.stores.revocations import Revocations
from smime_milter.adapters.stores.sealing import Seal
from smime_milter.model.errors import Unavailable

BACKENDS = (sqlite, postgresql)


@dataclass(frozen=True, slots=True)
class Store:
    certificates: Certificates
    issuers: Issuers
    held: Held
    outbox: Outbox
    receipts: Receipts
    revocations: Revocations
    database: Database

    def close(self) -> None:
        self.database.close()


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


def open_store(
    url: str, *, held_key: bytes, address_key: bytes | None = None, now: Callable[[], datetime] = _utc_now, quota: int = QUOTA
) -> Store:
    """Open sqlite:////PATH or postgresql://… and bring its tables up to date; `Unavailable` says what is missing.

    Safe for any number of threads and processes. With `address_key` the history of certificates
    holds keyed hashes instead of addresses. `quota` bounds the bytes of held mail.
    """
    seal = Seal(held_key)
    database = open_database(url)
    try:
        upgrade(database)
    except Unavailable:
        database.close()
        raise
    certificates, issuers = Certificates(database, now, address_key), Issuers(database, now)
    return Store(
        certificates=certificates, issuers=issuers, revocations=Revocations(database, now, certificates, issuers),
        held=Held(database, seal, now, quota),
        outbox=Outbox(database, seal, now), receipts=Receipts(database, now), database=database)


def open_database(url: str) -> Database:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise Unavailable("store", "the address is no database URL") from None
    for backend in BACKENDS:
        if backend.BACKEND == parsed.get_backend_name():
            database: Database = backend.open_database(parsed)
            return database
    known = ", ".join(backend.BACKEND for backend in BACKENDS)
    raise Unavailable("store", f"{parsed.get_backend_name()} is none of {known}")

"""Intermediate certificates learned from mail, found by their subject."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import func, insert, select

from smime_milter.adapters.stores.database import Connection, Database
from smime_milter.adapters.stores.tables import issuers
from smime_milter.certs.reading import read

PER_SUBJECT = 8
ALTOGETHER = 5000


class Issuers:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def issuers_named(self, subject_der: bytes) -> Sequence[bytes]:
        """Implement `ports.IssuerSource`, oldest first."""
        query = select(issuers.c.der).where(issuers.c.subject_sha256 == _digest(subject_der))
        query = query.order_by(issuers.c.learned_at, issuers.c.sha256).limit(PER_SUBJECT)
        with self._database.reading() as connection:
            return tuple(connection.execute(query).scalars())

    def issuers_of(self, subject_sha256: str) -> tuple[bytes, ...]:
        """The same by the SHA-256 of the name."""
        query = select(issuers.c.der).where(issuers.c.subject_sha256 == subject_sha256).limit(PER_SUBJECT)
        with self._database.reading() as connection:
            return tuple(connection.execute(query).scalars())

    def add(self, der: bytes) -> bool:
        """Keep one CA certificate; False if it is known, is none, or its place (8 a subject, 5,000 in all) is taken."""
        with self._database.writing() as connection:
            return add_issuer(connection, der, at=self._now())


def add_issuer(connection: Connection, der: bytes, *, at: datetime) -> bool:
    certificate = read(der)
    if certificate is None or not certificate.is_ca:
        return False
    subject = _digest(certificate.subject_der)
    if _count(connection, issuers.c.sha256 == certificate.sha256) or not _has_room(connection, subject):
        return False
    row = {"sha256": certificate.sha256, "subject_sha256": subject, "der": der, "learned_at": at}
    connection.execute(insert(issuers).values(**row))
    return True


def _has_room(connection: Connection, subject: str) -> bool:
    return _count(connection, issuers.c.subject_sha256 == subject) < PER_SUBJECT and _count(connection, True) < ALTOGETHER


def _count(connection: Connection, condition: object) -> int:
    number: int = connection.execute(select(func.count()).select_from(issuers).where(condition)).scalar()
    return number


def _digest(subject_der: bytes) -> str:
    return hashlib.sha256(subject_der).hexdigest()

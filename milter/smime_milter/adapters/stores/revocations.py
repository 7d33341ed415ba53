"""What issuers said of their certificates: asked by every mail, filled by the fetcher."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, update

from smime_milter.adapters.stores.certificates import Certificates
from smime_milter.adapters.stores.database import Connection, Database
from smime_milter.adapters.stores.issuers import Issuers, add_issuer
from smime_milter.adapters.stores.tables import issuers, revoked_serials, status_sources
from smime_milter.certs.crl import SERIAL_SIZE, serial_octets
from smime_milter.certs.reading import read
from smime_milter.model.certificate import Certificate
from smime_milter.model.revocation import (
    RevocationState, Source, SourceKind, StatusAnswer, StatusQuestion, Wish, name_digest, wishes_for)

ALTOGETHER = 5000
ISSUERS_ALTOGETHER = 200      # of the wishes that anybody's certificate can make
_BATCH = 20
_CLAIM = timedelta(minutes=10)
_FIRST_RETRY = timedelta(minutes=5)
_LONGEST = timedelta(hours=24)
_FORGOTTEN = timedelta(days=90)
_SWEEP = timedelta(hours=6)
_FRESH = timedelta(seconds=30)
_MOST_REMEMBERED = 4096
_S = status_sources.c


class Revocations:
    """Implement `ports.StatusStore`. `swept` is when the stored certificates were last looked through."""

    def __init__(self, database: Database, now: Callable[[], datetime], certificates: Certificates, known: Issuers) -> None:
        self._database, self._now = database, now
        self._certificates, self._issuers = certificates, known
        self._swept: datetime | None = None
        self._remembered: dict[tuple[StatusQuestion, float], tuple[datetime, RevocationState]] = {}

    def states(self, questions: Sequence[StatusQuestion], *, stale: float) -> tuple[RevocationState, ...]:
        """One state for each, at most 30 seconds old; an answer counts `stale` seconds beyond its end."""
        at = self._now()
        known = {q: state for q in questions if (state := self._recalled(q, stale, at)) is not None}
        asked = [q for q in dict.fromkeys(questions) if q not in known]
        if asked:
            with self._database.reading() as connection:
                known |= {q: self._state(connection, q, timedelta(seconds=stale)) for q in asked}
            if len(self._remembered) > _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered |= {(q, stale): (at, known[q]) for q in asked}
        return tuple(known[q] for q in questions)

    def _recalled(self, question: StatusQuestion, stale: float, at: datetime) -> RevocationState | None:
        since, state = self._remembered.get((question, stale), (None, None))
        return state if since is not None and since <= at <= since + _FRESH else None

    def _state(self, connection: Connection, question: StatusQuestion, stale: timedelta) -> RevocationState:
        if not question.crl_urls and not question.ocsp_urls:
            return RevocationState.UNKNOWN
        rows = [r for r in connection.execute(_answers_to(question)) if _fits(r, question)]
        if any(_is_revoked(connection, row.id, question.serial) for row in rows):
            return RevocationState.REVOKED
        end = max((row.next_update for row in rows), default=None)
        if end is None or end + stale < self._now():
            return RevocationState.UNKNOWN
        return RevocationState.GOOD if end >= self._now() else RevocationState.STALE

    def wish(self, wishes: Iterable[Wish], intermediates: Sequence[bytes] = ()) -> None:
        """Remember what should be fetched, each once; `intermediates` of a good path are kept to check it with."""
        with self._database.reading() as connection:
            new = [w for w in dict.fromkeys(wishes) if not _is_known(connection, w)]
        if not new:
            return
        with self._database.writing() as connection:
            for der in intermediates[:8]:
                add_issuer(connection, der, at=self._now())
            for wish in new:
                self._add(connection, wish)

    def _add(self, connection: Connection, wish: Wish) -> None:
        of_kind = _S.kind == SourceKind.ISSUER.value
        room = ISSUERS_ALTOGETHER if wish.kind is SourceKind.ISSUER else ALTOGETHER
        alike = of_kind if wish.kind is SourceKind.ISSUER else ~of_kind
        number = connection.execute(select(func.count()).select_from(status_sources).where(alike)).scalar()
        if number >= room or len(wish.url) > 512 or _is_known(connection, wish):
            return
        at = self._now()
        connection.execute(insert(status_sources).values(
            kind=wish.kind.value, url=wish.url, issuer=wish.issuer, serial=wish.serial, certificate=wish.certificate,
            wanted_at=at, due_at=at, attempts=0, outcome="", issuer_key="", scope=""))

    def wish_for_stored(self) -> None:
        """Every six hours: the lists of all that is kept, and of their issuers; what nobody wants any more goes."""
        at = self._now()
        if self._swept is not None and at - self._swept < _SWEEP:
            return
        wishes = dict.fromkeys(w for c in self._kept(at) for w in wishes_for(c))
        self.wish(wishes)
        with self._database.writing() as connection:
            for wish in wishes:
                connection.execute(update(status_sources).where(_is(wish)).values(wanted_at=at))
            connection.execute(delete(status_sources).where(_S.wanted_at < at - _FORGOTTEN))
        self._swept = at

    def _kept(self, at: datetime) -> Iterator[Certificate]:
        yield from (entry.certificate for entry in self._certificates.list() if entry.certificate.not_after >= at)
        with self._database.reading() as connection:
            ders = list(connection.execute(select(issuers.c.der)).scalars())
        yield from (c for c in map(read, ders) if c is not None and c.not_after >= at)

    def due(self) -> Sequence[Source]:
        """Take some of what is due, longest first; nobody else gets them for ten minutes."""
        at = self._now()
        with self._database.reading() as connection:
            if connection.execute(select(_S.id).where(_S.due_at <= at).limit(1)).scalar() is None:
                return ()
        with self._database.writing() as connection:
            first = select(status_sources).where(_S.due_at <= at).order_by(_S.due_at, _S.id).limit(_BATCH)
            rows = connection.execute(first).all()
            connection.execute(update(status_sources).where(_S.id.in_([r.id for r in rows])).values(due_at=at + _CLAIM))
        return tuple(_source(row) for row in rows)

    def issuers_of(self, source: Source) -> tuple[bytes, ...]:
        """The CA certificates that are known under the issuer's name."""
        return self._issuers.issuers_of(source.wish.issuer)

    def failed(self, source: Source, code: str) -> str:
        """Again later, and later each time; return the code."""
        wait = min(_FIRST_RETRY * 2 ** min(source.attempts, 10), _LONGEST)
        with self._database.writing() as connection:
            connection.execute(update(status_sources).where(_S.id == source.number).values(
                attempts=source.attempts + 1, outcome=code[:32], due_at=self._now() + wait))
            if source.wish.kind is SourceKind.ISSUER and source.attempts >= 5:  # anybody may have named it
                connection.execute(delete(status_sources).where(_S.id == source.number))
        return code

    def keep(self, source: Source, answer: StatusAnswer) -> tuple[str, ...]:
        """Keep a newer answer instead of the older one; return the fingerprints of stored certificates that it revokes."""
        assert answer.this_update is not None and answer.next_update is not None
        with self._database.writing() as connection:
            before = connection.execute(select(_S.this_update, _S.issuer_key).where(_S.id == source.number)).first()
            is_older = before is not None and before.this_update is not None and (
                before.this_update > answer.this_update and before.issuer_key == answer.issuer_key)
            connection.execute(update(status_sources).where(_S.id == source.number).values(
                attempts=0, outcome="older" if is_older else "read", due_at=_next_due(answer, self._now())))
            if before is None or is_older:
                return ()
            _replace(connection, source.number, answer)
        self._remembered.clear()
        return self._revoke(source)

    def _revoke(self, source: Source) -> tuple[str, ...]:
        """Stored certificates of this issuer that the answer names."""
        changed = []
        for entry in self._certificates.list():
            certificate = entry.certificate
            if name_digest(certificate.issuer_der) != source.wish.issuer or not _covers(source.wish, certificate):
                continue
            with self._database.reading() as connection:
                is_revoked = _is_revoked(connection, source.number, certificate.serial)
            if is_revoked and self._certificates.revoke(certificate.sha256):
                changed.append(certificate.sha256)
        return tuple(changed)

    def add_issuers(self, source: Source, certificates: Sequence[bytes]) -> None:
        """Keep what was missing; the wish is fulfilled."""
        with self._database.writing() as connection:
            for der in certificates:
                add_issuer(connection, der, at=self._now())
            connection.execute(delete(status_sources).where(_S.id == source.number))


def _is(wish: Wish) -> Any:
    return and_(_S.kind == wish.kind.value, _S.url == wish.url, _S.issuer == wish.issuer, _S.serial == wish.serial)


def _is_known(connection: Connection, wish: Wish) -> bool:
    return connection.execute(select(_S.id).where(_is(wish))).scalar() is not None


def _source(row: Any) -> Source:
    wish = Wish(kind=SourceKind(row.kind), url=row.url, issuer=row.issuer, serial=row.serial, certificate=row.certificate)
    return Source(number=row.id, wish=wish, attempts=row.attempts)


def _answers_to(question: StatusQuestion) -> Any:
    lists = and_(_S.kind == SourceKind.CRL.value, _S.url.in_(question.crl_urls))
    alone = and_(_S.kind == SourceKind.OCSP.value, _S.url.in_(question.ocsp_urls), _S.serial == question.serial[:64])
    columns = (_S.id, _S.issuer_key, _S.scope, _S.next_update)
    return select(*columns).where(_S.issuer == question.issuer, _S.next_update.is_not(None), or_(lists, alone))


def _fits(row: Any, question: StatusQuestion) -> bool:
    is_by_issuer = question.issuer_key in ("", row.issuer_key)
    return is_by_issuer and row.scope in ("", "ca" if question.is_ca else "user")


def _covers(wish: Wish, certificate: Certificate) -> bool:
    return wish.url in certificate.crl_urls if wish.kind is SourceKind.CRL else wish.serial == certificate.serial[:64]


def _is_revoked(connection: Connection, source: int, serial: str) -> bool:
    wanted = serial_octets(int(serial))
    query = select(revoked_serials.c.serials).where(revoked_serials.c.source == source, revoked_serials.c.bucket == wanted[-1])
    held: bytes = connection.execute(query).scalar() or b""
    at = bisect_left(range(len(held) // SERIAL_SIZE), wanted, key=lambda n: held[n * SERIAL_SIZE : (n + 1) * SERIAL_SIZE])
    return held[at * SERIAL_SIZE : (at + 1) * SERIAL_SIZE] == wanted


def _replace(connection: Connection, source: int, answer: StatusAnswer) -> None:
    connection.execute(update(status_sources).where(_S.id == source).values(
        issuer_key=answer.issuer_key, scope=answer.scope, this_update=answer.this_update, next_update=answer.next_update))
    connection.execute(delete(revoked_serials).where(revoked_serials.c.source == source))
    rows = [{"source": source, "bucket": bucket, "serials": serials} for bucket, serials in _buckets(answer)]
    if rows:
        connection.execute(insert(revoked_serials), rows)


def _buckets(answer: StatusAnswer) -> Iterator[tuple[int, bytes]]:
    octets = bytes(answer.serials.octets()[:]) if answer.serials is not None else b""
    entries = sorted({octets[at : at + SERIAL_SIZE] for at in range(0, len(octets) - SERIAL_SIZE + 1, SERIAL_SIZE)},
                     key=lambda entry: (entry[-1], entry))
    for bucket, found in groupby(entries, key=lambda entry: entry[-1]):
        yield bucket, b"".join(found)


def _next_due(answer: StatusAnswer, at: datetime) -> datetime:
    """After three quarters of its life, at least daily; a list that has ended is looked for every hour."""
    assert answer.this_update is not None and answer.next_update is not None
    wanted = answer.this_update + (answer.next_update - answer.this_update) * 3 / 4
    return min(max(wanted, at + timedelta(hours=1)), at + _LONGEST)

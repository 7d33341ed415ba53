"""Partners' certificates: what the mail path asks, what it learns, what an administrator changes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from smime_milter.adapters.stores import announced, continuity
from smime_milter.adapters.stores.continuity import Entry
from smime_milter.adapters.stores.database import Connection, Database
from smime_milter.adapters.stores.issuers import add_issuer
from smime_milter.adapters.stores.tables import certificate_events, certificates
from smime_milter.certs.reading import read
from smime_milter.model.address import parse_address, to_a_label
from smime_milter.model.certificate import Certificate, CertificateState, StoredCertificate
from smime_milter.model.outcome import Lesson

LEARNED = "learned"
KNOWN = "known"
IMPORTED = "imported"
_DAY = timedelta(days=1)
_MESSAGE_ID_LIMIT = 998
_ENTRY = certificates.c
_IN_ORDER = (_ENTRY.target, _ENTRY.id)
# Made once: putting a statement together costs more than SQLite takes to answer it.
_FOR_ONE = select(certificates).where(
    or_(_ENTRY.target == bindparam("address"), _ENTRY.target == bindparam("domain"))).order_by(*_IN_ORDER)


class Certificates:
    """Every change is one transaction with its row in `certificate_events`.

    `address_key` makes the addresses in that history keyed hashes.
    """

    def __init__(self, database: Database, now: Callable[[], datetime], address_key: bytes | None = None) -> None:
        self._database = database
        self._now = now
        self._address_key = address_key

    def certificates_for(self, address: str, domain: str) -> Sequence[StoredCertificate]:
        """Implement `ports.CertificateSource` with one indexed query; expired and superseded ones are among them."""
        targets = {"address": address if _is_text(address) else "", "domain": domain if _is_text(domain) else ""}
        with self._database.reading() as connection:
            entries = _read(connection.execute(_FOR_ONE, targets))
        return _as_stored(entries, self._now())

    def learn(self, lesson: Lesson, *, usable_from: datetime, at: datetime) -> str:
        """Implement `ports.CertificateStore`: "learned", "known", "H8" (kept as a candidate) or "H10" (not kept)."""
        target = _target(lesson.address)
        outcome = KNOWN
        if not self._is_settled(lesson.certificate.sha256, target):
            with self._database.writing() as connection:
                outcome = self._learn(connection, lesson, target=target, usable_from=usable_from, at=at)
        self._keep_announced(lesson, target, at)
        return outcome

    def _keep_announced(self, lesson: Lesson, target: str, at: datetime) -> None:
        signed_at = announced.signing_time(lesson, at)
        if signed_at is None:
            return
        with self._database.reading() as connection:
            is_news = announced.is_news(connection, lesson, target, signed_at)
        if is_news:
            with self._database.writing() as connection:
                announced.keep(connection, lesson, target, signed_at)

    def list(self, *, address: str = "", state: CertificateState | None = None) -> tuple[StoredCertificate, ...]:
        """All entries, or those for an address or domain, or in a state, by target."""
        condition = _ENTRY.target == _target(address) if address else True
        with self._database.reading() as connection:
            found = _as_stored(_entries(connection, condition), self._now())
        return tuple(entry for entry in found if state in (None, entry.state))

    def get(self, prefix: str) -> tuple[StoredCertificate, ...]:
        """The entries whose fingerprint begins so; several certificates where the prefix is not unique."""
        start = prefix.lower().replace(":", "")
        if not start or not set(start) <= set("0123456789abcdef"):
            return ()
        targets = select(_ENTRY.target).where(_ENTRY.sha256 >= start, _ENTRY.sha256 < start + "g")
        with self._database.reading() as connection:
            found = _as_stored(_entries(connection, _ENTRY.target.in_(targets)), self._now())
        return tuple(entry for entry in found if entry.certificate.sha256.startswith(start))

    def history(self, sha256: str) -> tuple[tuple[datetime, str, str], ...]:
        """Time, event and rule of every change, oldest first."""
        rows = certificate_events.c
        query = select(rows.at, rows.event, rows.rule).where(rows.sha256 == sha256).order_by(rows.id)
        with self._database.reading() as connection:
            return tuple((row.at, row.event, row.rule) for row in connection.execute(query))

    def import_(self, certificate: Certificate, target: str, *, source: str) -> str:
        """Store for an address or a domain, usable at once: "imported", or "known" if it was in use already.

        A person's word: an older certificate of the target is superseded, whoever issued it.
        """
        place, at = _target(target), self._now()
        with self._database.writing() as connection:
            siblings = _siblings(connection, place)
            own = siblings.get(certificate.sha256)
            if own and own.state is CertificateState.ACTIVE and own.usable_from <= at:
                return KNOWN
            if own is None:
                _insert(connection, certificate, target=place, source=source, usable_from=at, learned_at=at)
            older = [e for e in continuity.heads(siblings, at) if e.certificate.not_before <= certificate.not_before]
            self._activate(connection, certificate.sha256, place, usable_from=at, instead_of=older, event=IMPORTED, at=at)
            return IMPORTED

    def approve(self, sha256: str) -> int:
        """Put a certificate into use at once, instead of any other of the same target; return how many entries changed."""
        at, changed = self._now(), 0
        with self._database.writing() as connection:
            for target in _targets(connection, sha256):
                siblings = _siblings(connection, target)
                if _is_in_use(siblings[sha256], at):
                    continue
                changed += 1
                others = continuity.heads(siblings, at)
                self._activate(connection, sha256, target, usable_from=at, instead_of=others, event="approved", at=at)
        return changed

    def distrust(self, sha256: str) -> int:
        """Never use this certificate again, and learn nothing from it; what it had superseded comes back."""
        state = CertificateState.DISTRUSTED.value
        with self._database.writing() as connection:
            change = update(certificates).where(_ENTRY.sha256 == sha256, _ENTRY.state != state).values(state=state, rule="")
            return self._change(connection, change, sha256, event="distrusted")

    def revoke(self, sha256: str) -> int:
        """The issuer has taken it back: never used again, as a distrusted one; return how many entries changed."""
        states = (CertificateState.REVOKED.value, CertificateState.DISTRUSTED.value)
        with self._database.writing() as connection:
            change = update(certificates).where(_ENTRY.sha256 == sha256, _ENTRY.state.not_in(states))
            return self._change(connection, change.values(state=states[0], rule=""), sha256, event="revoked")

    def remove(self, sha256: str) -> int:
        """Forget a certificate; a mail signed with it may teach it again."""
        with self._database.writing() as connection:
            return self._change(connection, delete(certificates).where(_ENTRY.sha256 == sha256), sha256, event="removed")

    def _is_settled(self, sha256: str, target: str) -> bool:
        """Whether another mail with this certificate changes nothing: the usual case, without a lock."""
        query = select(_ENTRY.state).where(_ENTRY.sha256 == sha256, _ENTRY.target == target)
        with self._database.reading() as connection:
            return connection.execute(query).scalar() not in (None, CertificateState.PENDING.value)

    def _learn(self, connection: Connection, lesson: Lesson, *, target: str, usable_from: datetime, at: datetime) -> str:
        siblings = _siblings(connection, target)
        own = siblings.get(lesson.certificate.sha256)
        working = continuity.heads(siblings, at)
        rule = continuity.speaks_against(lesson.certificate, working)
        if own and (rule or own.state is not CertificateState.PENDING):
            return KNOWN
        if own is None:
            if _is_over_quota(connection, target, siblings, at):
                return continuity.QUOTA
            _insert(
                connection, lesson.certificate, target=target, source=LEARNED,
                usable_from=usable_from, learned_at=at, learned_from=lesson.message_id, rule=rule,
            )
            for der in lesson.intermediates:
                add_issuer(connection, der, at=at)
        if rule:
            self._note(connection, lesson.certificate.sha256, target, event="candidate", rule=rule, at=at)
            return rule
        self._activate(
            connection, lesson.certificate.sha256, target,
            usable_from=usable_from, instead_of=continuity.replaced(lesson.certificate, working), event=LEARNED, at=at,
        )
        return LEARNED

    def _activate(
        self, connection: Connection, sha256: str, target: str,
        *, usable_from: datetime, instead_of: Sequence[Entry], event: str, at: datetime,
    ) -> None:
        """Make one entry the head of its target; the others stay in use until it is usable."""
        active = {"state": CertificateState.ACTIVE.value, "rule": "", "usable_from": usable_from, "superseded_by": None}
        connection.execute(update(certificates).where(_is_entry(sha256, target)).values(**active))
        self._note(connection, sha256, target, event=event, at=at)
        for entry in instead_of:
            if entry.sha256 != sha256:
                connection.execute(update(certificates).where(_is_entry(entry.sha256, target)).values(superseded_by=sha256))
                self._note(connection, entry.sha256, target, event="superseded", rule=continuity.CONTINUITY, at=at)

    def _change(self, connection: Connection, statement: Any, sha256: str, *, event: str) -> int:
        at, targets = self._now(), _targets(connection, sha256)
        changed: int = connection.execute(statement).rowcount
        for target in targets if changed else ():
            self._note(connection, sha256, target, event=event, at=at)
        return changed

    def _note(self, connection: Connection, sha256: str, target: str, *, event: str, at: datetime, rule: str = "") -> None:
        row = {"at": at, "sha256": sha256, "address": self._shown(target), "event": event, "rule": rule}
        connection.execute(insert(certificate_events).values(**row))

    def _shown(self, target: str) -> str:
        if self._address_key is None:
            return target
        return hmac.new(self._address_key, target.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16]


def _target(address_or_domain: str) -> str:
    address = parse_address(address_or_domain)
    if address is not None:
        return address.key
    return address_or_domain.lower() if "@" in address_or_domain else to_a_label(address_or_domain)


def _is_text(target: str) -> bool:
    """Raw bytes of an address that is no UTF-8 arrive as half characters: nobody has a certificate for it."""
    return target.isascii() or target.encode("utf-8", "replace").decode() == target


def _storable(message_id: str) -> str:
    return message_id.encode("utf-8", "replace").decode().replace("\0", "?")[:_MESSAGE_ID_LIMIT]


def _is_entry(sha256: str, target: str) -> Any:
    return (_ENTRY.sha256 == sha256) & (_ENTRY.target == target)


def _is_in_use(entry: Entry, at: datetime) -> bool:
    return entry.state is CertificateState.ACTIVE and entry.usable_from <= at and entry.superseded_by is None


def _targets(connection: Connection, sha256: str) -> list[str]:
    return list(connection.execute(select(_ENTRY.target).where(_ENTRY.sha256 == sha256)).scalars())


def _entries(connection: Connection, condition: Any) -> list[Entry]:
    return _read(connection.execute(select(certificates).where(condition).order_by(*_IN_ORDER)))


def _read(rows: Any) -> list[Entry]:
    readable = ((row, read(row.der)) for row in rows)
    return [_entry(row, certificate) for row, certificate in readable if certificate is not None]


def _entry(row: Any, certificate: Certificate) -> Entry:
    return Entry(
        target=row.target, certificate=certificate, state=CertificateState(row.state), rule=row.rule,
        usable_from=row.usable_from, source=row.source, learned_from=row.learned_from, learned_at=row.learned_at,
        superseded_by=row.superseded_by, capabilities=announced.read_back(row.capabilities),
    )


def _siblings(connection: Connection, target: str) -> dict[str, Entry]:
    return {entry.sha256: entry for entry in _entries(connection, _ENTRY.target == target)}


def _as_stored(entries: Sequence[Entry], at: datetime) -> tuple[StoredCertificate, ...]:
    families: dict[str, dict[str, Entry]] = {}
    for entry in entries:
        families.setdefault(entry.target, {})[entry.sha256] = entry
    return tuple(continuity.stored(entry, families[entry.target], at) for entry in entries)


def _is_over_quota(connection: Connection, target: str, siblings: continuity.Siblings, at: datetime) -> bool:
    candidates = sum(entry.state is CertificateState.PENDING for entry in siblings.values())
    if candidates >= continuity.CANDIDATES_PER_ADDRESS:
        return True
    today = select(func.count()).select_from(certificates).where(
        _ENTRY.mail_domain == target.rpartition("@")[2], _ENTRY.learned_at > at - _DAY, _ENTRY.source == LEARNED
    )
    return bool(connection.execute(today).scalar() >= continuity.NEW_PER_DOMAIN_AND_DAY)


def _insert(
    connection: Connection, certificate: Certificate, *, target: str, source: str,
    usable_from: datetime, learned_at: datetime, learned_from: str = "", rule: str = "",
) -> None:
    row = {
        "sha256": certificate.sha256, "target": target, "mail_domain": target.rpartition("@")[2], "der": certificate.der,
        "state": CertificateState.PENDING.value, "rule": rule, "usable_from": usable_from, "source": source,
        "learned_from": _storable(learned_from), "learned_at": learned_at,
    }
    connection.execute(insert(certificates).values(**row))

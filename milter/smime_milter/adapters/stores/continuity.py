"""Which of an address's certificates is in force: rules H8 and H10, and what expires or is replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from smime_milter.model.certificate import Certificate, CertificateState, StoredCertificate

CANDIDATES_PER_ADDRESS = 20
NEW_PER_DOMAIN_AND_DAY = 200
CONTINUITY = "H8"
QUOTA = "H10"
RENEWAL = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row: one certificate for one target (an address in comparable form, or a domain)."""

    target: str
    certificate: Certificate
    state: CertificateState
    rule: str
    usable_from: datetime
    source: str
    learned_from: str
    learned_at: datetime
    superseded_by: str | None
    capabilities: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        return self.certificate.sha256


Siblings = Mapping[str, Entry]


def stored(entry: Entry, siblings: Siblings, at: datetime) -> StoredCertificate:
    """The entry as it stands at this time; `siblings` are all entries of its target by fingerprint."""
    is_address = "@" in entry.target
    return StoredCertificate(
        certificate=entry.certificate,
        address=entry.target if is_address else None,
        domain=None if is_address else entry.target,
        state=_state(entry, siblings, at),
        usable_from=entry.usable_from,
        source=entry.source,
        learned_from=entry.learned_from,
        learned_at=entry.learned_at,
        capabilities=entry.capabilities,
    )


def _state(entry: Entry, siblings: Siblings, at: datetime) -> CertificateState:
    if entry.state in (CertificateState.DISTRUSTED, CertificateState.REVOKED):
        return entry.state
    if entry.certificate.not_after < at:
        return CertificateState.EXPIRED
    if any(successor.usable_from <= at for successor in _successors(entry, siblings)):
        return CertificateState.SUPERSEDED
    return entry.state


def _successors(entry: Entry, siblings: Siblings) -> Iterable[Entry]:
    """Every active entry that has replaced this one; past a distrusted one the chain goes on."""
    seen = {entry.sha256}
    following = entry.superseded_by
    while following is not None and following in siblings and following not in seen:
        seen.add(following)
        successor = siblings[following]
        if successor.state is CertificateState.ACTIVE:
            yield successor
        following = successor.superseded_by


def heads(siblings: Siblings, at: datetime) -> tuple[Entry, ...]:
    """The working entries nothing is about to replace; one that becomes usable later counts."""
    return tuple(
        entry
        for entry in siblings.values()
        if entry.state is CertificateState.ACTIVE and entry.certificate.not_after >= at and not any(_successors(entry, siblings))
    )


def speaks_against(certificate: Certificate, working: Iterable[Entry]) -> str:
    """Rule H8 if the address has a working certificate that this one does not plainly renew, else empty."""
    return "" if all(_renews(certificate, entry.certificate) for entry in working) else CONTINUITY


def replaced(certificate: Certificate, working: Iterable[Entry]) -> tuple[Entry, ...]:
    """Those of the working entries a learned certificate takes the place of, once it is usable.

    A renewal comes towards the end of the old one's life. A second certificate of the same issuer long before that is
    on another device of the same person: both stay in use.
    """
    return tuple(entry for entry in working if entry.certificate.not_after - certificate.not_before <= RENEWAL)


def _renews(new: Certificate, old: Certificate) -> bool:
    same_issuer = (new.issuer, new.issuer_der) == (old.issuer, old.issuer_der)
    return same_issuer and new.not_before > old.not_before

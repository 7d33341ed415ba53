"""The path of a signer with what is known of revocation: out of the cache alone, no mail waits for a network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from smime_milter.certs.keys import key_digest
from smime_milter.certs.path import PathResult, validate_path
from smime_milter.certs.reading import read
from smime_milter.model.certificate import Certificate
from smime_milter.model.revocation import RevocationState, SourceKind, Wish, name_digest, question_about, wishes_for, worst
from smime_milter.model.settings import RevocationMode
from smime_milter.model.signature import SignatureReason, Trust
from smime_milter.worker.asks import Daemon
from smime_milter.worker.state import WorkerState

_MOST_WISHES = 16
_UNSURE = (RevocationState.UNKNOWN, RevocationState.STALE)


@dataclass(frozen=True, slots=True)
class CheckedPath:
    """`wishes` are answers that are missing here, for the next mail."""

    result: PathResult
    state: RevocationState = RevocationState.NOT_ASKED
    wishes: tuple[Wish, ...] = ()

    @property
    def word(self) -> str:
        """What is written down; nothing where nobody asked."""
        word: str = self.state.value
        return "" if self.state is RevocationState.NOT_ASKED else word


def checked_path(der: bytes, others: tuple[bytes, ...], at: datetime, *, state: WorkerState, daemon: Daemon) -> CheckedPath:
    """Validate a path at this time, then ask the cache about every certificate in it but the anchor."""
    result = validate_path(der, others, state.anchors, at, more=daemon.issuers)
    mode = state.start.revocation
    if mode is RevocationMode.OFF:
        return CheckedPath(result)
    if result.trust is not Trust.TRUSTED:
        is_incomplete = result.reason is SignatureReason.ISSUER_UNKNOWN
        return CheckedPath(result, wishes=_missing_issuers(der, others) if is_incomplete else ())
    certificates = [c for c in map(read, result.path[:-1]) if c is not None]
    questions = tuple(question_about(c, key_digest(above)) for c, above in zip(certificates, result.path[1:]))
    states = daemon.revocation(questions) if questions else ()
    wishes = tuple(w for c, s in zip(certificates, states) if s in _UNSURE for w in wishes_for(c))
    return CheckedPath(_judged(result, worst(states), mode), worst(states), wishes[:_MOST_WISHES])


def _judged(result: PathResult, state: RevocationState, mode: RevocationMode) -> PathResult:
    if state is RevocationState.REVOKED:
        return replace(result, trust=Trust.REVOKED, reason=SignatureReason.CERTIFICATE_REVOKED)
    if state is RevocationState.UNKNOWN and mode is RevocationMode.HARD:
        return replace(result, trust=Trust.UNKNOWN, reason=SignatureReason.CERTIFICATE_STATUS_UNKNOWN)
    return result


def _missing_issuers(der: bytes, others: tuple[bytes, ...]) -> tuple[Wish, ...]:
    """Where the issuers are that nobody sent, of the signer's certificate and of CA certificates beside it."""
    known = [c for c in map(read, (der, *others)) if c is not None and (c.der == der or c.is_ca)][:4]
    subjects = {c.subject_der for c in known if c.is_ca}
    missing = [c for c in known if c.issuer_urls and c.issuer_der not in subjects]
    return tuple(_issuer_wish(c) for c in missing)


def _issuer_wish(certificate: Certificate) -> Wish:
    return Wish(kind=SourceKind.ISSUER, url=certificate.issuer_urls[0], issuer=name_digest(certificate.issuer_der),
                certificate=certificate.der)

"""Which certificates a message to an address is encrypted with, or why none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from smime_milter.certs.fitness import why_unfit_to_encrypt
from smime_milter.model.certificate import Certificate, CertificateState, StoredCertificate, Unfit
from smime_milter.model.facts import NoCertificate


MOST_DEVICES = 3


def choose(
    candidates: Sequence[StoredCertificate], address: str, at: datetime, *, unsure: Collection[str] = ()
) -> tuple[Certificate, ...] | NoCertificate:
    """Choose among what the stores know: of the mailbox's own the three issued last, since each may be on another
    device of the same person; without any the newest of its domain. Never an empty tuple.

    `address` is in comparable form. Every candidate is judged again at this time, whatever
    allowed it into the store (H13). `unsure` are fingerprints of those nobody may use as long as their status is not known.
    """
    verdicts = [(c, _why_not(c, address, at) or (Unfit.STATUS_UNKNOWN if c.certificate.sha256 in unsure else None))
                for c in candidates]
    fit = [candidate for candidate, unfit in verdicts if unfit is None]
    if fit:
        own = [candidate for candidate in fit if candidate.address is not None]
        newest = sorted(own or fit, key=_preference, reverse=True)[: MOST_DEVICES if own else 1]
        return tuple({c.certificate.sha256: c.certificate for c in newest}.values())
    return NoCertificate({c.certificate.sha256: unfit for c, unfit in verdicts if unfit is not None})


def _why_not(candidate: StoredCertificate, address: str, at: datetime) -> Unfit | None:
    if not _is_for(candidate, address):
        return Unfit.OTHER_ADDRESS
    if candidate.state is not CertificateState.ACTIVE:
        return Unfit.NOT_ACTIVE
    if candidate.usable_from > at:
        return Unfit.NOT_YET_USABLE
    # A domain certificate names a function mailbox or none: the binding to the domain is the store's
    return why_unfit_to_encrypt(candidate.certificate, candidate.address, at)


def _is_for(candidate: StoredCertificate, address: str) -> bool:
    if candidate.address is not None:
        return candidate.address == address
    return candidate.domain is not None and candidate.domain == address.rpartition("@")[2]


def _preference(candidate: StoredCertificate) -> tuple[datetime, datetime, str]:
    certificate = candidate.certificate
    return certificate.not_before, certificate.not_after, certificate.sha256

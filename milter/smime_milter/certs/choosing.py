"""Which certificate a message to an address is encrypted with, or why none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from smime_milter.certs.fitness import why_unfit_to_encrypt
from smime_milter.model.certificate import Certificate, CertificateState, StoredCertificate, Unfit
from smime_milter.model.facts import NoCertificate


def choose(candidates: Sequence[StoredCertificate], address: str, at: datetime) -> Certificate | NoCertificate:
    """Choose among what the stores know; the mailbox's own before its domain's, then the newest issued.

    `address` is in comparable form. Every candidate is judged again at this time, whatever
    allowed it into the store (H13).
    """
    verdicts = [(candidate, _why_not(candidate, address, at)) for candidate in candidates]
    fit = [candidate for candidate, unfit in verdicts if unfit is None]
    if fit:
        return max(fit, key=_preference).certificate
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


def _preference(candidate: StoredCertificate) -> tuple[bool, datetime, datetime, str]:
    certificate = candidate.certificate
    return candidate.address is not None, certificate.not_before, certificate.not_after, certificate.sha256

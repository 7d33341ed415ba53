"""Certificate revocation lists: checked once when they are fetched, kept as bare serial numbers (RFC 5280 §5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from smime_milter.certs.fitness import STRONG_HASHES
from smime_milter.certs.keys import IssuerKey, issuer_keys
from smime_milter.model.revocation import StatusAnswer
from smime_milter.model.spool import Spool

SERIAL_SIZE = 20     # RFC 5280 §4.1.2.2
_SKEW = timedelta(hours=1)
_KNOWN = (x509.IssuingDistributionPoint, x509.DeltaCRLIndicator, x509.CRLNumber, x509.AuthorityKeyIdentifier)


def read_crl(content: bytes, issuers: Sequence[bytes], at: datetime) -> StatusAnswer:
    """Check a list (DER or PEM) against the certificates of its issuer (DER); delta, indirect and partial lists are not used.

    One that has ended is read all the same: what it revokes stays revoked.
    """
    try:
        crl = (x509.load_pem_x509_crl if content.startswith(b"-----BEGIN") else x509.load_der_x509_crl)(content)
        return _read(crl, issuers, at)
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm):
        return StatusAnswer(code="malformed")


def _read(crl: Any, issuers: Sequence[bytes], at: datetime) -> StatusAnswer:
    fault, scope = _extent(crl.extensions)
    this_update, next_update = _utc(crl, "last_update"), _utc(crl, "next_update")
    if fault or this_update is None or next_update is None:
        return StatusAnswer(code=fault or "no-end")
    if this_update > at + _SKEW:
        return StatusAnswer(code="not-yet-valid")
    if crl.signature_hash_algorithm is not None and _hash_name(crl) not in STRONG_HASHES:
        return StatusAnswer(code="weak")
    keys = issuer_keys(issuers, crl.issuer.public_bytes())
    signer = next((key for key in keys if key.may_sign_crls and _is_by(crl, key)), None)
    if signer is None:
        return StatusAnswer(code="wrong-signature")
    return StatusAnswer(code="read", issuer_key=signer.digest, scope=scope, this_update=this_update, next_update=next_update,
                        serials=compact(entry.serial_number for entry in crl))


def _extent(extensions: x509.Extensions) -> tuple[str, str]:
    """What speaks against it, and whether it covers CA certificates or the others only."""
    scope = ""
    for extension in extensions:
        value = extension.value
        if isinstance(value, x509.DeltaCRLIndicator):
            return "delta", ""
        if isinstance(value, x509.IssuingDistributionPoint):
            if value.indirect_crl or value.only_contains_attribute_certs or value.only_some_reasons:
                return "indirect" if value.indirect_crl else "partial", ""
            scope = "ca" if value.only_contains_ca_certs else "user" if value.only_contains_user_certs else ""
        elif extension.critical and not isinstance(value, _KNOWN):
            return "unsupported", ""
    return "", scope


def _utc(crl: Any, name: str) -> datetime | None:
    """Newer versions of the library give aware times under another name."""
    moment: datetime | None = getattr(crl, name + "_utc") if hasattr(crl, name + "_utc") else getattr(crl, name)
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _hash_name(crl: Any) -> str:
    return str(crl.signature_hash_algorithm.name).replace("-", "_")


def _is_by(crl: Any, key: IssuerKey) -> bool:
    try:
        return bool(crl.is_signature_valid(key.public))
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False


def compact(serials: Iterable[int]) -> Spool:
    """The numbers as 20 octets each, in the order of their last octet and then of their value, each once."""
    kept = sorted({serial_octets(number) for number in serials}, key=lambda octets: (octets[-1], octets))
    return Spool.of(b"".join(kept))


def serial_octets(number: int) -> bytes:
    """A number that does not fit keeps its last octets: too long for the standard, and never taken for another by chance."""
    return (number & (1 << 8 * SERIAL_SIZE) - 1).to_bytes(SERIAL_SIZE, "big")

"""Whether a certificate may be used for S/MIME: dates, purpose, usage, strength, address (RFC 8550)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from smime_milter.model.certificate import Certificate, KeyKind, Unfit

MIN_RSA_BITS = 2048
MIN_EXPONENT = 65537
# RFC 5280 §4.2.1.3, RFC 5753 §3.1: keys that agree on a key do not encipher one
_ENCRYPTING_USAGES = {
    KeyKind.RSA: "key_encipherment", KeyKind.EC: "key_agreement", KeyKind.X25519: "key_agreement"}
STRONG_HASHES = frozenset({
    "sha224", "sha256", "sha384", "sha512", "sha512_224", "sha512_256",
    "sha3_224", "sha3_256", "sha3_384", "sha3_512", "shake128", "shake256",
})


def why_unfit_to_encrypt(certificate: Certificate, address: str | None, at: datetime) -> Unfit | None:
    """Say why nothing is encrypted with it, None if it may be; `address` None leaves the address out."""
    return next(_against_encrypting(certificate, address, at), None)


def why_unfit_to_sign(certificate: Certificate, at: datetime) -> Unfit | None:
    """Say why its signatures are not accepted, None if they are; whose they are is not asked here."""
    return next(_against_signing(certificate, at), None)


def _against_encrypting(certificate: Certificate, address: str | None, at: datetime) -> Iterator[Unfit]:
    yield from _against_any_use(certificate, at)
    usage = _ENCRYPTING_USAGES.get(certificate.key_kind)
    if usage is None:
        yield Unfit.UNSUPPORTED_KEY
    elif certificate.has_usage and usage not in certificate.usages:
        yield Unfit.WRONG_USAGE
    if address is not None:
        yield from _against_address(certificate, address)


def _against_signing(certificate: Certificate, at: datetime) -> Iterator[Unfit]:
    yield from _against_any_use(certificate, at)
    # RFC 8550 §4.4.2
    if certificate.has_usage and not certificate.usages & {"digital_signature", "non_repudiation"}:
        yield Unfit.WRONG_USAGE
    if certificate.key_kind in (KeyKind.OTHER, KeyKind.X25519):
        yield Unfit.UNSUPPORTED_KEY


def _against_any_use(certificate: Certificate, at: datetime) -> Iterator[Unfit]:
    if at < certificate.not_before:
        yield Unfit.NOT_YET_VALID
    if at > certificate.not_after:
        yield Unfit.EXPIRED
    if certificate.is_ca:
        yield Unfit.IS_CA
    if not is_for_email(certificate):
        yield Unfit.NO_EMAIL_PURPOSE
    if has_weak_key(certificate):
        yield Unfit.WEAK_KEY
    if has_weak_signature(certificate):
        yield Unfit.WEAK_SIGNATURE
    if certificate.has_bad_address:
        yield Unfit.BAD_ADDRESS


def _against_address(certificate: Certificate, address: str) -> Iterator[Unfit]:
    if not certificate.addresses:
        yield Unfit.NO_ADDRESS
    elif address not in certificate.addresses:
        yield Unfit.OTHER_ADDRESS


def is_for_email(certificate: Certificate) -> bool:
    """Accept a certificate without extended key usage: RFC 8550 §4.4.4 restricts only those that have it."""
    return not certificate.has_purpose or bool(certificate.purposes & {"email", "any"})


def has_weak_key(certificate: Certificate) -> bool:
    """Whether an RSA key is short, factored, or invites forgery by its exponent; other kinds are never weak."""
    exponent = certificate.key_exponent
    is_forgeable = exponent < MIN_EXPONENT or exponent % 2 == 0
    return has_short_key(certificate) or certificate.key_kind is KeyKind.RSA and is_forgeable


def has_short_key(certificate: Certificate) -> bool:
    """Whether an RSA modulus is below 2048 bits, or known to be factored."""
    return certificate.key_kind is KeyKind.RSA and certificate.key_bits < MIN_RSA_BITS


def has_weak_signature(certificate: Certificate) -> bool:
    """Whether its issuer signed with a hash that is broken or unknown to us."""
    return certificate.signature_hash not in STRONG_HASHES

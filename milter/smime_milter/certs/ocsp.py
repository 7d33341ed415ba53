"""OCSP for certificates whose issuer publishes no list: the request, and its answer checked (RFC 6960)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp

from smime_milter.certs.crl import compact
from smime_milter.certs.fitness import STRONG_HASHES
from smime_milter.certs.keys import IssuerKey, issuer_keys
from smime_milter.certs.reading import read
from smime_milter.model.revocation import StatusAnswer

_SKEW = timedelta(hours=1)
_WITHOUT_END = timedelta(hours=12)   # how long an answer counts that does not say it


def ocsp_request(certificate: bytes, issuer: bytes) -> bytes:
    """The DER of a question about one certificate. SHA-1 names the issuer here and protects nothing: every responder knows it."""
    pair = x509.load_der_x509_certificate(certificate), x509.load_der_x509_certificate(issuer)
    built = ocsp.OCSPRequestBuilder().add_certificate(*pair, hashes.SHA1()).build()
    return built.public_bytes(serialization.Encoding.DER)


def read_ocsp(content: bytes, certificate: bytes, issuers: Sequence[bytes], at: datetime) -> StatusAnswer:
    """Check an answer against the issuer, or a responder that it has authorised."""
    try:
        return _read(ocsp.load_der_ocsp_response(content), certificate, issuers, at)
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm):
        return StatusAnswer(code="malformed")


def _read(response: Any, certificate: bytes, issuers: Sequence[bytes], at: datetime) -> StatusAnswer:
    own = read(certificate)
    keys = issuer_keys(issuers, own.issuer_der) if own is not None else iter(())
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return StatusAnswer(code="refused")
    key = next((k for k in keys if _is_about(response, certificate, k)), None)
    if key is None:
        return StatusAnswer(code="other-certificate")
    if not _is_signed(response, key, at):
        return StatusAnswer(code="wrong-signature")
    if response.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        return StatusAnswer(code="unknown")
    this_update = _utc(response, "this_update")
    if this_update is None or this_update > at + _SKEW:
        return StatusAnswer(code="not-yet-valid")
    is_revoked = response.certificate_status is ocsp.OCSPCertStatus.REVOKED
    return StatusAnswer(
        code="read", issuer_key=key.digest, this_update=this_update,
        next_update=_utc(response, "next_update") or this_update + _WITHOUT_END,
        serials=compact([response.serial_number] if is_revoked else []))


def _utc(response: Any, name: str) -> datetime | None:
    moment: datetime | None = getattr(response, name + "_utc") if hasattr(response, name + "_utc") else getattr(response, name)
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _is_about(response: Any, certificate: bytes, key: IssuerKey) -> bool:
    loaded = x509.load_der_x509_certificate(certificate)
    asked = ocsp.OCSPRequestBuilder().add_certificate(loaded, key.certificate, response.hash_algorithm).build()
    return bool((asked.serial_number, asked.issuer_key_hash, asked.issuer_name_hash)
                == (response.serial_number, response.issuer_key_hash, response.issuer_name_hash))


def _is_signed(response: Any, key: IssuerKey, at: datetime) -> bool:
    algorithm = response.signature_hash_algorithm
    if algorithm is not None and algorithm.name.replace("-", "_") not in STRONG_HASHES:
        return False
    signers = [key.public, *(c.public_key() for c in response.certificates[:4] if _is_authorised(c, key, at))]
    return any(_verifies(public, response.signature, response.tbs_response_bytes, algorithm) for public in signers)


def _is_authorised(certificate: Any, key: IssuerKey, at: datetime) -> bool:
    """RFC 6960 §4.2.2.2: issued by the very same CA key, for this purpose, and valid now."""
    known = read(certificate.public_bytes(serialization.Encoding.DER))
    if known is None or not known.not_before <= at <= known.not_after or certificate.issuer != key.certificate.subject:
        return False
    if known.signature_hash not in STRONG_HASHES or "ocsp-signing" not in known.purposes:
        return False
    return _verifies(key.public, certificate.signature, certificate.tbs_certificate_bytes, certificate.signature_hash_algorithm)


def _verifies(public: Any, signature: bytes, data: bytes, algorithm: Any) -> bool:
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, data, padding.PKCS1v15(), algorithm)
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, data, ec.ECDSA(algorithm))
        else:
            public.verify(signature, data)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError, AttributeError):
        return False
    return True

"""The public keys of an issuer, for checking what it says of its certificates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from smime_milter.certs.fitness import has_short_key
from smime_milter.certs.reading import read


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """`digest` is the SHA-256 of the SubjectPublicKeyInfo; `certificate` the library's object of the certificate it is from."""

    digest: str
    public: Any
    certificate: Any
    may_sign_crls: bool


def issuer_keys(issuers: Sequence[bytes], name_der: bytes) -> Iterator[IssuerKey]:
    """The keys of those certificates that have this subject, are CA's, and are not short; at most the first 16 are looked at."""
    for der in issuers[:16]:
        certificate = read(der)
        if certificate is None or not certificate.is_ca or certificate.subject_der != name_der or has_short_key(certificate):
            continue
        try:
            loaded = x509.load_der_x509_certificate(der)
            public = loaded.public_key()
        except (ValueError, UnsupportedAlgorithm):
            continue
        # RFC 5280 §4.2.1.3: with a key usage, only cRLSign lets it sign lists
        may = not certificate.has_usage or "crl_sign" in certificate.usages
        yield IssuerKey(key_digest(der), public, loaded, may)


@lru_cache(maxsize=1024)
def key_digest(der: bytes) -> str:
    """The SHA-256 of a readable certificate's SubjectPublicKeyInfo."""
    public = asn1_x509.Certificate.load(der)["tbs_certificate"]["subject_public_key_info"]
    return hashlib.sha256(public.dump()).hexdigest()

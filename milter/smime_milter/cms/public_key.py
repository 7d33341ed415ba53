"""Public keys in certificates: measured before any library touches them, then loaded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cryptography import exceptions
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from smime_milter.cms.algorithms import Kind, identified
from smime_milter.cms.ber import BIT_STRING, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, Element, Fields, raw, whole

LEAST_RSA_BITS = 2048
MOST_RSA_BITS = 8192
MOST_EXPONENT_BITS = 64  # OpenSSL's own limit for large moduli

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
# typeshed does not know InternalError
_INTERNAL_ERROR: type[Exception] = getattr(exceptions, "InternalError")
_LIBRARY_REFUSES = (ValueError, TypeError, UnsupportedAlgorithm, _INTERNAL_ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMeasure:
    """`kind` is "rsa", "ec" or empty (not supported); `curve` a name of the algorithm table, empty if none of ours."""

    kind: str
    bits: int = 0
    exponent: int = 0
    curve: str = ""

    @property
    def is_supported(self) -> bool:
        return self.kind == "rsa" or bool(self.curve)

    @property
    def is_too_large(self) -> bool:
        return self.bits > MOST_RSA_BITS or self.exponent.bit_length() > MOST_EXPONENT_BITS

    @property
    def is_weak(self) -> bool:
        return self.kind == "rsa" and (self.bits < LEAST_RSA_BITS or self.exponent < 65537 or self.exponent % 2 == 0)


def measure(public_key: bytes) -> KeyMeasure:
    """Kind and size of a SubjectPublicKeyInfo (DER); raises `NotAsExpected`."""
    info = whole(public_key).inside(SEQUENCE)
    algorithm = info.inside(SEQUENCE)
    row = identified(Kind.KEY, raw(public_key, algorithm.take(OBJECT_IDENTIFIER)))
    if row is None:
        return KeyMeasure(kind="")
    if row.name == "rsa":
        return _rsa(public_key, info.take(BIT_STRING))
    # RFC 5480 §2.1.1: only named curves; explicit parameters can make any key match a signature
    if algorithm.peek() != OBJECT_IDENTIFIER:
        return KeyMeasure(kind="ec")
    curve = identified(Kind.CURVE, raw(public_key, algorithm.take()))
    return KeyMeasure(kind="ec", curve=curve.name if curve else "")


def _rsa(octets: bytes, bits: Element) -> KeyMeasure:
    key = Fields(octets, Element(SEQUENCE, bits.body, bits.body + 1, bits.stop, bits.stop)).inside(SEQUENCE)
    modulus, exponent = (int.from_bytes(octets[e.body : e.stop], "big") for e in (key.take(INTEGER), key.take(INTEGER)))
    return KeyMeasure(kind="rsa", bits=modulus.bit_length(), exponent=exponent)


@lru_cache(maxsize=512)
def _load(public_key: bytes) -> object:
    """Remembered, because loading costs more than verifying."""
    return load_der_public_key(public_key)


def load_rsa(public_key: bytes) -> rsa.RSAPublicKey | None:
    """The key of a SubjectPublicKeyInfo if it is RSA and the library takes it."""
    try:
        key = _load(public_key)
    except _LIBRARY_REFUSES:
        return None
    return key if isinstance(key, rsa.RSAPublicKey) else None


def is_signature(public_key: bytes, signature: bytes, data: bytes, *, kind: str, digest: str) -> bool | None:
    """Verify RSA PKCS #1 v1.5 or ECDSA; None if the library refuses the key."""
    algorithm = _HASHES[digest]()
    try:
        key = _load(public_key)
        if kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), algorithm)
        elif kind == "ec" and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    except _LIBRARY_REFUSES:
        return None
    return True

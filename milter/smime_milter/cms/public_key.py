"""Public keys in certificates: measured before any library touches them, then loaded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cryptography import exceptions
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from smime_milter.cms.algorithms import Kind, identified
from smime_milter.cms.ber import BIT_STRING, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, Element, Fields, raw, whole
from smime_milter.cms.parameters import Pss

LEAST_RSA_BITS = 2048
MOST_RSA_BITS = 8192
MOST_EXPONENT_BITS = 64  # OpenSSL's own limit for large moduli

HASHES: dict[str, type[hashes.HashAlgorithm]] = {
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
    """`kind` is a name of the algorithm table, empty if none of ours; so is `curve`."""

    kind: str
    bits: int = 0
    exponent: int = 0
    curve: str = ""

    @property
    def is_supported(self) -> bool:
        """Whether such a key can sign."""
        return self.kind in ("rsa", "ed25519") or bool(self.curve)

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
    if row.name != "ec":
        return KeyMeasure(kind=row.name)
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


def load(public_key: bytes) -> object | None:
    """The key of a SubjectPublicKeyInfo if the library takes it."""
    try:
        return _load(public_key)
    except _LIBRARY_REFUSES:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureScheme:
    """How a signature was made: the kind of key, the hash by name (none for Ed25519), and PSS parameters."""

    kind: str
    digest: str
    pss: Pss | None = None


def is_signature(public_key: bytes, signature: bytes, data: bytes, *, scheme: SignatureScheme) -> bool | None:
    """Verify RSA PKCS #1 v1.5, RSA-PSS, ECDSA or Ed25519; None if the library refuses the key."""
    try:
        return _verifies(_load(public_key), signature, data, scheme)
    except InvalidSignature:
        return False
    except _LIBRARY_REFUSES:
        return None


def _verifies(key: object, signature: bytes, data: bytes, scheme: SignatureScheme) -> bool:
    """False for a key of another kind; raises what the library raises."""
    algorithm = HASHES[scheme.digest]()
    if scheme.kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, _padding(scheme), algorithm)
    elif scheme.kind == "ec" and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, data, ec.ECDSA(algorithm))
    elif scheme.kind == "ed25519" and isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, data)
    else:
        return False
    return True


def _padding(scheme: SignatureScheme) -> padding.AsymmetricPadding:
    if scheme.pss is None:
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(HASHES[scheme.pss.mask_digest]()), scheme.pss.salt_size)

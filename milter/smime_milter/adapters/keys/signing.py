"""Sign with a private key of ours."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from smime_milter.adapters.keys.unwrapping import PrivateKey
from smime_milter.model.errors import Unavailable

_SALT_SIZE = 32  # octets, as `cms.parameters.pss_identifier` announces it


def signature_of(private: PrivateKey, data: bytes, signature: str) -> bytes:
    """RSA ("pss" or PKCS #1 v1.5) with SHA-256, ECDSA with a hash of the curve's strength, or Ed25519.

    The hash is that of `cms.signing.digest_name`. `Unavailable` for a key that only agrees.
    """
    if isinstance(private, rsa.RSAPrivateKey):
        return private.sign(data, _padding(signature), hashes.SHA256())
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(data, ec.ECDSA(_hash_for(private.curve)))
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign(data)
    raise Unavailable("signing key", "does not sign")


def _hash_for(curve: ec.EllipticCurve) -> hashes.HashAlgorithm:
    if curve.key_size <= 256:
        return hashes.SHA256()
    return hashes.SHA384() if curve.key_size <= 384 else hashes.SHA512()


def _padding(signature: str) -> padding.AsymmetricPadding:
    if signature != "pss":
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(hashes.SHA256()), _SALT_SIZE)

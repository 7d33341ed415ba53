"""Open a wrapped content key with a private key of ours: one answer for every failure."""

from __future__ import annotations

from typing import Union

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from smime_milter.model.certificate import KeyKind
from smime_milter.model.keys import Agreement, KeyTransport, Oaep

PrivateKey = Union[
    rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey, x25519.X25519PrivateKey]

# The algorithms of a KeyTransport, and whose key can do them.
KEY_KINDS = {"rsa": KeyKind.RSA, "oaep": KeyKind.RSA, "ecdh": KeyKind.EC, "x25519": KeyKind.X25519}
_KEY_SIZES = frozenset({16, 24, 32})  # octets: AES of every size, Triple DES
_WRAPPING_SIZES = frozenset({16, 24, 32})
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1, "sha224": hashes.SHA224, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


def unwrapped(private: PrivateKey, transport: KeyTransport) -> bytes | None:
    """The content key, None for every failure, whatever it is."""
    try:
        found = _unwrapped(private, transport)
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm, InvalidUnwrap):
        return None
    sizes = {transport.key_size} if transport.key_size else _KEY_SIZES
    return found if len(found) in sizes else None


def _unwrapped(private: PrivateKey, transport: KeyTransport) -> bytes:
    if isinstance(private, rsa.RSAPrivateKey):
        return private.decrypt(transport.encrypted_key, _padding(transport))
    if transport.agreement is None:
        raise ValueError
    wrapping_key = _derived(_shared(private, transport.agreement.originator), transport.agreement)
    return aes_key_unwrap(wrapping_key, transport.encrypted_key)


def _padding(transport: KeyTransport) -> padding.AsymmetricPadding:
    if transport.algorithm == "rsa":
        return padding.PKCS1v15()
    if transport.oaep is None:
        raise ValueError
    return oaep_padding(transport.oaep)


def oaep_padding(parameters: Oaep) -> padding.OAEP:
    mask = padding.MGF1(_HASHES[parameters.mask_digest]())
    return padding.OAEP(mgf=mask, algorithm=_HASHES[parameters.digest](), label=parameters.label or None)


def _shared(private: PrivateKey, originator: bytes) -> bytes:
    """The point is read on our key's own curve: the library refuses one that is not on it."""
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(private.curve, originator))
    if isinstance(private, x25519.X25519PrivateKey):
        return private.exchange(x25519.X25519PublicKey.from_public_bytes(originator))
    raise ValueError


def _derived(shared: bytes, agreement: Agreement) -> bytes:
    digest = _HASHES[agreement.digest]()
    if agreement.size not in _WRAPPING_SIZES:
        raise ValueError
    if agreement.derivation == "hkdf":
        return HKDF(digest, agreement.size, agreement.salt or None, agreement.shared_info).derive(shared)
    return X963KDF(digest, agreement.size, agreement.shared_info).derive(shared)

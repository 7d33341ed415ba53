"""Recipients made ready: a certificate turned into the RecipientInfo that wraps a content key for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Union

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, x25519
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from smime_milter.cms import der
from smime_milter.cms.algorithms import Algorithm, Kind, known
from smime_milter.cms.ber import BIT_STRING, OCTET_STRING, SEQUENCE, NotAsExpected
from smime_milter.cms.certificate_fields import read_certificate
from smime_milter.cms.parameters import oaep_identifier
from smime_milter.cms.public_key import HASHES, KeyMeasure, load, measure
from smime_milter.cms.recipient_info import agreement

_TRANSPORT_VERSION = der.small_integer(0)  # RFC 5652 §6.2.1: by issuer and serial number
_AGREEMENT_VERSION = der.small_integer(3)
_WRAP_OVERHEAD = 8  # RFC 3394 §2.2.1
# RFC 5753 §3.1: a hash as strong as the curve
_CURVE_SCHEMES = {"p-256": "ecdh-sha256", "p-384": "ecdh-sha384", "p-521": "ecdh-sha512", "brainpool-p256r1": "ecdh-sha256",
                  "brainpool-p384r1": "ecdh-sha384", "brainpool-p512r1": "ecdh-sha512"}


@dataclass(frozen=True, slots=True)
class TransportRecipient:
    """RSA: the octets before the wrapped key, and how it is wrapped."""

    head: bytes
    key: RSAPublicKey
    padding: padding.AsymmetricPadding
    wrapped_size: int
    is_agreeing = False

    def info(self, content_key: bytes) -> bytes:
        return self.head + self.key.encrypt(content_key, self.padding)

    def size(self, key_size: int) -> int:
        return len(self.head) + self.wrapped_size


@dataclass(frozen=True, slots=True)
class AgreementRecipient:
    """ECDH or X25519 with an ephemeral key for each message. RFC 5753 §3.1, RFC 8418 §3"""

    identifier: bytes
    key: Union[ec.EllipticCurvePublicKey, x25519.X25519PublicKey]
    key_algorithm: bytes
    scheme: Algorithm
    point_size: int
    is_agreeing = True

    def info(self, content_key: bytes) -> bytes:
        point, shared = _agreed(self.key)
        wrap = known(Kind.KEY_WRAP, f"aes-{len(content_key) * 8}-wrap")
        wrapping_key = _derived(shared, point, scheme=self.scheme, wrap=wrap)
        return self._encoded(point, wrap, aes_key_wrap(wrapping_key, content_key))

    def size(self, key_size: int) -> int:
        wrap = known(Kind.KEY_WRAP, f"aes-{key_size * 8}-wrap")
        return len(self._encoded(bytes(self.point_size), wrap, bytes(key_size + _WRAP_OVERHEAD)))

    def _encoded(self, point: bytes, wrap: Algorithm, wrapped: bytes) -> bytes:
        public = der.sequence(self.key_algorithm) + der.value(BIT_STRING, b"\0", point)
        encrypted = der.sequence(self.identifier, der.octet_string(wrapped))
        return der.value(
            0xA1, _AGREEMENT_VERSION, der.value(0xA0, der.value(0xA1, public)),
            der.sequence(self.scheme.oid, der.sequence(wrap.oid)), der.sequence(encrypted))


Recipient = Union[TransportRecipient, AgreementRecipient]


@lru_cache(maxsize=4096)
def recipient(certificate: bytes, key_transport: str) -> Recipient:
    """By issuer and serial number; `key_transport` is for RSA keys. A repeated certificate costs a look-up.

    Raises ValueError for a certificate or a key that cannot be used.
    """
    try:
        fields = read_certificate(certificate)
        size = measure(fields.public_key)
    except NotAsExpected:
        raise ValueError("a recipient's certificate cannot be read") from None
    key = None if size.is_weak or size.is_too_large else load(fields.public_key)
    identifier = fields.issuer_and_serial
    if isinstance(key, RSAPublicKey):
        return _transport(identifier, key, size, key_transport)
    if isinstance(key, ec.EllipticCurvePublicKey) and size.curve:
        scheme, octets = _CURVE_SCHEMES[size.curve], 1 + 2 * ((key.curve.key_size + 7) // 8)
        return AgreementRecipient(identifier, key, known(Kind.KEY, "ec").oid, known(Kind.KEY_AGREEMENT, scheme), octets)
    if isinstance(key, x25519.X25519PublicKey):
        scheme = "hkdf-ecdh-sha256"
        return AgreementRecipient(identifier, key, known(Kind.KEY, "x25519").oid, known(Kind.KEY_AGREEMENT, scheme), 32)
    raise ValueError("a recipient's key cannot be used")


def _transport(identifier: bytes, key: RSAPublicKey, size: KeyMeasure, key_transport: str) -> TransportRecipient:
    wrapped_size = (size.bits + 7) // 8
    is_oaep = key_transport == "oaep"
    # RFC 3370 §4.2.1: NULL behind rsaEncryption
    algorithm = oaep_identifier() if is_oaep else der.sequence(known(Kind.KEY_TRANSPORT, "rsa").oid, der.NULL)
    how = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None) if is_oaep else padding.PKCS1v15()
    before = _TRANSPORT_VERSION + identifier + algorithm + der.head(OCTET_STRING, wrapped_size)
    return TransportRecipient(der.head(SEQUENCE, len(before) + wrapped_size) + before, key, how, wrapped_size)


def _agreed(key: ec.EllipticCurvePublicKey | x25519.X25519PublicKey) -> tuple[bytes, bytes]:
    """A fresh public key as its scheme encodes it, and the secret it shares with this one."""
    if isinstance(key, x25519.X25519PublicKey):
        ours = x25519.X25519PrivateKey.generate()
        return ours.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), ours.exchange(key)
    own = ec.generate_private_key(key.curve)
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return point, own.exchange(ec.ECDH(), key)


def _derived(shared: bytes, point: bytes, *, scheme: Algorithm, wrap: Algorithm) -> bytes:
    # RFC 3565 §2.3.2: the key wrap is named without parameters
    info = agreement(scheme, point, wrap=wrap, identifier=der.sequence(wrap.oid)).shared_info
    digest = HASHES[scheme.digest]()
    if scheme.key == "hkdf":
        return HKDF(digest, wrap.key_size, None, info).derive(shared)
    return X963KDF(digest, wrap.key_size, info).derive(shared)

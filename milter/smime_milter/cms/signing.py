"""Make SignedData: one signer, the constant parts built once for each chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from smime_milter.cms import der
from smime_milter.cms.algorithms import Kind, known, oid
from smime_milter.cms.ber import SET, NotAsExpected
from smime_milter.cms.capabilities import CAPABILITIES, capabilities
from smime_milter.cms.certificate_fields import CertificateFields, read_certificate
from smime_milter.cms.content_info import DATA, SIGNED_DATA
from smime_milter.cms.parameters import pss_identifier
from smime_milter.cms.public_key import KeyMeasure, measure
from smime_milter.cms.signer_info import CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME

Signer = Callable[[bytes], bytes]

_KEY_PREFERENCE = oid("1.2.840.113549.1.9.16.2.11")
_VERSION = der.small_integer(1)
# FIPS 186-5 §6.1.1: a hash no weaker than the curve; gpgsm refuses a shorter one. RFC 8419 §3.1 for Ed25519
_DIGESTS = {"ed25519": "sha512", "p-384": "sha384", "brainpool-p384r1": "sha384", "p-521": "sha512", "brainpool-p512r1": "sha512"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Constant:
    """What every message of one signer has in common, as DER."""

    identifier: bytes
    attributes: tuple[bytes, ...]
    digest_algorithm: bytes
    signature_algorithm: bytes
    certificates: bytes


def digest_name(chain: Sequence[bytes]) -> str:
    """The hash of the content that a signature by this chain's first certificate is over."""
    key = _measured(chain)
    return _DIGESTS.get(key.curve or key.kind, "sha256")


def sign(
    digest: bytes, *, chain: Sequence[bytes], signer: Signer, signing_time: datetime | None, embed: bytes | None = None,
    signature: str = "rsa",
) -> bytes:
    """The DER of a SignedData over a content with this digest, by the hash of `digest_name`.

    `embed` is the content of an opaque one. `signer` gets the DER of the signed attributes; `signature` says how
    it signs with an RSA key: "rsa" or "pss". `chain` are DER certificates, the signer's first; a self-signed root
    at its end is left out. Raises ValueError for a chain that cannot be used.
    """
    constant = _constant(tuple(chain), signature)
    attributes = [*constant.attributes, _attribute(MESSAGE_DIGEST, der.octet_string(digest))]
    if signing_time is not None:
        attributes.append(_attribute(SIGNING_TIME, der.time(signing_time)))
    signed = der.set_of(attributes)
    signer_info = der.sequence(
        _VERSION, constant.identifier, constant.digest_algorithm,
        b"\xa0" + signed[1:],  # RFC 5652 §5.4: signed as SET OF, sent as [0]
        constant.signature_algorithm, der.octet_string(signer(signed)),
    )
    return _content_info(constant, signer_info, embed)


def _content_info(constant: _Constant, signer_info: bytes, embed: bytes | None) -> bytes:
    content = () if embed is None else (der.value(0xA0, der.octet_string(embed)),)
    signed_data = der.sequence(
        _VERSION, der.value(SET, constant.digest_algorithm), der.sequence(DATA, *content), constant.certificates,
        der.value(SET, signer_info),
    )
    return der.sequence(SIGNED_DATA, der.value(0xA0, signed_data))


def _attribute(identifier: bytes, value: bytes) -> bytes:
    return der.sequence(identifier, der.value(SET, value))


def _measured(chain: Sequence[bytes]) -> KeyMeasure:
    try:
        return measure(read_certificate(chain[0]).public_key)
    except (NotAsExpected, IndexError):
        raise ValueError("the chain of the signer cannot be read") from None


@lru_cache(maxsize=64)
def _constant(chain: tuple[bytes, ...], signature: str) -> _Constant:
    kind, digest = _measured(chain).kind, digest_name(chain)
    try:
        certificates = [read_certificate(certificate) for certificate in chain]
    except NotAsExpected:
        raise ValueError("the chain of the signer cannot be read") from None
    leaf = certificates[0]
    announced = capabilities(kind if leaf.allows_encryption(kind) else "")
    sent = [one for one, fields in zip(chain, certificates) if one is chain[0] or fields.issuer != fields.subject]
    return _Constant(
        identifier=leaf.issuer_and_serial,
        attributes=(_attribute(CONTENT_TYPE, DATA), _attribute(CAPABILITIES, announced), *_key_preference(leaf, kind)),
        digest_algorithm=der.sequence(known(Kind.DIGEST, digest).oid),  # RFC 5754 §2: without parameters
        signature_algorithm=_signature_algorithm(kind, signature, digest),
        certificates=der.set_of(sent, 0xA0),
    )


def _signature_algorithm(kind: str, signature: str, digest: str) -> bytes:
    if kind == "rsa" and signature == "pss":
        return pss_identifier()
    if kind == "rsa":
        return der.sequence(known(Kind.SIGNATURE, "rsa").oid, der.NULL)  # RFC 3370 §3.2
    if kind == "ec":
        return der.sequence(known(Kind.SIGNATURE, f"ecdsa-{digest}").oid)  # RFC 5754 §3.3: without parameters
    if kind == "ed25519":
        return der.sequence(known(Kind.SIGNATURE, "ed25519").oid)  # RFC 8419 §2.1
    raise ValueError("the signer's key does not sign")


def _key_preference(leaf: CertificateFields, kind: str) -> tuple[bytes, ...]:
    """RFC 8551 §2.5.3: encrypt to this certificate, if it is one that we can open messages with."""
    if not leaf.allows_encryption(kind):
        return ()
    # [0] IMPLICIT replaces the tag of the SEQUENCE
    return (_attribute(_KEY_PREFERENCE, b"\xa0" + leaf.issuer_and_serial[1:]),)

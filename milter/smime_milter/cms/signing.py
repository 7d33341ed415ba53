"""Make SignedData: one signer, SHA-256, the constant parts built once for each chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from smime_milter.cms import der
from smime_milter.cms.algorithms import ALGORITHMS, Kind, known, oid
from smime_milter.cms.ber import SET, NotAsExpected
from smime_milter.cms.certificate_fields import CertificateFields, read_certificate
from smime_milter.cms.content_info import DATA, SIGNED_DATA
from smime_milter.cms.public_key import measure
from smime_milter.cms.signer_info import CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME

Signer = Callable[[bytes], bytes]

_CAPABILITIES = oid("1.2.840.113549.1.9.15")
_KEY_PREFERENCE = oid("1.2.840.113549.1.9.16.2.11")
_SHA256 = der.sequence(known(Kind.DIGEST, "sha256").oid)  # RFC 5754 §2: without parameters
_VERSION = der.small_integer(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Constant:
    """What every message of one signer has in common, as DER."""

    identifier: bytes
    attributes: tuple[bytes, ...]
    signature_algorithm: bytes
    certificates: bytes


def sign(
    digest: bytes, *, chain: Sequence[bytes], signer: Signer, signing_time: datetime | None, embed: bytes | None = None
) -> bytes:
    """The DER of a SignedData over a content with this SHA-256 digest; `embed` is the content of an opaque one.

    `signer` gets the DER of the signed attributes. `chain` are DER certificates, the signer's first; a
    self-signed root at its end is left out. Raises ValueError for a chain that cannot be used.
    """
    constant = _constant(tuple(chain))
    attributes = [*constant.attributes, _attribute(MESSAGE_DIGEST, der.octet_string(digest))]
    if signing_time is not None:
        attributes.append(_attribute(SIGNING_TIME, der.time(signing_time)))
    signed = der.set_of(attributes)
    signer_info = der.sequence(
        _VERSION, constant.identifier, _SHA256,
        b"\xa0" + signed[1:],  # RFC 5652 §5.4: signed as SET OF, sent as [0]
        constant.signature_algorithm, der.octet_string(signer(signed)),
    )
    return _content_info(constant, signer_info, embed)


def _content_info(constant: _Constant, signer_info: bytes, embed: bytes | None) -> bytes:
    content = () if embed is None else (der.value(0xA0, der.octet_string(embed)),)
    signed_data = der.sequence(
        _VERSION, der.value(SET, _SHA256), der.sequence(DATA, *content), constant.certificates,
        der.value(SET, signer_info),
    )
    return der.sequence(SIGNED_DATA, der.value(0xA0, signed_data))


def _attribute(identifier: bytes, value: bytes) -> bytes:
    return der.sequence(identifier, der.value(SET, value))


@lru_cache(maxsize=64)
def _constant(chain: tuple[bytes, ...]) -> _Constant:
    try:
        certificates = [read_certificate(certificate) for certificate in chain]
        leaf, kind = certificates[0], measure(certificates[0].public_key).kind
    except (NotAsExpected, IndexError):
        raise ValueError("the chain of the signer cannot be read") from None
    sent = [one for one, fields in zip(chain, certificates) if one is chain[0] or fields.issuer != fields.subject]
    return _Constant(
        identifier=leaf.issuer_and_serial,
        attributes=(_attribute(CONTENT_TYPE, DATA), _attribute(_CAPABILITIES, _capabilities()), *_key_preference(leaf, kind)),
        signature_algorithm=_signature_algorithm(kind),
        certificates=der.set_of(sent, 0xA0),
    )


def _signature_algorithm(kind: str) -> bytes:
    if kind == "rsa":
        return der.sequence(known(Kind.SIGNATURE, "rsa").oid, der.NULL)  # RFC 3370 §3.2
    if kind == "ec":
        return der.sequence(known(Kind.SIGNATURE, "ecdsa-sha256").oid)  # RFC 5754 §3.3: without parameters
    raise ValueError("the signer's key is neither RSA nor EC")


def _capabilities() -> bytes:
    """RFC 8551 §2.5.2: what we open, best first; weak ones are opened but not asked for."""
    rows = (row for row in ALGORITHMS if row.kind is Kind.CONTENT_ENCRYPTION and row.reads and not row.is_weak)
    return der.sequence(*(der.sequence(row.oid) for row in rows))


def _key_preference(leaf: CertificateFields, kind: str) -> tuple[bytes, ...]:
    """RFC 8551 §2.5.3: encrypt to this certificate, if it is one that we can open messages with."""
    if kind != "rsa" or not leaf.allows_encipherment:
        return ()
    # [0] IMPLICIT replaces the tag of the SEQUENCE
    return (_attribute(_KEY_PREFERENCE, b"\xa0" + leaf.issuer_and_serial[1:]),)

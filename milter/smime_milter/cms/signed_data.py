"""Verify SignedData under the profile of S/MIME: one signer, signed attributes, no doubt about the content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from smime_milter.cms.algorithms import Algorithm, Kind, identified, known
from smime_milter.cms.ber import OBJECT_IDENTIFIER, SEQUENCE, Fields, NotAsExpected, raw, whole
from smime_milter.cms.capabilities import CAPABILITIES, read_capabilities
from smime_milter.cms.certificate_fields import read_certificate
from smime_milter.cms.content_info import DATA
from smime_milter.cms.der import octet_string
from smime_milter.cms.parameters import read_pss
from smime_milter.cms.precheck import precheck
from smime_milter.cms.public_key import SignatureScheme, is_signature, measure
from smime_milter.cms.signer_info import (
    CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME, SignedData, SignerInfo, read_signed_data, read_signer_info, read_time,
)
from smime_milter.cms.signing import Signer, digest_name, sign
from smime_milter.model.signature import Integrity, SignatureReason
from smime_milter.model.spool import Octets

__all__ = ["Signer", "SignerCheck", "digest_name", "sign", "verify"]

MOST_CERTIFICATES = 20
MOST_SIGNER_OCTETS = 128 * 1024
Digest = Callable[[str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerCheck:
    """`certificate` is the DER of the signer, `others` the rest of the message's, `content` that of an opaque one,
    `capabilities` what the signer announced (of a signature that holds).
    """

    reason: SignatureReason
    integrity: Integrity = Integrity.NOT_CHECKED
    certificate: bytes | None = None
    others: tuple[bytes, ...] = ()
    signing_time: datetime | None = None
    content: bytes | None = None
    capabilities: tuple[str, ...] = ()


class _Rejected(Exception):
    def __init__(self, reason: SignatureReason) -> None:
        self.reason = reason


def verify(octets: Octets, content: Digest | None) -> SignerCheck:
    """Say what the signature is worth, never raise. `content` gives the digest of a detached content by hash name."""
    malformation = precheck(octets)
    if malformation is not None:
        return SignerCheck(reason=SignatureReason.LIMIT if malformation.is_limit else SignatureReason.MALFORMED)
    try:
        signed = read_signed_data(octets)
    except NotAsExpected:
        return SignerCheck(reason=SignatureReason.MALFORMED)
    found = SignerCheck(
        reason=SignatureReason.NOT_CHECKED, others=signed.certificates[:MOST_CERTIFICATES],
        content=signed.content if content is None else None,
    )
    try:
        return _checked(octets, signed, content, found)
    except NotAsExpected:
        return replace(found, reason=SignatureReason.MALFORMED)
    except _Rejected as rejected:
        return replace(found, reason=rejected.reason)


def _checked(octets: Octets, signed: SignedData, content: Digest | None, found: SignerCheck) -> SignerCheck:
    _reject_shape(signed, is_detached=content is not None)
    signer = read_signer_info(octets, signed.signers[0])
    digest = _message_digest(signer, signed.content_type)
    hashing, scheme = _algorithms(signer)
    certificate, others = _signer_certificate(signer, signed.certificates)
    times = (signer.attributes or {}).get(SIGNING_TIME, ())
    found = replace(found, certificate=certificate, others=others, signing_time=read_time(times[0]) if times else None)
    if digest != octet_string(_digest(signed, content, hashing.name)):
        return replace(found, reason=SignatureReason.DIGEST_MISMATCH, integrity=Integrity.BROKEN)
    return _with_signature(found, signer, scheme=scheme, hashing=hashing)


def _reject_shape(signed: SignedData, *, is_detached: bool) -> None:
    """Of several signers, or of contents inside and outside, nobody can say which one the reader means."""
    if not signed.signers:
        raise _Rejected(SignatureReason.NO_SIGNER)
    if len(signed.signers) > 1:
        raise _Rejected(SignatureReason.SEVERAL_SIGNERS)
    if is_detached and signed.content is not None:
        raise _Rejected(SignatureReason.CONTENT_IN_DETACHED)
    if not is_detached and signed.content is None:
        raise _Rejected(SignatureReason.CONTENT_MISSING)
    signer = signed.signers[0]
    if len(signed.certificates) > MOST_CERTIFICATES or signer.end - signer.start > MOST_SIGNER_OCTETS:
        raise _Rejected(SignatureReason.LIMIT)


def _message_digest(signer: SignerInfo, content_type: bytes) -> bytes:
    """The messageDigest as a DER value. RFC 5652 §11.1, §11.2: both attributes once, with one value."""
    attributes = signer.attributes
    if attributes is None:
        raise _Rejected(SignatureReason.NO_SIGNED_ATTRIBUTES)
    types, digests = attributes.get(CONTENT_TYPE, ()), attributes.get(MESSAGE_DIGEST, ())
    is_good = types == (DATA,) and content_type == DATA and len(digests) == 1
    if not is_good or not all(attributes.values()) or len(attributes.get(SIGNING_TIME, ())) > 1:
        raise _Rejected(SignatureReason.BAD_SIGNED_ATTRIBUTES)
    return digests[0]


def _algorithms(signer: SignerInfo) -> tuple[Algorithm, SignatureScheme]:
    """The hash of the content, and how the signature was made."""
    hashing = identified(Kind.DIGEST, signer.digest_algorithm)
    fields = whole(signer.signature_algorithm).inside(SEQUENCE)
    signature = identified(Kind.SIGNATURE, raw(fields.octets, fields.take(OBJECT_IDENTIFIER)))
    if hashing is None or signature is None or not signature.reads:
        raise _Rejected(SignatureReason.UNSUPPORTED_ALGORITHM)
    # The hash below the signature is the one its identifier names, else that of the SignerInfo
    if not hashing.reads or not known(Kind.DIGEST, signature.digest or hashing.name).reads:
        raise _Rejected(SignatureReason.WEAK_DIGEST)
    scheme = SignatureScheme(kind=signature.key, digest=signature.digest or hashing.name)
    return hashing, _pss(fields, scheme) if signature.name == "pss" else scheme


def _pss(fields: Fields, scheme: SignatureScheme) -> SignatureScheme:
    """RFC 4056 §3: one hash throughout. Of two nobody could say which one protects the mail."""
    parameters = read_pss(fields)
    if parameters is None or not parameters.digest == parameters.mask_digest == scheme.digest:
        raise _Rejected(SignatureReason.UNSUPPORTED_ALGORITHM)
    return replace(scheme, pss=parameters)


def _signer_certificate(signer: SignerInfo, certificates: tuple[bytes, ...]) -> tuple[bytes, tuple[bytes, ...]]:
    for certificate in certificates:
        if _is_of(signer, certificate):
            return certificate, tuple(other for other in certificates if other != certificate)
    raise _Rejected(SignatureReason.SIGNER_CERTIFICATE_MISSING)


def _is_of(signer: SignerInfo, certificate: bytes) -> bool:
    try:
        return signer.is_of(read_certificate(certificate))
    except NotAsExpected:
        return False


def _digest(signed: SignedData, content: Digest | None, name: str) -> bytes:
    return content(name) if content is not None else hashlib.new(name, signed.content or b"").digest()


def _with_signature(found: SignerCheck, signer: SignerInfo, *, scheme: SignatureScheme, hashing: Algorithm) -> SignerCheck:
    public_key = read_certificate(found.certificate or b"").public_key
    key = measure(public_key)
    if key.is_too_large:
        return replace(found, reason=SignatureReason.LIMIT)
    if not key.is_supported:
        return replace(found, reason=SignatureReason.WEAK_KEY if key.kind == "ec" else SignatureReason.UNSUPPORTED_ALGORITHM)
    answers = [is_signature(public_key, signer.signature, encoding, scheme=scheme) for encoding in signer.encodings]
    if True not in answers:
        if None in answers:  # the library does not take this key: a point off its curve, or a modulus too small
            return replace(found, reason=SignatureReason.WEAK_KEY)
        return replace(found, reason=SignatureReason.BAD_SIGNATURE, integrity=Integrity.BROKEN)
    is_weak = hashing.is_weak or known(Kind.DIGEST, scheme.digest).is_weak
    weak_key = SignatureReason.WEAK_KEY if key.is_weak else SignatureReason.GOOD
    return replace(found, reason=SignatureReason.WEAK_DIGEST if is_weak else weak_key, integrity=Integrity.INTACT,
                   capabilities=_capabilities(signer))


def _capabilities(signer: SignerInfo) -> tuple[str, ...]:
    values = (signer.attributes or {}).get(CAPABILITIES, ())
    return read_capabilities(values[0]) if len(values) == 1 else ()

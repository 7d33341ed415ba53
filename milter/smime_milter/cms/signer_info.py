"""Read SignedData and its SignerInfo. RFC 5652 §5"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

from smime_milter.cms.algorithms import oid
from smime_milter.cms.ber import (
    INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, Element, Fields, NotAsExpected, children, raw, string,
)
from smime_milter.cms.certificate_fields import CertificateFields, is_same_name
from smime_milter.cms.content_info import SIGNED_DATA, open_content_info
from smime_milter.cms.der import made_der
from smime_milter.model.spool import Octets

CONTENT_TYPE = oid("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = oid("1.2.840.113549.1.9.4")
SIGNING_TIME = oid("1.2.840.113549.1.9.5")

_STRINGS = (OCTET_STRING, OCTET_STRING | 0x20)
_IMPLICIT_STRINGS = (0x80, 0xA0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedData:
    """`content` is None in the detached form."""

    content_type: bytes
    content: bytes | None
    certificates: tuple[bytes, ...]
    signers: tuple[Element, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerInfo:
    """`digest_algorithm` is an OBJECT IDENTIFIER, `signature_algorithm` a whole AlgorithmIdentifier as they stand;
    `encodings` are the octets the signature may stand for.
    """

    issuer: bytes
    serial: bytes
    subject_key_id: bytes
    digest_algorithm: bytes
    signature_algorithm: bytes
    signature: bytes
    attributes: dict[bytes, tuple[bytes, ...]] | None
    encodings: tuple[bytes, ...] = ()

    def is_of(self, certificate: CertificateFields) -> bool:
        if self.subject_key_id:
            return self.subject_key_id == certificate.subject_key_id
        return self.serial == certificate.serial and is_same_name(self.issuer, certificate.issuer)


def read_signed_data(octets: Octets) -> SignedData:
    """Read well-formed octets; raises `NotAsExpected`."""
    identifier, fields = open_content_info(octets)
    if identifier != SIGNED_DATA:
        raise NotAsExpected
    fields.take(INTEGER)
    fields.take(SET)
    content_type, content = _encapsulated(fields.inside(SEQUENCE))
    certificates = fields.optional(0xA0)
    fields.optional(0xA1)  # CRLs in a message are not used
    signers = fields.take(SET)
    fields.finish()
    return SignedData(
        content_type=content_type, content=content, certificates=_certificates(octets, certificates),
        signers=tuple(children(octets, signers)),
    )


def _encapsulated(fields: Fields) -> tuple[bytes, bytes | None]:
    content_type = raw(fields.octets, fields.take(OBJECT_IDENTIFIER))
    if fields.peek() == -1:
        return content_type, None
    wrapper = fields.inside(0xA0)
    fields.finish()
    content = string(fields.octets, wrapper.take(*_STRINGS))
    wrapper.finish()
    return content_type, content


def _certificates(octets: Octets, found: Element | None) -> tuple[bytes, ...]:
    """Plain certificates only: RFC 5652 §10.2.2 has obsolete and attribute certificates under other tags."""
    if found is None:
        return ()
    return tuple(raw(octets, child) for child in children(octets, found) if child.tag == SEQUENCE)


def read_signer_info(octets: Octets, found: Element) -> SignerInfo:
    """Read one SignerInfo; raises `NotAsExpected`."""
    fields = Fields(octets, found)
    fields.take(INTEGER)
    issuer, serial, subject_key_id = read_identifier(fields)
    digest_algorithm = raw(octets, fields.inside(SEQUENCE).take(OBJECT_IDENTIFIER))
    attributes = fields.optional(0xA0)
    signature_algorithm = raw(octets, fields.take(SEQUENCE))
    signature = string(octets, fields.take(*_STRINGS))
    fields.optional(0xA1)  # unsigned attributes prove nothing
    fields.finish()
    return SignerInfo(
        issuer=issuer, serial=serial, subject_key_id=subject_key_id, digest_algorithm=digest_algorithm,
        signature_algorithm=signature_algorithm, signature=signature,
        attributes=None if attributes is None else _attributes(octets, attributes),
        encodings=() if attributes is None else tuple(_encodings(octets, attributes)),
    )


def read_identifier(fields: Fields) -> tuple[bytes, bytes, bytes]:
    """Issuer and serial number as they stand, or the subject key identifier, of a signer or recipient."""
    if fields.peek() in _IMPLICIT_STRINGS:
        return b"", b"", string(fields.octets, fields.take())
    pair = fields.inside(SEQUENCE)
    issuer, serial = pair.take(SEQUENCE), pair.take(INTEGER)
    pair.finish()
    return raw(fields.octets, issuer), raw(fields.octets, serial), b""


def _encodings(octets: Octets, found: Element) -> Iterator[bytes]:
    """RFC 5652 §5.4: the DER encoding as a SET OF is what is signed.

    Signers exist that leave the attributes unsorted and sign them so; OpenSSL verifies both, and so do we.
    """
    prescribed = made_der(octets, found, tag=SET)
    yield prescribed
    received = bytes((SET,)) + octets[found.start + 1 : found.end]
    if received != prescribed:
        yield received


def _attributes(octets: Octets, found: Element) -> dict[bytes, tuple[bytes, ...]]:
    """Every attribute with its values as DER; one that comes twice has no value, so that no value counts."""
    attributes: dict[bytes, tuple[bytes, ...]] = {}
    for child in children(octets, found):
        attribute = Fields(octets, child)
        identifier = raw(octets, attribute.take(OBJECT_IDENTIFIER))
        values = attribute.take(SET)
        attribute.finish()
        is_repeated = identifier in attributes
        attributes[identifier] = () if is_repeated else tuple(made_der(octets, v) for v in children(octets, values))
    return attributes


def read_time(encoded: bytes) -> datetime | None:
    """A UTCTime or GeneralizedTime as RFC 5652 §11.3 has it; None for any other spelling."""
    forms = {0x17: ("%y%m%d%H%M%SZ", 15), 0x18: ("%Y%m%d%H%M%SZ", 17)}
    form, size = forms.get(encoded[0], ("", 0))
    if len(encoded) != size:
        return None
    try:
        moment = datetime.strptime(encoded[2:].decode("ascii"), form)
    except ValueError:
        return None
    # RFC 5280 §4.1.2.5.1: two digits from 50 on mean 19YY; strptime changes the century at 69
    if encoded[0] == 0x17 and 2050 <= moment.year:
        moment = moment.replace(year=moment.year - 100)
    return moment.replace(tzinfo=timezone.utc)

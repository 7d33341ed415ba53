"""The few fields of a certificate that CMS structures repeat, byte for byte as they stand in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from asn1crypto import x509

from smime_milter.cms import der
from smime_milter.cms.algorithms import oid
from smime_milter.cms.ber import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, Fields, NotAsExpected, raw, string, whole

_SUBJECT_KEY_IDENTIFIER = oid("2.5.29.14")
_KEY_USAGE = oid("2.5.29.15")
_ENCRYPTING_USAGES = {"rsa": 0x20, "ec": 0x08, "x25519": 0x08}  # keyEncipherment, keyAgreement
_MOST_OCTETS = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFields:
    """All but `subject_key_id` are DER values; `usage` is the first octet of keyUsage, None without the extension."""

    issuer: bytes
    serial: bytes
    subject: bytes
    public_key: bytes
    subject_key_id: bytes
    usage: int | None

    @property
    def issuer_and_serial(self) -> bytes:
        return der.sequence(self.issuer, self.serial)

    def allows_encryption(self, key_kind: str) -> bool:
        """Whether its keyUsage lets others encrypt to such a key. RFC 5280 §4.2.1.3"""
        usage = _ENCRYPTING_USAGES.get(key_kind, 0)
        return bool(usage if self.usage is None else self.usage & usage)


@lru_cache(maxsize=1024)
def read_certificate(certificate: bytes) -> CertificateFields:
    """The fields of a DER certificate of at most 64 kB; raises `NotAsExpected`, remembers what it has read."""
    if len(certificate) > _MOST_OCTETS:
        raise NotAsExpected
    tbs = whole(certificate).inside(SEQUENCE).inside(SEQUENCE)
    tbs.optional(0xA0)
    serial, _, issuer = tbs.take(INTEGER), tbs.take(SEQUENCE), tbs.take(SEQUENCE)
    _, subject, public_key = tbs.take(SEQUENCE), tbs.take(SEQUENCE), tbs.take(SEQUENCE)
    extensions = _extensions(tbs)
    return CertificateFields(
        issuer=raw(certificate, issuer),
        serial=raw(certificate, serial),
        subject=raw(certificate, subject),
        public_key=raw(certificate, public_key),
        subject_key_id=_inner(extensions.get(_SUBJECT_KEY_IDENTIFIER), OCTET_STRING) or b"",
        usage=_first_bits(_inner(extensions.get(_KEY_USAGE), 0x03)),
    )


def _extensions(tbs: Fields) -> dict[bytes, bytes]:
    tbs.optional(0x81, 0xA1)
    tbs.optional(0x82, 0xA2)
    found: dict[bytes, bytes] = {}
    if tbs.peek() != 0xA3:
        return found
    entries = tbs.inside(0xA3).inside(SEQUENCE)
    while entries.peek() != -1:
        entry = entries.inside(SEQUENCE)
        identifier = raw(entry.octets, entry.take(OBJECT_IDENTIFIER))
        entry.optional(0x01)
        found[identifier] = string(entry.octets, entry.take(OCTET_STRING))
    return found


def _inner(extension: bytes | None, tag: int) -> bytes | None:
    if extension is None:
        return None
    fields = whole(extension)
    found = fields.take(tag)
    return extension[found.body : found.stop]


def _first_bits(bits: bytes | None) -> int | None:
    return None if bits is None else (bits[1] if len(bits) > 1 else 0)


def is_same_name(one: bytes, other: bytes) -> bool:
    """Whether two DER names are the same under RFC 5280 §7.1; some clients re-encode the strings."""
    if one == other:
        return True
    try:
        return bool(x509.Name.load(one, strict=True) == x509.Name.load(other, strict=True))
    except (ValueError, TypeError, KeyError, NotAsExpected):
        return False

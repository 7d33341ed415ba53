"""What a CMS message is, by its content and never by a label. RFC 5652 §3"""

from __future__ import annotations

from smime_milter.cms.algorithms import oid
from smime_milter.cms.ber import INTEGER, OBJECT_IDENTIFIER, SEQUENCE, SET, Fields, NotAsExpected, raw, whole
from smime_milter.cms.precheck import precheck
from smime_milter.model.spool import Octets

DATA = oid("1.2.840.113549.1.7.1")
SIGNED_DATA = oid("1.2.840.113549.1.7.2")
ENVELOPED_DATA = oid("1.2.840.113549.1.7.3")
AUTH_ENVELOPED_DATA = oid("1.2.840.113549.1.9.16.1.23")
COMPRESSED_DATA = oid("1.2.840.113549.1.9.16.1.9")

_NAMES = {
    SIGNED_DATA: "signed-data",
    ENVELOPED_DATA: "enveloped-data",
    AUTH_ENVELOPED_DATA: "auth-enveloped-data",
    COMPRESSED_DATA: "compressed-data",
}


def content_type(octets: Octets) -> str | None:
    """The smime-type word of a ContentInfo; "certs-only" for SignedData without signers, None for anything else."""
    if precheck(octets) is not None:
        return None
    try:
        identifier, content = open_content_info(octets)
        name = _NAMES.get(identifier)
        return "certs-only" if name == "signed-data" and not _has_signers(content) else name
    except NotAsExpected:
        return None


def open_content_info(octets: Octets) -> tuple[bytes, Fields]:
    """The content type (DER) and the fields of its SEQUENCE; raises `NotAsExpected`."""
    outer = whole(octets)
    info = outer.inside(SEQUENCE)
    outer.finish()
    identifier = raw(octets, info.take(OBJECT_IDENTIFIER))
    wrapper = info.inside(0xA0)
    info.finish()
    fields = wrapper.inside(SEQUENCE)
    wrapper.finish()
    return identifier, fields


def _has_signers(signed_data: Fields) -> bool:
    signed_data.take(INTEGER)
    signed_data.take(SET)
    signed_data.take(SEQUENCE)
    signed_data.optional(0xA0)
    signed_data.optional(0xA1)
    return signed_data.inside(SET).peek() != -1

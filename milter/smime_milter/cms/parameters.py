"""Parameters of algorithms, read and checked by us before a library sees them, and written."""

from __future__ import annotations

from dataclasses import dataclass

from smime_milter.cms import der
from smime_milter.cms.algorithms import Kind, identified, known, oid
from smime_milter.cms.ber import (
    INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, Fields, NotAsExpected, raw, small_integer, string,
)
from smime_milter.model.keys import Oaep

_MGF1 = oid("1.2.840.113549.1.1.8")
_SPECIFIED_LABEL = oid("1.2.840.113549.1.1.9")
_NULL_TAG = 0x05
_MOST_LABEL_OCTETS = 1024
_MOST_SALT_OCTETS = 1024
_NONCE_OCTETS = range(8, 65)  # RFC 5084 §3.2 recommends 12
_TAG_OCTETS = range(12, 17)   # RFC 5084 §3.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pss:
    """RSASSA-PSS with the trailer 1; hashes by name, `salt_size` in octets."""

    digest: str
    mask_digest: str
    salt_size: int


def read_oaep(fields: Fields) -> Oaep | None:
    """RSAES-OAEP-params; None for a hash we do not know, raises `NotAsExpected`. RFC 4055 §4.1"""
    parameters = fields.inside(SEQUENCE)
    fields.finish()
    digest, mask_digest = _digest(parameters, 0xA0), _mask_digest(parameters, 0xA1)
    label = _label(parameters)
    parameters.finish()
    return Oaep(digest=digest, mask_digest=mask_digest, label=label) if digest and mask_digest else None


def read_pss(fields: Fields) -> Pss | None:
    """RSASSA-PSS-params; None for a hash we do not know, raises `NotAsExpected`. RFC 4055 §3.1"""
    parameters = fields.inside(SEQUENCE)
    fields.finish()
    digest, mask_digest = _digest(parameters, 0xA0), _mask_digest(parameters, 0xA1)
    salt_size, trailer = _number(parameters, 0xA2, 20), _number(parameters, 0xA3, 1)
    parameters.finish()
    if trailer != 1 or not 0 <= salt_size <= _MOST_SALT_OCTETS:
        raise NotAsExpected
    return Pss(digest=digest, mask_digest=mask_digest, salt_size=salt_size) if digest and mask_digest else None


def read_gcm(fields: Fields) -> tuple[bytes, int]:
    """Nonce and tag length of GCMParameters; raises `NotAsExpected`. RFC 5084 §3.2"""
    parameters = fields.inside(SEQUENCE)
    fields.finish()
    nonce = string(parameters.octets, parameters.take(OCTET_STRING))
    size = parameters.optional(INTEGER)
    tag_size = 12 if size is None else small_integer(parameters.octets, size)
    parameters.finish()
    if len(nonce) not in _NONCE_OCTETS or tag_size not in _TAG_OCTETS:
        raise NotAsExpected
    return nonce, tag_size


def _digest(parameters: Fields, tag: int) -> str:
    """The hash in an explicit tag, SHA-1 where it is missing."""
    if parameters.peek() != tag:
        return "sha1"
    wrapper = parameters.inside(tag)
    name = _hash_name(wrapper)
    wrapper.finish()
    return name


def _mask_digest(parameters: Fields, tag: int) -> str:
    if parameters.peek() != tag:
        return "sha1"
    wrapper = parameters.inside(tag)
    function = wrapper.inside(SEQUENCE)
    wrapper.finish()
    is_mgf1 = raw(function.octets, function.take(OBJECT_IDENTIFIER)) == _MGF1
    if not is_mgf1:
        return ""
    name = _hash_name(function)
    function.finish()
    return name


def _hash_name(fields: Fields) -> str:
    """RFC 4055 §2.1: NULL or nothing behind the identifier."""
    identifier = fields.inside(SEQUENCE)
    row = identified(Kind.DIGEST, raw(identifier.octets, identifier.take(OBJECT_IDENTIFIER)))
    null = identifier.optional(_NULL_TAG)
    identifier.finish()
    if null is not None and null.stop != null.body:
        raise NotAsExpected
    return row.name if row and row.reads else ""


def _label(parameters: Fields) -> bytes:
    if parameters.peek() != 0xA2:
        return b""
    wrapper = parameters.inside(0xA2)
    source = wrapper.inside(SEQUENCE)
    wrapper.finish()
    if raw(source.octets, source.take(OBJECT_IDENTIFIER)) != _SPECIFIED_LABEL:
        raise NotAsExpected
    label = string(source.octets, source.take(OCTET_STRING))
    source.finish()
    if len(label) > _MOST_LABEL_OCTETS:
        raise NotAsExpected
    return label


def _number(parameters: Fields, tag: int, default: int) -> int:
    if parameters.peek() != tag:
        return default
    wrapper = parameters.inside(tag)
    number = small_integer(wrapper.octets, wrapper.take(INTEGER))
    wrapper.finish()
    return number


def oaep_identifier() -> bytes:
    """The AlgorithmIdentifier of RSA-OAEP with SHA-256 throughout. RFC 4055 §4.1"""
    return der.sequence(known(Kind.KEY_TRANSPORT, "oaep").oid, der.sequence(*_sha256_throughout()))


def pss_identifier() -> bytes:
    """The AlgorithmIdentifier of RSASSA-PSS with SHA-256 throughout and a salt of 32 octets. RFC 4056 §3"""
    salt_size = der.value(0xA2, der.small_integer(32))
    return der.sequence(known(Kind.SIGNATURE, "pss").oid, der.sequence(*_sha256_throughout(), salt_size))


def _sha256_throughout() -> tuple[bytes, bytes]:
    sha256 = der.sequence(known(Kind.DIGEST, "sha256").oid, der.NULL)
    return der.value(0xA0, sha256), der.value(0xA1, der.sequence(_MGF1, sha256))

"""The encrypted content of EnvelopedData and AuthEnvelopedData: where it lies, and its decryption as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, GCM
from cryptography.hazmat.primitives.padding import PKCS7

from smime_milter.cms.algorithms import Algorithm, Kind, identified
from smime_milter.cms.ber import (
    INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, Element, Fields, NotAsExpected, raw, string, string_ranges,
)
from smime_milter.cms.content_info import AUTH_ENVELOPED_DATA, ENVELOPED_DATA, open_content_info
from smime_milter.cms.der import made_der
from smime_milter.cms.parameters import read_gcm
from smime_milter.model.spool import CHUNK, Octets


class Unsupported(Enum):
    """Well-formed, but not what we open."""

    CONTENT_TYPE = "content-type"
    CONTENT_ENCRYPTION = "content-encryption"
    AES_CCM = "aes-ccm"
    WEAK_CIPHER = "weak-cipher"


class Rejected(Exception):
    """Raised below `open_envelope`; it does not leave this package."""

    def __init__(self, why: Unsupported) -> None:
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """`vector` is the initialisation vector or nonce, `ranges` are where the ciphertext lies, in order.

    `mac` and `attributes` (the octets they stand for) are those of AuthEnvelopedData.
    """

    octets: Octets
    infos: Element
    algorithm: Algorithm
    vector: bytes
    ranges: tuple[tuple[int, int], ...]
    mac: bytes = b""
    attributes: bytes = b""

    @property
    def size(self) -> int:
        return sum(stop - start for start, stop in self.ranges)

    def chunks(self) -> Iterator[bytes]:
        for start, stop in self.ranges:
            for at in range(start, stop, CHUNK):
                yield self.octets[at : min(at + CHUNK, stop)]


def open_envelope(octets: Octets) -> Envelope:
    """Read well-formed octets; raises `NotAsExpected` and `Rejected`. RFC 5652 §6.1, RFC 5083 §2.1"""
    identifier, fields = open_content_info(octets)
    if identifier not in (ENVELOPED_DATA, AUTH_ENVELOPED_DATA):
        raise Rejected(Unsupported.CONTENT_TYPE)
    is_authenticated = identifier == AUTH_ENVELOPED_DATA
    fields.take(INTEGER)
    fields.optional(0xA0)  # originatorInfo: certificates of others, of no use here
    infos = fields.take(SET)
    content = fields.inside(SEQUENCE)
    attributes = fields.optional(0xA1)  # authenticated, or in EnvelopedData unprotected ones, which say nothing
    mac = string(octets, fields.take(OCTET_STRING, OCTET_STRING | 0x20)) if is_authenticated else b""
    fields.optional(0xA2)
    fields.finish()
    content.take(OBJECT_IDENTIFIER)
    algorithm, vector = _content_encryption(content.inside(SEQUENCE), is_authenticated=is_authenticated, mac=mac)
    ranges = tuple(string_ranges(octets, content.take(0x80, 0xA0)))
    content.finish()
    return Envelope(
        octets=octets, infos=infos, algorithm=algorithm, vector=vector, ranges=_filled(ranges, algorithm), mac=mac,
        # RFC 5083 §2.2: the DER encoding as a SET OF is what is authenticated
        attributes=made_der(octets, attributes, tag=SET) if attributes and is_authenticated else b"")


def _content_encryption(fields: Fields, *, is_authenticated: bool, mac: bytes) -> tuple[Algorithm, bytes]:
    row = identified(Kind.CONTENT_ENCRYPTION, raw(fields.octets, fields.take(OBJECT_IDENTIFIER)))
    if row is None or not row.reads:
        raise Rejected(_why_not(row))
    # Neither may pass for the other: a tag that nobody checks protects nothing
    if row.is_authenticated != is_authenticated:
        raise NotAsExpected
    if is_authenticated:
        nonce, tag_size = read_gcm(fields)
        if len(mac) != tag_size:
            raise NotAsExpected
        return row, nonce
    vector = string(fields.octets, fields.take(OCTET_STRING))
    fields.finish()
    if len(vector) != row.block:
        raise NotAsExpected
    return row, vector


def _why_not(row: Algorithm | None) -> Unsupported:
    if row is None:
        return Unsupported.CONTENT_ENCRYPTION
    return Unsupported.WEAK_CIPHER if row.is_weak else Unsupported.AES_CCM


def _filled(ranges: tuple[tuple[int, int], ...], algorithm: Algorithm) -> tuple[tuple[int, int], ...]:
    """Nothing is no ciphertext, and CBC comes in whole blocks."""
    size = sum(stop - start for start, stop in ranges)
    if not size or (algorithm.block and size % algorithm.block):
        raise NotAsExpected
    return ranges


def plaintext(envelope: Envelope, key: bytes) -> Iterator[bytes] | None:
    """The content, in pieces; None for every failure, whatever it is, and before the first octet is given out."""
    if len(key) != envelope.algorithm.key_size:
        return None
    return _authenticated(envelope, key) if envelope.algorithm.is_authenticated else _padded(envelope, key)


def _authenticated(envelope: Envelope, key: bytes) -> Iterator[bytes] | None:
    """Once through for the tag, once more for the content: nothing leaves before the tag was found right."""
    context = _gcm(envelope, key)
    try:
        for chunk in envelope.chunks():
            context.update(chunk)
        context.finalize()
    except InvalidTag:
        return None
    return map(_gcm(envelope, key).update, envelope.chunks())


def _gcm(envelope: Envelope, key: bytes) -> Any:
    """Any: cryptography 38 and 43 declare the same context under different types."""
    mode = GCM(envelope.vector, envelope.mac, min_tag_length=len(envelope.mac))
    context: Any = Cipher(AES(key), mode).decryptor()
    context.authenticate_additional_data(envelope.attributes)
    return context


def _padded(envelope: Envelope, key: bytes) -> Iterator[bytes] | None:
    """RFC 8551 §6: CBC proves nothing about who made the content."""
    length = _content_length(envelope, key)
    return None if length is None else _plain(envelope, key, length)


def _decryptor(algorithm: Algorithm, key: bytes, vector: bytes) -> CipherContext:
    return Cipher(AES(key) if algorithm.block == 16 else _triple_des()(key), CBC(vector)).decryptor()


def _triple_des() -> Any:
    """cryptography 43 has it in another module than 38."""
    try:
        module = import_module("cryptography.hazmat.decrepit.ciphers.algorithms")
    except ImportError:
        module = import_module("cryptography.hazmat.primitives.ciphers.algorithms")
    return module.TripleDES


def _content_length(envelope: Envelope, key: bytes) -> int | None:
    """The last block alone tells the padding: a failure costs the same and shows nothing, however long the content."""
    block = envelope.algorithm.block
    previous, last = _last_blocks(envelope)
    context = _decryptor(envelope.algorithm, key, previous)
    unpadder = PKCS7(block * 8).unpadder()
    try:
        tail = unpadder.update(context.update(last)) + unpadder.finalize()
    except ValueError:
        return None
    return envelope.size - block + len(tail)


def _last_blocks(envelope: Envelope) -> tuple[bytes, bytes]:
    block, tail = envelope.algorithm.block, b""
    for start, stop in reversed(envelope.ranges):
        tail = envelope.octets[max(start, stop - 2 * block) : stop] + tail
        if len(tail) >= 2 * block:
            break
    tail = (envelope.vector + tail)[-2 * block :]
    return tail[:block], tail[block:]


def _plain(envelope: Envelope, key: bytes, length: int) -> Iterator[bytes]:
    context = _decryptor(envelope.algorithm, key, envelope.vector)
    left = length
    for chunk in envelope.chunks():
        plain = context.update(chunk)
        yield plain[:left]
        left -= min(left, len(plain))

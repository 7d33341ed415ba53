"""Read EnvelopedData: who can open it, and what is inside once the content-encryption key is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from smime_milter.cms.algorithms import Algorithm, Kind, identified
from smime_milter.cms.ber import (
    INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, Element, Fields, NotAsExpected, children, raw, string, string_ranges,
)
from smime_milter.cms.content_info import AUTH_ENVELOPED_DATA, ENVELOPED_DATA, open_content_info
from smime_milter.cms.enveloping import encrypt, enveloped_size
from smime_milter.cms.precheck import Malformation, precheck
from smime_milter.cms.signer_info import read_identifier
from smime_milter.model.keys import KeyTransport
from smime_milter.model.spool import CHUNK, Octets

__all__ = ["Unsupported", "decrypt", "encrypt", "enveloped_size", "transports"]

MOST_RECIPIENTS = 1000
_MOST_SERIAL_OCTETS = 64  # RFC 5280 §4.1.2.2 allows 20


class Unsupported(Enum):
    """Well-formed, but not what we open."""

    CONTENT_TYPE = "content-type"
    CONTENT_ENCRYPTION = "content-encryption"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    """`ranges` are where the ciphertext lies, in order."""

    octets: Octets
    infos: Element
    algorithm: Algorithm
    vector: bytes
    ranges: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        return sum(stop - start for start, stop in self.ranges)


class _Rejected(Exception):
    def __init__(self, why: Unsupported) -> None:
        self.why = why


def transports(octets: Octets) -> tuple[KeyTransport, ...] | Malformation | Unsupported:
    """Whose keys open the message, in its order; one we cannot use has an empty `algorithm`.

    More than 1,000 recipients are `Malformation.TOO_MANY`.
    """
    malformation = precheck(octets)
    if malformation is not None:
        return malformation
    try:
        envelope = _open(octets)
        found: list[KeyTransport] = []
        for info in children(octets, envelope.infos):
            if len(found) == MOST_RECIPIENTS:
                return Malformation.TOO_MANY
            found.append(_transport(octets, info))
    except NotAsExpected:
        return Malformation.NOT_AS_EXPECTED
    except _Rejected as rejected:
        return rejected.why
    return tuple(found)


def decrypt(octets: Octets, key: bytes) -> Iterator[bytes] | None:
    """The content, in pieces; None for every failure, whatever it is, and before the first octet is given out.

    RFC 8551 §6: CBC proves nothing about who made the content.
    """
    if precheck(octets) is not None:
        return None
    try:
        envelope = _open(octets)
    except (NotAsExpected, _Rejected):
        return None
    if len(key) != envelope.algorithm.key_size:
        return None
    length = _content_length(envelope, key)
    return None if length is None else _plain(envelope, key, length)


def is_genuine(octets: Octets) -> bool:
    """Whether somebody could open it: EnvelopedData or AuthEnvelopedData with a recipient, AES or 3DES, whole blocks."""
    if precheck(octets) is not None:
        return False
    try:
        infos = _infos_of_authenticated(octets) or _open(octets).infos
        return next(children(octets, infos), None) is not None
    except (NotAsExpected, _Rejected):
        return False


def _infos_of_authenticated(octets: Octets) -> Element | None:
    """The RecipientInfos of an AuthEnvelopedData as AES-GCM makes it; None for another content type. RFC 5083 §2.1"""
    identifier, fields = open_content_info(octets)
    if identifier != AUTH_ENVELOPED_DATA:
        return None
    fields.take(INTEGER)
    fields.optional(0xA0)
    infos = fields.take(SET)
    content = fields.inside(SEQUENCE)
    fields.optional(0xA1)
    mac = string(octets, fields.take(OCTET_STRING))
    fields.optional(0xA2)
    fields.finish()
    content.take(OBJECT_IDENTIFIER)
    row = identified(Kind.CONTENT_ENCRYPTION, raw(octets, content.inside(SEQUENCE).take(OBJECT_IDENTIFIER)))
    is_filled = any(stop > start for start, stop in string_ranges(octets, content.take(0x80, 0xA0)))
    content.finish()
    if row is None or not row.is_authenticated or not is_filled or not 12 <= len(mac) <= 16:  # RFC 5084 §3.2
        raise NotAsExpected
    return infos


def _open(octets: Octets) -> _Envelope:
    """RFC 5652 §6.1"""
    identifier, fields = open_content_info(octets)
    if identifier != ENVELOPED_DATA:
        raise _Rejected(Unsupported.CONTENT_TYPE)
    fields.take(INTEGER)
    fields.optional(0xA0)
    infos = fields.take(SET)
    content = fields.inside(SEQUENCE)
    fields.optional(0xA1)
    fields.finish()
    content.take(OBJECT_IDENTIFIER)
    algorithm, vector = _content_encryption(content.inside(SEQUENCE))
    ranges = tuple(string_ranges(octets, content.take(0x80, 0xA0)))
    content.finish()
    envelope = _Envelope(octets=octets, infos=infos, algorithm=algorithm, vector=vector, ranges=ranges)
    if not envelope.size or envelope.size % algorithm.block:
        raise NotAsExpected
    return envelope


def _content_encryption(fields: Fields) -> tuple[Algorithm, bytes]:
    row = identified(Kind.CONTENT_ENCRYPTION, raw(fields.octets, fields.take(OBJECT_IDENTIFIER)))
    if row is None or not row.reads:
        raise _Rejected(Unsupported.CONTENT_ENCRYPTION)
    vector = string(fields.octets, fields.take(OCTET_STRING))
    fields.finish()
    if len(vector) != row.block:
        raise NotAsExpected
    return row, vector


def _transport(octets: Octets, info: Element) -> KeyTransport:
    """One RecipientInfo; other kinds than KeyTransRecipientInfo are only known to exist. RFC 5652 §6.2"""
    if info.tag != SEQUENCE:
        return KeyTransport()
    fields = Fields(octets, info)
    fields.take(INTEGER)
    issuer, serial, subject_key_id = read_identifier(fields)
    row = identified(Kind.KEY_TRANSPORT, raw(octets, fields.inside(SEQUENCE).take(OBJECT_IDENTIFIER)))
    wrapped = string(octets, fields.take(OCTET_STRING, OCTET_STRING | 0x20))
    fields.finish()
    return KeyTransport(
        issuer_der=issuer, serial=_serial(serial), subject_key_id=subject_key_id,
        algorithm=row.name if row and row.reads else "", encrypted_key=wrapped,
    )


def _serial(encoded: bytes) -> str:
    """The serial number in decimal, as `model.certificate` has it; empty if there is none."""
    if len(encoded) > 2 + _MOST_SERIAL_OCTETS:
        raise NotAsExpected
    return str(int.from_bytes(encoded[2:], "big", signed=True)) if encoded else ""


def _decryptor(algorithm: Algorithm, key: bytes, vector: bytes) -> CipherContext:
    return Cipher(AES(key) if algorithm.block == 16 else _triple_des()(key), CBC(vector)).decryptor()


def _triple_des() -> Any:
    """cryptography 43 has it in another module than 38."""
    try:
        module = import_module("cryptography.hazmat.decrepit.ciphers.algorithms")
    except ImportError:
        module = import_module("cryptography.hazmat.primitives.ciphers.algorithms")
    return module.TripleDES


def _content_length(envelope: _Envelope, key: bytes) -> int | None:
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


def _last_blocks(envelope: _Envelope) -> tuple[bytes, bytes]:
    block, tail = envelope.algorithm.block, b""
    for start, stop in reversed(envelope.ranges):
        tail = envelope.octets[max(start, stop - 2 * block) : stop] + tail
        if len(tail) >= 2 * block:
            break
    tail = (envelope.vector + tail)[-2 * block :]
    return tail[:block], tail[block:]


def _plain(envelope: _Envelope, key: bytes, length: int) -> Iterator[bytes]:
    context = _decryptor(envelope.algorithm, key, envelope.vector)
    left = length
    for start, stop in envelope.ranges:
        for at in range(start, stop, CHUNK):
            plain = context.update(envelope.octets[at : min(at + CHUNK, stop)])
            yield plain[:left]
            left -= min(left, len(plain))

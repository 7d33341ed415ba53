"""Read RecipientInfos: whose key opens the message, and how. RFC 5652 §6.2, RFC 5753, RFC 8418"""

from __future__ import annotations

from collections.abc import Iterator

from smime_milter.cms import der
from smime_milter.cms.algorithms import Algorithm, Kind, identified
from smime_milter.cms.ber import (
    BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, Element, Fields, NotAsExpected, children, raw, string,
)
from smime_milter.cms.parameters import read_oaep
from smime_milter.cms.signer_info import read_identifier
from smime_milter.model.keys import Agreement, KeyTransport, Oaep, Unusable
from smime_milter.model.spool import Octets

_STRINGS = (OCTET_STRING, OCTET_STRING | 0x20)
_OTHER_KINDS = {0xA2: Unusable.SHARED_KEY, 0xA3: Unusable.PASSWORD}
_SCHEMES = {"ec": "ecdh", "x25519": "x25519"}
_MOST_SERIAL_OCTETS = 64  # RFC 5280 §4.1.2.2 allows 20
_MOST_KEYING_MATERIAL = 1024


def read_recipient_infos(octets: Octets, infos: Element, key_size: int) -> Iterator[KeyTransport]:
    """One entry for each key that could open the message, in their order; raises `NotAsExpected`."""
    for info in children(octets, infos):
        if info.tag == SEQUENCE:
            yield _key_transport(Fields(octets, info), key_size)
        elif info.tag == 0xA1:
            yield from _key_agreement(Fields(octets, info), key_size)
        else:
            yield KeyTransport(unusable=_OTHER_KINDS.get(info.tag, Unusable.OTHER))


def _key_transport(fields: Fields, key_size: int) -> KeyTransport:
    fields.take(INTEGER)
    issuer, serial, subject_key_id = read_identifier(fields)
    algorithm, oaep, unusable = _key_encryption(fields.inside(SEQUENCE))
    wrapped = string(fields.octets, fields.take(*_STRINGS))
    fields.finish()
    return KeyTransport(
        issuer_der=issuer, serial=_serial(serial), subject_key_id=subject_key_id, algorithm=algorithm,
        encrypted_key=wrapped, key_size=key_size, oaep=oaep, unusable=unusable)


def _key_encryption(fields: Fields) -> tuple[str, Oaep | None, Unusable | None]:
    """Parameters that cannot be read are an error of their own: OAEP never falls back to PKCS #1 v1.5."""
    row = identified(Kind.KEY_TRANSPORT, raw(fields.octets, fields.take(OBJECT_IDENTIFIER)))
    if row is None:
        return "", None, Unusable.ALGORITHM
    if row.name != "oaep":
        return row.name, None, None
    try:
        oaep = read_oaep(fields)
    except NotAsExpected:
        return "", None, Unusable.BAD_PARAMETERS
    return (row.name, oaep, None) if oaep else ("", None, Unusable.ALGORITHM)


def _key_agreement(fields: Fields, key_size: int) -> Iterator[KeyTransport]:
    """KeyAgreeRecipientInfo; only an ephemeral originator is of use. RFC 5652 §6.2.2"""
    fields.take(INTEGER)
    scheme, originator = _originator(fields.inside(0xA0))
    material = _keying_material(fields)
    agreement = _agreement(fields.inside(SEQUENCE), originator, material)
    keys = fields.inside(SEQUENCE)
    fields.finish()
    is_usable = bool(scheme) and agreement is not None
    while keys.peek() != -1:
        issuer, serial, subject_key_id, wrapped = _encrypted_key(keys.inside(SEQUENCE))
        yield KeyTransport(
            issuer_der=issuer, serial=_serial(serial), subject_key_id=subject_key_id, encrypted_key=wrapped,
            algorithm=scheme if is_usable else "", key_size=key_size, agreement=agreement if is_usable else None,
            unusable=None if is_usable else Unusable.ALGORITHM)


def _originator(choice: Fields) -> tuple[str, bytes]:
    """Kind and octets of the ephemeral key; empty for a static one, which would need the sender's certificate."""
    if choice.peek() != 0xA1:
        return "", b""
    public = choice.inside(0xA1)
    choice.finish()
    algorithm = public.inside(SEQUENCE)
    row = identified(Kind.KEY, raw(public.octets, algorithm.take(OBJECT_IDENTIFIER)))
    bits = public.take(BIT_STRING)
    public.finish()
    if bits.stop == bits.body or public.octets[bits.body]:
        raise NotAsExpected
    # The curve is that of our own key, whatever the parameters say. RFC 5753 §3.1.1
    return _SCHEMES.get(row.name if row else "", ""), public.octets[bits.body + 1 : bits.stop]


def _keying_material(fields: Fields) -> bytes | None:
    if fields.peek() != 0xA1:
        return None
    wrapper = fields.inside(0xA1)
    material = string(fields.octets, wrapper.take(*_STRINGS))
    wrapper.finish()
    if len(material) > _MOST_KEYING_MATERIAL:
        raise NotAsExpected
    return material


def _agreement(fields: Fields, originator: bytes, material: bytes | None) -> Agreement | None:
    octets = fields.octets
    scheme = identified(Kind.KEY_AGREEMENT, raw(octets, fields.take(OBJECT_IDENTIFIER)))
    if scheme is None or fields.peek() != SEQUENCE:
        return None
    wrapping = fields.take(SEQUENCE)
    fields.finish()
    wrap = identified(Kind.KEY_WRAP, raw(octets, Fields(octets, wrapping).take(OBJECT_IDENTIFIER)))
    if wrap is None or not wrap.reads:
        return None
    return agreement(scheme, originator, wrap=wrap, identifier=der.made_der(octets, wrapping), material=material)


def agreement(
    scheme: Algorithm, originator: bytes, *, wrap: Algorithm, identifier: bytes, material: bytes | None = None
) -> Agreement:
    """What both sides derive the wrapping key from; `identifier` is the AlgorithmIdentifier of the key wrap."""
    entity = () if material is None else (der.value(0xA0, der.octet_string(material)),)
    bits = der.value(0xA2, der.octet_string((wrap.key_size * 8).to_bytes(4, "big")))
    return Agreement(
        originator=originator, derivation=scheme.key, digest=scheme.digest,
        shared_info=der.sequence(identifier, *entity, bits),  # RFC 5753 §7.2: ECC-CMS-SharedInfo
        salt=material or b"",                                 # RFC 8418 §2.2: HKDF takes it twice
        size=wrap.key_size)


def _encrypted_key(fields: Fields) -> tuple[bytes, bytes, bytes, bytes]:
    """Issuer, serial number, key identifier and the wrapped key of a RecipientEncryptedKey."""
    issuer, serial, subject_key_id = b"", b"", b""
    if fields.peek() == 0xA0:
        identifier = fields.inside(0xA0)
        subject_key_id = string(fields.octets, identifier.take(*_STRINGS))
    else:
        issuer, serial, subject_key_id = read_identifier(fields)
    wrapped = string(fields.octets, fields.take(*_STRINGS))
    fields.finish()
    return issuer, serial, subject_key_id, wrapped


def _serial(encoded: bytes) -> str:
    """The serial number in decimal, as `model.certificate` has it; empty if there is none."""
    if len(encoded) > 2 + _MOST_SERIAL_OCTETS:
        raise NotAsExpected
    return str(int.from_bytes(encoded[2:], "big", signed=True)) if encoded else ""

"""AuthEnvelopedData with AES-GCM, both ways with openssl, and what must not pass for it."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from asn1crypto import cms as asn1
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from smime_milter.cms import der
from smime_milter.cms.algorithms import Kind, known
from smime_milter.cms.content_info import content_type
from smime_milter.cms.enveloped_data import Unsupported, decrypt, encrypt, is_genuine, transports
from smime_milter.cms.precheck import Malformation
from tests.support.openssl import OpenSSL
from tests.support.pki import Issued
from tests.unit.cms.conftest import content_key

CONTENT = b"Content-Type: text/plain\r\n\r\nGuten Tag\r\n" * 20_000
AUTHENTICATED = bytes.fromhex("060b2a864886f70d0109100117")
ENVELOPED = bytes.fromhex("06092a864886f70d010703")
DATA = bytes.fromhex("06092a864886f70d010701")


@pytest.mark.parametrize("how", ["aes-128-gcm", "aes-192-gcm", "aes-256-gcm"])
@pytest.mark.parametrize("size", [1, 16, 65_536, len(CONTENT)])
def test_both_ways(how: str, size: int, alice: Issued, openssl: OpenSSL) -> None:
    """openssl opens ours, we open openssl's, streamed or not."""
    octets = b"".join(encrypt([CONTENT[:size]], size, certificates=[alice.der], content_encryption=how))
    assert content_type(octets) == "auth-enveloped-data" and is_genuine(octets)
    assert openssl.decrypt(octets, alice) == CONTENT[:size]
    for options in ((f"-{how}",), (f"-{how}", "-stream")):
        theirs = openssl.encrypt(CONTENT[:size], alice, options=options)
        assert is_genuine(theirs) and b"".join(decrypt(theirs, content_key(theirs, alice)) or ()) == CONTENT[:size]


def made(key: bytes, *, nonce: bytes = bytes(12), tag_size: int = 16, stated: int | None = None, attributes: bytes = b"",
         how: str = "aes-256-gcm", authenticated: bytes | None = None, plain: bytes = b"Guten Tag", kind: bytes = AUTHENTICATED
         ) -> bytes:
    """A message for nobody in particular, every field as the test wants it; `attributes` is the content of the SET."""
    signed = der.value(0x31, attributes) if attributes else None
    sealed = AESGCM(key).encrypt(nonce, plain, signed if authenticated is None else authenticated)
    cipher, tag = sealed[:-16], sealed[-16:][:tag_size]
    size = der.small_integer(tag_size if stated is None else stated)
    identifier = der.sequence(known(Kind.CONTENT_ENCRYPTION, how).oid, der.sequence(der.octet_string(nonce), size))
    content = der.sequence(DATA, identifier, der.value(0x80, cipher))
    more = (der.value(0xA1, attributes),) if attributes else ()
    tail = (der.octet_string(tag),) if kind == AUTHENTICATED else ()
    info = der.value(0xA3, der.small_integer(0))
    return der.sequence(kind, der.value(0xA0, der.sequence(der.small_integer(0), der.value(0x31, info), content, *more, *tail)))


KEY = bytes(range(32))
ATTRIBUTES = der.sequence(bytes.fromhex("06092a864886f70d010903"), der.value(0x31, DATA))


def plain(octets: bytes, key: bytes = KEY) -> bytes | None:
    pieces = decrypt(octets, key)
    return None if pieces is None else b"".join(pieces)


@pytest.mark.parametrize("nonce", [12, 8, 16, 64])
@pytest.mark.parametrize("tag_size", [12, 13, 14, 15, 16])
def test_tags_and_nonces_of_the_standard(nonce: int, tag_size: int) -> None:
    """Every tag length of RFC 5084 is checked in full, with nonces shorter and longer than customary."""
    octets = made(KEY, nonce=os.urandom(nonce), tag_size=tag_size)
    assert plain(octets) == b"Guten Tag" and is_genuine(octets)
    assert plain(octets[:-1] + bytes((octets[-1] ^ 1,))) is None


def test_authenticated_attributes_count() -> None:
    """They are part of what the tag covers: other attributes, or none, and nothing is opened."""
    octets = made(KEY, attributes=ATTRIBUTES)
    assert plain(octets) == b"Guten Tag"
    assert plain(made(KEY, attributes=ATTRIBUTES, authenticated=b"")) is None
    assert plain(octets.replace(ATTRIBUTES, ATTRIBUTES[:-1] + b"\x02")) is None


FALSE: dict[str, bytes] = {
    "tag of 11": made(KEY, tag_size=11),
    "tag of 4": made(KEY, tag_size=4),
    "tag shorter than stated": made(KEY, tag_size=12, stated=16),
    "tag longer than stated": made(KEY, tag_size=16, stated=12),
    "no nonce": made(KEY).replace(der.octet_string(bytes(12)), der.octet_string(b"")),
    "nonce of 7": made(KEY).replace(der.octet_string(bytes(12)), der.octet_string(bytes(7))),
    "nonce of a kilobyte": made(KEY).replace(der.octet_string(bytes(12)), der.octet_string(bytes(1024))),
    "nothing inside": made(KEY, plain=b""),
    "without authentication": made(KEY, kind=ENVELOPED),
}


@pytest.mark.parametrize("octets", FALSE.values(), ids=FALSE.keys())
def test_false_ones_are_not_opened(octets: bytes) -> None:
    """Short tags, odd nonces, GCM in EnvelopedData: neither genuine nor opened."""
    assert not is_genuine(octets) and plain(octets) is None
    assert isinstance(transports(octets), Malformation)


def cbc_in_authenticated(octets: bytes) -> bytes:
    content = asn1.ContentInfo.load(octets)["content"]
    parts = [content[name].dump() for name in ("version", "recipient_infos", "encrypted_content_info")]
    return der.sequence(AUTHENTICATED, der.value(0xA0, der.sequence(*parts, der.octet_string(bytes(16)))))


def test_cbc_in_authenticated_is_malformed(alice: Issued) -> None:
    """A tag that nothing computes does not make CBC look authenticated."""
    octets = cbc_in_authenticated(b"".join(encrypt([b"x"], 1, certificates=[alice.der])))
    assert transports(octets) is Malformation.NOT_AS_EXPECTED and not is_genuine(octets)


def test_nothing_comes_out_before_the_tag_is_right(alice: Issued) -> None:
    """A flipped bit anywhere in a long content, and not one octet of it is given out."""
    octets = bytearray(b"".join(encrypt([CONTENT], len(CONTENT), certificates=[alice.der], content_encryption="aes-256-gcm")))
    key = content_key(bytes(octets), alice)
    for at in (len(octets) - 1, len(octets) - 17, len(octets) - len(CONTENT), len(octets) - len(CONTENT) // 2):
        octets[at] ^= 1
        assert decrypt(bytes(octets), key) is None
        octets[at] ^= 1
    assert plain(bytes(octets), key) == CONTENT


def replaced(name: str, how: str) -> Callable[[bytes], bytes]:
    return lambda octets: octets.replace(known(Kind.CONTENT_ENCRYPTION, how).oid, known(Kind.CONTENT_ENCRYPTION, name).oid)


@pytest.mark.parametrize(("edit", "why"), [
    (replaced("aes-256-ccm", "aes-256-gcm"), Unsupported.AES_CCM),
    (replaced("aes-128-ccm", "aes-256-gcm"), Unsupported.AES_CCM),
])
def test_ccm_has_its_own_reason(edit: Callable[[bytes], bytes], why: Unsupported) -> None:
    """AES-CCM is known, not read, and not counted as encrypted."""
    octets = edit(made(KEY))
    assert transports(octets) is why and not is_genuine(octets) and plain(octets) is None


@pytest.mark.parametrize("cipher", ["-rc2", "-des"])
def test_weak_ciphers_have_their_own_reason(cipher: str, alice: Issued, openssl: OpenSSL) -> None:
    """RC2 and single DES are told apart from what nobody knows, and never opened."""
    octets = openssl.encrypt(CONTENT[:100], alice, options=("-provider", "legacy", "-provider", "default", cipher))
    assert transports(octets) is Unsupported.WEAK_CIPHER and not is_genuine(octets)

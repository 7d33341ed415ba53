"""The MIME around CMS: what a message really is, and what ours look like on the wire."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime, timezone

import pytest
from asn1crypto import cms as asn1

from smime_milter.cms import der
from smime_milter.cms.enveloped_data import decrypt, encrypt
from smime_milter.cms.signed_data import sign, verify
from smime_milter.cms.smime import (
    Built, clear_signed, cms_octets, digest_of, enveloped, opaque_signed, protection_of, signed_part,
)
from smime_milter.mime.parse import parse
from smime_milter.model.inspection import Protection
from smime_milter.model.signature import SignatureReason
from tests.support.openssl import OpenSSL
from tests.support.pki import Authority, Issued
from tests.unit.cms.conftest import content_key

ENTITY = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe\r\n\r\n"
BOUNDARY = "=_7f3a9c"


def message(built: Built) -> bytes:
    fields, body = built
    return b"".join(one.line() for one in fields) + b"\r\n" + b"".join(body)


def signer(person: Issued, embed: bytes | None = None) -> Callable[[bytes], bytes]:
    at = datetime(2026, 11, 24, tzinfo=timezone.utc)
    return lambda digest: sign(digest, chain=person.chain, signer=person.sign, signing_time=at, embed=embed)


def clear(person: Issued, entity: bytes = ENTITY) -> bytes:
    pieces = [entity[:7], entity[7:]]
    return message(clear_signed(lambda: pieces, sign=signer(person), boundary=BOUNDARY))


def opaque(person: Issued) -> bytes:
    return message(opaque_signed(signer(person, embed=ENTITY)(hashlib.sha256(ENTITY).digest())))


def encrypted(*people: Issued, content: bytes = ENTITY) -> bytes:
    return message(enveloped(encrypt([content], len(content), certificates=[one.der for one in people])))


def _digest_of(octets: bytes, part: tuple[int, int]) -> Callable[[str], bytes]:
    return lambda name: digest_of(octets, part[0], part[1], name)


def checked(octets: bytes) -> SignatureReason:
    root = parse(octets)
    part = signed_part(octets, root)
    assert part is not None
    return verify(cms_octets(octets, root.parts[1]), _digest_of(octets, part)).reason


def test_a_clear_signed_message_byte_for_byte(alice: Issued) -> None:
    """Header fields, boundaries and line ends are exactly these; the entity stands in it unchanged."""
    octets = clear(alice)
    head = (
        b"MIME-Version: 1.0\r\n"
        b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n'
        b' micalg=sha-256; boundary="=_7f3a9c"\r\n'
        b"\r\n--=_7f3a9c\r\n"
    )
    between = (
        b"\r\n--=_7f3a9c\r\n"
        b'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\n'
        b"Content-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="smime.p7s"\r\n\r\n'
    )
    assert octets.startswith(head + ENTITY + between)
    coded = octets[len(head + ENTITY + between) :].removesuffix(b"--=_7f3a9c--\r\n")
    assert signer(alice)(hashlib.sha256(ENTITY).digest()) == base64.b64decode(coded)


def test_a_wrapped_message_byte_for_byte(alice: Issued) -> None:
    """The application/pkcs7-mime fields of both kinds are exactly these."""
    for octets, kind in ((opaque(alice), b"signed-data"), (encrypted(alice), b"enveloped-data")):
        head = (
            b"MIME-Version: 1.0\r\n"
            b"Content-Type: application/pkcs7-mime; smime-type=" + kind + b";\r\n"
            b' name="smime.p7m"\r\n'
            b"Content-Transfer-Encoding: base64\r\n"
            b'Content-Disposition: attachment; filename="smime.p7m"\r\n\r\n'
        )
        assert octets.startswith(head) and octets.endswith(b"\r\n")


def test_everything_is_seven_bit_and_narrow(alice: Issued, bob: Issued) -> None:
    """No line over 76 columns, no octet over 126, no bare CR or LF: no relay has a reason to touch it."""
    for octets in (clear(alice), opaque(alice), encrypted(alice, bob)):
        assert octets.isascii() and max(map(len, octets.split(b"\r\n"))) <= 76
        assert octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n")


@pytest.mark.parametrize("form", [clear, opaque])
def test_openssl_verifies_the_message(
    form: Callable[[Issued], bytes], alice: Issued, authority: Authority, openssl: OpenSSL
) -> None:
    """openssl reads the message from the wire and gives back the signed entity."""
    root = openssl.file("root.pem", authority.root_pem)
    assert openssl.run("cms", "-verify", "-inform", "SMIME", "-CAfile", root, given=form(alice)) == ENTITY


def test_openssl_opens_the_message(alice: Issued, bob: Issued, openssl: OpenSSL) -> None:
    """openssl reads the encrypted message from the wire and gives back the entity."""
    key, own = openssl.file("bob.key", bob.key_pem), openssl.file("bob.pem", bob.pem)
    options = ("-inform", "SMIME", "-inkey", key, "-recip", own)
    assert openssl.run("cms", "-decrypt", *options, given=encrypted(alice, bob)) == ENTITY


def test_our_messages_come_back(alice: Issued) -> None:
    """Signed, wrapped and encrypted messages of ours are found, verified and opened by us."""
    assert checked(clear(alice)) is SignatureReason.GOOD
    octets = opaque(alice)
    check = verify(cms_octets(octets, parse(octets)), None)
    assert (check.reason, check.content) == (SignatureReason.GOOD, ENTITY)
    octets = encrypted(alice)
    enveloped_data = bytes(cms_octets(octets, parse(octets)))
    assert b"".join(decrypt(enveloped_data, content_key(enveloped_data, alice)) or ()) == ENTITY


@pytest.mark.parametrize("options", [(), ("-md", "sha512"), ("-keyid",)])
def test_openssls_clear_signed_messages_verify(options: tuple[str, ...], alice: Issued, openssl: OpenSSL) -> None:
    """A message that openssl writes, with LF on disk and CRLF on the wire, is good."""
    name, key = openssl.file("alice.pem", alice.pem), openssl.file("alice.key", alice.key_pem)
    made = openssl.run("cms", "-sign", "-signer", name, "-inkey", key, *options, given=ENTITY)
    assert protection_of(made, parse(made)) is Protection.SIGNED
    assert checked(made) is SignatureReason.GOOD
    wire = made.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert checked(wire) is SignatureReason.GOOD


def test_any_change_of_the_signed_part_is_noticed(carol: Issued) -> None:
    """Every single octet of the signed part, its header section included, counts."""
    octets = clear(carol)
    part = signed_part(octets, parse(octets))
    assert part is not None and octets[slice(*part)] == ENTITY
    signature = cms_octets(octets, parse(octets).parts[1])
    for at in range(*part):
        changed = octets[:at] + bytes((octets[at] ^ 0x20,)) + octets[at + 1 :]
        check = verify(signature, _digest_of(changed, part))
        assert check.reason is SignatureReason.DIGEST_MISMATCH


def test_line_ends_do_not_count(carol: Issued) -> None:
    """A message stored with LF verifies as it did with CRLF; a lone CR becomes a line end too."""
    octets = clear(carol)
    assert checked(octets.replace(b"\r\n", b"\n")) is SignatureReason.GOOD
    assert digest_of(b"xa\rb\nc\r\ndx", 1, 9, "sha256") == hashlib.sha256(b"a\r\nb\r\nc\r\nd").digest()


def test_the_signed_part_needs_exactly_two_parts(alice: Issued) -> None:
    """With one part, or three, or another type there is no signed part."""
    octets = clear(alice)
    three = octets.replace(b"--=_7f3a9c--\r\n", b"--=_7f3a9c\r\n\r\nMehr\r\n--=_7f3a9c--\r\n")
    one = octets[: octets.rindex(b"--=_7f3a9c\r\n")] + b"--=_7f3a9c--\r\n"
    mixed = octets.replace(b"multipart/signed", b"multipart/mixed")
    for changed in (three, one, mixed):
        assert signed_part(changed, parse(changed)) is None
    assert signed_part(octets, parse(octets)) is not None


def labelled(content: bytes, media_type: str = 'application/pkcs7-mime; name="smime.p7m"') -> bytes:
    coded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    return b"Content-Type: " + media_type.encode() + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + coded


def protection(octets: bytes) -> Protection:
    return protection_of(octets, parse(octets))


@pytest.fixture(scope="module")
def der_enveloped(alice: Issued) -> bytes:
    return b"".join(encrypt([ENTITY], len(ENTITY), certificates=[alice.der]))


LABELS = [
    "application/pkcs7-mime", "application/x-pkcs7-mime; smime-type=enveloped-data",
    "APPLICATION/PKCS7-MIME; smime-type=signed-data",
    'application/octet-stream; name="smime.p7m"', 'application/octet-stream; name="SMIME.P7M"',
]


@pytest.mark.parametrize("label", LABELS)
def test_content_decides_not_the_label(label: str, der_enveloped: bytes, alice: Issued) -> None:
    """Every label of S/MIME is looked behind: the same label is encrypted, signed or broken by its content."""
    assert protection(labelled(der_enveloped, label)) is Protection.ENVELOPED
    signed = signer(alice, embed=ENTITY)(hashlib.sha256(ENTITY).digest())
    assert protection(labelled(signed, label)) is Protection.SIGNED
    assert protection(labelled(ENTITY, label)) is Protection.BROKEN


def test_no_label_is_no_protection(der_enveloped: bytes, alice: Issued) -> None:
    """Other types are none of ours, whatever is inside; and a signed or encrypted part is not the root."""
    assert protection(ENTITY) is Protection.NONE
    assert protection(labelled(der_enveloped, "application/octet-stream; name=x.bin")) is Protection.NONE
    assert protection(labelled(der_enveloped, "application/pdf")) is Protection.NONE
    inside = b"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n" + labelled(der_enveloped) + b"\r\n--m--\r\n"
    assert protection(inside) is Protection.NONE
    pgp = clear(alice).replace(b"application/pkcs7-signature", b"application/pgp-signature")
    assert protection(pgp) is Protection.NONE


def test_signed_messages_are_signed(alice: Issued) -> None:
    """Clear-signed by protocol, new and old name, and opaque."""
    assert protection(clear(alice)) is protection(opaque(alice)) is Protection.SIGNED
    assert protection(clear(alice).replace(b"application/pkcs7-s", b"application/x-pkcs7-s")) is Protection.SIGNED


def test_other_cms_is_other(alice: Issued) -> None:
    """Certificates alone and compressed data hide nothing from anybody."""
    info = asn1.ContentInfo.load(signer(alice)(bytes(32)))
    info["content"]["signer_infos"] = []
    assert protection(labelled(info.dump(force=True))) is Protection.OTHER
    compressed = der.sequence(bytes.fromhex("060b2a864886f70d0109100109"), der.value(0xA0, der.sequence(der.small_integer(0))))
    assert protection(labelled(compressed)) is Protection.OTHER


CLEAR_TEXT = b"IBAN DE02 1203 0000 0000 2020 51\r\n"
PRETENCES = {
    "clear text": lambda good: labelled(CLEAR_TEXT),
    "cut off": lambda good: labelled(good[:-1]),
    "cut off in the middle": lambda good: labelled(good[: len(good) // 2]),
    "empty": lambda good: labelled(b""),
    "text behind the message": lambda good: labelled(good + CLEAR_TEXT),
    "text before the message": lambda good: labelled(CLEAR_TEXT + good),
    "text behind the base64": lambda good: labelled(good) + b"\r\n" + CLEAR_TEXT,
    "text before the base64": lambda good: labelled(good).replace(b"\r\n\r\n", b"\r\n\r\n" + CLEAR_TEXT, 1),
    "second base64 behind padding": lambda good: labelled(good) + base64.b64encode(CLEAR_TEXT) + b"\r\n",
    "no transfer encoding given": lambda good: labelled(good).replace(b"Content-Transfer-Encoding", b"X-Encoding"),
    "unknown transfer encoding": lambda good: labelled(good).replace(b": base64", b": base65"),
    "another content type": lambda good: labelled(good.replace(b"\xf7\x0d\x01\x07\x03", b"\xf7\x0d\x01\x07\x06")),
}


@pytest.mark.parametrize("pretence", PRETENCES.values(), ids=PRETENCES.keys())
def test_what_only_pretends_is_broken(pretence: Callable[[bytes], bytes], der_enveloped: bytes) -> None:
    """A label of S/MIME on clear text, on a fragment, or on more than the message is never "encrypted"."""
    assert protection(pretence(der_enveloped)) is Protection.BROKEN


def test_binary_and_quoted_transfer_count_too(der_enveloped: bytes) -> None:
    """Encrypted octets sent as binary or quoted-printable are as genuine as base64."""
    head = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: "
    assert protection(head + b"binary\r\n\r\n" + der_enveloped) is Protection.ENVELOPED
    quoted = b"".join(b"=%02X" % octet for octet in der_enveloped)
    lines = b"=\r\n".join(quoted[at : at + 72] for at in range(0, len(quoted), 72))
    assert protection(head + b"quoted-printable\r\n\r\n" + lines) is Protection.ENVELOPED


def test_the_entity_is_hashed_as_it_passes(alice: Issued) -> None:
    """The signer hears the digest of what was really given out, once, and only when it has passed."""
    events: list[object] = []

    def sign_it(digest: bytes) -> bytes:
        events.append(digest)
        return b"signature"

    _, body = clear_signed(lambda: iter((b"a\r\n", b"b")), sign=sign_it, boundary="b")
    assert events == []
    assert b"".join(body) == b"--b\r\na\r\nb\r\n--b\r\n" + SIGNATURE_HEAD + b"\r\nc2lnbmF0dXJl\r\n--b--\r\n"
    assert events == [hashlib.sha256(b"a\r\nb").digest()]


SIGNATURE_HEAD = (
    b'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\n'
    b"Content-Transfer-Encoding: base64\r\n"
    b'Content-Disposition: attachment; filename="smime.p7s"\r\n'
)

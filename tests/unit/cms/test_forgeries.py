"""SignedData as an attacker makes it: never good, always with the exact reason."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

import pytest
from asn1crypto import cms as asn1
from asn1crypto import core
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.cms import ber, der
from smime_milter.cms.content_info import content_type
from smime_milter.cms.signed_data import SignerCheck, sign, verify
from smime_milter.model.signature import Integrity, SignatureReason
from tests.support.pki import Authority, Issued

CONTENT = b"Content-Type: text/plain\r\n\r\nGuten Tag\r\n"
Edit = Callable[[asn1.SignedData], None]


def digest(name: str) -> bytes:
    return hashlib.new(name, CONTENT).digest()


def made(person: Issued, *, embed: bytes | None = None) -> bytes:
    return sign(digest("sha256"), chain=person.chain, signer=person.sign, signing_time=None, embed=embed)


def edited(octets: bytes, edit: Edit, *, again: Issued | None = None) -> bytes:
    """The message after a change; with `again` signed anew by that person, so that only the change can be wrong."""
    info = asn1.ContentInfo.load(octets)
    edit(info["content"])
    if again is not None:
        signer = info["content"]["signer_infos"][0]
        signer["signature"] = again.sign(signer["signed_attrs"].untag().dump(force=True))
    return bytes(info.dump(force=True))


def said(check: SignerCheck) -> tuple[SignatureReason, Integrity]:
    return check.reason, check.integrity


def unchecked(reason: SignatureReason) -> tuple[SignatureReason, Integrity]:
    return reason, Integrity.NOT_CHECKED


def test_an_edit_without_change_is_still_good(alice: Issued) -> None:
    """The way these tests forge does no harm of its own."""
    assert said(verify(edited(made(alice), lambda signed: None, again=alice), digest)) == (SignatureReason.GOOD, Integrity.INTACT)


def test_content_inside_a_detached_signature(alice: Issued) -> None:
    """A signature that brings its own content says nothing of the part beside it, even if both are the same."""
    check = verify(made(alice, embed=CONTENT), digest)
    assert said(check) == unchecked(SignatureReason.CONTENT_IN_DETACHED) and check.content is None


def test_an_opaque_signature_without_content(alice: Issued) -> None:
    """An opaque signature without content says nothing, even over nothing."""
    empty = sign(hashlib.sha256(b"").digest(), chain=alice.chain, signer=alice.sign, signing_time=None)
    assert said(verify(empty, None)) == unchecked(SignatureReason.CONTENT_MISSING)


def set_signers(number: int) -> Edit:
    def edit(signed: asn1.SignedData) -> None:
        signed["signer_infos"] = [signed["signer_infos"][0]] * number
    return edit


@pytest.mark.parametrize(("number", "reason"), [(0, SignatureReason.NO_SIGNER), (2, SignatureReason.SEVERAL_SIGNERS)])
def test_the_number_of_signers(number: int, reason: SignatureReason, alice: Issued) -> None:
    """None and two are no signature of anybody; the content of an opaque one is still given."""
    check = verify(edited(made(alice, embed=CONTENT), set_signers(number)), None)
    assert said(check) == unchecked(reason) and check.content == CONTENT
    assert content_type(edited(made(alice), set_signers(0))) == "certs-only"


def signer_fields(person: Issued) -> dict[str, bytes]:
    """The SignerInfo of a good signature in its pieces; `signed_attrs` as the SET OF that is signed."""
    info = asn1.ContentInfo.load(made(person))["content"]["signer_infos"][0]
    names = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")
    return {name: bytes(info[name].untag().dump() if name == "signed_attrs" else info[name].dump()) for name in names}


def assembled(fields: dict[str, bytes], *certificates: bytes) -> bytes:
    """A detached message from the pieces of a SignerInfo, whatever they are."""
    sent = [b"\xa0" + piece[1:] if name == "signed_attrs" else piece for name, piece in fields.items()]
    data = der.sequence(core.ObjectIdentifier("1.2.840.113549.1.7.1").dump())
    content = der.sequence(
        der.small_integer(1), der.value(0x31), data, der.value(0xA0, *certificates), der.value(0x31, der.sequence(*sent))
    )
    return der.sequence(core.ObjectIdentifier("1.2.840.113549.1.7.2").dump(), der.value(0xA0, content))


def test_no_signed_attributes(alice: Issued) -> None:
    """A signature over the bare content is not taken: it could be that of some attributes."""
    fields = signer_fields(alice)
    assert said(verify(assembled(fields, alice.der), digest)) == (SignatureReason.GOOD, Integrity.INTACT)
    del fields["signed_attrs"]
    fields["signature"] = der.octet_string(alice.sign(CONTENT))
    assert said(verify(assembled(fields, alice.der), digest)) == unchecked(SignatureReason.NO_SIGNED_ATTRIBUTES)


def keep(*types: str) -> Edit:
    def edit(signed: asn1.SignedData) -> None:
        kept = [one for one in signed["signer_infos"][0]["signed_attrs"] if one["type"].native in types]
        signed["signer_infos"][0]["signed_attrs"] = asn1.CMSAttributes(kept)
    return edit


def append(kind: str, *values: object) -> Edit:
    def edit(signed: asn1.SignedData) -> None:
        signed["signer_infos"][0]["signed_attrs"].append(asn1.CMSAttribute({"type": kind, "values": list(values)}))
    return edit


def replaced(kind: str, *values: object) -> Edit:
    def edit(signed: asn1.SignedData) -> None:
        others = [one["type"].native for one in signed["signer_infos"][0]["signed_attrs"] if one["type"].native != kind]
        keep(*others)(signed)
        append(kind, *values)(signed)
    return edit


DIGEST = hashlib.sha256(CONTENT).digest()
BAD_ATTRIBUTES = {
    "no content type": keep("message_digest"),
    "no digest": keep("content_type"),
    "none at all": keep(),
    "content type twice": append("content_type", "data"),
    "digest twice": append("message_digest", DIGEST),
    "another digest": append("message_digest", bytes(32)),
    "two digests in one": replaced("message_digest", DIGEST, bytes(32)),
    "two content types in one": replaced("content_type", "data", "signed_data"),
    "wrong content type": replaced("content_type", "signed_data"),
    "capabilities twice": append("1.2.840.113549.1.9.15", core.Sequence()),
    "attribute without value": replaced("signing_time"),
}


@pytest.mark.parametrize("edit", BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES.keys())
def test_bad_signed_attributes(edit: Edit, alice: Issued) -> None:
    """Attributes missing, repeated, with several values or of another type: the signature proves nothing."""
    forged = edited(made(alice), edit, again=alice)
    assert said(verify(forged, digest)) == unchecked(SignatureReason.BAD_SIGNED_ATTRIBUTES)


def test_a_content_of_another_type(alice: Issued) -> None:
    """What is encapsulated must say that it is data, like the attribute."""
    def edit(signed: asn1.SignedData) -> None:
        signed["encap_content_info"]["content_type"] = "1.2.840.113549.1.9.16.1.4"
    assert said(verify(edited(made(alice), edit), digest)) == unchecked(SignatureReason.BAD_SIGNED_ATTRIBUTES)


def test_a_padding_that_only_looks_right(authority: Authority) -> None:
    """Signatures with rubbish behind the digest, as they can be made for exponent 3, are bad (Bleichenbacher 2006)."""
    person = authority.issue(key="rsa2048e3")
    attributes = asn1.ContentInfo.load(made(person))["content"]["signer_infos"][0]["signed_attrs"].untag().dump()
    prefix = bytes.fromhex("3031300d060960864801650304020105000420")
    front = b"\x00\x01" + b"\xff" * 8 + b"\x00" + prefix + hashlib.sha256(attributes).digest()
    root = cube_root(int.from_bytes(front + b"\xff" * (256 - len(front)), "big"))
    assert (root**3).to_bytes(256, "big").startswith(front)
    forged = sign(digest("sha256"), chain=person.chain, signer=lambda data: root.to_bytes(256, "big"), signing_time=None)
    assert said(verify(forged, digest)) == (SignatureReason.BAD_SIGNATURE, Integrity.BROKEN)


def cube_root(number: int) -> int:
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle - 1)
    return low


def test_the_signature_of_another_person(alice: Issued, bob: Issued) -> None:
    """A signature made with another key than the certificate's is bad."""
    forged = sign(DIGEST, chain=alice.chain, signer=bob.sign, signing_time=None)
    assert said(verify(forged, digest)) == (SignatureReason.BAD_SIGNATURE, Integrity.BROKEN)


def test_an_algorithm_that_does_not_fit_the_key(carol: Issued) -> None:
    """An RSA signature by an EC key is bad, not an error."""
    def edit(signed: asn1.SignedData) -> None:
        signed["signer_infos"][0]["signature_algorithm"] = {"algorithm": "sha256_rsa"}
    assert said(verify(edited(made(carol), edit), digest)) == (SignatureReason.BAD_SIGNATURE, Integrity.BROKEN)


@pytest.mark.parametrize("algorithm", ["md2_rsa", "1.2.3.4"])
def test_algorithms_we_do_not_read(algorithm: str, alice: Issued) -> None:
    """Signature algorithms that are unknown, or known by name only, are named so."""
    def edit(signed: asn1.SignedData) -> None:
        signed["signer_infos"][0]["signature_algorithm"] = {"algorithm": algorithm}
    assert said(verify(edited(made(alice), edit), digest)) == unchecked(SignatureReason.UNSUPPORTED_ALGORITHM)


@pytest.mark.parametrize(("algorithm", "reason"), [
    ("sha1_rsa", SignatureReason.BAD_SIGNATURE), ("md5_rsa", SignatureReason.WEAK_DIGEST)
])
def test_a_weak_hash_below_the_signature(algorithm: str, reason: SignatureReason, alice: Issued) -> None:
    """A strong digest of the content does not make up for a weak hash of the attributes."""
    def edit(signed: asn1.SignedData) -> None:
        signed["signer_infos"][0]["signature_algorithm"] = {"algorithm": algorithm}
    assert verify(edited(made(alice), edit), digest).reason is reason


def certificates(*given_: bytes) -> Edit:
    def edit(signed: asn1.SignedData) -> None:
        signed["certificates"] = [asn1.CertificateChoices.load(one) for one in given_]
    return edit


def test_the_signers_certificate_is_missing(alice: Issued, bob: Issued) -> None:
    """Another person's certificate, or none, is not the signer's."""
    for present in ((), (bob.der,)):
        check = verify(edited(made(alice), certificates(*present)), digest)
        assert said(check) == unchecked(SignatureReason.SIGNER_CERTIFICATE_MISSING)
        assert check.certificate is None and check.others == present


def test_more_than_twenty_certificates_are_a_limit(alice: Issued, bob: Issued) -> None:
    """Twenty certificates are read, of a hundred none is used."""
    assert verify(edited(made(alice), certificates(*[bob.der] * 19, alice.der)), digest).reason is SignatureReason.GOOD
    check = verify(edited(made(alice), certificates(*[bob.der] * 99, alice.der)), digest)
    assert said(check) == unchecked(SignatureReason.LIMIT) and len(check.others) == 20


def test_giant_signers_and_certificates_are_not_read(alice: Issued) -> None:
    """A SignerInfo over 128 kB is a limit; a certificate over 64 kB is not looked into."""
    fields = signer_fields(alice)
    unsigned = der.value(0xA1, der.sequence(core.ObjectIdentifier("1.2.3").dump(), der.value(0x31, b"\x05\x00" * 70_000)))
    forged = assembled(fields | {"unsigned_attrs": unsigned}, alice.der)
    assert said(verify(forged, digest)) == unchecked(SignatureReason.LIMIT)
    giant = assembled(fields, der.sequence(der.sequence(*[b"\x30\x00"] * 40_000)), alice.der)
    assert verify(giant, digest).reason is SignatureReason.GOOD


def with_key(person: Issued, public_key: bytes) -> bytes:
    """A message whose signer's certificate holds this SubjectPublicKeyInfo instead."""
    return assembled(signer_fields(person), certificate_with(person, public_key))


def rsa_key(modulus: int, exponent: int) -> bytes:
    numbers = der.sequence(core.Integer(modulus).dump(), core.Integer(exponent).dump())
    algorithm = der.sequence(core.ObjectIdentifier("1.2.840.113549.1.1.1").dump(), der.NULL)
    return der.sequence(algorithm, der.value(0x03, b"\0", numbers))


def test_giant_numbers_are_not_computed_with(alice: Issued) -> None:
    """A modulus of 64k bits, and an exponent of 2k bits, are limits before any arithmetic."""
    start = time.thread_time()
    assert isinstance(alice.key, RSAPrivateKey)
    modulus = alice.key.public_key().public_numbers().n
    for key in (rsa_key((1 << 65536) - 1, 65537), rsa_key(modulus, modulus - 2), rsa_key((1 << 8192) + 1, 3)):
        assert said(verify(with_key(alice, key), digest)) == unchecked(SignatureReason.LIMIT)
    assert time.thread_time() - start < 0.5


@pytest.mark.parametrize("exponent", [1, 2, 3, 65536])
def test_worthless_exponents_are_never_good(exponent: int, alice: Issued) -> None:
    """Exponents below 65537 or even ones never make a good signature."""
    assert isinstance(alice.key, RSAPrivateKey)
    check = verify(with_key(alice, rsa_key(alice.key.public_key().public_numbers().n, exponent)), digest)
    assert check.reason in (SignatureReason.WEAK_KEY, SignatureReason.BAD_SIGNATURE)


def ec_key(parameters: bytes, point: bytes) -> bytes:
    algorithm = der.sequence(core.ObjectIdentifier("1.2.840.10045.2.1").dump(), parameters)
    return der.sequence(algorithm, der.value(0x03, b"\0", point))


P256 = core.ObjectIdentifier("1.2.840.10045.3.1.7").dump()
BAD_KEYS = {
    "explicit curve": (ec_key(der.sequence(der.small_integer(1)), b"\x04" + bytes(64)), SignatureReason.WEAK_KEY),
    "unknown curve": (ec_key(core.ObjectIdentifier("1.3.132.0.6").dump(), b"\x04" + bytes(64)), SignatureReason.WEAK_KEY),
    "point not on the curve": (ec_key(P256, b"\x04" + b"\x01" * 64), SignatureReason.WEAK_KEY),
    "no key": (der.sequence(der.sequence(P256), der.value(0x03, b"\0")), SignatureReason.UNSUPPORTED_ALGORITHM),
}


@pytest.mark.parametrize(("key", "reason"), BAD_KEYS.values(), ids=BAD_KEYS.keys())
def test_bad_curves(key: bytes, reason: SignatureReason, carol: Issued) -> None:
    """Explicit parameters, foreign curves and points beside the curve have a weak key's reason."""
    forged = assembled(signer_fields(carol), certificate_with(carol, key))
    assert said(verify(forged, digest)) == unchecked(reason)


def certificate_with(person: Issued, public_key: bytes) -> bytes:
    own = asn1.Certificate.load(person.der)["tbs_certificate"]["subject_public_key_info"].dump()
    parsed = asn1.Certificate.load(person.der)
    fields = [parsed["tbs_certificate"][name].dump() for name in parsed["tbs_certificate"]]
    tbs = der.sequence(*(public_key if field == own else field for field in fields))
    return der.sequence(tbs, parsed["signature_algorithm"].dump(), parsed["signature_value"].dump())


def test_cut_off_anywhere_is_malformed(carol: Issued) -> None:
    """A message that ends too early, or goes on, is never read further."""
    octets = made(carol, embed=CONTENT)
    for end in range(len(octets)):
        assert said(verify(octets[:end], None)) == unchecked(SignatureReason.MALFORMED)
    assert said(verify(octets + b"\n", None)) == unchecked(SignatureReason.MALFORMED)


def test_limits_are_told_apart_from_damage() -> None:
    """What is too deep is a limit."""
    octets = b"\x05\x00"
    for _ in range(40):
        octets = der.value(0x30, octets)
    assert said(verify(octets, digest)) == unchecked(SignatureReason.LIMIT)


def test_unsorted_attributes_that_were_signed_so_are_good(alice: Issued) -> None:
    """Some signers sign the attributes as they send them, unsorted; openssl takes that and so do we."""
    fields = signer_fields(alice)
    attributes = ber.children(fields["signed_attrs"], ber.whole(fields["signed_attrs"]).take())
    backwards = der.value(0x31, *[ber.raw(fields["signed_attrs"], one) for one in attributes][::-1])
    fields |= {"signed_attrs": backwards, "signature": der.octet_string(alice.sign(backwards))}
    assert said(verify(assembled(fields, alice.der), digest)) == (SignatureReason.GOOD, Integrity.INTACT)


@given(st.binary(max_size=300), st.booleans())
def test_random_octets_never_raise(octets: bytes, detached: bool) -> None:
    """Whatever the octets are, there is an answer, and it is not good."""
    assert verify(octets, digest if detached else None).reason is not SignatureReason.GOOD
    assert content_type(octets) is None


@given(st.data())
def test_damaged_messages_never_raise(alice: Issued, data: st.DataObject) -> None:
    """Real messages with several octets changed, cut out or put in have an answer."""
    octets = bytearray(made(alice, embed=CONTENT))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(octets) - 1))
        octets[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert isinstance(verify(bytes(octets), None), SignerCheck)
    assert isinstance(verify(bytes(octets), digest), SignerCheck)

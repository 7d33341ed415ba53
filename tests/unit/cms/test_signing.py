"""What we sign, openssl and we verify."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone

import pytest
from asn1crypto import cms as asn1
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smime_milter.adapters.keys.files import FileKeys
from smime_milter.cms.algorithms import Kind, known
from smime_milter.cms.content_info import content_type
from smime_milter.cms.signed_data import digest_name, sign, verify
from smime_milter.model.signature import Integrity, SignatureReason
from tests.support.fakes_keys import held
from tests.support.openssl import Disagrees, OpenSSL
from tests.support.pki import Authority, Issued

CONTENT = b"Content-Type: text/plain\r\n\r\nGuten Tag\r\n"
AT = datetime(2026, 11, 24, 12, 0, 1, tzinfo=timezone.utc)


def signed(
    person: Issued, content: bytes = CONTENT, *, chain: tuple[bytes, ...] = (), at: datetime | None = AT, opaque: bool = False
) -> bytes:
    used = chain or person.chain
    digest = hashlib.new(digest_name(used), content).digest()
    return sign(digest, chain=used, signer=person.sign, signing_time=at, embed=content if opaque else None)


@pytest.fixture(params=["rsa2048", "rsa3072", "p256", "p384", "p521", "brainpoolP256r1"], scope="module")
def person(request: pytest.FixtureRequest, authority: Authority) -> Issued:
    return authority.issue(key=request.param)


def test_openssl_verifies_a_detached_signature(person: Issued, authority: Authority, openssl: OpenSSL) -> None:
    """`openssl cms` finds the signature good over the content, and bad over any other."""
    made = signed(person)
    assert openssl.verify(made, root=authority.root_pem, content=CONTENT) == CONTENT
    with pytest.raises(Disagrees):
        openssl.verify(made, root=authority.root_pem, content=CONTENT + b" ")


def test_openssl_verifies_an_opaque_signature(person: Issued, authority: Authority, openssl: OpenSSL) -> None:
    """`openssl cms` gets the content out of an opaque signature."""
    assert openssl.verify(signed(person, opaque=True), root=authority.root_pem) == CONTENT


def test_we_verify_our_own(person: Issued) -> None:
    """Signer, other certificates, signing time and content come back."""
    check = verify(signed(person, opaque=True), None)
    assert (check.reason, check.integrity) == (SignatureReason.GOOD, Integrity.INTACT)
    assert (check.certificate, check.others) == (person.der, person.chain[1:])
    assert (check.signing_time, check.content) == (AT, CONTENT)


def test_we_sign_and_verify_ed25519(authority: Authority) -> None:
    """RFC 8419: SHA-512 for the content, no parameters, both forms; openssl 3.0 does neither."""
    person = authority.issue(key="ed25519")
    for opaque in (True, False):
        made = signed(person, opaque=opaque)
        check = verify(made, None if opaque else lambda name: hashlib.new(name, CONTENT).digest())
        assert (check.reason, check.integrity) == (SignatureReason.GOOD, Integrity.INTACT)
        info = structure(made)["signer_infos"][0]
        assert info["digest_algorithm"].dump() == bytes.fromhex("300b0609608648016503040203")
        assert info["signature_algorithm"].dump() == bytes.fromhex("300506032b6570")
    flipped = made[:-1] + bytes((made[-1] ^ 1,))
    assert verify(flipped, lambda name: hashlib.new(name, CONTENT).digest()).reason is SignatureReason.BAD_SIGNATURE


@pytest.mark.parametrize("key, name", [
    ("p256", "sha256"), ("brainpoolP256r1", "sha256"), ("p384", "sha384"), ("brainpoolP384r1", "sha384"),
    ("p521", "sha512"), ("brainpoolP512r1", "sha512"), ("rsa3072", "sha256")])
def test_the_hash_is_as_strong_as_the_curve(authority: Authority, key: str, name: str) -> None:
    """gpgsm refuses P-384 with SHA-256; digest and signature algorithm of the SignerInfo both name the curve's hash."""
    made = signed(authority.issue(key=key))
    info = structure(made)["signer_infos"][0]
    assert info["digest_algorithm"]["algorithm"].native == name
    if not key.startswith("rsa"):
        assert info["signature_algorithm"]["algorithm"].native == f"{name}_ecdsa"
    assert verify(made, lambda used: hashlib.new(used, CONTENT).digest()).reason is SignatureReason.GOOD


def structure(made: bytes) -> asn1.SignedData:
    return asn1.ContentInfo.load(made, strict=True)["content"]


def test_it_is_der_with_the_attributes_of_smime(alice: Issued) -> None:
    """One SignerInfo by issuer and serial number, the five attributes, DER throughout."""
    made = signed(alice)
    parsed = structure(made)
    info = parsed["signer_infos"][0]
    assert parsed["version"].native == info["version"].native == "v1"
    assert info["sid"].name == "issuer_and_serial_number"
    # asn1crypto cannot show the parameters of a capability
    attributes = {attribute["type"].native: attribute["values"] for attribute in info["signed_attrs"]}
    types = {name: [] if name == "smime_capabilities" else values.native for name, values in attributes.items()}
    assert set(types) == {"content_type", "message_digest", "signing_time", "smime_capabilities", "encrypt_key_pref"}
    assert types["content_type"] == ["data"] and types["signing_time"] == [AT]
    assert asn1.ContentInfo.load(made).dump(force=True) == made


def test_capabilities_name_what_we_open_and_nothing_weak(alice: Issued) -> None:
    """SMIMECapabilities: GCM before CBC, long keys before short ones, OAEP and PSS, never 3DES."""
    made = signed(alice)
    check = verify(made, lambda name: hashlib.new(name, CONTENT).digest())
    assert check.capabilities == ("aes-256-gcm", "aes-192-gcm", "aes-128-gcm", "aes-256-cbc", "aes-192-cbc", "aes-128-cbc",
                                  "oaep", "pss")
    assert bytes.fromhex("2a864886f70d0307") not in made


def test_capabilities_fit_the_key(authority: Authority, carol: Issued) -> None:
    """OAEP is announced for an RSA key one may encrypt to, key agreement for an EC key, and neither for any other."""
    agreeing = authority.issue(key="p256", usages=("digital_signature", "key_agreement"))
    ecdh, oaep = known(Kind.KEY_AGREEMENT, "ecdh-sha256").oid, known(Kind.KEY_TRANSPORT, "oaep").oid
    assert ecdh in signed(agreeing) and oaep not in signed(agreeing)
    for signer in (carol, authority.issue(usages=("digital_signature",)), authority.issue(key="ed25519")):
        assert ecdh not in signed(signer) and oaep not in signed(signer)


KEY_PREFERENCE = bytes.fromhex("2a864886f70d010910020b")


def test_key_preference_only_for_a_key_that_opens(authority: Authority, alice: Issued, carol: Issued) -> None:
    """A signing-only certificate is not offered to encrypt to."""
    signing_only = authority.issue(usages=("digital_signature",))
    assert KEY_PREFERENCE in signed(alice)
    assert KEY_PREFERENCE not in signed(signing_only)
    assert KEY_PREFERENCE not in signed(carol)


def test_the_signing_time_can_be_left_out(alice: Issued, authority: Authority, openssl: OpenSSL) -> None:
    """Without a signing time there is no such attribute, and the signature is as good."""
    made = signed(alice, at=None)
    assert bytes.fromhex("2a864886f70d010905") not in made
    assert openssl.verify(made, root=authority.root_pem, content=CONTENT) == CONTENT


def test_the_root_is_not_sent(alice: Issued, authority: Authority) -> None:
    """All certificates of the chain go along, the self-signed root does not."""
    made = signed(alice, chain=(*alice.chain, authority.root_der))
    assert {one.dump() for one in structure(made)["certificates"]} == set(alice.chain)
    assert authority.root_der not in made


def test_a_self_signed_signer_sends_itself(authority: Authority) -> None:
    """The signer's own certificate goes along even if it is self-signed."""
    made = sign(bytes(32), chain=(authority.root_der,), signer=lambda data: b"x" * 256, signing_time=None)
    assert authority.root_der in made


def test_the_signer_gets_the_signed_attributes(alice: Issued) -> None:
    """What is handed to the key is the SET OF with the digest, and its answer is the signature."""
    heard: list[bytes] = []

    def key(data: bytes) -> bytes:
        heard.append(data)
        return b"S" * 256

    made = sign(b"\x07" * 32, chain=alice.chain, signer=key, signing_time=AT)
    info = structure(made)["signer_infos"][0]
    assert heard == [info["signed_attrs"].untag().dump()] and heard[0][0] == 0x31
    assert info["signature"].native == b"S" * 256


@pytest.mark.parametrize("chain", [(), (b"",), (b"no certificate",), (b"\x30\x03\x02\x01\x01",)])
def test_a_chain_that_cannot_be_used_is_an_error(chain: tuple[bytes, ...]) -> None:
    """A chain is our own configuration: ValueError, and the text shows nothing of it."""
    with pytest.raises(ValueError, match="^the chain of the signer cannot be read$"):
        sign(bytes(32), chain=chain, signer=bytes, signing_time=None)


def test_a_key_that_only_agrees_does_not_sign(authority: Authority) -> None:
    """A key of a kind that does not sign is an error before anything is signed."""
    with pytest.raises(ValueError, match="does not sign"):
        signed(authority.issue(key="x25519"))


def test_pss_both_ways(authority: Authority, openssl: OpenSSL) -> None:
    """RSA-PSS with SHA-256 by our key holder verifies with openssl and here; as PKCS #1 v1.5 it would be bad."""
    person = authority.issue("erika@wwk.de")
    own = held("erika@wwk.de", person)
    keys = FileKeys([own])
    made = sign(hashlib.sha256(CONTENT).digest(), chain=person.chain, signer=lambda data: keys.sign(own.own, data, "pss"),
                signing_time=AT, signature="pss")
    assert openssl.verify(made, root=authority.root_pem, content=CONTENT) == CONTENT
    check = verify(made, lambda name: hashlib.new(name, CONTENT).digest())
    assert (check.reason, check.integrity) == (SignatureReason.GOOD, Integrity.INTACT)
    other = sign(hashlib.sha256(CONTENT).digest(), chain=person.chain, signer=lambda data: keys.sign(own.own, data, "pss"),
                 signing_time=AT)
    assert verify(other, lambda name: hashlib.new(name, CONTENT).digest()).reason is SignatureReason.BAD_SIGNATURE


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=4000), data=st.data())
def test_no_changed_content_is_good(alice: Issued, content: bytes, data: st.DataObject) -> None:
    """Sign, change any byte of the content: never intact."""
    made = signed(alice, content)
    assert verify(made, lambda name: hashlib.new(name, content).digest()).reason is SignatureReason.GOOD
    at = data.draw(st.integers(0, len(content)))
    changed = content[:at] + bytes(((content + b"\0")[at] ^ data.draw(st.integers(1, 255)),)) + content[at + 1 :]
    check = verify(made, lambda name: hashlib.new(name, changed).digest())
    assert (check.reason, check.integrity) == (SignatureReason.DIGEST_MISMATCH, Integrity.BROKEN)


def test_no_flipped_bit_of_the_signature_says_anything_else(carol: Issued) -> None:
    """A flip is noticed, or it is where the signature does not reach and nothing that we report changes.

    That is: version numbers, the unused list of digests, and certificates, whose own signatures path validation checks.
    """
    made = signed(carol, opaque=True)
    good = verify(made, None)
    unnoticed = []
    for at in range(len(made)):
        check = verify(made[:at] + bytes((made[at] ^ (1 << at % 8),)) + made[at + 1 :], None)
        if check.reason is SignatureReason.GOOD:
            unnoticed.append(at)
            assert (check.content, check.signing_time) == (good.content, good.signing_time)
        else:
            assert check.integrity is not Integrity.INTACT
    starts = [made.find(certificate) for certificate in carol.chain]
    outside = [at for at in unnoticed if not any(s <= at < s + len(c) for s, c in zip(starts, carol.chain))]
    assert len(outside) < 30
    assert content_type(made) == "signed-data"

"""Every kind of recipient: what openssl wraps our key holder unwraps, and the other way round."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from asn1crypto import cms as asn1

from smime_milter.adapters.keys.files import FileKeys
from smime_milter.cms import der
from smime_milter.cms.algorithms import Kind, known, oid
from smime_milter.cms.enveloped_data import decrypt, encrypt, enveloped_size, transports
from smime_milter.cms.precheck import Malformation
from smime_milter.model.keys import Unusable
from tests.support.fakes_keys import keys_holding
from tests.support.openssl import OpenSSL
from tests.support.pki import Authority, Issued

CONTENT = b"Content-Type: text/plain\r\n\r\nGuten Tag\r\n" * 20
HASHES = ("sha1", "sha224", "sha256", "sha384", "sha512")
CURVES = ("p256", "p384", "p521", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1")
AGREEING = ("digital_signature", "key_agreement")
US = "erika@wwk.de"


@pytest.fixture(scope="module")
def erika(authority: Authority) -> Issued:
    return authority.issue(US)


@pytest.fixture(scope="module", params=CURVES)
def curved(request: pytest.FixtureRequest, authority: Authority) -> Issued:
    return authority.issue(US, key=request.param, usages=AGREEING)


def opened(octets: bytes, keys: FileKeys, *recipients: str) -> bytes | None:
    """The way of the gateway: RecipientInfos to the key holder, its answer to the content."""
    found = transports(octets)
    assert isinstance(found, tuple)
    key = keys.unwrap(recipients or (US,), found)
    plain = None if key is None else decrypt(octets, key)
    return None if plain is None else b"".join(plain)


def holding(issued: Issued) -> FileKeys:
    return keys_holding(**{US: issued})


def encrypted(openssl: OpenSSL, issued: Issued, *options: str, cipher: str = "-aes-256-cbc") -> bytes:
    name = openssl.file("recipient.pem", issued.pem)
    return openssl.run("cms", "-encrypt", "-binary", "-outform", "DER", cipher, "-recip", name, *options, given=CONTENT)


@pytest.mark.parametrize(("digest", "mask"), list(itertools.product(HASHES, HASHES)))
def test_oaep_with_every_pair_of_hashes(digest: str, mask: str, erika: Issued, openssl: OpenSSL) -> None:
    """Hash and mask hash are independent of each other; what openssl wraps so is opened."""
    options = ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", f"rsa_oaep_md:{digest}", "-keyopt", f"rsa_mgf1_md:{mask}")
    octets = encrypted(openssl, erika, *options)
    found = transports(octets)
    assert isinstance(found, tuple) and found[0].oaep is not None
    assert (found[0].algorithm, found[0].oaep.digest, found[0].oaep.mask_digest) == ("oaep", digest, mask)
    assert opened(octets, holding(erika)) == CONTENT


def test_oaep_with_a_label(erika: Issued, openssl: OpenSSL) -> None:
    """The label of the sender is part of what is checked."""
    oaep = ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256", "-keyopt", "rsa_oaep_label:c0ffee")
    octets = encrypted(openssl, erika, *oaep)
    found = transports(octets)
    assert isinstance(found, tuple) and found[0].oaep is not None and found[0].oaep.label == b"\xc0\xff\xee"
    assert opened(octets, holding(erika)) == CONTENT
    other = octets.replace(b"\xc0\xff\xee", b"\xc0\xff\xef")
    assert other != octets and opened(other, holding(erika)) is None


SHA256 = der.sequence(known(Kind.DIGEST, "sha256").oid, der.NULL)
BAD_PARAMETERS = {
    "missing": b"",
    "null": der.NULL,
    "no sequence": der.octet_string(b"x"),
    "hash without identifier": der.sequence(der.value(0xA0, der.sequence())),
    "hash with parameters": der.sequence(der.value(0xA0, der.sequence(known(Kind.DIGEST, "sha256").oid, der.sequence()))),
    "something behind the hash": der.sequence(der.value(0xA0, SHA256, SHA256)),
    "label of another source": der.sequence(der.value(0xA2, der.sequence(
        known(Kind.DIGEST, "sha256").oid, der.octet_string(b"")))),
    "label of a megabyte": der.sequence(der.value(0xA2, der.sequence(
        bytes.fromhex("06092a864886f70d010109"), der.octet_string(bytes(1 << 20))))),
    "fields out of order": der.sequence(der.value(0xA1, der.sequence(bytes.fromhex("06092a864886f70d010108"), SHA256)),
                                        der.value(0xA0, SHA256)),
    "twice": der.sequence() + der.sequence(),
}


def with_key_encryption(octets: bytes, identifier: bytes, parameters: bytes) -> bytes:
    """The same message, its one RecipientInfo with another key encryption algorithm."""
    content = asn1.ContentInfo.load(octets)["content"]
    info = content["recipient_infos"][0].chosen
    changed = der.sequence(
        info["version"].dump(), info["rid"].dump(), der.sequence(identifier, parameters), info["encrypted_key"].dump())
    body = der.sequence(der.small_integer(0), der.value(0x31, changed), content["encrypted_content_info"].dump())
    return der.sequence(bytes.fromhex("06092a864886f70d010703"), der.value(0xA0, body))


@pytest.mark.parametrize("parameters", BAD_PARAMETERS.values(), ids=BAD_PARAMETERS.keys())
def test_malformed_oaep_never_falls_back(parameters: bytes, erika: Issued) -> None:
    """A message that PKCS #1 v1.5 would open stays shut when it says OAEP and says it badly."""
    plain = b"".join(encrypt([CONTENT], len(CONTENT), certificates=[erika.der]))
    assert opened(plain, holding(erika)) == CONTENT
    octets = with_key_encryption(plain, known(Kind.KEY_TRANSPORT, "oaep").oid, parameters)
    found = transports(octets)
    assert isinstance(found, tuple) and (found[0].algorithm, found[0].unusable) == ("", Unusable.BAD_PARAMETERS)
    assert opened(octets, holding(erika)) is None


def test_unknown_hashes_are_unsupported(erika: Issued) -> None:
    """OAEP with a hash we do not know is well-formed and of no use."""
    sha3 = der.sequence(der.value(0xA0, der.sequence(bytes.fromhex("0609608648016503040208"))))
    octets = with_key_encryption(
        b"".join(encrypt([CONTENT], len(CONTENT), certificates=[erika.der])), known(Kind.KEY_TRANSPORT, "oaep").oid, sha3)
    found = transports(octets)
    assert isinstance(found, tuple) and found[0].unusable is Unusable.ALGORITHM


@pytest.mark.parametrize("digest", HASHES)
@pytest.mark.parametrize("cofactor", ["0", "1"])
def test_agreement_with_every_derivation(digest: str, cofactor: str, curved: Issued, openssl: OpenSSL) -> None:
    """stdDH and cofactorDH with every hash on every curve."""
    options = ("-keyopt", f"ecdh_kdf_md:{digest}", "-keyopt", f"ecdh_cofactor_mode:{cofactor}")
    assert opened(encrypted(openssl, curved, *options), holding(curved)) == CONTENT


@pytest.mark.parametrize("wrap", ["-aes128-wrap", "-aes192-wrap", "-aes256-wrap"])
@pytest.mark.parametrize("cipher", ["-aes-128-cbc", "-aes-192-cbc", "-aes-256-cbc", "-aes-256-gcm", "-des3"])
def test_agreement_with_every_key_wrap(wrap: str, cipher: str, authority: Authority, openssl: OpenSSL) -> None:
    """The wrapping key may be shorter or longer than the content key."""
    person = authority.issue(US, key="p256", usages=AGREEING)
    assert opened(encrypted(openssl, person, wrap, cipher=cipher), holding(person)) == CONTENT


def test_agreement_by_key_identifier(authority: Authority, openssl: OpenSSL) -> None:
    """A recipient of key agreement named by its key identifier."""
    person = authority.issue(US, key="p384", usages=AGREEING)
    octets = encrypted(openssl, person, "-keyid")
    found = transports(octets)
    assert isinstance(found, tuple) and found[0].subject_key_id and not found[0].issuer_der
    assert opened(octets, holding(person)) == CONTENT


def test_triple_des_wrap_is_unsupported(authority: Authority, openssl: OpenSSL) -> None:
    """The key wrap of Triple DES is not taken, and nobody is said to be able to open it."""
    person = authority.issue(US, key="p256", usages=AGREEING)
    found = transports(encrypted(openssl, person, "-des3-wrap", cipher="-des3"))
    assert isinstance(found, tuple) and [(one.algorithm, one.unusable) for one in found] == [("", Unusable.ALGORITHM)]


@pytest.mark.parametrize("how", ["aes-256-cbc", "aes-128-cbc", "aes-256-gcm", "aes-128-gcm"])
@pytest.mark.parametrize("transport", ["rsa", "oaep"])
def test_openssl_opens_ours_for_rsa_and_every_curve(
    how: str, transport: str, curved: Issued, alice: Issued, openssl: OpenSSL
) -> None:
    """One message for an RSA and an EC recipient: openssl opens it as either, and so do we."""
    made = encrypt([CONTENT], len(CONTENT), certificates=[alice.der, curved.der], content_encryption=how, key_transport=transport)
    octets = b"".join(made)
    assert len(octets) == enveloped_size(
        len(CONTENT), [alice.der, curved.der], content_encryption=how, key_transport=transport)
    assert openssl.decrypt(octets, alice) == openssl.decrypt(octets, curved) == CONTENT
    assert opened(octets, holding(curved)) == opened(octets, holding(alice)) == CONTENT
    parsed = asn1.ContentInfo.load(octets, strict=True)
    assert parsed["content"]["version"].native == ("v0" if "gcm" in how else "v2") and parsed.dump(force=True) == octets


def test_x25519_both_ways(authority: Authority, alice: Issued) -> None:
    """An X25519 certificate gets a KeyAgreeRecipientInfo of RFC 8418, which its key opens."""
    person = authority.issue(US, key="x25519", usages=("key_agreement",))
    octets = b"".join(encrypt([CONTENT], len(CONTENT), certificates=[person.der, alice.der]))
    found = transports(octets)
    assert isinstance(found, tuple) and {one.algorithm for one in found} == {"rsa", "x25519"}
    assert len(octets) == enveloped_size(len(CONTENT), [person.der, alice.der])
    assert opened(octets, holding(person)) == CONTENT
    assert opened(octets, holding(authority.issue(US, key="x25519"))) is None


def test_mixed_recipients_and_several_keys(authority: Authority, erika: Issued, openssl: OpenSSL) -> None:
    """RSA, EC, a password and an unknown kind side by side: each of our keys opens it."""
    old, new = authority.issue(US, key="p256", usages=AGREEING), authority.issue("anna@wwk.de", key="rsa3072")
    names = [openssl.file(f"{n}.pem", one.pem) for n, one in enumerate((erika, old, new))]
    recips = [part for name in names for part in ("-recip", name)]
    octets = openssl.run("cms", "-encrypt", "-binary", "-outform", "DER", "-aes-256-cbc", "-pwri_password", "x",
                         "-secretkey", "00" * 16, "-secretkeyid", "11", *recips, given=CONTENT)
    found = transports(octets)
    assert isinstance(found, tuple) and sorted(one.algorithm for one in found) == ["", "", "ecdh", "rsa", "rsa"]
    assert {one.unusable for one in found} == {None, Unusable.PASSWORD, Unusable.SHARED_KEY}
    for held in (erika, old):
        assert opened(octets, holding(held)) == CONTENT
    both = keys_holding(**{US: old, "anna@wwk.de": new})
    assert opened(octets, both, US, "anna@wwk.de") == CONTENT
    assert opened(octets, both, US, "anna@wwk.de", "otto@wwk.de") is None


def test_agreement_fails_as_everything_fails(authority: Authority, openssl: OpenSSL) -> None:
    """A point off the curve, a damaged wrapped key, another curve's point: a key comes back, and it is wrong."""
    person = authority.issue(US, key="p256", usages=AGREEING)
    keys, octets = holding(person), encrypted(openssl, person)
    right = transports(octets)
    assert isinstance(right, tuple) and right[0].agreement is not None
    point, wrapped = right[0].agreement.originator, right[0].encrypted_key
    for old, new in ((point, point[:-1] + bytes((point[-1] ^ 1,))), (wrapped, wrapped[:-1] + bytes((wrapped[-1] ^ 1,))),
                     (point, b"\x04" + bytes(64)), (point, bytes(65))):
        damaged = octets.replace(old, new)
        found = transports(damaged)
        assert damaged != octets and isinstance(found, tuple)
        answer = keys.unwrap([US], found)
        assert answer is not None and len(answer) == 32 and decrypt(damaged, answer) is None


@pytest.mark.parametrize("size", [16, 24, 32])
def test_the_false_key_has_the_right_length(size: int, erika: Issued) -> None:
    """What cannot be unwrapped gives a key as long as the content needs: the next step costs the same."""
    how = f"aes-{size * 8}-cbc"
    octets = b"".join(encrypt([CONTENT], len(CONTENT), certificates=[erika.der], content_encryption=how))
    found = transports(octets)
    assert isinstance(found, tuple)
    answer = holding(erika).unwrap([US], [replace(found[0], encrypted_key=b"\1" * 256)])
    assert answer is not None and len(answer) == size


def agreeing_info(octets: bytes) -> asn1.KeyAgreeRecipientInfo:
    return asn1.ContentInfo.load(octets)["content"]["recipient_infos"][0].chosen


def with_agreement(octets: bytes, algorithm: bytes, originator: bytes | None = None) -> bytes:
    """The same message, its one KeyAgreeRecipientInfo with another algorithm or originator."""
    content, info = asn1.ContentInfo.load(octets)["content"], agreeing_info(octets)
    parts = [info["version"].dump(), originator or info["originator"].dump(), algorithm, info["recipient_encrypted_keys"].dump()]
    body = der.sequence(der.small_integer(2), der.value(0x31, der.value(0xA1, *parts)), content["encrypted_content_info"].dump())
    return der.sequence(bytes.fromhex("06092a864886f70d010703"), der.value(0xA0, body))


SCHEME = known(Kind.KEY_AGREEMENT, "ecdh-sha256").oid
WRAP = der.sequence(known(Kind.KEY_WRAP, "aes-256-wrap").oid)


@pytest.mark.parametrize("algorithm", [
    der.sequence(SCHEME), der.sequence(SCHEME, der.NULL), der.sequence(SCHEME, der.octet_string(b"")),
    der.sequence(oid("1.3.132.1.15.0"), WRAP), der.sequence(SCHEME, der.sequence(bytes.fromhex("06032a0304"))),
])
def test_key_agreement_without_its_parameters_is_unusable(algorithm: bytes, authority: Authority) -> None:
    """A missing or foreign key wrap, and ECMQV, are told apart from what a key of ours could open."""
    person = authority.issue(US, key="p256", usages=AGREEING)
    octets = b"".join(encrypt([CONTENT], len(CONTENT), certificates=[person.der]))
    assert opened(with_agreement(octets, der.sequence(SCHEME, WRAP)), holding(person)) == CONTENT
    found = transports(with_agreement(octets, algorithm))
    assert isinstance(found, tuple) and [(one.algorithm, one.unusable) for one in found] == [("", Unusable.ALGORITHM)]


def test_a_static_originator_is_unusable(authority: Authority) -> None:
    """Who agrees with a certificate of the sender's instead of a fresh key is not read."""
    person = authority.issue(US, key="p256", usages=AGREEING)
    octets = b"".join(encrypt([CONTENT], len(CONTENT), certificates=[person.der]))
    static = der.value(0xA0, der.value(0x80, bytes(20)))
    found = transports(with_agreement(octets, der.sequence(SCHEME, WRAP), static))
    assert isinstance(found, tuple) and found[0].unusable is Unusable.ALGORITHM


def test_what_says_nothing_is_tolerated(erika: Issued) -> None:
    """originatorInfo with certificates and CRLs, and unprotected attributes, are stepped over."""
    content = asn1.ContentInfo.load(b"".join(encrypt([CONTENT], len(CONTENT), certificates=[erika.der])))["content"]
    attribute = der.sequence(bytes.fromhex("06092a864886f70d010905"), der.value(0x31, der.NULL))
    body = der.sequence(
        der.small_integer(2), der.value(0xA0, der.value(0xA0, erika.der), der.value(0xA1, der.sequence())),
        content["recipient_infos"].dump(), content["encrypted_content_info"].dump(), der.value(0xA1, attribute))
    assert opened(der.sequence(bytes.fromhex("06092a864886f70d010703"), der.value(0xA0, body)), holding(erika)) == CONTENT


def test_keying_material_without_end_is_refused(authority: Authority) -> None:
    """A megabyte of user keying material is malformed, not copied for each of a thousand recipients."""
    person = authority.issue(US, key="p256", usages=AGREEING)
    octets = b"".join(encrypt([CONTENT], len(CONTENT), certificates=[person.der]))
    content = asn1.ContentInfo.load(octets)["content"]
    info = content["recipient_infos"][0].chosen
    parts = [info["version"].dump(), info["originator"].dump(), der.value(0xA1, der.octet_string(bytes(1 << 20))),
             info["key_encryption_algorithm"].dump(), info["recipient_encrypted_keys"].dump()]
    body = der.sequence(der.small_integer(2), der.value(0x31, der.value(0xA1, *parts)), content["encrypted_content_info"].dump())
    made = der.sequence(bytes.fromhex("06092a864886f70d010703"), der.value(0xA0, body))
    assert transports(made) is Malformation.NOT_AS_EXPECTED

"""Every signature scheme as openssl makes it, and parameters that must not pass."""

from __future__ import annotations

import hashlib

import pytest
from asn1crypto import cms as asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from smime_milter.cms import der
from smime_milter.cms.algorithms import Kind, known
from smime_milter.cms.parameters import pss_identifier
from smime_milter.cms.signed_data import sign, verify
from smime_milter.model.signature import Integrity, SignatureReason
from tests.support.openssl import OpenSSL
from tests.support.pki import Authority, Issued

CONTENT = b"Content-Type: text/plain\r\n\r\nGuten Tag\r\n"
GOOD = (SignatureReason.GOOD, Integrity.INTACT)


def digest(name: str) -> bytes:
    return hashlib.new(name, CONTENT).digest()


def said(octets: bytes) -> tuple[SignatureReason, Integrity]:
    check = verify(octets, digest)
    return check.reason, check.integrity


def made(openssl: OpenSSL, person: Issued, *options: str) -> bytes:
    name, key = openssl.file("p.pem", person.pem), openssl.file("p.key", person.key_pem)
    return openssl.run("cms", "-sign", "-binary", "-outform", "DER", "-signer", name, "-inkey", key, *options, given=CONTENT)


def pss(*options: str) -> tuple[str, ...]:
    return ("-keyopt", "rsa_padding_mode:pss", *(part for option in options for part in ("-keyopt", option)))


@pytest.mark.parametrize("md", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("salt", ["0", "20", "32", "digest", "max"])
def test_pss_with_any_salt(md: str, salt: str, alice: Issued, openssl: OpenSSL) -> None:
    """Hash and mask hash from SHA-256 on, whatever the length of the salt."""
    assert said(made(openssl, alice, "-md", md, *pss(f"rsa_pss_saltlen:{salt}"))) == GOOD


def test_pss_with_sha1_has_its_own_result(alice: Issued, openssl: OpenSSL) -> None:
    """The default parameters of the standard are SHA-1: the arithmetic is right, the result is not good."""
    assert said(made(openssl, alice, "-md", "sha1", *pss())) == (SignatureReason.WEAK_DIGEST, Integrity.INTACT)


@pytest.mark.parametrize("mask", ["sha1", "sha512"])
def test_pss_with_two_hashes_is_unsupported(mask: str, alice: Issued, openssl: OpenSSL) -> None:
    """A mask made with another hash than the content's is not taken."""
    octets = made(openssl, alice, "-md", "sha256", *pss(f"rsa_mgf1_md:{mask}"))
    assert said(octets) == (SignatureReason.UNSUPPORTED_ALGORITHM, Integrity.NOT_CHECKED)


@pytest.mark.parametrize("kind", ["p256", "p384", "p521", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"])
@pytest.mark.parametrize("md", ["sha256", "sha384", "sha512"])
def test_ecdsa(kind: str, md: str, authority: Authority, openssl: OpenSSL) -> None:
    """Every curve with every hash."""
    assert said(made(openssl, authority.issue(key=kind), "-md", md)) == GOOD


SHA256 = der.sequence(known(Kind.DIGEST, "sha256").oid, der.NULL)
MASK = der.sequence(bytes.fromhex("06092a864886f70d010108"), SHA256)
BOTH = der.value(0xA0, SHA256) + der.value(0xA1, MASK)
FALSE = {
    "none": (b"", SignatureReason.MALFORMED),
    "null": (der.NULL, SignatureReason.MALFORMED),
    "another trailer": (der.sequence(BOTH, der.value(0xA2, der.small_integer(32)), der.value(0xA3, der.small_integer(2))),
                        SignatureReason.MALFORMED),
    "negative salt": (der.sequence(BOTH, der.value(0xA2, b"\x02\x01\xff")), SignatureReason.MALFORMED),
    "giant salt": (der.sequence(BOTH, der.value(0xA2, b"\x02\x04\x7f\xff\xff\xff")), SignatureReason.MALFORMED),
    "salt of nine octets": (der.sequence(BOTH, der.value(0xA2, b"\x02\x09" + bytes(9))), SignatureReason.MALFORMED),
    "another salt": (der.sequence(BOTH, der.value(0xA2, der.small_integer(20))), SignatureReason.BAD_SIGNATURE),
    "salt longer than the key": (der.sequence(BOTH, der.value(0xA2, b"\x02\x02\x03\xff")), SignatureReason.BAD_SIGNATURE),
    "another mask function": (der.sequence(der.value(0xA0, SHA256), der.value(0xA1, der.sequence(
        bytes.fromhex("0603550403"), SHA256))), SignatureReason.UNSUPPORTED_ALGORITHM),
}


@pytest.mark.parametrize(("parameters", "reason"), FALSE.values(), ids=FALSE.keys())
def test_parameters_of_pss_are_read_by_us(parameters: bytes, reason: SignatureReason, alice: Issued) -> None:
    """What does not follow the standard word for word never reaches the library, and never verifies."""
    assert isinstance(alice.key, RSAPrivateKey)
    key: RSAPrivateKey = alice.key
    how = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    octets = sign(digest("sha256"), chain=alice.chain, signer=lambda data: key.sign(data, how, hashes.SHA256()),
                  signing_time=None, signature="pss")
    assert said(octets) == GOOD
    identifier = der.sequence(known(Kind.SIGNATURE, "pss").oid, parameters)
    at = octets.rfind(pss_identifier())
    assert said(resized(octets, at, pss_identifier(), identifier))[0] is reason


def resized(octets: bytes, at: int, old: bytes, new: bytes) -> bytes:
    """The octets with one value exchanged, and every length above it right again."""
    info = asn1.ContentInfo.load(octets)
    signer = info["content"]["signer_infos"][0]
    parts = [signer[name].dump() for name in ("version", "sid", "digest_algorithm", "signed_attrs")]
    made_signer = der.sequence(*parts, new, signer["signature"].dump())
    signed = info["content"]
    body = [signed[name].dump() for name in ("version", "digest_algorithms", "encap_content_info", "certificates")]
    assert octets[at : at + len(old)] == old
    return der.sequence(info["content_type"].dump(), der.value(0xA0, der.sequence(*body, der.value(0x31, made_signer))))

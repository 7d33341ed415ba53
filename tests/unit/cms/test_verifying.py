"""What openssl signs, we verify; what is not as the profile wants it has its own reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from smime_milter.cms.content_info import content_type
from smime_milter.cms.signed_data import SignerCheck, verify
from smime_milter.model.signature import Integrity, SignatureReason
from tests.support.openssl import OpenSSL
from tests.support.pki import Authority, Issued

CONTENT = b"Content-Type: text/plain\r\n\r\nGuten Tag\r\n" * 500


def digest(name: str) -> bytes:
    return hashlib.new(name, CONTENT).digest()


def said(check: SignerCheck) -> tuple[SignatureReason, Integrity]:
    return check.reason, check.integrity


GOOD = (SignatureReason.GOOD, Integrity.INTACT)


@pytest.fixture(params=["rsa2048", "rsa3072", "p256", "p384", "p521"], scope="module")
def person(request: pytest.FixtureRequest, authority: Authority) -> Issued:
    return authority.issue(key=request.param)


@pytest.mark.parametrize("options", [(), ("-keyid",), ("-md", "sha384"), ("-md", "sha512"), ("-nosmimecap",)])
def test_openssl_detached_signatures_are_good(options: tuple[str, ...], person: Issued, openssl: OpenSSL) -> None:
    """RSA and ECDSA, every hash from SHA-256 on, by serial number or key identifier."""
    check = verify(openssl.sign(CONTENT, person, options=options), digest)
    assert said(check) == GOOD
    assert check.certificate == person.der and check.others == () and check.content is None
    assert check.signing_time is not None


@pytest.mark.parametrize("options", [(), ("-stream",), ("-stream", "-md", "sha512", "-keyid")])
def test_openssl_opaque_signatures_are_good(options: tuple[str, ...], person: Issued, openssl: OpenSSL) -> None:
    """An opaque signature gives its content, also from indefinite lengths and strings in pieces."""
    octets = openssl.sign(CONTENT, person, options=("-nodetach", *options))
    check = verify(octets, None)
    assert said(check) == GOOD and check.content == CONTENT
    assert content_type(octets) == "signed-data"


def test_other_certificates_come_along(alice: Issued, authority: Authority, openssl: OpenSSL) -> None:
    """Certificates beside the signer's are handed on for path building."""
    extra = openssl.file("extra.pem", authority.root_pem)
    check = verify(openssl.sign(CONTENT, alice, options=("-certfile", extra)), digest)
    assert said(check) == GOOD and check.others == (authority.root_der,)


REASONS = [
    (("-noattr",), SignatureReason.NO_SIGNED_ATTRIBUTES, Integrity.NOT_CHECKED),
    (("-nocerts",), SignatureReason.SIGNER_CERTIFICATE_MISSING, Integrity.NOT_CHECKED),
    (("-md", "sha1"), SignatureReason.WEAK_DIGEST, Integrity.INTACT),
    (("-md", "sha224"), SignatureReason.WEAK_DIGEST, Integrity.INTACT),
    (("-md", "md5"), SignatureReason.WEAK_DIGEST, Integrity.NOT_CHECKED),
    (("-md", "sha3-256"), SignatureReason.UNSUPPORTED_ALGORITHM, Integrity.NOT_CHECKED),
    (("-nodetach",), SignatureReason.CONTENT_IN_DETACHED, Integrity.NOT_CHECKED),
    (("-econtent_type", "1.2.840.113549.1.9.16.1.4"), SignatureReason.BAD_SIGNED_ATTRIBUTES, Integrity.NOT_CHECKED),
]


@pytest.mark.parametrize(("options", "reason", "integrity"), REASONS)
def test_outside_the_profile_has_its_reason(
    options: tuple[str, ...], reason: SignatureReason, integrity: Integrity, alice: Issued, openssl: OpenSSL
) -> None:
    """Well-made signatures that the profile does not take are named, not just refused."""
    assert said(verify(openssl.sign(CONTENT, alice, options=options), digest)) == (reason, integrity)


def test_an_opaque_check_needs_the_content(alice: Issued, openssl: OpenSSL) -> None:
    """A detached signature in the place of an opaque one proves nothing."""
    assert said(verify(openssl.sign(CONTENT, alice), None)) == (SignatureReason.CONTENT_MISSING, Integrity.NOT_CHECKED)


@pytest.mark.parametrize("content", [None, digest])
def test_several_signers_are_nobody(content: Callable[[str], bytes] | None, alice: Issued, bob: Issued, openssl: OpenSSL) -> None:
    """With two good signers it is not said which one counts."""
    octets = openssl.sign(CONTENT, alice, bob, options=() if content else ("-nodetach",))
    assert said(verify(octets, content)) == (SignatureReason.SEVERAL_SIGNERS, Integrity.NOT_CHECKED)


def test_certificates_alone_are_no_signature(alice: Issued, openssl: OpenSSL) -> None:
    """A certs-only message is told apart and has no signer."""
    name = openssl.file("alice.pem", alice.pem)
    octets = openssl.run("crl2pkcs7", "-nocrl", "-certfile", name, "-outform", "DER")
    assert content_type(octets) == "certs-only"
    assert said(verify(octets, digest)) == (SignatureReason.NO_SIGNER, Integrity.NOT_CHECKED)


WEAK = ["rsa1024", "rsa2048e3"]


@pytest.mark.parametrize("kind", WEAK)
def test_weak_keys_are_not_good(kind: str, authority: Authority, openssl: OpenSSL) -> None:
    """Short moduli and small exponents have their own reason, though the arithmetic is right."""
    assert said(verify(openssl.sign(CONTENT, authority.issue(key=kind)), digest)) == (SignatureReason.WEAK_KEY, Integrity.INTACT)


def test_an_unusual_spelling_of_the_issuer_is_the_same_name(alice: Issued, openssl: OpenSSL) -> None:
    """A SignerInfo that writes the issuer in another string type still finds its certificate."""
    octets = openssl.sign(CONTENT, alice)
    name = b"\x0c\x0fTest Issuing CA"
    at = octets.rfind(name)
    changed = octets[:at] + b"\x13" + octets[at + 1 :]
    assert octets.count(name) == 2 and said(verify(changed, digest)) == GOOD

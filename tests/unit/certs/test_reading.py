"""Promises of certs.reading and certs.names."""

from __future__ import annotations

import time
from datetime import datetime, timezone

import pytest
from asn1crypto import core, keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from smime_milter.certs.fitness import has_weak_key
from smime_milter.certs.names import MAX_NAMES, escaped
from smime_milter.certs.reading import MAX_SIZE, read
from smime_milter.certs.weak_keys import is_roca
from smime_milter.model.certificate import Certificate, CertificateClass, KeyKind
from tests.support.pki import Authority, Issued, new_key, raw_san, utf8_san

AUTHORITY = Authority()
ALICE = AUTHORITY.issue("Alice@Makler.Example", serial=4711)


def reading(issued: Issued) -> Certificate:
    return reading_of(issued.der)


def reading_of(der: bytes) -> Certificate:
    certificate = read(der)
    assert certificate is not None
    return certificate


def test_every_field_of_an_ordinary_certificate_is_read() -> None:
    """What fitness, matching and display need is read as the certificate says it."""
    certificate = reading(ALICE)
    assert certificate.sha256 == ALICE.certificate.fingerprint(hashes.SHA256()).hex()
    assert certificate.subject == "CN=Alice@Makler.Example" and certificate.issuer == "CN=Test Issuing CA"
    assert certificate.serial == "4711"
    assert certificate.not_before == datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert certificate.not_after == datetime(2028, 1, 1, tzinfo=timezone.utc)
    assert certificate.addresses == ("alice@makler.example",) and not certificate.has_bad_address
    assert (certificate.key_kind, certificate.key_bits, certificate.key_exponent) == (KeyKind.RSA, 2048, 65537)
    assert certificate.usages == {"digital_signature", "key_encipherment"} and certificate.has_usage
    assert certificate.purposes == {"email"} and certificate.has_purpose
    assert certificate.certificate_class is CertificateClass.MAILBOX and not certificate.is_ca
    assert certificate.signature_hash == "sha256" and len(certificate.subject_key_id) == 20
    assert certificate.issuer_der == reading_of(AUTHORITY.issuing_der).subject_der


def test_a_missing_extension_differs_from_an_empty_set() -> None:
    """Usage and purpose that are not restricted are told from those that allow nothing we know."""
    bare = reading(AUTHORITY.issue(usages=(), purposes=(), policies=()))
    odd = reading(AUTHORITY.issue(usages=("crl_sign",), purposes=("1.2.3.4",)))
    assert not bare.has_usage and not bare.has_purpose and bare.usages == bare.purposes == frozenset()
    assert odd.usages == {"crl_sign"} and odd.purposes == {"1.2.3.4"}
    assert bare.certificate_class is CertificateClass.UNCLASSIFIED


def test_a_ca_is_known_by_its_basic_constraints() -> None:
    """CA certificates are told from end entities."""
    assert reading_of(AUTHORITY.issuing_der).is_ca and reading(AUTHORITY.issue(is_ca=True)).is_ca


@pytest.mark.parametrize(("mailbox", "addresses"), [
    (b"bob@makler.example", ("bob@makler.example",)),
    (b"BOB@MAKLER.EXAMPLE", ("bob@makler.example",)),
    (b"*@makler.example", ("*@makler.example",)),         # matches nobody: a star is an ordinary character
    (b"bob@makler.example\0.attacker.example", None),
    (b"bob@makler.example\n", None),
    (b" bob@makler.example", None),
    (b"bob\t@makler.example", None),
    (b'"bob smith"@makler.example', None),
    (b"<bob@makler.example>", None),
    (b"b\xf6b@makler.example", None),
    ("böb@makler.example".encode(), None),
    (b"bob@makler.example,eve@x.example", None),
    (b"bob", None),
    (b"@makler.example", None),
    (b"", None),
    (b"bob@xn--mkler-gra.example", ("bob@xn--mkler-gra.example",)),
])
def test_an_rfc822_name_is_exactly_a_mailbox_or_bad(mailbox: bytes, addresses: tuple[str, ...] | None) -> None:
    """A name outside the strict grammar is no address and marks the certificate, never a shortened one."""
    certificate = reading(AUTHORITY.issue(raw_san=raw_san(mailbox)))
    assert certificate.addresses == (addresses or ())
    assert certificate.has_bad_address is (addresses is None)


def test_a_bad_address_does_not_hide_the_good_ones() -> None:
    """All mailboxes are looked at; the good ones stay, the bad one is remembered."""
    certificate = reading(AUTHORITY.issue(raw_san=raw_san(b"a@makler.example", b"b@x\0", b"c@makler.example")))
    assert certificate.addresses == ("a@makler.example", "c@makler.example") and certificate.has_bad_address


@pytest.mark.parametrize(("text", "addresses"), [
    ("müller@makler.example", ("müller@makler.example",)),
    ("MÜLLER@makler.example", ("müller@makler.example",)),
    ("müller@xn--strae-oqa.example", ("müller@xn--strae-oqa.example",)),
    ("müller@straße.example", None),                   # RFC 9598: A-labels; IDNA 2003 would say strasse
    ("mueller@makler.example", None),                  # ASCII belongs into an rfc822Name
    ("\u212aurt@makler.example", None),                # the Kelvin sign becomes k in lower case
    ("mu\u0308ller@makler.example", None),             # not NFC
    ("mül\u200bler@makler.example", None),
    ("müller\u0000@makler.example", None),
])
def test_an_smtp_utf8_mailbox_is_read_as_rfc_9598_wants_it(text: str, addresses: tuple[str, ...] | None) -> None:
    """Internationalised mailboxes match exactly; forms that could collide with another are bad."""
    certificate = reading(AUTHORITY.issue(raw_san=utf8_san(text)))
    assert certificate.addresses == (addresses or ())
    assert certificate.has_bad_address is (addresses is None)


@pytest.mark.parametrize(("many", "is_bad"), [(MAX_NAMES, False), (MAX_NAMES + 1, True)])
def test_more_names_than_a_person_has_are_not_all_read(many: int, is_bad: bool) -> None:
    """Up to 500 mailboxes are read; a certificate with more is marked and the rest left out."""
    names = [f"p{number}@makler.example".encode() for number in range(many)]
    certificate = reading(AUTHORITY.issue(raw_san=raw_san(*names)))
    assert len(certificate.addresses) == MAX_NAMES and certificate.has_bad_address is is_bad


def test_an_address_in_the_subject_alone_is_no_address() -> None:
    """Only the subjectAltName counts: the distinguished name is free text."""
    certificate = reading(AUTHORITY.issue("", common_name="carol@makler.example"))
    assert certificate.addresses == () and not certificate.has_bad_address


def test_domains_are_kept_apart_from_addresses() -> None:
    """A dNSName is a domain in comparable form and no mailbox."""
    certificate = reading(AUTHORITY.issue("post@makler.example", domains=["Makler.Example", "makler.example"]))
    assert certificate.domains == ("makler.example",) and certificate.addresses == ("post@makler.example",)


@pytest.mark.parametrize(("policies", "expected"), [
    (["2.23.140.1.5.1.3"], CertificateClass.MAILBOX),
    (["2.23.140.1.5.2.1"], CertificateClass.ORGANISATION),
    (["1.2.3", "2.23.140.1.5.3.2"], CertificateClass.SPONSOR),
    (["2.23.140.1.5.4.3"], CertificateClass.INDIVIDUAL),
    (["2.23.140.1.5.1.4"], CertificateClass.UNCLASSIFIED),
    (["2.23.140.1.5.5.1"], CertificateClass.UNCLASSIFIED),
    (["2.23.140.1.5.1.1.1"], CertificateClass.UNCLASSIFIED),
    (["2.23.140.1.5.1.1", "2.23.140.1.5.4.1"], CertificateClass.UNCLASSIFIED),
])
def test_the_class_comes_from_exactly_one_policy(policies: list[str], expected: CertificateClass) -> None:
    """Unknown policies and two classes at once prove nothing."""
    assert reading(AUTHORITY.issue(policies=policies)).certificate_class is expected


@pytest.mark.parametrize(("key", "kind", "bits"), [
    ("rsa1024", KeyKind.RSA, 1024), ("rsa3072", KeyKind.RSA, 3072), ("p256", KeyKind.EC, 256),
    ("p384", KeyKind.EC, 384), ("p521", KeyKind.EC, 521), ("ed25519", KeyKind.ED25519, 256),
])
def test_key_kinds_and_sizes(key: str, kind: KeyKind, bits: int) -> None:
    """Every kind of key that a partner may have is told apart."""
    certificate = reading(AUTHORITY.issue(key=key))
    assert (certificate.key_kind, certificate.key_bits) == (kind, bits)


def with_modulus(modulus: int, exponent: int = 65537) -> bytes:
    """Alice's certificate with other numbers; nobody checks the signature when reading."""
    forged = asn1_x509.Certificate.load(ALICE.der)
    numbers = {"modulus": modulus, "public_exponent": exponent}
    forged["tbs_certificate"]["subject_public_key_info"]["public_key"] = numbers
    return bytes(forged.dump(force=True))


def test_a_modulus_that_anybody_can_factor_has_no_bits() -> None:
    """An even modulus and a ROCA modulus do not pass for 2048 bits."""
    assert reading_of(with_modulus(1 << 2047)).key_bits == 0
    assert reading_of(with_modulus(roca_modulus())).key_bits == 0


@pytest.mark.parametrize(("exponent", "is_weak"), [(1, True), (3, True), (65536, True), (65537, False), (65538, True)])
def test_the_exponent_must_be_odd_and_large(exponent: int, is_weak: bool) -> None:
    """Small and even exponents invite forgery: the key is weak."""
    modulus = asn1_x509.Certificate.load(ALICE.der).public_key["public_key"].parsed["modulus"].native
    assert has_weak_key(reading_of(with_modulus(modulus, exponent))) is is_weak


def test_an_oversized_modulus_is_no_rsa_key_of_ours() -> None:
    """A modulus of 16384 bits would cost seconds per use: it is of no supported kind."""
    assert reading_of(with_modulus((1 << 16383) + 1)).key_kind is KeyKind.OTHER


def roca_modulus() -> int:
    primorial = 1
    for prime in (p for p in range(2, 702) if all(p % d for d in range(2, int(p**0.5) + 1))):
        primorial *= prime
    factors = [(1 << 53) * primorial + pow(65537, power, primorial) for power in (12345, 987654321)]
    return factors[0] * factors[1]


def test_roca_is_told_from_ordinary_keys() -> None:
    """The fingerprint matches the broken generator's numbers and none of ours."""
    assert is_roca(roca_modulus())
    for number in range(4):
        key = new_key("rsa2048")
        assert isinstance(key, rsa.RSAPrivateKey)
        assert not is_roca(key.private_numbers().public_numbers.n), number


def test_explicit_curve_parameters_are_no_ec_key() -> None:
    """A curve that the certificate brings along is of no supported kind (CVE-2020-0601)."""
    forged = asn1_x509.Certificate.load(AUTHORITY.issue(key="p256").der)
    algorithm = forged["tbs_certificate"]["subject_public_key_info"]["algorithm"]
    algorithm["parameters"] = keys.ECDomainParameters("implicit_ca", core.Null())
    assert reading_of(bytes(forged.dump(force=True))).key_kind is KeyKind.OTHER


def test_an_extension_that_occurs_twice_makes_it_unreadable() -> None:
    """Two subjectAltNames could be read as either: such a certificate is not read at all."""
    forged = asn1_x509.Certificate.load(ALICE.der)
    extensions = forged["tbs_certificate"]["extensions"]
    extensions.append({"extn_id": "subject_alt_name", "extn_value": core.ParsableOctetString(
        raw_san(b"eve@attacker.example"))})
    assert read(bytes(forged.dump(force=True))) is None


def test_two_different_signature_algorithms_make_it_unreadable() -> None:
    """The algorithm inside the signed part must be the one outside."""
    forged = asn1_x509.Certificate.load(ALICE.der)
    forged["signature_algorithm"] = {"algorithm": "sha512_rsa"}
    assert read(bytes(forged.dump(force=True))) is None


def test_names_for_display_cannot_break_lines_or_lists() -> None:
    """Control characters, separators and direction marks come out escaped, long names end in an ellipsis."""
    evil = AUTHORITY.issue(common_name="Eve\r\nX-Forged: 1\x1b[31m, O=Bank\u202e")
    subject = reading(evil).subject
    assert subject == "CN=Eve\\0D\\0AX-Forged: 1\\1B[31m\\, O=Bank\\E2\\80\\AE"
    assert escaped('a"b<c>;d\\') == 'a\\"b\\<c\\>\\;d\\\\'


def test_a_long_name_is_cut() -> None:
    """No name for display is longer than 200 characters."""
    forged = asn1_x509.Certificate.load(ALICE.der)
    forged["tbs_certificate"]["subject"] = asn1_x509.Name.build({"common_name": "A" * 5000, "country_name": "DE"})
    subject = reading_of(bytes(forged.dump(force=True))).subject
    assert len(subject) == 200 and subject.endswith("…")


@pytest.mark.parametrize("der", [
    b"", b"\x30", b"\x30\x80" + ALICE.der[4:] + b"\0\0", ALICE.der[:-1], ALICE.der + b"\0",
    b"\x31" + ALICE.der[1:], b"\x30\x84\xff\xff\xff\xff" + ALICE.der[4:], b"\x30\x80" * 10000,
    b"\x30\x82\x75\x2c" + (b"\x30\x80" * 15000)[:30000], b"-----BEGIN CERTIFICATE-----", b"\0" * 40,
    b"\x30\x83" + MAX_SIZE.to_bytes(3, "big") + b"\x30" * MAX_SIZE,
])
def test_what_is_no_certificate_is_unreadable(der: bytes) -> None:
    """Truncated, padded, indefinite, deep and oversized input is None, quickly."""
    started = time.perf_counter()
    assert read(der) is None
    assert time.perf_counter() - started < 0.1


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_mutated_certificates_never_raise(data: st.DataObject) -> None:
    """Whatever bytes are flipped, the answer is a certificate or None."""
    octets = bytearray(ALICE.der)
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    answer = read(bytes(octets))
    assert answer is None or isinstance(answer, Certificate)

"""The fields of certificates that CMS repeats."""

from __future__ import annotations

import pytest
from asn1crypto import x509
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.certs.reading import read
from smime_milter.cms.ber import NotAsExpected
from smime_milter.cms.certificate_fields import is_same_name, read_certificate
from smime_milter.cms.public_key import measure
from tests.support.pki import Authority, Issued


@pytest.mark.parametrize("kind", ["rsa2048", "p256", "ed25519", "x25519"])
def test_they_are_the_octets_of_the_certificate(kind: str, authority: Authority) -> None:
    """Issuer, serial number, subject and key are what a complete parser finds, byte for byte."""
    person = authority.issue(key=kind, serial=2**158 + 1)
    fields, full = read_certificate(person.der), x509.Certificate.load(person.der)["tbs_certificate"]
    assert fields.issuer == full["issuer"].dump() and fields.subject == full["subject"].dump()
    assert fields.serial == full["serial_number"].dump()
    assert fields.public_key == full["subject_public_key_info"].dump()
    known = read(person.der)
    assert known is not None and fields.subject_key_id == known.subject_key_id
    size = measure(fields.public_key)
    assert size.kind == known.key_kind.value
    assert kind != "rsa2048" or (size.bits, size.exponent) == (known.key_bits, known.key_exponent)


def test_usage_tells_whether_it_enciphers(authority: Authority) -> None:
    """keyEncipherment for RSA, keyAgreement for EC, or no keyUsage at all, allows encryption to the key."""
    enciphering = read_certificate(authority.issue(usages=("key_encipherment",)).der)
    agreeing = read_certificate(authority.issue(key="p256", usages=("digital_signature", "key_agreement")).der)
    anything = read_certificate(authority.issue(usages=()).der)
    assert [enciphering.allows_encryption(kind) for kind in ("rsa", "ec")] == [True, False]
    assert [agreeing.allows_encryption(kind) for kind in ("rsa", "ec", "x25519")] == [False, True, True]
    assert [anything.allows_encryption(kind) for kind in ("rsa", "ec", "ed25519")] == [True, True, False]


def name(**parts: str) -> bytes:
    return bytes(x509.Name.build(parts).dump())


def test_names_are_the_same_in_other_spellings() -> None:
    """Case, space and string type do not make another issuer; another word does."""
    one = name(country_name="DE", common_name="Beispiel CA")
    assert is_same_name(one, one) and is_same_name(one, name(country_name="DE", common_name="BEISPIEL  ca"))
    assert is_same_name(one, one.replace(b"\x0c\x0bBeispiel", b"\x13\x0bBeispiel"))
    assert not is_same_name(one, name(country_name="DE", common_name="Beispiel CA 2"))
    assert not is_same_name(one, b"\x30\x05nothing") and not is_same_name(b"", one)


@given(st.data())
def test_damaged_certificates_raise_only_one_thing(alice: Issued, data: st.DataObject) -> None:
    """Whatever is wrong with a certificate, the reader says so in its one way."""
    octets = bytearray(alice.der)
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        measure(read_certificate(bytes(octets)).public_key)
    except NotAsExpected:
        return
    is_same_name(read_certificate(bytes(octets)).issuer, read_certificate(alice.der).issuer)

"""Unwrapping by every kind of private key: public vectors, and one answer in one time for every failure."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from smime_milter.adapters.keys.files import load
from smime_milter.adapters.keys.unwrapping import PrivateKey, unwrapped
from smime_milter.certs.reading import read
from smime_milter.cms.enveloped_data import encrypt, transports
from smime_milter.model.certificate import KeyKind
from smime_milter.model.errors import Unavailable
from smime_milter.model.keys import KeyTransport, Oaep
from tests.support.fakes_keys import keys_holding
from tests.support.pki import Authority, Issued
from tests.support.vectors import vector_files

AUTHORITY = Authority()
US = "erika@wwk.de"
NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
AGREEING = ("digital_signature", "key_agreement")
_FIELDS = ("Modulus", "Public exponent", "Exponent", "Prime 1", "Prime 2", "Prime exponent 1", "Prime exponent 2", "Coefficient")
_VECTOR = re.compile(r"alg=(\w+) mgf1=(\w+)\n# Message:\n([0-9a-f]+)\n# Encryption:\n([0-9a-f]+)")


def oaep_vectors() -> Iterator[tuple[PrivateKey, KeyTransport, bytes]]:
    """Key, RecipientInfo and what is in it: 25 pairs of hashes."""
    for _, text in vector_files("asymmetric/RSA/oaep-custom"):
        example = text.split("# Private key\n")[1].partition("# ====")[0]
        modulus, public, private, p, q, dmp1, dmq1, iqmp = (_number(example, name) for name in _FIELDS)
        numbers = rsa.RSAPrivateNumbers(p, q, private, dmp1, dmq1, iqmp, rsa.RSAPublicNumbers(public, modulus))
        key = numbers.private_key()
        for digest, mask, message, encrypted in _VECTOR.findall(example):
            plain = bytes.fromhex(message)
            yield key, KeyTransport(algorithm="oaep", encrypted_key=bytes.fromhex(encrypted), key_size=len(plain),
                                    oaep=Oaep(digest=digest, mask_digest=mask)), plain


def _number(text: str, name: str) -> int:
    found = re.search(rf"^# {name}:\n([0-9a-f]+)", text, re.MULTILINE)
    assert found is not None
    return int(found[1], 16)


def test_oaep_vectors() -> None:
    """Every pair of hashes of the public vectors opens, and with another hash or a flipped bit it does not."""
    pairs: set[tuple[str, str]] = set()
    for key, transport, plain in oaep_vectors():
        assert transport.oaep is not None
        pairs.add((transport.oaep.digest, transport.oaep.mask_digest))
        assert unwrapped(key, transport) == plain
        flipped = bytes((transport.encrypted_key[0] ^ 1, *transport.encrypted_key[1:]))
        assert unwrapped(key, replace(transport, encrypted_key=flipped)) is None
        other = "sha384" if transport.oaep.mask_digest != "sha384" else "sha256"
        assert unwrapped(key, replace(transport, oaep=replace(transport.oaep, mask_digest=other))) is None
    assert len(pairs) == 24


def test_the_vector_with_a_label() -> None:
    """The label is part of what is checked."""
    ((_, text),) = vector_files("asymmetric/RSA/oaep-label")
    values = dict(re.findall(r"^(\w+) = (\S.*)$", text, re.MULTILINE))
    key = load_der_private_key(bytes.fromhex(values["KEY"]), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    oaep = Oaep(digest="sha512", mask_digest="sha512", label=bytes.fromhex(values["OAEPLabel"]))
    transport = KeyTransport(algorithm="oaep", encrypted_key=bytes.fromhex(values["Input"]), key_size=11, oaep=oaep)
    assert unwrapped(key, transport) == b"Hello World"
    assert unwrapped(key, replace(transport, oaep=replace(oaep, label=b""))) is None


@pytest.mark.parametrize(("kind", "expected"), [
    ("p256", KeyKind.EC), ("p521", KeyKind.EC), ("brainpoolP384r1", KeyKind.EC), ("ed25519", KeyKind.ED25519),
    ("x25519", KeyKind.X25519),
])
@pytest.mark.parametrize("passphrase", [None, b"geheim"])
def test_keys_of_every_kind_load(kind: str, expected: KeyKind, passphrase: bytes | None, tmp_path: Path) -> None:
    """From PEM; what signs signs, what agrees opens."""
    issued = AUTHORITY.issue(US, key=kind, usages=AGREEING)
    (tmp_path / f"{US}.pem").write_bytes(issued.encrypted_key_pem(passphrase) + issued.pem)
    keys, problems = load(tmp_path, passphrase)
    assert problems == () and keys.own_keys()[0].certificate.key_kind is expected
    if kind == "x25519":
        assert keys.signer_for(US, NOW) is None
        with pytest.raises(Unavailable):
            keys.sign(keys.own_keys()[0], b"attributes")
    else:
        assert keys.signer_for(US, NOW) is not None and keys.sign(keys.own_keys()[0], b"attributes")
    if kind != "ed25519":
        found = transports(b"".join(encrypt([b"x"], 1, certificates=[issued.der])))
        assert isinstance(found, tuple) and keys.opens_for(US, found) and len(keys.unwrap([US], found) or b"") == 32


def test_an_ec_key_in_pkcs12(tmp_path: Path) -> None:
    """As a CA hands it out."""
    issued = AUTHORITY.issue(US, key="p384", usages=AGREEING)
    (tmp_path / f"{US}.p12").write_bytes(issued.p12(b"geheim"))
    keys, problems = load(tmp_path, b"geheim")
    assert problems == () and keys.own_keys()[0].certificate.key_kind is KeyKind.EC


def good_and_bad(issued: Issued, transport: str) -> tuple[KeyTransport, KeyTransport]:
    found = transports(b"".join(encrypt([b"x"], 1, certificates=[issued.der], key_transport=transport)))
    assert isinstance(found, tuple)
    wrapped = found[0].encrypted_key
    return found[0], replace(found[0], encrypted_key=wrapped[:-1] + bytes((wrapped[-1] ^ 1,)))


@pytest.mark.parametrize(("kind", "transport"), [("rsa2048", "rsa"), ("rsa2048", "oaep"), ("p256", "rsa"), ("x25519", "rsa")])
def test_failure_takes_as_long_as_success(kind: str, transport: str) -> None:
    """Bad padding and a damaged wrapped key cost what a good one costs, within a fifth."""
    issued = AUTHORITY.issue(US, key=kind, usages=(*AGREEING, "key_encipherment"))
    keys = keys_holding(**{US: issued})
    both = good_and_bad(issued, transport)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(300):
        for kept, one in zip(times, both):
            begin = time.thread_time()
            answer = keys.unwrap([US], [one])
            kept.append(time.thread_time() - begin)
            assert answer is not None and len(answer) == 32
    good, bad = (statistics.median(kept) for kept in times)
    assert 0.8 < bad / good < 1.25


def test_entitlement_counts_every_kind_of_key() -> None:
    """RSA for one recipient and EC for another: both must be there, or nothing is opened."""
    erika, anna = AUTHORITY.issue(US), AUTHORITY.issue("anna@wwk.de", key="p256", usages=AGREEING)
    keys = keys_holding(**{US: erika, "anna@wwk.de": anna})
    both = transports(b"".join(encrypt([b"x"], 1, certificates=[erika.der, anna.der])))
    alone = transports(b"".join(encrypt([b"x"], 1, certificates=[anna.der])))
    assert isinstance(both, tuple) and isinstance(alone, tuple)
    opened = keys.unwrap([US, "anna@wwk.de"], both)
    assert opened is not None and opened == keys.unwrap(["anna@wwk.de", US], both)
    assert keys.unwrap([US, "anna@wwk.de"], alone) is None and keys.unwrap(["anna@wwk.de"], alone) is not None


def test_a_certificate_without_a_key_kind_of_ours_opens_nothing() -> None:
    """A transport for X25519 is nobody's whose key is on another curve, even under the right serial number."""
    issued = AUTHORITY.issue(US, key="p256", usages=AGREEING)
    certificate = read(issued.der)
    assert certificate is not None
    forged = KeyTransport(
        issuer_der=certificate.issuer_der, serial=certificate.serial, algorithm="x25519", encrypted_key=bytes(40))
    assert not keys_holding(**{US: issued}).opens_for(US, [forged])

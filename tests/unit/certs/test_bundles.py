"""Certificates in the files people send."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.certs.bundles import MAX_SIZE, as_pem, certificates_in
from tests.support.pki import Authority, Issued


@pytest.fixture(scope="module")
def issued() -> Issued:
    return Authority().issue("alice@makler.example")


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=20)


def test_pem_and_der_are_read(issued: Issued) -> None:
    """One certificate as it is, or in armour with text around it; our own armour too."""
    assert certificates_in(issued.der) == (issued.der,)
    assert certificates_in(b"subject=alice\n" + issued.pem + b"\n") == (issued.der,)
    assert certificates_in(as_pem(issued.der).encode()) == (issued.der,)
    assert as_pem(issued.der).encode() == issued.pem


def test_a_chain_in_one_pem_file_is_read_in_order(issued: Issued) -> None:
    """Each once, however often it stands there."""
    text = "".join(as_pem(der) for der in (*issued.chain, issued.der))
    assert certificates_in(text.encode()) == issued.chain


@pytest.mark.parametrize("form", ["DER", "PEM"])
def test_a_bundle_made_by_openssl_is_read(issued: Issued, tmp_path: Path, form: str) -> None:
    """PKCS #7 without a signer, as CAs and mail programs export it."""
    (tmp_path / "chain.pem").write_text("".join(as_pem(der) for der in issued.chain))
    openssl(tmp_path, "crl2pkcs7", "-nocrl", "-certfile", "chain.pem", "-outform", form, "-out", "chain.p7b")
    assert set(certificates_in((tmp_path / "chain.p7b").read_bytes())) == set(issued.chain)


def test_a_private_key_is_no_certificate(issued: Issued) -> None:
    """A key file given by mistake yields nothing; beside a certificate it is passed over."""
    assert certificates_in(issued.key_pem) == ()
    assert certificates_in(issued.key_pem + issued.pem) == (issued.der,)


def test_a_huge_file_is_not_read(issued: Issued) -> None:
    """Over 4 MB nothing is parsed."""
    assert certificates_in(issued.pem + b"\n" * MAX_SIZE) == ()


@given(st.binary(max_size=200), st.integers(0, 900))
def test_damage_never_raises(junk: bytes, at: int) -> None:
    """Whatever the file holds, the answer is a tuple."""
    der = _DER[:at] + junk + _DER[at + len(junk):]
    assert isinstance(certificates_in(der), tuple)
    assert isinstance(certificates_in(b"-----BEGIN CERTIFICATE-----\n" + junk), tuple)


_DER = Authority().issue("alice@makler.example").der

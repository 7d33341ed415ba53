"""Persons with certificates, and the openssl program, for all tests of cms."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509 import SubjectKeyIdentifier

from smime_milter.cms.enveloped_data import transports
from tests.support.openssl import OpenSSL
from tests.support.pki import Authority, Issued


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="session")
def alice(authority: Authority) -> Issued:
    return authority.issue("alice@makler.example")


@pytest.fixture(scope="session")
def bob(authority: Authority) -> Issued:
    return authority.issue("bob@kanzlei.example")


@pytest.fixture(scope="session")
def carol(authority: Authority) -> Issued:
    return authority.issue("carol@kanzlei.example", key="p256", usages=("digital_signature",))


@pytest.fixture
def openssl(tmp_path: Path) -> OpenSSL:
    return OpenSSL(tmp_path)


def content_key(octets: bytes, recipient: Issued) -> bytes:
    """What the holder of the recipient's private key gets out of its RecipientInfo."""
    found = transports(octets)
    assert isinstance(found, tuple) and isinstance(recipient.key, RSAPrivateKey)
    serial = str(recipient.certificate.serial_number)
    key_id = recipient.certificate.extensions.get_extension_for_class(SubjectKeyIdentifier).value.digest
    mine = [one for one in found if serial == one.serial or key_id == one.subject_key_id]
    assert len(mine) == 1 and mine[0].algorithm == "rsa"
    return recipient.key.decrypt(mine[0].encrypted_key, PKCS1v15())

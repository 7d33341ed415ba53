"""Own keys for tests: the real holder, without files."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import padding, rsa

from smime_milter.adapters.keys.files import FileKeys, HeldKey
from smime_milter.certs.reading import read
from smime_milter.model.keys import KeyTransport, OwnKey
from smime_milter.model.secret import Secret

from tests.support.pki import Issued


def held(name: str, issued: Issued) -> HeldKey:
    """An issued certificate as our own key for an address or a domain."""
    certificate = read(issued.der)
    assert certificate is not None
    own = OwnKey(name=name, certificate=certificate, chain=issued.chain)
    return HeldKey(own, Secret(issued.key))


def keys_holding(**named: Issued) -> FileKeys:
    """`keys_holding(**{"alice@wwk.de": alice, "wwk.de": gateway})`."""
    return FileKeys(held(name, issued) for name, issued in named.items())


def wrapped_for(issued: Issued, content_key: bytes, *, by_key_id: bool = False) -> KeyTransport:
    """What a sender puts into the RecipientInfo: the content key under this certificate's RSA key."""
    certificate = read(issued.der)
    public = issued.key.public_key()
    assert certificate is not None and isinstance(public, rsa.RSAPublicKey)
    encrypted = public.encrypt(content_key, padding.PKCS1v15())
    if by_key_id:
        return KeyTransport(
            subject_key_id=certificate.subject_key_id, algorithm="rsa", encrypted_key=encrypted
        )
    return KeyTransport(
        issuer_der=certificate.issuer_der, serial=certificate.serial, algorithm="rsa", encrypted_key=encrypted
    )

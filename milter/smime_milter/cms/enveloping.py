"""Make EnvelopedData as a stream of DER whose length is known before the content is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from smime_milter.cms import der
from smime_milter.cms.algorithms import Algorithm, Kind, known, named
from smime_milter.cms.ber import OCTET_STRING, SEQUENCE, SET, NotAsExpected
from smime_milter.cms.certificate_fields import read_certificate
from smime_milter.cms.content_info import DATA, ENVELOPED_DATA
from smime_milter.cms.public_key import load_rsa, measure

Random = Callable[[int], bytes]

_STEP = 64 * 1024
_VERSION = der.small_integer(0)  # RFC 5652 §6.1: only issuer and serial number, no attributes


@dataclass(frozen=True, slots=True)
class _Recipient:
    """A certificate made ready: the octets before the wrapped key, and the key that wraps."""

    head: bytes
    key: RSAPublicKey
    wrapped_size: int

    def info(self, content_key: bytes) -> bytes:
        return self.head + self.key.encrypt(content_key, PKCS1v15())

    @property
    def size(self) -> int:
        return len(self.head) + self.wrapped_size


def encrypt(
    content: Iterable[bytes], size: int, *, certificates: Sequence[bytes], content_encryption: str = "aes-256-cbc",
    key_transport: str = "rsa", random: Random = os.urandom,
) -> Iterator[bytes]:
    """The DER of an EnvelopedData of `size` octets of content, which is taken in pieces while the result is.

    Raises ValueError at once for no certificate, a certificate or an algorithm that cannot be used, and
    at the end for a content of another size: what was given out until then is not a message.
    """
    algorithm = _sendable(Kind.CONTENT_ENCRYPTION, content_encryption)
    _sendable(Kind.KEY_TRANSPORT, key_transport)
    recipients = _recipients(certificates)
    key, vector = random(algorithm.key_size), random(algorithm.block)
    infos = der.set_of(recipient.info(key) for recipient in recipients)
    head = _head(infos, algorithm, vector=vector, size=size)
    return _stream(head, content, key=key, vector=vector, size=size)


def enveloped_size(size: int, certificates: Sequence[bytes]) -> int:
    """The length of the DER that `encrypt` gives for a content of this size."""
    content = sum(recipient.size for recipient in _recipients(certificates))
    infos_size = len(der.head(SET, content)) + content
    algorithm = known(Kind.CONTENT_ENCRYPTION, "aes-256-cbc")  # the identifiers of all its kind are of one length
    head = _head(b"", algorithm, vector=bytes(algorithm.block), size=size, infos_size=infos_size)
    return len(head) + infos_size + _padded(size, algorithm.block)


def _sendable(kind: Kind, name: str) -> Algorithm:
    row = named(kind, name)
    if row is None or not row.sends:
        raise ValueError("the algorithm is not one we send")
    return row


def _recipients(certificates: Sequence[bytes]) -> list[_Recipient]:
    if not certificates:
        raise ValueError("no certificate to encrypt to")
    return [_recipient(certificate) for certificate in dict.fromkeys(certificates)]


@lru_cache(maxsize=4096)
def _recipient(certificate: bytes) -> _Recipient:
    """RFC 5652 §6.2.1, by issuer and serial number; a repeated certificate costs a look-up."""
    try:
        fields = read_certificate(certificate)
        size = measure(fields.public_key)
    except NotAsExpected:
        raise ValueError("a recipient's certificate cannot be read") from None
    key = None if size.is_weak or size.is_too_large else load_rsa(fields.public_key)
    if key is None:
        raise ValueError("a recipient's key cannot be used")
    wrapped_size = (size.bits + 7) // 8
    transport = der.sequence(known(Kind.KEY_TRANSPORT, "rsa").oid, der.NULL)  # RFC 3370 §4.2.1
    before = _VERSION + fields.issuer_and_serial + transport + der.head(OCTET_STRING, wrapped_size)
    return _Recipient(der.head(SEQUENCE, len(before) + wrapped_size) + before, key, wrapped_size)


def _padded(size: int, block: int) -> int:
    return size + block - size % block  # RFC 5652 §6.3: always at least one octet


def _head(infos: bytes, algorithm: Algorithm, *, vector: bytes, size: int, infos_size: int | None = None) -> bytes:
    """Everything before the ciphertext, with lengths that count what follows; `infos_size` stands in for missing `infos`."""
    cipher_size = _padded(size, algorithm.block)
    content = DATA + der.sequence(algorithm.oid, der.octet_string(vector)) + der.head(0x80, cipher_size)
    content = der.head(SEQUENCE, len(content) + cipher_size) + content
    follows = (len(infos) if infos_size is None else infos_size) + len(content) + cipher_size
    enveloped = der.head(SEQUENCE, len(_VERSION) + follows) + _VERSION
    wrapped = der.head(0xA0, len(enveloped) + follows) + enveloped
    info = ENVELOPED_DATA + wrapped
    return der.head(SEQUENCE, len(info) + follows) + info + infos + content


def _stream(head: bytes, content: Iterable[bytes], *, key: bytes, vector: bytes, size: int) -> Iterator[bytes]:
    encryptor = Cipher(AES(key), CBC(vector)).encryptor()
    yield head
    left = size
    for chunk in content:
        left -= len(chunk)
        if left < 0:
            break
        view = memoryview(chunk)
        for at in range(0, len(chunk), _STEP):
            yield encryptor.update(view[at : at + _STEP])
    if left:
        raise ValueError("the content has not the size that was promised")
    padding = 16 - size % 16
    yield encryptor.update(bytes((padding,)) * padding) + encryptor.finalize()

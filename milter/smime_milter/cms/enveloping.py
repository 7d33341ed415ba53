"""Make EnvelopedData and AuthEnvelopedData as a stream of DER whose length is known before the content is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, GCM

from smime_milter.cms import der
from smime_milter.cms.algorithms import Algorithm, Kind, known, named
from smime_milter.cms.ber import SEQUENCE, SET
from smime_milter.cms.content_info import AUTH_ENVELOPED_DATA, DATA, ENVELOPED_DATA
from smime_milter.cms.wrapping import Recipient, recipient

Random = Callable[[int], bytes]

_STEP = 64 * 1024
_NONCE_SIZE = 12  # RFC 5084 §3.2
_TAG_SIZE = 16


def encrypt(
    content: Iterable[bytes], size: int, *, certificates: Sequence[bytes], content_encryption: str = "aes-256-cbc",
    key_transport: str = "rsa", random: Random = os.urandom,
) -> Iterator[bytes]:
    """The DER of an EnvelopedData, with GCM of an AuthEnvelopedData, of `size` octets of content, which is taken
    in pieces while the result is.

    Raises ValueError at once for no certificate, a certificate or an algorithm that cannot be used, and
    at the end for a content of another size: what was given out until then is not a message.
    """
    algorithm = _sendable(Kind.CONTENT_ENCRYPTION, content_encryption)
    recipients = _recipients(certificates, _sendable(Kind.KEY_TRANSPORT, key_transport).name)
    key, vector = random(algorithm.key_size), random(algorithm.block or _NONCE_SIZE)
    infos = der.set_of(recipient.info(key) for recipient in recipients)
    head = _head(infos, algorithm, vector=vector, size=size, version=_version(algorithm, recipients))
    stream = _authenticated if algorithm.is_authenticated else _padded
    return stream(head, content, key=key, vector=vector, size=size)


def enveloped_size(
    size: int, certificates: Sequence[bytes], *, content_encryption: str = "aes-256-cbc", key_transport: str = "rsa"
) -> int:
    """The length of the DER that `encrypt` gives for a content of this size."""
    algorithm = known(Kind.CONTENT_ENCRYPTION, content_encryption)
    recipients = _recipients(certificates, key_transport)
    content = sum(recipient.size(algorithm.key_size) for recipient in recipients)
    infos_size = len(der.head(SET, content)) + content
    vector = bytes(algorithm.block or _NONCE_SIZE)
    head = _head(b"", algorithm, vector=vector, size=size, version=_version(algorithm, recipients), infos_size=infos_size)
    return len(head) + infos_size + _cipher_size(size, algorithm) + _tail_size(algorithm)


def smime_type(content_encryption: str) -> str:
    """The smime-type parameter for what `encrypt` makes with this algorithm. RFC 8551 §3.2.2"""
    return "authEnveloped-data" if known(Kind.CONTENT_ENCRYPTION, content_encryption).is_authenticated else "enveloped-data"


def _sendable(kind: Kind, name: str) -> Algorithm:
    row = named(kind, name)
    if row is None or not row.sends:
        raise ValueError("the algorithm is not one we send")
    return row


def _recipients(certificates: Sequence[bytes], key_transport: str) -> list[Recipient]:
    if not certificates:
        raise ValueError("no certificate to encrypt to")
    return [recipient(certificate, key_transport) for certificate in dict.fromkeys(certificates)]


def _version(algorithm: Algorithm, recipients: Sequence[Recipient]) -> bytes:
    """RFC 5652 §6.1, RFC 5083 §2.1"""
    is_agreeing = any(recipient.is_agreeing for recipient in recipients)
    return der.small_integer(2 if is_agreeing and not algorithm.is_authenticated else 0)


def _cipher_size(size: int, algorithm: Algorithm) -> int:
    """RFC 5652 §6.3: padding has always at least one octet."""
    return size if algorithm.is_authenticated else size + algorithm.block - size % algorithm.block


def _tail_size(algorithm: Algorithm) -> int:
    return len(der.octet_string(bytes(_TAG_SIZE))) if algorithm.is_authenticated else 0


def _head(
    infos: bytes, algorithm: Algorithm, *, vector: bytes, size: int, version: bytes, infos_size: int | None = None
) -> bytes:
    """Everything before the ciphertext, with lengths that count what follows; `infos_size` stands in for missing `infos`."""
    cipher_size = _cipher_size(size, algorithm)
    content = DATA + _identifier(algorithm, vector) + der.head(0x80, cipher_size)
    content = der.head(SEQUENCE, len(content) + cipher_size) + content
    follows = (len(infos) if infos_size is None else infos_size) + len(content) + cipher_size + _tail_size(algorithm)
    enveloped = der.head(SEQUENCE, len(version) + follows) + version
    wrapped = der.head(0xA0, len(enveloped) + follows) + enveloped
    info = (AUTH_ENVELOPED_DATA if algorithm.is_authenticated else ENVELOPED_DATA) + wrapped
    return der.head(SEQUENCE, len(info) + follows) + info + infos + content


def _identifier(algorithm: Algorithm, vector: bytes) -> bytes:
    if not algorithm.is_authenticated:
        return der.sequence(algorithm.oid, der.octet_string(vector))
    return der.sequence(algorithm.oid, der.sequence(der.octet_string(vector), der.small_integer(_TAG_SIZE)))


def _padded(head: bytes, content: Iterable[bytes], *, key: bytes, vector: bytes, size: int) -> Iterator[bytes]:
    encryptor = Cipher(AES(key), CBC(vector)).encryptor()
    yield head
    yield from map(encryptor.update, _exactly(content, size))
    padding = 16 - size % 16
    yield encryptor.update(bytes((padding,)) * padding) + encryptor.finalize()


def _authenticated(head: bytes, content: Iterable[bytes], *, key: bytes, vector: bytes, size: int) -> Iterator[bytes]:
    encryptor: Any = Cipher(AES(key), GCM(vector)).encryptor()  # Any: cryptography 38 declares no tag
    yield head
    yield from map(encryptor.update, _exactly(content, size))
    yield encryptor.finalize() + der.octet_string(encryptor.tag)


def _exactly(content: Iterable[bytes], size: int) -> Iterator[memoryview]:
    """The content in pieces of bounded size; ValueError if it is not as long as was promised."""
    left = size
    for chunk in content:
        left -= len(chunk)
        if left < 0:
            break
        view = memoryview(chunk)
        for at in range(0, len(chunk), _STEP):
            yield view[at : at + _STEP]
    if left:
        raise ValueError("the content has not the size that was promised")

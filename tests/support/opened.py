"""What really left, seen with the eyes of the other side: openssl opens and verifies, `email` reads."""

from __future__ import annotations

import email
import email.policy
import tempfile
from dataclasses import dataclass
from email.message import EmailMessage, Message
from pathlib import Path

from tests.support.openssl import OpenSSL
from tests.support.pki import Issued


@dataclass(frozen=True)
class Leaf:
    """One part a reader sees, decoded; text is compared without white space at line ends."""

    media_type: str
    name: str
    content: str | bytes


def read(message: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def leaves(message: bytes) -> list[Leaf]:
    """Every part that is no container, in order."""
    return [_leaf(part) for part in read(message).walk() if not part.is_multipart()]


def _leaf(part: Message) -> Leaf:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    content: str | bytes = payload
    if part.get_content_maintype() == "text":
        text = payload.decode(part.get_content_charset("ascii"), "replace")
        content = "\n".join(line.rstrip() for line in text.splitlines()).rstrip()
    return Leaf(part.get_content_type(), part.get_filename() or "", content)


def decrypted(message: bytes, recipient: Issued) -> bytes:
    """The entity inside, opened by `openssl cms`; raises `Disagrees` if the key does not fit."""
    with tempfile.TemporaryDirectory() as folder:
        openssl = OpenSSL(Path(folder))
        key, certificate = openssl.file("own.key", recipient.key_pem), openssl.file("own.pem", recipient.pem)
        return openssl.run("cms", "-decrypt", "-binary", "-inkey", key, "-recip", certificate, given=message)


def verified(message: bytes, root: bytes) -> bytes:
    """The signed entity, verified by `openssl cms` up to this root; raises `Disagrees`."""
    with tempfile.TemporaryDirectory() as folder:
        openssl = OpenSSL(Path(folder))
        anchor = openssl.file("root.pem", root)
        return openssl.run("cms", "-verify", "-purpose", "smimesign", "-CAfile", anchor, given=message)


def signer(message: bytes, root: bytes) -> bytes:
    """The signer's certificate in PEM, of a signature that verifies."""
    with tempfile.TemporaryDirectory() as folder:
        openssl = OpenSSL(Path(folder))
        anchor = openssl.file("root.pem", root)
        openssl.run("cms", "-verify", "-CAfile", anchor, "-signer", "signer.pem", "-out", "content", given=message)
        return (Path(folder) / "signer.pem").read_bytes()

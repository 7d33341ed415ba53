"""AES-256-GCM around what held mail tells about people."""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from smime_milter.model.errors import Unavailable

KEY_SIZE = 32
_NONCE_SIZE = 12
_IDEMPOTENCY = b"smime-milter held mail idempotency"


class Seal:
    """`place` is authenticated with the bytes: they open nowhere else."""

    __slots__ = ("_cipher", "_token_key")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise Unavailable("store", "the key for held mail is not 32 bytes long")
        self._cipher = AESGCM(key)
        self._token_key = hmac.new(key, _IDEMPOTENCY, hashlib.sha256).digest()

    def close(self, data: bytes, place: str) -> bytes:
        nonce = os.urandom(_NONCE_SIZE)
        return nonce + self._cipher.encrypt(nonce, data, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """The bytes; `Unavailable` if they were altered, moved, or sealed with another key."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], place.encode())
        except (InvalidTag, ValueError):
            raise Unavailable("store", "held mail does not open with this key") from None

    def token(self, text: str) -> str:
        """A keyed hash: equal texts meet, nobody else can guess them."""
        return hmac.new(self._token_key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

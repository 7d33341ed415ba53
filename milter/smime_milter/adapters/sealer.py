"""The internal envelope: AES-256-GCM over a compressed message, in pieces, to a key only this gateway has.

A key of its own for every message, so that a piece's number may be its nonce; the last piece
says that it is the last, so that nothing can be cut off, exchanged or repeated. (The STREAM
construction, Hoang et al., "Online authenticated-encryption and its nonce-reuse misuse-resistance".)
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import os
import re
import zlib
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from smime_milter.model.errors import Unavailable
from smime_milter.model.sealed import Sealed
from smime_milter.model.spool import CHUNK, Spool

_CONTENT, _MARK, _TOKEN = (b"smime-milter sealed " + what for what in (b"content", b"mark", b"token"))
_MARK_FORM = re.compile(r"v=1; id=([0-9a-f]{32}); mac=([0-9a-f]{64})")
_TAG = 16
# The MTA folds lines of more than 998 octets; few long lines cost less than many short ones.
_PER_LINE = 720
_LENGTH = 4      # octets that say how long the context is
_SMALL = 1024 * 1024


class Sealer:
    """Implement `ports.Sealer`; `key` is the key for held mail, from which others are derived."""

    def __init__(self, key: bytes) -> None:
        self._content_key = _derived(key, _CONTENT)
        self._mark_key = _derived(key, _MARK)
        self._token_key = _derived(key, _TOKEN)

    def seal(self, context: bytes, raw: Spool) -> Sealed:
        number = os.urandom(16)
        body = Spool()
        for line in _lines(_enciphered(self._cipher(number), _compressed(context, raw))):
            body.write(line)
        return Sealed(mark=f"v=1; id={number.hex()}; mac={self._mac(number)}", body=body)

    def open(self, mark: str, body: Spool, start: int) -> tuple[bytes, Spool]:
        number = self._number(mark)
        try:
            pieces = _deciphered(self._cipher(number), _octets(body, start))
            return _unpacked(_decompressed(pieces))
        except (InvalidTag, ValueError, zlib.error):
            raise Unavailable("splitter", "a sealed message was altered") from None

    def token(self, text: str) -> str:
        return hmac.new(self._token_key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def _number(self, mark: str) -> bytes:
        found = _MARK_FORM.fullmatch(" ".join(mark.split()))   # it may have been folded
        number = bytes.fromhex(found[1]) if found else b""
        if found is None or not hmac.compare_digest(found[2], self._mac(number)):
            raise Unavailable("splitter", "a message that this gateway did not seal")
        return number

    def _mac(self, number: bytes) -> str:
        return hmac.new(self._mark_key, number, hashlib.sha256).hexdigest()

    def _cipher(self, number: bytes) -> AESGCM:
        return AESGCM(_derived(self._content_key, _CONTENT, salt=number))


def _derived(key: bytes, label: bytes, *, salt: bytes | None = None) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=label).derive(key)  # RFC 5869


def _compressed(context: bytes, raw: Spool) -> Iterator[bytes]:
    """Smaller than it was, as a rule: what fitted into the MTA's limit fits sealed as well."""
    packer = zlib.compressobj(1)
    yield packer.compress(len(context).to_bytes(_LENGTH, "big") + context)
    for chunk in raw.chunks():
        yield packer.compress(chunk)
    yield packer.flush()


def _enciphered(cipher: AESGCM, plain: Iterable[bytes]) -> Iterator[bytes]:
    number, waiting = 0, None
    for piece in _pieces(plain, CHUNK):
        if waiting is not None:
            yield cipher.encrypt(_nonce(number, is_last=False), waiting, None)
            number += 1
        waiting = piece
    yield cipher.encrypt(_nonce(number, is_last=True), waiting or b"", None)


def _deciphered(cipher: AESGCM, closed: Iterable[bytes]) -> Iterator[bytes]:
    number, waiting = 0, None
    for piece in _pieces(closed, CHUNK + _TAG):
        if waiting is not None:
            yield cipher.decrypt(_nonce(number, is_last=False), waiting, None)
            number += 1
        waiting = piece
    yield cipher.decrypt(_nonce(number, is_last=True), waiting or b"", None)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes((is_last,))


def _pieces(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same octets in pieces of one size; the last may be shorter."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        whole = len(rest) - len(rest) % size
        for at in range(0, whole, size):
            yield rest[at : at + size]
        rest = rest[whole:]
    if rest:
        yield rest


def _lines(closed: Iterable[bytes]) -> Iterator[bytes]:
    """Base64 lines, many in one write."""
    for piece in _pieces(closed, _PER_LINE * 256):
        lines = (binascii.b2a_base64(piece[at : at + _PER_LINE], newline=False) for at in range(0, len(piece), _PER_LINE))
        yield b"\r\n".join(lines) + b"\r\n"


def _octets(body: Spool, start: int) -> Iterator[bytes]:
    def letters() -> Iterator[bytes]:
        for chunk in body.chunks(start):
            yield chunk.translate(None, b"\r\n")
    for piece in _pieces(letters(), CHUNK):
        yield binascii.a2b_base64(piece, strict_mode=True)


def _decompressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    for piece in pieces:
        while piece:
            yield unpacker.decompress(piece, _SMALL)
            piece = unpacker.unconsumed_tail
    yield unpacker.flush()
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("not the whole message")


def _unpacked(chunks: Iterable[bytes]) -> tuple[bytes, Spool]:
    head, wanted, raw = b"", _LENGTH, Spool()
    for chunk in chunks:
        if wanted:
            head += chunk
            if len(head) >= _LENGTH:
                wanted = _LENGTH + int.from_bytes(head[:_LENGTH], "big")
            if len(head) < wanted:
                continue
            chunk, head, wanted = head[wanted:], head[_LENGTH:wanted], 0
        raw.write(chunk)
    if wanted:
        raise ValueError("no context")
    return head, raw

"""RFC 2047: text in header fields, read as every client reads it and written as it should be."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from smime_milter.mime.charsets import decode_charset, read_guessed
from smime_milter.mime.lexical import unfold
from smime_milter.model.ambiguity import Ambiguity

# Blanks inside Q are outside the grammar, yet clients decode them: read, and told.
_WORD = re.compile(rb"=\?([!-)+->@-~]{1,60})(?:\*[A-Za-z0-9-]{0,40})?\?([bBqQ])\?([ -<>@-~=]*?)\?=")
_LOOKS_ENCODED = re.compile(rb"=\?[!->@-~]{1,60}\?[!->@-~]?\?")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_BAD_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2})")
_PLAIN_IN_Q = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/")  # RFC 2047 §5 (3)
_WORDS = re.compile(r"[A-Za-z0-9]{1,60}(?: [A-Za-z0-9]{1,60}){0,20}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_PAYLOAD = 42  # octets of UTF-8 per word: at most 68 columns as base64


def decode_text(value: bytes) -> tuple[str, frozenset[Ambiguity]]:
    """Read an unstructured value; raw 8-bit octets as UTF-8, else Latin-1. Never fails."""
    bare = unfold(value).strip(b" \t\r\n")
    if b"=?" not in bare:
        return _raw(bare)
    codes: set[Ambiguity] = set()
    text = "".join(_pieces(bare, codes))
    return text, frozenset(codes)


def _raw(data: bytes) -> tuple[str, frozenset[Ambiguity]]:
    if data.isascii():
        return data.decode("ascii"), frozenset()
    return read_guessed(data), frozenset({Ambiguity.RAW_8BIT_HEADER})


def _pieces(bare: bytes, codes: set[Ambiguity]) -> Iterator[str]:
    at, charset, held = 0, "", b""
    for word in _WORD.finditer(bare):
        between = bare[at : word.start()]
        codes.update(_place_codes(bare, word))
        data = _octets(word, codes)
        name = word[1].decode("ascii").lower()
        # RFC 2047 §6.2: white space between two encoded words is not shown.
        if at and not between.strip(b" \t") and name == charset:
            held += data  # a character may be split across words
        else:
            yield from _flush(held, charset, codes)
            if not at or between.strip(b" \t"):
                yield from _between(between, codes)
            held, charset = data, name
        at = word.end()
    yield from _flush(held, charset, codes)
    yield from _between(bare[at:], codes)


def _flush(held: bytes, charset: str, codes: set[Ambiguity]) -> Iterator[str]:
    if held:
        text, found = decode_charset(held, charset)
        codes.update(found)
        yield text


def _between(raw: bytes, codes: set[Ambiguity]) -> Iterator[str]:
    text, found = _raw(raw)
    codes.update(found)
    if _LOOKS_ENCODED.search(raw):
        codes.add(Ambiguity.BAD_ENCODED_WORD)
    yield text


def _place_codes(bare: bytes, word: re.Match[bytes]) -> Iterator[Ambiguity]:
    # RFC 2047 §5 (1): set off by white space; in phrases and parameters also by ( ) and "
    before, after = bare[word.start() - 1 : word.start()], bare[word.end() : word.end() + 1]
    if before not in b" \t(\"" or after not in b" \t)\"" or b" " in word[3]:
        yield Ambiguity.BAD_ENCODED_WORD


def _octets(word: re.Match[bytes], codes: set[Ambiguity]) -> bytes:
    payload = word[3]
    if word[2] in b"qQ":
        if _BAD_ESCAPE.search(payload):
            codes.add(Ambiguity.BAD_ENCODED_WORD)
        return _HEX.sub(lambda m: bytes((int(m[1], 16),)), payload.replace(b"_", b" "))
    try:
        return binascii.a2b_base64(payload, strict_mode=True)
    except binascii.Error:
        codes.add(Ambiguity.BAD_ENCODED_WORD)
        return _lenient_base64(payload)


def _lenient_base64(payload: bytes) -> bytes:
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", payload)
    kept = kept[:-1] if len(kept) % 4 == 1 else kept
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def encode_text(text: str) -> str:
    """Write text for an unstructured field: ASCII as it is, else UTF-8 words of at most 75 columns.

    Control characters and line separators become one blank: nothing can end the field.
    """
    clean = _CONTROL.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))
    if clean.isascii() and "=?" not in clean and max(map(len, clean.split()), default=0) <= 60:
        return clean
    return " ".join(map(_encode_word, _portions(clean)))


def encode_phrase(text: str) -> str:
    """Write a display name: words of letters and digits as they are, anything else as encoded words. RFC 2047 §5 (3)"""
    clean = _CONTROL.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))
    return clean if _WORDS.fullmatch(clean) else " ".join(map(_encode_word, _portions(clean)))


def _portions(text: str) -> Iterator[bytes]:
    """Cut between characters: a word that ends inside one is outside RFC 2047 §5."""
    held = b""
    for character in text:
        octets = character.encode("utf-8")
        if len(held) + len(octets) > _PAYLOAD:
            yield held
            held = b""
        held += octets
    yield held


def _encode_word(data: bytes) -> str:
    quoted = "".join(chr(b) if b in _PLAIN_IN_Q else "_" if b == 32 else f"={b:02X}" for b in data)
    coded = binascii.b2a_base64(data, newline=False).decode("ascii")
    return f"=?UTF-8?Q?{quoted}?=" if len(quoted) <= len(coded) else f"=?UTF-8?B?{coded}?="

"""Octets to text for the character sets we know how to read."""

from __future__ import annotations

from smime_milter.model.ambiguity import Ambiguity

# Only stateless sets: in the others (ISO-2022, UTF-7, HZ) ASCII letters may mean something else.
_CODECS = {
    "us-ascii": "ascii", "ascii": "ascii", "ansi_x3.4-1968": "ascii", "iso646-us": "ascii",
    "utf-8": "utf-8", "utf8": "utf-8",
    "latin1": "iso8859-1", "latin-1": "iso8859-1", "iso_8859-1": "iso8859-1", "iso8859-1": "iso8859-1",
    "iso8859-15": "iso8859-15", "cp1252": "cp1252", "x-cp1252": "cp1252",
    "macintosh": "mac_roman", "koi8-r": "koi8-r", "koi8-u": "koi8-u",
    **{f"iso-8859-{n}": f"iso8859-{n}" for n in (*range(1, 12), *range(13, 17))},
    **{f"windows-{n}": f"cp{n}" for n in range(1250, 1259)},
}
_WITH_BYTE_ORDER_MARK = {"utf-16": "utf-16", "unicode": "utf-16"}
_MARKS = (b"\xff\xfe", b"\xfe\xff")
# All codecs a message can make us use.
CODECS = frozenset(_CODECS.values()) | frozenset(_WITH_BYTE_ORDER_MARK.values())


def codec_of(charset: str, data: bytes) -> str | None:
    """Name Python's codec for a declared charset; None when it is not on the list."""
    name = charset.strip().lower()
    if name in _WITH_BYTE_ORDER_MARK and data[:2] in _MARKS:
        return _WITH_BYTE_ORDER_MARK[name]
    return _CODECS.get(name)


def decode_charset(data: bytes, charset: str) -> tuple[str, frozenset[Ambiguity]]:
    """Read as declared; where that fails, as UTF-8, else as Latin-1, and say so."""
    codec = codec_of(charset, data)
    if codec is None:
        return read_guessed(data), frozenset({Ambiguity.UNKNOWN_CHARSET})
    try:
        return data.decode(codec), frozenset()
    except UnicodeError:
        return read_guessed(data), frozenset({Ambiguity.UNDECODABLE_CHARSET})


def read_guessed(data: bytes) -> str:
    """Read as UTF-8 if it is that, else as Latin-1; never fails."""
    try:
        return data.decode("utf-8")
    except UnicodeError:
        return data.decode("latin-1")


def readings(data: bytes, charset: str) -> tuple[tuple[str, ...], frozenset[Ambiguity]]:
    """All texts a reader might see: the declared one, or UTF-8 and Latin-1 where it fails."""
    if data.isascii() and codec_of(charset, data) is not None:
        return (data.decode("ascii"),), frozenset()
    text, codes = decode_charset(data, charset)
    # Mislabelled UTF-8 reads well as any single-byte set, and wrong.
    others = (read_guessed(data), data.decode("latin-1")) if codes else (read_guessed(data),)
    wrong = not codes and codec_of(charset, data) in ("utf-8", "utf-16")
    return tuple(dict.fromkeys((text,) if wrong else (text, *others))), codes

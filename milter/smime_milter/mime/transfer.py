"""Content transfer encodings: strict about what they are, best effort about what they hold. RFC 2045 §6"""

from __future__ import annotations

import binascii
import re
import struct
from collections.abc import Iterable, Iterator

from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.spool import Octets

_OUTSIDE_ALPHABET = bytes(
    b for b in range(256)
    if b not in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
)
_BAD_QUOTED = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*+(?:\r?\n|\Z))|[\x80-\xff]")
_TRAILING_BLANK = re.compile(rb"[ \t](?:\r?\n|\Z)")
_UNSAFE = re.compile(rb"[^\t -<>-~]")
_OUTPUT_LINE = 57  # octets that make 76 columns
_BLOCK = _OUTPUT_LINE * 4096
_LINES = struct.Struct("76s" * 4096)
_NONE: frozenset[Ambiguity] = frozenset()


def decode(octets: Octets, start: int, end: int, encoding: str) -> tuple[bytes, frozenset[Ambiguity]]:
    """Decode a range; an encoding that is none leaves the octets as they are."""
    data = octets[start:end]
    if encoding == "base64":
        return _decode_base64(data)
    if encoding == "quoted-printable":
        return _decode_quoted_printable(data)
    return data, _NONE


def _decode_base64(data: bytes) -> tuple[bytes, frozenset[Ambiguity]]:
    try:
        decoded = binascii.a2b_base64(data)
    except binascii.Error:
        return _decode_pieces(data), frozenset({Ambiguity.BAD_BASE64})
    # The decoder skips what it does not know; what it used must be all there is but white space.
    used = -(-len(decoded) // 3) * 4
    if used != len(data) and used != len(data) - sum(map(data.count, (b"\r", b"\n", b" ", b"\t"))):
        return _decode_pieces(data), frozenset({Ambiguity.BAD_BASE64})
    return decoded, _NONE


def _decode_pieces(data: bytes) -> bytes:
    """Read on behind padding, as several clients do."""
    out = []
    for piece in data.translate(None, _OUTSIDE_ALPHABET).split(b"="):
        whole = piece[:-1] if len(piece) % 4 == 1 else piece
        if whole:
            out.append(binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)))
    return b"".join(out)


def _decode_quoted_printable(data: bytes) -> tuple[bytes, frozenset[Ambiguity]]:
    codes = frozenset({Ambiguity.BAD_QUOTED_PRINTABLE}) if _BAD_QUOTED.search(data) else _NONE
    if _TRAILING_BLANK.search(data):  # RFC 2045 §6.7 (3): added in transport
        data = b"\n".join(_without_blanks(line) for line in data.split(b"\n"))
    return binascii.a2b_qp(data), codes


def _without_blanks(line: bytes) -> bytes:
    return line[:-1].rstrip(b" \t") + b"\r" if line.endswith(b"\r") else line.rstrip(b" \t")


def base64_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Encode a stream in lines of exactly 76 columns with CRLF, the last one shorter."""
    held = bytearray()
    for chunk in chunks:
        at = 0
        if held:
            at = min(_BLOCK - len(held), len(chunk))
            held += chunk[:at]
            if len(held) < _BLOCK:
                continue
            yield _encode(held)
        whole = at + (len(chunk) - at) // _BLOCK * _BLOCK
        for start in range(at, whole, _BLOCK):
            yield _encode(chunk[start : start + _BLOCK])
        held = bytearray(chunk[whole:])
    if held:
        yield _encode(held)


def _encode(block: bytes | bytearray) -> bytes:
    coded = binascii.b2a_base64(block, newline=False)
    if len(block) == _BLOCK:
        lines: Iterable[bytes] = _LINES.unpack(coded)
    else:
        lines = [coded[at : at + 76] for at in range(0, len(coded), 76)]
    return b"\r\n".join(lines) + b"\r\n"


def quoted_printable(data: bytes) -> bytes:
    """Encode canonical text in lines of at most 76 columns that no relay has a reason to touch."""
    return b"\r\n".join([_quote_line(line) for line in data.split(b"\r\n")])


def _quote_line(line: bytes) -> bytes:
    if len(line) <= 76 and not _UNSAFE.search(line) and line[-1:] not in (b" ", b"\t") and not _needs_mask(line):
        return line
    coded = _UNSAFE.sub(lambda m: b"=%02X" % m[0][0], line)
    if coded[-1:] in (b" ", b"\t"):
        coded = coded[:-1] + b"=%02X" % coded[-1]
    return _break_lines(coded)


def _needs_mask(line: bytes) -> bool:
    """mbox writers alter "From ", careless SMTP senders a lone full stop."""
    return line == b"." or line.startswith(b"From ")


def _break_lines(coded: bytes) -> bytes:
    out = []
    at = 0
    while True:
        head = b""
        if _needs_mask(coded[at : at + 5]):
            head, at = b"=%02X" % coded[at], at + 1
        stop = at + 76 - len(head)
        if len(coded) <= stop:
            out.append(head + coded[at:])
            return b"=\r\n".join(out)
        escape = coded.rfind(b"=", stop - 3, stop - 1)
        stop = escape if escape >= 0 else stop - 1
        out.append(head + coded[at:stop])
        at = stop

"""Transfer encodings: what is outside the grammar is told and still read; what we write no relay touches."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.mime.canonical import to_crlf
from smime_milter.mime.transfer import base64_lines, decode, quoted_printable
from smime_milter.model.ambiguity import Ambiguity as A


@pytest.mark.parametrize(("data", "decoded"), [
    (b"SGFsbG8=", b"Hallo"), (b"SGFs\r\nbG8=\r\n", b"Hallo"), (b" SGFsbG8= \t\r\n\r\n", b"Hallo"), (b"", b""), (b"\r\n", b""),
    (b"QQ==", b"A"), (b"QUI=", b"AB"), (b"QUJD", b"ABC"),
])
def test_base64(data: bytes, decoded: bytes) -> None:
    """Correct base64 with any white space has no code."""
    assert decode(data, 0, len(data), "base64") == (decoded, frozenset())


@pytest.mark.parametrize(("data", "decoded"), [
    (b"SGFs-bG8=", b"Hallo"), (b"SGFsbG8=SGFsbG8=", b"HalloHallo"), (b"SGFsbG8", b"Hallo"), (b"QQ==QQ==", b"AA"),
    (b"SGFsbG8==", b"Hallo"),
    (b"Q", b""), (b"=", b""), (b"QUJDQ", b"ABC"), (b"QUJD=", b"ABC"), (b"SGFs\0bG8=", b"Hallo"), (b"=QUJD", b"ABC"),
])
def test_bad_base64(data: bytes, decoded: bytes) -> None:
    """Junk, inner or missing padding and text behind it are told, and read as far as anyone reads."""
    assert decode(data, 0, len(data), "base64") == (decoded, frozenset({A.BAD_BASE64}))


@pytest.mark.parametrize(("data", "decoded"), [
    (b"Gr=C3=BC=c3=9fe", "Grüße".encode()), (b"a=\r\nb", b"ab"), (b"a= \t\r\nb", b"ab"), (b"a \r\nb", b"a\r\nb"),
    (b"a=20\r\n", b"a \r\n"),
    (b"a=", b"a"), (b"a=3D", b"a="),
])
def test_quoted_printable(data: bytes, decoded: bytes) -> None:
    """Escapes and soft line ends are read; blanks before a line end were added in transport."""
    assert decode(data, 0, len(data), "quoted-printable") == (decoded, frozenset())


@pytest.mark.parametrize("data", [b"a=ZZ", b"a=4", b"a=\rb", b"a==41", b"Gr\xc3\xbc", b"= a"])
def test_bad_quoted_printable(data: bytes) -> None:
    """Broken escapes and raw 8-bit octets are told."""
    assert decode(data, 0, len(data), "quoted-printable")[1] == {A.BAD_QUOTED_PRINTABLE}


def test_identity_encodings_decode_to_themselves() -> None:
    """A range is cut out as it is."""
    assert decode(b"xxSGFsbG8=xx", 2, 10, "7bit") == (b"SGFsbG8=", frozenset())


@given(st.binary(max_size=300), st.sampled_from(["base64", "quoted-printable"]))
def test_decoding_never_raises(data: bytes, encoding: str) -> None:
    """Whatever the octets, something comes back."""
    assert isinstance(decode(data, 0, len(data), encoding)[0], bytes)


@given(st.lists(st.binary(max_size=200), max_size=30))
def test_base64_lines(chunks: list[bytes]) -> None:
    """Chunks of any size give the lines that base64 of the whole has."""
    expected = base64.encodebytes(b"".join(chunks)).replace(b"\n", b"\r\n")
    assert b"".join(base64_lines(chunks)) == expected


@pytest.mark.parametrize("size", [57 * 4096 - 1, 57 * 4096, 57 * 4096 + 1, 57 * 8192, 1_000_000])
@pytest.mark.parametrize("step", [1000, 57 * 4096, 300_000, 1_000_000])
def test_base64_lines_across_blocks(size: int, step: int) -> None:
    """Borders of chunks and blocks leave no trace."""
    data = bytes(range(256)) * (size // 256 + 1)
    chunks = [data[:size][at : at + step] for at in range(0, size, step)]
    assert b"".join(base64_lines(chunks)) == base64.encodebytes(data[:size]).replace(b"\n", b"\r\n")


PIECES = [b"From ", b"\r\n", b"\r\n.", b".\r\n", b" " * 80, b"=" * 30, b"x" * 75, b"x" * 76]


@given(st.lists(st.one_of(st.binary(max_size=90), st.sampled_from(PIECES)), max_size=20))
def test_quoted_printable_survives_relays(pieces: list[bytes]) -> None:
    """Lines are short and 7-bit, have no blank at their end, no "From " and no lone full stop; they decode back."""
    data = b"".join(pieces)
    coded = quoted_printable(data)
    lines = coded.split(b"\r\n")
    assert coded.isascii() and all(len(line) <= 76 for line in lines)
    assert not any(line.endswith((b" ", b"\t")) or line.startswith(b"From ") or line == b"." for line in lines)
    assert b"\r" not in b"".join(lines) and b"\n" not in b"".join(lines)
    assert decode(coded, 0, len(coded), "quoted-printable") == (data, frozenset())


def test_quoted_printable_leaves_simple_text() -> None:
    """Text that needs nothing stays legible, letter for letter."""
    text = b"Sehr geehrte Damen und Herren,\r\n\r\n\tanbei = nichts.\r\n"
    assert quoted_printable(text) == text.replace(b"=", b"=3D")
    assert quopri.decodestring(quoted_printable("Grüße ".encode())) == "Grüße ".encode()


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"bc", b""]), max_size=30))
def test_line_ends_become_crlf_across_chunks(chunks: list[bytes]) -> None:
    """However a stream is cut, the result is that of the whole."""
    data = b"".join(chunks)
    expected = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    assert b"".join(to_crlf(chunks)) == expected
    assert b"" not in list(to_crlf(chunks))

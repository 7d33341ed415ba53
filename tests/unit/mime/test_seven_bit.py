"""The form to be signed: 7-bit, short lines, and nothing changed that need not be."""

from __future__ import annotations

import pytest

from smime_milter.mime.parse import parse, split_message
from smime_milter.mime.seven_bit import entity_bytes, mime_fields, to_seven_bit
from smime_milter.mime.transfer import decode


def seven(octets: bytes) -> bytes | None:
    chunks = to_seven_bit(octets, parse(octets))
    return None if chunks is None else b"".join(chunks)


def test_what_fits_goes_out_byte_for_byte() -> None:
    """Of the root only the Content-* fields go along; the body is the original."""
    octets = (b"Subject: x\r\nContent-Type: multipart/mixed;\r\n boundary=b\r\nMIME-Version: 1.0\r\n\r\n"
              b"--b \r\n\r\nx \r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--b--\r\n")
    root = parse(octets)
    assert seven(octets) == b"Content-Type: multipart/mixed;\r\n boundary=b\r\n\r\n" + octets[root.body :]


def test_root_without_type_gets_one() -> None:
    """An entity inside a signature says what it is."""
    assert seven(b"Subject: x\r\n\r\nHallo\r\n") == b"Content-Type: text/plain; charset=us-ascii\r\n\r\nHallo\r\n"
    assert seven(b"Content-Type: text/html\r\n\r\nx") == b"Content-Type: text/html\r\n\r\nx"


def test_8bit_text_becomes_quoted_printable() -> None:
    """Only the transfer encoding of the text part changes, and its text reads the same."""
    root = "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: %s\r\n\r\n--b\r\n"
    part = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n%s\r\n--b\r\n\r\nx\r\n--b--\r\n"
    octets = root % "8bit" + part % ("8bit", "Grüße")
    assert seven(octets.encode()) == (root % "7bit" + part % ("quoted-printable", "Gr=C3=BC=C3=9Fe")).encode()


@pytest.mark.parametrize(("fields", "body", "encoding"), [
    (b"Content-Type: text/plain; charset=utf-8\r\n", b"a" * 77, "quoted-printable"),
    (b"Content-Type: text/plain; charset=utf-8\r\n", b"a" * 77 + b"\r\n", "quoted-printable"),
    (b"Content-Type: text/plain; charset=utf-8\r\n", b"a" * 76 + b"\r\n" + b"b" * 76, "7bit"),
    (b"Content-Type: text/plain; charset=utf-8\r\n", b"x\r\nFrom here", "quoted-printable"),
    (b"Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n", b"=41" * 40, "quoted-printable"),
    (b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n", b"QUJD" * 20, "base64"),
    (b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: 8bit\r\n", b"\xff\xfe" * 300, "base64"),
    (b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: binary\r\n", b"abc", "7bit"),
    (b"Content-Type: text/plain; charset=utf-8\r\n", "Größe".encode() * 100_000, "quoted-printable"),
    (b"Content-Type: text/plain; charset=utf-8\r\n", "Größe\r\n".encode() * 100_000, "quoted-printable"),
], ids=range(10))
def test_other_leaves_are_encoded_again(fields: bytes, body: bytes, encoding: str) -> None:
    """Long lines, 8-bit octets and what mbox writers alter; the decoded content stays the same."""
    octets = fields + b"\r\n" + body
    before, out = parse(octets), seven(octets)
    assert out is not None
    after = parse(out)
    assert after.encoding == encoding and out.isascii()
    assert max(map(len, out[after.body :].split(b"\r\n"))) <= 76
    old = decode(octets, before.body, before.end, before.encoding)[0]
    assert decode(out, after.body, after.end, after.encoding)[0] == old


@pytest.mark.parametrize("octets", [
    b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx",
    b"Content-Type: text/plain\r\n\r\na\nb",
    b"Content-Type: text/plain; name=\"\xff\"\r\n\r\nx",
    b"\r\n\xff",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n\xff\r\n--b\r\n\r\nx\r\n--b--\r\n",
    b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n" + b"x" * 100 + b"\r\n--b\r\n\r\ny\r\n--b--\r\n",
    b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xc3\xa4\r\n--b\r\n\r\ny\r\n--b--\r\n--c--\r\n",
])
def test_none_when_it_cannot_be_done_without_harm(octets: bytes) -> None:
    """Ambiguous entities and those with a signed part that would change are signed opaque."""
    assert seven(octets) is None


def test_8bit_subject_does_not_prevent_a_clear_signature() -> None:
    """Fields that do not go along do not matter."""
    assert seven("Subject: Grüße\r\nContent-Type: text/plain\r\n\r\nx".encode()) == b"Content-Type: text/plain\r\n\r\nx"


def test_nested_signed_part_stays_as_it_is() -> None:
    """A signed part that fits is kept byte for byte, label and all, while its neighbour is encoded."""
    inner = (b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: 8bit\r\n\r\nx\r\n"
             b"--b\r\n\r\ny\r\n--b--\r\n")
    octets = (b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n" + inner
              + b"--c\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xc3\xa4\r\n--c--\r\n")
    out = seven(octets)
    assert out is not None and inner in out and b"=C3=A4" in out


def test_entity_bytes() -> None:
    """The entity unchanged, but for the fields that are none of its own and the line ends."""
    octets = b"Subject: x\r\ncontent-type: text/plain;\r\n charset=utf-8\r\nMIME-Version: 1.0\r\n\r\n\xc3\xa4\nb"
    assert b"".join(entity_bytes(octets, parse(octets))) == b"content-type: text/plain;\r\n charset=utf-8\r\n\r\n\xc3\xa4\r\nb"


def test_mime_fields() -> None:
    """MIME-Version and every Content-* field belong to the body, in whatever case."""
    message = split_message(b"From: a\nMime-Version: 1.0\nX: y\nCONTENT-type: text/plain\nContent-Foo: x\n\nx\n")
    assert mime_fields(message) == (1, 3, 4)

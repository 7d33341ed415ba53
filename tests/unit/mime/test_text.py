"""Everything a scanner must read is found, under every reading; the rest is told."""

from __future__ import annotations

import base64

import pytest

from smime_milter.mime.charsets import readings
from smime_milter.mime.parse import parse
from smime_milter.mime.text import Segment, segments
from smime_milter.model.ambiguity import Ambiguity as A
from smime_milter.model.finding import Unreadable, UnreadableReason

NAME = b"Hans Meier"
CODED = base64.b64encode(NAME)


def read(octets: bytes) -> tuple[Segment, ...]:
    return segments(octets, parse(octets))[0]


def unreadable(octets: bytes) -> tuple[Unreadable, ...]:
    return segments(octets, parse(octets))[1]


def places(octets: bytes) -> set[str]:
    return {s.where for s in read(octets) if "Hans Meier" in s.text}


@pytest.mark.parametrize(("octets", "where"), [
    (b"Subject: " + NAME + b"\r\n\r\n", "subject"),
    (b"Subject: =?utf-8?b?" + CODED + b"?=\r\n\r\n", "subject"),
    (b"To: " + NAME + b" <a@b.example>\r\n\r\n", "header To"),
    (b"From: a@b.example (" + NAME + b")\r\n\r\n", "header From"),
    (b"Cc: " + NAME + b": a@b.example;\r\n\r\n", "header Cc"),
    (b"To: not (closed " + NAME + b"\r\n\r\n", "header To"),
    (b"Comments: " + NAME + b"\r\n\r\n", "header Comments"),
    (b"Thread-Topic: " + NAME + b"\r\n\r\n", "header Thread-Topic"),
    (b"X: y\r\n\r\n" + NAME, "part 1"),
    (b"\r\n" + NAME, "part 1"),
    (b"Content-Type: text/html\r\n\r\nHans M<b>ei</b>er", "part 1"),
    (b"Content-Transfer-Encoding: base64\r\n\r\n" + CODED, "part 1"),
    (b"Content-Transfer-Encoding:\r\n base64\r\n\r\n" + CODED, "part 1"),
    (b"Content-Transfer-Encoding: bas64\r\n\r\n" + CODED, "part 1"),
    (b"Content-Transfer-Encoding: quoted\r\n\r\nHans=20Meier", "part 1"),
    (b"Content-Transfer-Encoding: base64\r\n\r\nQQ==\r\n" + NAME, "part 1"),
    (b"Content-Type: text/plain; charset=utf-7\r\n\r\n" + NAME, "part 1"),
    (b"Content-Type: text/plain; charset=utf-16\r\n\r\n" + "\ufeffHans Meier".encode("utf-16-le"), "part 1"),
    (b"Content-Type: application/json\r\n\r\n{\"name\": \"" + NAME + b"\"}", "part 1"),
    (b"Content-Type: text/calendar\r\n\r\nSUMMARY:" + NAME, "part 1"),
    (b"Content-Disposition: attachment; filename=\"" + NAME + b".txt\"\r\n\r\n", "file name of part 1"),
    (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + NAME + b"\r\n--b\r\n\r\nx\r\n--b--\r\n", "part 1"),
    (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n" + NAME, "part 1"),
    (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n\r\n" + NAME + b"\r\n--b--\r\n", "part 2"),
    (b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\n" + NAME + b"\r\n--b--\r\n", "part 1"),
    (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + NAME + b"\r\n\r\nx\r\n--b--\r\n", "part 1"),
    (b"Content-Type: message/rfc822\r\n\r\nSubject: " + NAME + b"\r\n\r\nx", "part 1"),
    (b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
     + base64.b64encode(b"Subject: x\r\n\r\n" + NAME), "part 1.1"),
    (b"Content-Type: message/delivery-status\r\n\r\nX: " + NAME, "part 1"),
])
def test_text_is_found_wherever_it_stands(octets: bytes, where: str) -> None:
    """Subject, names, file names, margins, every text part, under every transfer encoding and charset."""
    assert where in places(octets)


def test_all_alternatives_are_read() -> None:
    """Different content per alternative is all read. (Nobody knows which one is shown.)"""
    octets = (b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nharmless\r\n"
              b"--b\r\nContent-Type: text/html\r\n\r\n" + NAME + b"\r\n--b--\r\n")
    assert [(s.where, s.kind) for s in read(octets)] == [("part 1", "plain"), ("part 2", "html")]


def test_duplicate_fields_are_all_read() -> None:
    """Readers show the first or the last of two subjects: both are read."""
    assert {s.text for s in read(b"Subject: one\r\nSubject: two\r\n\r\n")} == {"one", "two"}


@pytest.mark.parametrize(("octets", "why"), [
    (b"Content-Type: application/pdf\r\n\r\nx", UnreadableReason.UNKNOWN_FORMAT),
    (b"Content-Type: image/png\r\n\r\nx", UnreadableReason.UNKNOWN_FORMAT),
    (b"Content-Type: text/rtf\r\n\r\nx", UnreadableReason.UNKNOWN_FORMAT),
    (b"Content-Type: message/partial; id=a; number=1\r\n\r\nx", UnreadableReason.UNKNOWN_FORMAT),
    (b"Content-Type: application/pkcs7-signature\r\n\r\nx", UnreadableReason.UNKNOWN_FORMAT),
    (b"Content-Type: text/plain; charset=ebcdic\r\n\r\nx", UnreadableReason.UNKNOWN_CHARSET),
    (b"Content-Type: text/plain\r\n\r\nPK\0\3", UnreadableReason.UNKNOWN_FORMAT),
    (b"Content-Type: text/html\r\n\r\n<img src='data:image/png;base64,x'>", UnreadableReason.UNKNOWN_FORMAT),
    (b"Content-Type: multipart/mixed\r\n\r\nx", UnreadableReason.UNKNOWN_FORMAT),
])
def test_what_is_no_text_is_told(octets: bytes, why: UnreadableReason) -> None:
    """Unknown is never clean: each such part is among the unreadable."""
    assert Unreadable("part 1", why) in unreadable(octets)


def test_a_signature_alone_in_multipart_signed_is_excepted() -> None:
    """The second part of a multipart/signed may be a signature; the same type elsewhere may not."""
    part = b"--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nx\r\n"
    signed = b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n" + part + b"--b--\r\n"
    assert unreadable(signed) == ()
    assert unreadable(signed.replace(b"multipart/signed", b"multipart/mixed"))
    assert unreadable(signed.replace(b"--b--", part + b"--b--")) == (Unreadable("part 3", UnreadableReason.UNKNOWN_FORMAT),)


@pytest.mark.parametrize("encoding", [b"7bit", b"base64"])
def test_text_is_bounded(encoding: bytes) -> None:
    """Of more than 4 MB of text the rest is undecidable."""
    body = b"wort " * 900_000
    body = base64.encodebytes(body).replace(b"\n", b"\r\n") if encoding == b"base64" else body
    octets = b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body
    found, undecided, codes = segments(octets, parse(octets))
    assert sum(len(s.text) for s in found) <= 4 * 1024 * 1024
    assert Unreadable("part 1", UnreadableReason.LIMIT) in undecided and A.LIMIT_TEXT in codes


@pytest.mark.parametrize(("data", "charset", "expected", "code"), [
    ("Grüße".encode(), "utf-8", ("Grüße",), None),
    ("Grüße".encode("cp1252"), "windows-1252", ("Grüße",), None),
    ("Grüße".encode("cp1252"), "utf-8", ("Grüße",), A.UNDECODABLE_CHARSET),
    ("Grüße".encode(), "us-ascii", ("Grüße", "GrÃ¼Ã\x9fe"), A.UNDECODABLE_CHARSET),
    ("Grüße".encode(), "x-unknown", ("Grüße", "GrÃ¼Ã\x9fe"), A.UNKNOWN_CHARSET),
    ("Grüße".encode(), "iso-8859-1", ("GrÃ¼Ã\x9fe", "Grüße"), None),
    (b"ok", "utf-7", ("ok",), A.UNKNOWN_CHARSET),
    (b"a\0b\0", "utf-16", ("a\0b\0",), A.UNKNOWN_CHARSET),
])
def test_charsets(data: bytes, charset: str, expected: tuple[str, ...], code: A | None) -> None:
    """The declared charset if it is known and fits, else UTF-8 and Latin-1."""
    assert readings(data, charset) == (expected, frozenset(filter(None, (code,))))

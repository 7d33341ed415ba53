"""Every deviation two readers may understand differently has its code."""

from __future__ import annotations

import pytest

from smime_milter.mime.limits import Limits
from smime_milter.mime.parse import ambiguities, parse
from smime_milter.mime.text import segments
from smime_milter.model.ambiguity import Ambiguity as A
from smime_milter.model.finding import UnreadableReason
from tests.unit.mime import golden

MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n"
PARTS = b"\r\n--b\r\n\r\nx\r\n--b--\r\n"


def codes(octets: bytes) -> set[A]:
    return set(ambiguities(parse(octets)))


def with_fields(*lines: bytes) -> bytes:
    return b"".join(line + b"\r\n" for line in lines) + b"\r\nbody\r\n"


@pytest.mark.parametrize("name", [
    "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
])
def test_a_field_that_may_stand_once_stands_twice(name: str) -> None:
    """Two From, Subject, Content-Type … are ambiguous, in whatever case they are written."""
    one = name.encode() + b": a@b.example"
    assert A.DUPLICATE_FIELD in codes(with_fields(one, one.upper()))
    assert A.DUPLICATE_FIELD not in codes(with_fields(one))


@pytest.mark.parametrize("value", [
    b"\r\n base64", b"base64\r\n ", b"(x) base64", b"base64 (x)", b'"base64"', b"base 64", b"base64;", b"bas64", b"x-uuencode",
    b"utf-8", b"", b"8bit 8bit", b"quoted-printable\r\n\t",
])
def test_transfer_encoding_outside_the_grammar(value: bytes) -> None:
    """A folded, commented, quoted, misspelt or unknown transfer encoding is no encoding."""
    root = parse(b"Content-Transfer-Encoding: " + value + b"\r\nX: y\r\n\r\nSGFsbG8=\r\n")
    assert A.TRANSFER_ENCODING_SYNTAX in root.codes and root.encoding == ""


@pytest.mark.parametrize("value", [b"7BIT", b" Base64 ", b"base64\t", b"Quoted-Printable", b"8bit"])
def test_transfer_encoding_inside_the_grammar(value: bytes) -> None:
    """Case and blanks around the token do not matter."""
    root = parse(b"content-transfer-encoding:" + value + b"\r\n\r\n")
    assert not root.codes and root.encoding == value.strip().lower().decode()


@pytest.mark.parametrize("value", [
    b"text/plain (comment)", b"(comment) text/plain", b"text", b"text/", b"text / plain", b"text/plain charset=utf-8",
    b"text/plain; charset = utf-8", b"text/plain; name=a b.txt", b"text/plain; charset=utf-8 (x)", b'text/plain; name="x',
    b"multipart/mixed, text/plain", b"text/plain;; charset=utf-8", b"",
])
def test_content_type_outside_the_grammar(value: bytes) -> None:
    """A media type with a comment, a blank or a bad parameter is ambiguous."""
    assert A.CONTENT_TYPE_SYNTAX in codes(with_fields(b"Content-Type: " + value))


def test_lenient_readers_view_of_a_commented_type_is_mapped() -> None:
    """A comment before the type does not hide the parts from us."""
    root = parse(b"Content-Type: (x) multipart/mixed; boundary=b\r\n" + PARTS)
    assert root.media_type == "multipart/mixed" and len(root.parts) == 1


@pytest.mark.parametrize(("value", "filename", "is_conflict"), [
    (b"attachment; filename=a.pdf; filename*=utf-8''a.pdf", "a.pdf", False),
    (b"attachment; filename=a.pdf; filename*=utf-8''b.exe", "b.exe", True),
    (b"attachment; filename=a.pdf; filename=a.pdf", "a.pdf", True),
    (b"attachment; filename*0*=utf-8''M%C3%BC; filename*1=\"ller.pdf\"", "Müller.pdf", False),
    (b"attachment; filename*1=b; filename*0=a", "ab", False),
    (b"attachment; filename*0=a; filename*2=b", "ab", True),
    (b"attachment; filename*=M%C3%BCller.pdf", "Müller.pdf", True),
    (b'attachment; filename="=?utf-8?q?M=C3=BCller=2Epdf?="', "Müller.pdf", False),
])
def test_parameter_pieces(value: bytes, filename: str, is_conflict: bool) -> None:
    """RFC 2231 pieces are put together; where they contradict the plain parameter it is told."""
    root = parse(with_fields(b"Content-Disposition: " + value))
    assert root.filename == filename and (A.PARAMETER_CONFLICT in root.codes) == is_conflict


def test_boundary_in_extended_form_is_a_conflict() -> None:
    """A reader without RFC 2231 sees no boundary at all."""
    assert A.PARAMETER_CONFLICT in codes(b"Content-Type: multipart/mixed; boundary*=utf-8''b\r\n" + PARTS)


@pytest.mark.parametrize(("octets", "code"), [
    (b"Content-Type: multipart/mixed\r\n" + PARTS, A.BOUNDARY_MISSING),
    (b'Content-Type: multipart/mixed; boundary=""\r\n' + PARTS, A.BOUNDARY_MISSING),
    (b'Content-Type: multipart/mixed; boundary="a{b}"\r\n' + PARTS, A.BOUNDARY_MISSING),
    (MIXED + b"\r\n--b\r\n\r\nx\r\n", A.BOUNDARY_NOT_CLOSED),
    (MIXED + b"\r\nx\r\n", A.BOUNDARY_NOT_CLOSED),
    (MIXED + b"\r\n--b\r\n\r\nx\r\n--bc\r\n\r\ny\r\n--b--\r\n", A.BOUNDARY_CLASH),
    (MIXED + b"\r\n--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\ny\r\n", A.BOUNDARY_CLASH),
    (MIXED + b"\r\n--b\r\nContent-Type: multipart/mixed; boundary=bc\r\n\r\n--bc\r\n\r\nx\r\n--bc--\r\n--b--\r\n",
     A.BOUNDARY_CLASH),
    (b"Content-Type: multipart/mixed; boundary=bc\r\n\r\n--bc\r\n" + MIXED + PARTS + b"\r\n--bc--\r\n", A.BOUNDARY_CLASH),
    (MIXED + b"Content-Transfer-Encoding: base64\r\n" + PARTS, A.ENCODED_MULTIPART),
    (b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeAoKeQo=\r\n", A.ENCODED_MULTIPART),
    (b"Content-Type: message/partial; id=x; number=1\r\n\r\nx\r\n", A.PARTIAL_OR_EXTERNAL),
    (b"Content-Type: message/external-body; access-type=url\r\n\r\nx\r\n", A.PARTIAL_OR_EXTERNAL),
    (MIXED + b"\r\nKunde Hans Meier\r\n--b\r\n\r\nx\r\n--b--\r\n", A.NON_EMPTY_MARGIN),
    (MIXED + PARTS + b"Kunde Hans Meier\r\n", A.NON_EMPTY_MARGIN),
    (b"Content-Type: text/plain; boundary=b\r\n" + PARTS, A.HIDDEN_MULTIPART),
    (b"\r\n--x\r\nContent-Type: text/html\r\n\r\nx\r\n--x--\r\n", A.HIDDEN_MULTIPART),
    (b"Content-Type: mulitpart/mixed\r\n\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n--x--\r\n", A.HIDDEN_MULTIPART),
    (b"From: a@b.example, c@d@e\r\n\r\n", A.AUTHOR_SYNTAX),
    (b"Subject: Gr\xfc\xdfe\r\n\r\n", A.RAW_8BIT_HEADER),
    (b"Subject: x\r\n\r\na\nb\r\n", A.BARE_CR_OR_LF),
    (b"Subject: x\r\n\r\na\rb\r\n", A.BARE_CR_OR_LF),
    (b"Subject: x\r\n\r\na\0b\r\n", A.NUL),
    (MIXED + b"\r\n--b\r\nno field\r\n\r\nx\r\n--b--\r\n", A.BAD_FIELD_LINE),
    (b"Subject : x\r\n\r\n", A.BAD_FIELD_LINE),
    (b" X: first line indented\r\n\r\n", A.BAD_FIELD_LINE),
    (b"Subject: x\r\n \r\nContent-Type: text/html\r\n\r\n", A.BAD_FIELD_LINE),
])
def test_structure_outside_the_grammar(octets: bytes, code: A) -> None:
    """Boundaries, line ends and types that readers take differently are told."""
    assert code in codes(octets)


@pytest.mark.parametrize("note", [
    b"", b"\r\n\r\n", b"This is a multi-part message in MIME format.\r\n",
    b"This is a multi-part message in MIME format...\r\n\r\n",
    b"This message is in MIME format. Since your mail reader does not understand\r\n"
    b"this format, some or all of this message may not be legible.\r\n",
])
def test_customary_notes_are_no_margin_text(note: bytes) -> None:
    """What clients write before the first part for readers without MIME is no content."""
    assert codes(MIXED + b"\r\n" + note + PARTS + b"\r\n") == set()
    assert codes(MIXED + b"\r\n" + note + b"x" + PARTS) == {A.NON_EMPTY_MARGIN}


def test_a_flaw_is_told_where_it_stands() -> None:
    """A NUL in a part is that part's code, not the others'."""
    root = parse(MIXED + b"\r\n--b\r\n\r\nx\r\n--b\r\n\r\na\0b\r\n--b--\r\n")
    assert [sorted(c.name for c in e.codes) for e in root.walk()] == [[], [], ["NUL"]]


def test_bare_line_ends_are_found_in_long_regular_text() -> None:
    """The quick way through base64 overlooks nothing, at whatever place it stands."""
    clean = (b"A" * 76 + b"\r\n") * 12_000
    for at in (100, 76, 77, 78 * 3360 - 1, 78 * 3360, 78 * 3360 + 75, len(clean) - 3, len(clean)):
        for flaw in (b"\r", b"\n", b"\0"):
            assert codes(b"\r\n" + clean[:at] + flaw + clean[at:])
            assert clean[at : at + 1] == flaw or codes(b"\r\n" + clean[:at] + flaw + clean[at + 1 :])
    assert not codes(b"\r\n" + clean)


@pytest.mark.parametrize("hidden", [
    b"begin 644 kunde.pdf", b"=ybegin line=128 size=3 name=x", b"(This file must be converted with BinHex 4.0)",
])
def test_attachments_inside_text(hidden: bytes) -> None:
    """uuencode, yEnc and BinHex in text are attachments to some clients: not clean."""
    octets = b"\r\nHallo\r\n" + hidden + b"\r\n"
    _, unreadable, found = segments(octets, parse(octets))
    assert A.HIDDEN_ENCODING in found and unreadable


SMALL = Limits(header=200, field=80, fields=5, addresses=3, parameters=2, depth=2, parts=4)


@pytest.mark.parametrize(("octets", "code"), [
    (with_fields(*[b"X: " + b"y" * 50] * 5), A.LIMIT_HEADER_SIZE),
    (with_fields(b"X: " + b"y" * 90), A.LIMIT_FIELD_SIZE),
    (with_fields(*[b"X: y"] * 6), A.LIMIT_FIELDS),
    (with_fields(b"To: a@b.example,c@d.example,e@f.example,g@h.example"), A.LIMIT_ADDRESSES),
    (with_fields(b"Content-Type: text/plain; a=b; c=d; e=f"), A.LIMIT_PARAMETERS),
    (b"Content-Type: message/rfc822\r\n\r\n" * 3 + b"x: y\r\n\r\n", A.LIMIT_DEPTH),
    (MIXED + b"\r\n" + b"--b\r\n\r\nx\r\n" * 4 + b"--b--\r\n", A.LIMIT_PARTS),
])
def test_limits_have_codes(octets: bytes, code: A) -> None:
    """What goes beyond a limit is told by a code of its own, never cut silently."""
    assert code in ambiguities(parse(octets, limits=SMALL)) and code.is_limit
    assert code not in ambiguities(parse(octets))


def test_a_limit_is_undecidable() -> None:
    """A message beyond a limit is never clean: something in it was not read."""
    octets = with_fields(*[b"X: y"] * 1_001)
    assert UnreadableReason.LIMIT in {u.why for u in segments(octets, parse(octets))[1]}


def test_a_name_with_commas_is_not_many_addresses() -> None:
    """Only addresses count, not the commas in names."""
    names = b", ".join(b'"Meier, Hans" <h%d@b.example>' % n for n in range(3))
    assert A.LIMIT_ADDRESSES not in ambiguities(parse(b"To: " + names + b"\r\n\r\n", limits=Limits(addresses=4)))


def test_codes_come_sorted() -> None:
    """The codes of a message are in the order of their numbers, whatever part they come from."""
    found = ambiguities(parse(b"Content-Transfer-Encoding: x\r\nTo: a\r\nTo: b\r\n\r\n\0"))
    assert [c.value for c in found] == sorted(c.value for c in found) and len(found) == 3


def test_golden_mails_are_not_all_alike() -> None:
    """The table of correct mails holds different structures."""
    shapes = {tuple(e.media_type for e in parse(m).walk()) for m in golden.MAILS.values()}
    assert len(shapes) >= 9

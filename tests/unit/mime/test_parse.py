"""The map: spans lie inside their parents, nothing raises, nothing takes long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smime_milter.mime.entity import Entity
from smime_milter.mime.fields import value_of, values_of
from smime_milter.mime.parse import ambiguities, parse, split_message
from smime_milter.mime.seven_bit import entity_bytes, to_seven_bit
from smime_milter.mime.text import segments
from smime_milter.mime.transfer import decode
from smime_milter.model.ambiguity import Ambiguity as A
from smime_milter.model.spool import Octets, Spool
from tests.unit.mime import golden

FRAGMENTS = [
    b"\r\n", b"\n", b"\r", b"\r\n\r\n",
    b"--b", b"--b--", b"--bc", b" ", b"\t", b";", b"=", b'"', b"(", b")", b"<", b">", b"\0",
    b"\xff", b"\xc3\xa4", b"Content-Type: ", b"multipart/mixed; boundary=b", b"multipart/digest; boundary=bc",
    b"message/rfc822",
    b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"text/html; charset=utf-16",
    b"=C3=", b"QUJD",
    b"From: ", b"a@b.example", b",", b"=?utf-8?q?=C3?=", b"=?utf-8?b?w?=", b"<a href='", b"<!--", b"<![",
    b"<style>", b"&#x110000;",
    b"name*0*=", b"filename*=utf-8''%C3", b"boundary*1=", b"multipart/signed; boundary=b", b"begin 644 x", b"To: g:;",
]
MAILS = [m.replace(b"\n", b"\r\n") for m in golden.MAILS.values()]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    mail = draw(st.sampled_from(MAILS))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(mail)))
        gone = draw(st.sampled_from((0, 0, 1, 2, 40)))
        mail = mail[:at] + draw(st.sampled_from(FRAGMENTS)) + mail[at + gone :]
    return mail


def check(octets: Octets) -> None:
    root = parse(octets)
    assert (root.start, root.end) == (0, len(octets))
    for entity in root.walk():
        inside(entity)
    ambiguities(root)
    segments(octets, root)
    sevens = to_seven_bit(octets, root)
    if sevens is not None:
        out = b"".join(sevens)
        assert out.isascii()
        assert parse(out).media_type == root.media_type
    b"".join(entity_bytes(octets, root))


def inside(entity: Entity) -> None:
    assert entity.start <= entity.body <= entity.end
    at = entity.start
    for field in entity.fields:
        assert at <= field.start < field.value_start <= field.end <= entity.body
        at = field.end
    at = entity.body
    for part in entity.parts:
        assert at <= part.start <= part.end <= entity.end
        at = part.end


@settings(max_examples=300, deadline=None)
@given(st.one_of(mutated(), st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(b"".join), st.binary(max_size=300)))
def test_no_input_raises_and_spans_lie_inside_their_parents(octets: bytes) -> None:
    """Whatever the bytes: a map, every span inside its parent, and every reader of the map answers."""
    check(octets)
    split_message(octets)


@settings(max_examples=30, deadline=None)
@given(mutated())
def test_mapped_memory_reads_like_bytes(octets: bytes) -> None:
    """A spool's memory map gives the same entity as the bytes."""
    assert parse(Spool.of(octets).octets()) == parse(octets)


def test_the_map_points_into_the_original() -> None:
    """Header, body and parts of a mail are the very bytes between their offsets."""
    octets = b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    octets += b"--b\r\nX: y\r\n\r\none\r\n\r\n--b\r\n\r\ntwo\r\n--b--\r\n"
    root = parse(octets)
    assert [p.path for p in root.walk()] == ["", "1", "2"]
    assert octets[root.parts[0].start : root.parts[0].body] == b"X: y\r\n\r\n"
    assert [octets[p.body : p.end] for p in root.parts] == [b"one\r\n", b"two"]
    field = root.fields[0]
    assert (octets[field.start : field.end], octets[field.value_start : field.end]) == (b"Subject: x\r\n", b" x\r\n")


def test_a_range_is_parsed_like_a_message_of_its_own() -> None:
    """`start` and `end` bound what is read; offsets still count from the first octet."""
    inner = b"Content-Type: text/html\r\n\r\nx"
    root = parse(b"....." + inner + b"--b--", 5, 5 + len(inner))
    assert (root.start, root.end, root.media_type) == (5, 5 + len(inner), "text/html")


def test_default_types() -> None:
    """A part of a digest is a message, any other is text. RFC 2046 §5.1.5"""
    digest = parse(b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: x\r\n\r\ny\r\n--b--\r\n")
    assert [e.media_type for e in digest.walk()] == ["multipart/digest", "message/rfc822", "text/plain"]
    assert value_of(b"\r\n", parse(b"\r\n"), b"Subject") is None


def test_values_are_unfolded() -> None:
    """Line ends go, the white space behind them stays; names compare without case."""
    octets = b"SUBJECT: a\r\n b\r\n\tc \r\nSubject: d\r\n\r\n"
    root = parse(octets)
    assert values_of(octets, root, b"subject") == (b"a b\tc", b"d")
    assert value_of(octets, root, b"Subject") == b"a b\tc"


@pytest.mark.parametrize("octets", [
    b"Content-Type: multipart/mixed; boundary=b",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
])
def test_a_multipart_without_body(octets: bytes) -> None:
    """Nothing at all behind the header section is a multipart that is not closed."""
    root = parse(octets)
    assert not root.parts and root.codes == {A.BOUNDARY_NOT_CLOSED}


def test_the_last_part_of_an_open_multipart_is_no_margin() -> None:
    """What stands behind the last delimiter is a part, to its end."""
    octets = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n"
    root = parse(octets)
    assert root.codes == {A.BOUNDARY_NOT_CLOSED} and octets[root.parts[0].body : root.parts[0].end] == b"x\r\n"


def nested(depth: int) -> bytes:
    level = b"Content-Type: multipart/mixed; boundary=x%dx\r\n\r\n--x%dx\r\n"
    return b"".join(level % (n, n) for n in range(depth)) + b"\r\nx\r\n"


@pytest.mark.parametrize(("octets", "code"), [
    (nested(3_000), A.LIMIT_DEPTH),
    (b"Content-Type: message/rfc822\r\n\r\n" * 3_000, A.LIMIT_DEPTH),
    (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 100_000 + b"--b--\r\n", A.LIMIT_PARTS),
    (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--bx\r\n" * 100_000 + b"--b--\r\n", A.LIMIT_PARTS),
    (b"X: y\r\n" * 100_000 + b"\r\n", A.LIMIT_FIELDS),
    (b"X\r\n" * 100_000 + b"\r\n", A.LIMIT_FIELDS),
    (b"From: " + b"<" * 1_000_000 + b"\r\n\r\n", A.LIMIT_FIELD_SIZE),
    (b"From: " + b"(" * 1_000_000 + b"\r\n\r\n", A.LIMIT_FIELD_SIZE),
    (b"To: " + b"a@b.example, " * 16_000 + b"\r\n\r\n", A.LIMIT_ADDRESSES),
    (b"Content-Type: a/b" + b"; a=b" * 10_000 + b"\r\n\r\n", A.LIMIT_PARAMETERS),
    (b"Content-Type: a/b; " + b";x " * 300_000 + b"\r\n\r\n", A.LIMIT_FIELD_SIZE),
], ids=[
    "nested", "embedded", "empty parts", "false delimiters", "fields", "bad lines", "angles", "comments", "addresses",
    "parameters", "bad parameters",
])
def test_hostile_structure_is_answered_by_a_limit_at_once(octets: bytes, code: A) -> None:
    """Depth, number of parts, fields, addresses and parameters end in a code, not in time or stack."""
    begin = time.process_time()
    root = parse(octets)
    assert code in ambiguities(root)
    assert time.process_time() - begin < 1.5  # 0.1 s on an idle machine; quadratic time would be minutes


def test_a_large_attachment_costs_no_copy() -> None:
    """Eight megabytes of base64 are mapped in well under a second: the body is searched, not read."""
    line = b"QUJD" * 19 + b"\r\n"
    mail = golden.OUTLOOK.encode().replace(b"\n", b"\r\n").replace(b"JVBERi0xLjQKJcOkCg==\r\n", line * 105_000)
    octets = Spool.of(mail).octets()
    begin = time.process_time()
    root = parse(octets)
    assert time.process_time() - begin < 0.5
    part = root.parts[1]
    assert not ambiguities(root) and part.end - part.body == len(line) * 105_000
    assert decode(octets, part.body, part.body + 156, part.encoding) == (b"ABC" * 38, frozenset())


def test_message_files() -> None:
    """LF, CRLF and mixed files give CRLF; fields keep their blank; folds stay folds."""
    message = split_message(b"From x@y Mon\nSubject: a\n b\r\nTo:c\r\n\r\none\rtwo\nthree")
    assert [(f.name, f.value) for f in message.fields] == [(b"Subject", b" a\n b"), (b"To", b"c")]
    octets = message.raw.octets()
    assert octets[: message.body_at] == b"Subject: a\r\n b\r\nTo:c\r\n\r\n"
    assert octets[message.body_at :] == b"one two\r\nthree\r\n"


def test_a_malformed_line_of_a_file_begins_the_body() -> None:
    """What is no field is body, as Postfix has it, and so it is scanned."""
    message = split_message(b"Subject: a\nno field\nTo: b\n\nc\n")
    assert len(message.fields) == 1
    assert message.raw.octets()[message.body_at :] == b"no field\r\nTo: b\r\n\r\nc\r\n"

"""Address lists are read by the strict grammar."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.mime.mailboxes import mailboxes


def read(value: bytes) -> list[tuple[str, str]]:
    return [(m.display, str(m.address)) for m in mailboxes(value)[0]]


@pytest.mark.parametrize(("value", "expected"), [
    (b"a@b.example", [("", "a@b.example")]),
    (b"<a@b.example>", [("", "a@b.example")]),
    (b'"Meier, Hans" <h@b.example>, Eva <e@b.example>', [("Meier, Hans", "h@b.example"), ("Eva", "e@b.example")]),
    (b"=?utf-8?q?M=C3=BCller?= Hans <h@b.example>", [("Müller Hans", "h@b.example")]),
    (b"Dr. Hans Meier <h@b.example>", [("Dr. Hans Meier", "h@b.example")]),
    (b'"a \\"b\\" c" <h@b.example>', [('a "b" c', "h@b.example")]),
    (b"h@b.example (Hans (der \\) Zweite) Meier)", [("Hans (der \\) Zweite) Meier", "h@b.example")]),
    (b"(x) h (y) @ (z) b.example", [("x y z", "h@b.example")]),
    (b'"h, x"@b.example', [("", '"h, x"@b.example')]),
    (b"h@[192.0.2.1]", [("", "h@[192.0.2.1]")]),
    (b"undisclosed-recipients:;", []),
    (b"Team: a@b.example, Eva <e@b.example>;, c@d.example", [("", "a@b.example"), ("Eva", "e@b.example"), ("", "c@d.example")]),
    ("Jürgen <jürgen@b.example>".encode(), [("Jürgen", "jürgen@b.example")]),
    (b"a@b.example,\r\n\tc@d.example", [("", "a@b.example"), ("", "c@d.example")]),
])
def test_inside_the_grammar(value: bytes, expected: list[tuple[str, str]]) -> None:
    """Names, comments, groups, quoted local parts and encoded words are read."""
    assert read(value) == expected and mailboxes(value)[1]


@pytest.mark.parametrize(("value", "expected"), [
    (b"", []),
    (b"a@b.example,", ["a@b.example"]),
    (b",a@b.example", ["a@b.example"]),
    (b"a@b.example c@d.example, e@f.example", ["e@f.example"]),
    (b"a@b@c.example, e@f.example", ["e@f.example"]),
    (b"<@relay.example:a@b.example>", []),
    (b"a@b.example <c@d.example", []),
    (b"<a@b.example> trailing", []),
    (b"a@b.example <c@d.example>", []),
    (b'"open <a@b.example>', []),
    (b"(open a@b.example", []),
    (b"a@b.example, g: h@i.example", ["a@b.example", "h@i.example"]),
    (b"g: h: i@j.example;;", ["i@j.example"]),
    (b"a@b..example, .a@b.example, a.@b.example, x@y.example", ["x@y.example"]),
    (b"a . b@c.example", []),
    (b"hans meier", []),
    (b"a@b.example\0, c@d.example", ["c@d.example"]),
    (b"<<a@b.example>>", []),
    (b"a@b.example;c@d.example", ["a@b.example", "c@d.example"]),
])
def test_outside_the_grammar(value: bytes, expected: list[str]) -> None:
    """Everything else is told, with the addresses beyond doubt."""
    found, is_clean = mailboxes(value)
    assert not is_clean and [str(m.address) for m in found] == expected


@pytest.mark.parametrize("value", [
    b"<" * 1_000_000, b"(" * 1_000_000, b"()" * 500_000, b'"' * 1_000_001, b"," * 1_000_000, b"a " * 500_000,
    b"a@b.example," * 80_000,
    b"\\" * 1_000_000, b";" * 1_000_000, b":" * 1_000_000, b'"\\' * 500_000,
], ids=range(11))
def test_hostile_lists_end_soon(value: bytes) -> None:
    """A megabyte of anything is answered in linear time and with at most 2,000 addresses."""
    begin = time.process_time()
    found, is_clean = mailboxes(value)
    assert not is_clean and len(found) <= 2_000
    assert time.process_time() - begin < 1.5


PIECES = [b"a", b"@", b"b.example", b"<", b">", b",", b";", b":", b"(", b")", b'"', b"\\", b" ", b"\xff", b"\r\n"]


@given(st.lists(st.sampled_from(PIECES)))
def test_never_raises(pieces: list[bytes]) -> None:
    """No input raises, and every address found can be written and read again."""
    for mailbox in mailboxes(b"".join(pieces))[0]:
        again, is_clean = mailboxes(b"<" + str(mailbox.address).encode() + b">")
        assert is_clean and again[0].address == mailbox.address

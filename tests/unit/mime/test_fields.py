"""Header fields: encoded words are read as clients read them, our own are written safely."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.mime.fields import decode_text, encode_text, field
from smime_milter.model.ambiguity import Ambiguity as A


@pytest.mark.parametrize(("value", "text"), [
    (b"Hallo Welt", "Hallo Welt"),
    (b" folded\r\n text ", "folded text"),
    (b"=?utf-8?q?M=C3=BCller?= Hans", "Müller Hans"),
    (b"=?utf-8?B?TcO8bGxlcg==?=", "Müller"),
    (b"=?utf-8?q?M=C3?= =?UTF-8?q?=BCller?=", "Müller"),
    (b"=?utf-8?q?M=C3?=\r\n\t=?UTF-8?B?vGxsZXI=?=", "Müller"),
    (b"=?utf-8*de?q?a_b?= =?iso-8859-1?q?=FC?=", "a bü"),
    (b"(=?utf-8?q?a?=)", "(a)"),
    (b"1 =? 2", "1 =? 2"),
])
def test_encoded_words(value: bytes, text: str) -> None:
    """Correct words are joined and decoded, also where a character is split across two."""
    assert decode_text(value) == (text, frozenset())


@pytest.mark.parametrize(("value", "text", "code"), [
    (b"Gr\xc3\xbc\xc3\x9fe", "Grüße", A.RAW_8BIT_HEADER),
    (b"Gr\xfc\xdfe", "Grüße", A.RAW_8BIT_HEADER),
    (b"=?utf-8?q?Hans Meier?=", "Hans Meier", A.BAD_ENCODED_WORD),
    (b"x=?utf-8?q?a?=", "xa", A.BAD_ENCODED_WORD),
    (b"=?utf-8?q?a?==?utf-8?q?b?=", "ab", A.BAD_ENCODED_WORD),
    (b"=?utf-8?b?QUJ?=", "AB", A.BAD_ENCODED_WORD),
    (b"=?utf-8?b?Q?=", "", A.BAD_ENCODED_WORD),
    (b"=?utf-8?q?a=ZZ?=", "a=ZZ", A.BAD_ENCODED_WORD),
    (b"=?utf-8?q?open", "=?utf-8?q?open", A.BAD_ENCODED_WORD),
    (b"=?utf-7?q?+AGE-?=", "+AGE-", A.UNKNOWN_CHARSET),
    (b"=?utf-8?q?=FC?=", "ü", A.UNDECODABLE_CHARSET),
])
def test_words_outside_the_grammar(value: bytes, text: str, code: A) -> None:
    """Broken words are read as well as they can be, and told."""
    assert decode_text(value) == (text, frozenset({code}))


@given(st.text(max_size=200))
def test_encoded_text_reads_back(text: str) -> None:
    """What we encode is ASCII, has no line end, and every word is short; it reads back."""
    coded = encode_text(text)
    assert coded.isascii() and coded.isprintable()
    assert all(len(word) <= 75 for word in coded.split())
    back, codes = decode_text(coded.encode())
    if text.isprintable():
        assert back == text.strip(" ") or "=?" in coded
        assert back.split() == text.split() and not codes


def test_encoded_text_never_ends_a_field() -> None:
    """Line ends and NUL become one blank each run."""
    assert encode_text("a\r\nBcc: x\0y") == "a Bcc: x y"


def test_german_subject_is_quoted_printable() -> None:
    """The shorter encoding is taken: a German subject stays legible."""
    assert encode_text("Rückfrage zum Vertrag") == "=?UTF-8?Q?R=C3=BCckfrage_zum_Vertrag?="


def test_own_fields_are_folded() -> None:
    """Lines have at most 76 columns; unfolding gives the value back."""
    value = " ".join(["wort"] * 60)
    made = field("X-Test", value)
    lines = (b"X-Test:" + made.value).split(b"\n")
    assert max(map(len, lines)) <= 76 and all(line.startswith(b" ") for line in lines[1:])
    assert made.value.replace(b"\n", b"") == b" " + value.encode()


@pytest.mark.parametrize(("name", "value"), [
    ("X", "a\rb"), ("X", "a\nb"), ("X", "a\r\n b"), ("X", "a\0b"), ("X", "ä"), ("X", "a" * 77),
    ("X:", "a"), ("X Y", "a"), ("", "a"),
])
def test_own_fields_refuse(name: str, value: str) -> None:
    """Nothing that could end the field or leave ASCII is written; the error does not show it."""
    with pytest.raises(ValueError) as refused:
        field(name, value)
    assert value not in str(refused.value) or value == "a"


@given(st.text(max_size=100))
def test_encoded_text_fits_a_field(text: str) -> None:
    """Whatever the text: once encoded it can be written."""
    assert b"\r" not in field("Subject", encode_text(text)).value

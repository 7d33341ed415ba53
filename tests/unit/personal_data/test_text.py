"""The normalised text leads back to the very characters it was made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.personal_data.text import Text

PIECES = st.sampled_from(["a", "Z", "ü", "7", " ", "\n", "\r\n", "> ", ">> ", "\u00ad", "\u200b", "\u00a0", "=\n", "=C3=BC",
                          "=FCr", "=20\n", "u\u0308", "А", "７", "-", "\t"])


@pytest.mark.parametrize(
    ("original", "plain"),
    [
        ("Mül\u00adler", "Müller"), ("a\u200bb\u2060c", "abc"), ("a\u202eb", "ab"), ("1\u00a02", "1 2"),
        ("\uff11\uff21", "1A"), ("АТ", "AT"), ("\u0661\u06f2", "12"), ("a\u2013b", "a-b"),
        ("> Korbinian\n> Zwicknagl", "Korbinian\nZwicknagl"), (">> x\n>> y", "x\ny"), (" > x", "x"),
        ("p=\r\nassiert", "passiert"), ("M=C3=BCller", "Müller"), ("M=FCller", "Müller"),
        ("x=3Dy", "x=y"), ("x =20\ny", "x  \ny"), ("u\u0308ber", "über"), ("a\r\nb", "a\nb"), ("IBAN=DE12", "IBAN=DE12"),
        ("a > b", "a > b"),
    ],
)
def test_normalisation(original: str, plain: str) -> None:
    """Invisible characters, quote marks and left-over encodings go, look-alikes become what they look like."""
    assert Text(original).plain == plain


@given(st.lists(PIECES, max_size=60).map("".join))
def test_every_span_leads_back(original: str) -> None:
    """Spans are inside the original, in order, and cover what they stand for."""
    text = Text(original)
    at = 0
    for place in range(len(text.plain)):
        start, end = text.span(place, place + 1)
        assert at <= start < end <= len(original)
        at = start
        plain, odd = text.plain[place], original[start]
        if plain + odd in ("aZ", "Za", "a7", "7a", "Z7", "7Z"):
            raise AssertionError("a span leads to another character")


def test_label_windows() -> None:
    """Left in the line; the line before at a line's start; the head of the column."""
    text = Text("IBAN\n  4711\nKunde\tKonto\nBerg\t0815")
    assert "iban" in text.label_window(text.plain.index("4711"))
    assert text.label_window(text.plain.index("0815")).startswith("konto: ")
    assert Text("a\nb 1").label_window(4) == "b "


def test_quote_depth() -> None:
    """The number of quote marks before a line."""
    assert Text("a\n> b\n>> c").depths == {1: 1, 2: 2}

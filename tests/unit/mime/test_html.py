"""HTML is read as a person sees it, with what is hidden in it, in linear time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.mime.html import read_html


@pytest.mark.parametrize(("source", "text"), [
    ("<p>Sehr geehrte</p><p>Frau</p>", "Sehr geehrte\nFrau"),
    ("Hans M<b>ei</b>er", "Hans Meier"),
    ("<span>DE89</span><span>3704</span>", "DE893704"),
    ("Gr&uuml;&szlig;e &#65;&#x42;&amp;lt;", "Grüße AB&lt;"),
    ("a<br>b<br/>c", "a\nb\nc"),
    ("<table><tr><td>Name</td><td>Meier</td></tr></table>", "Name\tMeier"),
    ("a  \r\n  b", "a b"),
    ("<pre>a  b\nc</pre>", "a  b\nc"),
    ("1 < 2 und 3 > 2", "1 < 2 und 3 > 2"),
    ('<a title="x > y">z</a>', "z"),
    ("<style>p{color:red}</style>x<script>var a;</script>", "x"),
    ("<div>a<!-- b -->c</div>", "ac"),
    ("a<b", "a"),
    ("<P>A</P>", "A"),
])
def test_shown_text(source: str, text: str) -> None:
    """Inline tags join, block tags break, entities are resolved once."""
    assert read_html(source).text == text


@pytest.mark.parametrize(("source", "hidden"), [
    ('<a href="mailto:x@y.example?subject=Hans%20Meier">z</a>', "mailto:x@y.example?subject=Hans Meier"),
    ("<img alt='Hans Meier'>", "Hans Meier"),
    ("<input value=Meier>", "Meier"),
    ('<p data-x="Hans &amp; Eva">', "Hans & Eva"),
    ("<!-- Hans Meier -->", "Hans Meier"),
    ("<!-- Hans Meier", "Hans Meier"),
    ("<![x[ Hans Meier ]]>", "[x[ Hans Meier ]]"),
    ("<?php Hans Meier?>", "php Hans Meier?"),
    ("<p Hans Meier>", "Hans Meier"),
    ("<style>/* Hans Meier */</style>", "Hans Meier"),
    ("<style>p:before{content:'Hans Meier'}</style>", "'Hans Meier'"),
    ("<script>var x='Hans Meier'</script>", "var x='Hans Meier'"),
])
def test_hidden_text(source: str, hidden: str) -> None:
    """What a reader does not see leaves the house all the same."""
    assert hidden in read_html(source).hidden


def test_layout_is_not_text() -> None:
    """Attributes of layout, and the doctype, are no words of the author."""
    page = read_html('<!DOCTYPE html><p class="MsoNormal" style="font:x" id="a1"><o:p>&nbsp;</o:p>')
    assert page.hidden == ()


def test_embedded_content_is_told() -> None:
    """A data: URI holds something that nobody has read."""
    assert read_html('<img src="data:image/png;base64,iVBORw0KGgo=">').has_data_uri
    assert not read_html('<img src="cid:x">').has_data_uri


HOSTILE = [
    "<a '\">", "<!--", "<![CDATA[", "<", "<a ", '<a "', "&#", "<style>/*", "<style>content:\"", "<a " + "a" * 5000 + ">",
    "</", "<br>", "<script>",
    "<a =", "<a a=", "<?", " \n", "<pre>\n ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_pages_end_soon(piece: str) -> None:
    """Open comments, tags and quotation marks by the hundred thousand cost linear time."""
    begin = time.process_time()
    read_html(piece * (300_000 // len(piece)))
    assert time.process_time() - begin < 1.5


def test_more_markup_than_the_limit_is_told() -> None:
    """A page of nothing but tags is not wholly read, and says so."""
    assert not read_html("<b>" * 300_001).is_whole and read_html("<b>" * 1_000).is_whole


@given(st.lists(st.sampled_from([*HOSTILE, "x", ">", "-->", "=", "'", "&#x110000;", "\0", "</style>", "data:"])))
def test_never_raises(pieces: list[str]) -> None:
    """No input raises, and none makes text out of nothing."""
    markup = "".join(pieces)
    found = read_html(markup)
    assert markup or not found.text
    assert found.is_whole

"""What the header section alone tells."""

from __future__ import annotations

import pytest

from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.inspection import Author
from smime_milter.worker.structure import Structure, structure_of


def structure(*lines: str | bytes, body: bytes = b"Text\r\n") -> Structure:
    head = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\r\n" for line in lines)
    return structure_of(head + b"\r\n" + body)


@pytest.mark.parametrize(("line", "addresses"), [
    ("From: Alice <Alice@Makler.Example>", ["alice@makler.example"]), ("From: alice@makler.example", ["alice@makler.example"]),
    ("From: a@m.example, b@m.example", ["a@m.example", "b@m.example"]),
    ("From: Bär <b@bücher.example>", ["b@xn--bcher-kva.example"]),
    ('From: "a@wwk.de" <evil@evil.example>', ["evil@evil.example"]), ("Subject: x", []), ("From:", []),
])
def test_authors(line: str, addresses: list[str]) -> None:
    """Authors are the mailboxes of From in comparable form; a name that looks like an address is none."""
    assert [author.address for author in structure(line).authors] == addresses


def test_what_is_no_author_is_told() -> None:
    """A From field outside the grammar is a code, never a guess."""
    for line in ("From: alice@@makler.example", "From: <alice@makler.example", "From:", "From: a b c"):
        assert Ambiguity.AUTHOR_SYNTAX in structure(line).codes, line


def test_an_entity_without_an_author_is_not_ambiguous() -> None:
    """What is inside an envelope has no From field, and is none the worse for it."""
    assert structure("Content-Type: text/plain").codes == () and structure("Content-Type: text/plain").authors == ()


def test_two_from_fields_are_told() -> None:
    """RFC 5322 §3.6 allows one: clients disagree about which of two they show."""
    found = structure("From: a@makler.example", "From: b@evil.example")
    assert Ambiguity.DUPLICATE_FIELD in found.codes


def test_readers_with_another_idea_of_text_only_are_harmless() -> None:
    """8-bit header text and a note in the preamble change neither what is signed nor who signed it."""
    found = structure(b"Subject: Gr\xfc\xdfe", "From: a@makler.example", 'Content-Type: multipart/mixed; boundary="b"',
                      body=b"A longer note of some other kind\r\n--b\r\n\r\nText\r\n--b--\r\n")
    assert found.codes == () and found.authors == (Author("a@makler.example", "makler.example"),)


def test_who_can_be_seen() -> None:
    """Visible are To and Cc, all of them; Bcc and Reply-To are not."""
    found = structure("From: a@m.example", "To: B <b@m.example>, c@m.example", "Cc: D@M.Example", "Bcc: e@m.example",
                      "Reply-To: f@m.example")
    assert found.visible == ("b@m.example", "c@m.example", "d@m.example")
    assert [box.address.key for box in found.correspondents] == ["a@m.example", "b@m.example", "c@m.example", "d@m.example"]


@pytest.mark.parametrize(("line", "automatic"), [
    ("Subject: x", False), ("Auto-Submitted: no", False), ("Auto-Submitted: auto-replied", True),
    ("Auto-Submitted: Auto-Generated; x=y", True), ("Precedence: bulk", True), ("Precedence: first-class", False),
    ("List-Id: <a.b>", True), ("List-Post: <mailto:a@b.example>", True), ("List-Unsubscribe: <mailto:a@b.example>", False)])
def test_automatic_mail(line: str, automatic: bool) -> None:
    """From list mail and automatic answers nothing is learned (rule H1)."""
    assert structure("From: a@m.example", line).is_automatic is automatic


def test_a_message_id_is_bounded_ascii() -> None:
    """At most 250 characters, and nothing outside ASCII, whatever stands there."""
    assert structure(b"Message-ID: <" + b"\xff" * 1000 + b">").message_id == "<" + "\ufffd" * 249
    assert structure("From: a@m.example").message_id == ""

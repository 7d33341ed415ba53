"""What real clients send has no ambiguity code, and is read as it is shown."""

from __future__ import annotations

import pytest

from smime_milter.mime.parse import ambiguities, parse, split_message
from smime_milter.mime.seven_bit import to_seven_bit
from smime_milter.mime.text import segments
from tests.unit.mime import golden


@pytest.mark.parametrize("name", sorted(golden.MAILS))
def test_correct_mail_has_no_code(name: str) -> None:
    """A correct mail of a known client is not ambiguous, neither in structure nor in content."""
    octets = split_message(golden.MAILS[name]).raw.octets()
    root = parse(octets)
    assert ambiguities(root) == ()
    assert segments(octets, root)[2] == frozenset()


@pytest.mark.parametrize("name", sorted(golden.MAILS))
def test_correct_mail_can_be_signed_in_clear(name: str) -> None:
    """Its 7-bit form exists, is 7-bit, has lines of 76 columns, and reads the same."""
    octets = split_message(golden.MAILS[name]).raw.octets()
    root = parse(octets)
    chunks = to_seven_bit(octets, root)
    if name == "signed-8bit":
        assert chunks is None
        return
    assert chunks is not None
    out = b"".join(chunks)
    again = parse(out)
    assert out.isascii()
    assert all(len(line) <= 76 for e in again.walk() if not e.parts for line in out[e.body : e.end].split(b"\r\n"))
    assert ambiguities(again) == ()
    assert _body_texts(out) == _body_texts(octets[:])


def _body_texts(octets: bytes) -> list[tuple[str, str]]:
    return [(s.where, s.text.rstrip()) for s in segments(octets, parse(octets))[0] if s.where.startswith(("part", "file"))]


def test_outlook_mail_is_read_as_shown() -> None:
    """Subject, names, both alternatives and the file name of an Outlook mail reach the scanner."""
    octets = split_message(golden.MAILS["outlook"]).raw.octets()
    found, unreadable, _ = segments(octets, parse(octets))
    texts = {(s.where, s.kind): s.text for s in found}
    assert texts["subject", "subject"] == "AW: Ihr Angebot für die Berufsunfähigkeitsversicherung"
    assert texts["header From", "header"] == "Größl, Änne"
    assert "Sehr geehrte Frau Müßig" in texts["part 1.1", "plain"]
    assert "Sehr geehrte Frau Müßig" in texts["part 1.2", "html"]
    assert texts["file name of part 2", "filename"] == "Antrag Müßig.pdf"
    assert [u.where for u in unreadable] == ["part 2"]


def test_smime_signature_is_no_unreadable_part() -> None:
    """The signature of a multipart/signed holds nothing to read."""
    octets = split_message(golden.MAILS["thunderbird-signed"]).raw.octets()
    assert segments(octets, parse(octets))[1] == ()


def test_forwarded_message_is_read() -> None:
    """An attached message is part of what leaves: its subject and text are read."""
    octets = split_message(golden.MAILS["forward"]).raw.octets()
    texts = {(s.where, s.kind): s.text for s in segments(octets, parse(octets))[0]}
    assert texts["part 2.1", "header"].startswith("Schadenmeldung Kfz Größe")
    assert "Kennzeichen" in texts["part 2.1", "plain"]

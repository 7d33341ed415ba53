"""What stands in a notice's header, and whom none is sent to."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.model.address import parse_address
from smime_milter.model.finding import Category, Finding
from smime_milter.model.message import HeaderField
from smime_milter.notices.cases.found import found_of
from smime_milter.notices.cases.sent import Sent
from smime_milter.notices.mail import LOOP_MARK, build
from smime_milter.notices.rendering import Texts
from smime_milter.notices.telling import masked, may_be_told, own_subject
from tests.support.notices import PARTNER, THURSDAY, notice

SENT = Sent(recipients=PARTNER, is_encrypted=True)


def mail(original: bytes | None = None, **changes: Any) -> EmailMessage:
    told = notice(SENT, **changes)
    octets = build(told, Texts(None).render(told, "postmaster@wwk.de"), postmaster="postmaster@wwk.de", at=THURSDAY,
                   mark=lambda text: f"{len(text):064x}", original=original)
    read = message_from_bytes(octets, policy=default)
    assert isinstance(read, EmailMessage)
    return read


def field(name: str, value: str) -> HeaderField:
    return HeaderField(name.encode(), b" " + value.encode("utf-8"))


def test_header_says_that_a_machine_answers() -> None:
    """RFC 3834: automatic reply, to the mail it speaks of, marked as ours, from the postmaster."""
    read = mail()
    assert (read["Auto-Submitted"], read["In-Reply-To"], read["References"]) == ("auto-replied", "<1@wwk.de>", "<1@wwk.de>")
    assert read["From"].addresses[0].addr_spec == "postmaster@wwk.de"
    assert len(read[LOOP_MARK].strip()) == 64
    assert mail(in_reply_to="")["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("given", ["<a@b>\r\nBcc: x@y.example", "a@b", "<a b@c>", "<a@b", "<\u00e4@b>", "<" + "a" * 300 + "@b>"])
def test_foreign_message_id_outside_the_grammar_is_left_out(given: str) -> None:
    """Nothing a client wrote becomes a field of its own."""
    read = mail(in_reply_to=given)
    assert read["In-Reply-To"] is None and read["Bcc"] is None and not read.defects


@given(st.text(min_size=1, max_size=80))
def test_any_subject_stays_one_field(text: str) -> None:
    """Whatever a sender wrote as Subject, the notice has the fields we gave it and no other."""
    shown = own_subject([field("Subject", text.encode("utf-8", "replace").decode())], ())
    read = mail(subject=shown)
    assert set(read.keys()) == set(mail().keys())


@pytest.mark.parametrize("address", ["jürgen@wwk.de", '"a b"@wwk.de', "a@[192.0.2.1]", "o'hara@wwk.de"])
def test_any_addressee_can_be_told(address: str) -> None:
    """An address that no field can show is in the envelope alone."""
    read = mail(to=address)
    assert read["To"] is not None and not read.defects


def test_original_comes_back_byte_for_byte() -> None:
    """Whatever bytes it holds."""
    original = b"From: a\r\nSubject: \xff\x00\r\n\r\n.\r\n\r.\n" + bytes(range(256)) * 50
    (part,) = mail(original).iter_attachments()
    assert isinstance(part, EmailMessage)
    assert part.get_content() == original and part.get_filename() == "original.eml"


def test_same_notice_twice_is_one_mail() -> None:
    """If we cannot know whether the MTA took it, the second one has the same Message-ID; another notice has another."""
    told, other = notice(SENT), notice(Sent(recipients=("b…@makler.example",), is_encrypted=True))
    ids = []
    for one in (told, told, other):
        octets = build(one, Texts(None).render(one, "p@wwk.de"), postmaster="p@wwk.de", at=THURSDAY,
                       mark=lambda text: f"{hash(text) & (1 << 64) - 1:064x}"[::-1])
        ids.append(message_from_bytes(octets)["Message-ID"])
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("sender, fields, may", [
    ("erika@wwk.de", [], True),
    ("erika@wwk.de", [("Auto-Submitted", "no")], True),
    ("erika@wwk.de", [("Precedence", "first-class")], True),
    ("postmaster@wwk.de", [], True),
    ("erika@wwk.de", [("Auto-Submitted", "auto-replied (vacation)")], False),
    ("erika@wwk.de", [("auto-submitted", " Auto-Generated; owner=x")], False),
    ("erika@wwk.de", [("Precedence", "Bulk")], False),
    ("erika@wwk.de", [("List-Id", "<liste.wwk.de>")], False),
    ("erika@wwk.de", [("List-Unsubscribe", "<mailto:a@b.example>")], False),
    ("erika@wwk.de", [("Return-Path", "<>")], False),
    ("MAILER-DAEMON@wwk.de", [], False),
    ("no-reply@wwk.de", [], False),
    ("donotreply@wwk.de", [], False),
    ("liste-request@wwk.de", [], False),
    ("owner-liste@wwk.de", [], False),
    ("", [], False),
])
def test_machines_are_not_answered(sender: str, fields: list[tuple[str, str]], may: bool) -> None:
    """No answer to the null sender, to lists, bulk and what answers by itself (RFC 3834 §2)."""
    assert may_be_told(parse_address(sender), [field(name, value) for name, value in fields]) is may


def test_subject_with_a_finding_is_not_shown() -> None:
    """Nor one that nobody scanned, nor one of several."""
    subject = field("Subject", "Antrag =?utf-8?q?M=C3=BCller?=\n fertig")
    found = Finding(category=Category.PERSON, where="subject", start=0, end=1, masked="M…")
    elsewhere = Finding(category=Category.PERSON, where="part 1", start=0, end=1, masked="M…")
    assert own_subject([subject], [elsewhere]) == "Antrag Müller fertig"
    assert own_subject([subject], [found]) == ""
    assert own_subject([subject], None) == ""
    assert own_subject([subject, subject], []) == ""
    assert len(own_subject([field("Subject", "x" * 500)], [])) == 60


@pytest.mark.parametrize("address, shown", [
    ("sabine.thaler@makler.example", "s…@makler.example"), ("a@b", "a…@b"), ("no address", "…"), ("", "…"), ("@b", "…"),
    ("x@" + "y" * 100, "x…@…" + "y" * 39), ("\u202ea@b", "a…@b"),
])
def test_address_is_masked(address: str, shown: str) -> None:
    """First letter and domain: whoever wrote it knows; nobody else learns it."""
    assert masked(address) == shown


def test_findings_become_counts_and_places() -> None:
    """A repeated value counts once; file names and anything unexpected in a place are left out."""
    def finding(where: str, value_no: int, category: Category = Category.IBAN) -> Finding:
        return Finding(category=category, where=where, start=0, end=1, masked="DE…", value_no=value_no)
    found = found_of([finding("part 2 (offer-mueller.pdf) page 1", 1), finding("subject", 1), finding("part 2 x", 2),
                      finding("M\u00fcller", 1, Category.PERSON)])
    assert [(f.category, f.count, f.places) for f in found] == [
        (Category.IBAN, 2, ("part 2", "subject")), (Category.PERSON, 1, ())]

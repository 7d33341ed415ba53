"""Every text in both languages: plain words, few sentences, nothing left open, 72 columns."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from smime_milter.model.decision import Reason
from smime_milter.model.finding import Category
from smime_milter.model.method import Method
from smime_milter.notices.cases import CASES
from smime_milter.notices.mail import build
from smime_milter.notices.rendering import BLOCKS, SHIPPED, Texts, values_of
from smime_milter.notices.replies import later, refusal
from smime_milter.notices.words import CATEGORIES, METHODS
from tests.support.notices import FOUND, PAGE, PARTNER, SAMPLES, THURSDAY, notice

BOX = "---- Für die IT / for IT ----"
BELOW = "---- English below ----"
BANNED = re.compile(r"Chiffrat|PKCS|X\.509|(?<!S/)\bMIME\b|\bDLP\b|Policy|Quarantäne|quarantine", re.IGNORECASE)
OPEN = re.compile(r"\{\{|\{%|\{#|%\}|\}\}|undefined|None|\bTrue\b|\bFalse\b|Reason\.|Category\.|<[a-z]")
IDS = [f"{values.NAME}-{n}" for n, values in enumerate(SAMPLES)]
GERMAN, ENGLISH = re.compile(r"\b(?:Ihre?n?|Sie|und|nicht|von)\b"), re.compile(r"\b(?:you|your|the|not|from)\b", re.IGNORECASE)


def sentences(text: str) -> int:
    """Ends of sentences; the rows of a list are none, and their colon begins none."""
    prose = "\n".join(line for line in text.splitlines() if not line.startswith(("- ", "  ")))
    return len(re.findall(r"[.!?](?=\s|$)", prose.replace(PAGE, "")))


@pytest.mark.parametrize("values", SAMPLES, ids=IDS)
def test_text_is_short_plain_and_complete(values: Any) -> None:
    """German, then English, at most eight sentences each, no word of ours, no gap, no line over 72 columns; the box last."""
    rendered = Texts(None).render(notice(values), "postmaster@wwk.de")
    letter, _, box = rendered.text.partition(BOX)
    german, _, english = letter.partition(BELOW)
    assert GERMAN.search(german) and not re.search(r"\b(?:you|your)\b", german)
    assert ENGLISH.search(english) and not re.search(r"\b(?:Sie|Ihre)\b", english)
    assert 1 <= sentences(german) <= 8 and 1 <= sentences(english) <= 8
    assert not BANNED.search(letter + rendered.subject)
    assert not OPEN.search(rendered.text + rendered.subject)
    assert max(map(len, rendered.text.splitlines())) <= 72
    assert "7FK39QWB" in letter and "postmaster@wwk.de" in letter
    assert box.count("\n") >= 2 and rendered.text.count(BOX) == 1
    assert not re.search(r"\n\n\n|[ \t]\n", rendered.text)


@pytest.mark.parametrize("values", SAMPLES, ids=IDS)
def test_every_notice_is_a_valid_mail(values: Any) -> None:
    """The standard library reads it without a defect and finds the text as it was; 7-bit, CRLF, no line over 998."""
    told = notice(values)
    rendered = Texts(None).render(told, "postmaster@wwk.de")
    octets = build(told, rendered, postmaster="postmaster@wwk.de", at=THURSDAY, mark=lambda text: "ab" * 32)
    assert octets.isascii() and b"\n" not in octets.replace(b"\r\n", b"")
    assert max(map(len, octets.split(b"\r\n"))) <= 998
    mail = message_from_bytes(octets, policy=default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects and all(not mail[name].defects for name in ("From", "To", "Subject", "Date", "Message-ID"))
    assert mail.get_content_type() == "text/plain" and mail.get_content_charset() == "utf-8"
    assert mail.get_content().replace("\r\n", "\n") == rendered.text
    assert mail["Subject"] == rendered.subject


def test_every_case_has_a_sample_and_a_text() -> None:
    """A case without a text, a text without a case, or one that nobody looked at fails here."""
    names = {case.NAME for case in CASES}
    assert names == {values.NAME for values in SAMPLES} == {path.stem for path in SHIPPED.glob("*.txt")}


@pytest.mark.parametrize("values", SAMPLES, ids=IDS)
def test_values_survive_the_outbox(values: Any) -> None:
    """What was posted is what is rendered."""
    assert values_of(notice(values)) == values


def test_every_code_has_words() -> None:
    """No kind of personal data and no method is shown as a code."""
    assert set(CATEGORIES) == set(Category)
    assert set(METHODS) == set(Method)


@pytest.mark.parametrize("method, word", [(Method.PGP, "PGP"), (Method.CRYPTSHARE, "Cryptshare"), (Method.FTAPI, "FTAPI"),
                                          (Method.SCP, "SCP")])
def test_refused_method_says_what_to_do_instead(method: Method, word: str) -> None:
    """R12: which method, and the way of the customer's page: a certificate, the smallest will do, one signed mail, next day."""
    values = next(v for v in SAMPLES if v.NAME == "refused-method" and v.method is method and v.page)
    text = " ".join(Texts(None).render(notice(values), "postmaster@wwk.de").text.split())
    for said in (f"{word} nehmen wir nicht an", "kleinste Ausführung", "signierte E-Mail", "nächsten Arbeitstag", PAGE,
                 f"do not accept {word}", "smallest kind", "signed e-mail", "next working day"):
        assert said in text


def test_kinds_and_places_are_told_never_values() -> None:
    """"2 × Bankverbindung (Betreff, …)", and in the box the codes."""
    values = next(v for v in SAMPLES if v.NAME == "held-for-key" and v.found == FOUND)
    text = " ".join(Texts(None).render(notice(values), "postmaster@wwk.de").text.split())
    assert "2 × Bankverbindung (Betreff, Teil 1.2, Dateiname von Teil 2)" in text
    assert "2 × bank account (subject, part 1.2, file name of part 2)" in text
    assert text.endswith("reason: no-certificate found: iban:2, health-insurance:1")
    assert "am Donnerstag, 26.11.2026, 12:00 Uhr" in text


def test_greeting_names_the_day() -> None:
    """From when on: the day alone, as it begins at midnight here."""
    values = next(v for v in SAMPLES if v.NAME == "first-certificate")
    assert "Ab Donnerstag, 26.11.2026 erhalten" in " ".join(Texts(None).render(notice(values), "p@wwk.de").text.split())


@pytest.mark.parametrize("languages, first", [(("de", "en"), "Guten Tag"), (("en", "de"), "Hello"), (("en",), "Hello")])
def test_languages_as_set(languages: tuple[str, ...], first: str) -> None:
    """The order of the setting, and only what it names."""
    values = next(v for v in SAMPLES if v.NAME == "sent")
    rendered = Texts(None, languages).render(notice(values), "p@wwk.de")
    assert rendered.text.startswith(first)
    assert ("Guten Tag" in rendered.text) == ("de" in languages)
    assert ("Gesendet" in rendered.subject) == ("de" in languages)


def test_edited_copy_speaks_instead(tmp_path: Path) -> None:
    """A text in the administrator's folder replaces ours, filters and all."""
    (tmp_path / "sent.txt").write_text(_copy("Es ging an {{ recipients|liste }}."), encoding="utf-8")
    text = Texts(tmp_path).render(notice(next(v for v in SAMPLES if v.NAME == "sent")), "p@wwk.de").text
    assert f"Es ging an {PARTNER[0]}." in text
    assert Texts(tmp_path).faults() == []


@pytest.mark.parametrize("wrong", [
    "{{ nobody }}", "{{ recipients.__class__.__mro__ }}", "{% if %}", "{{ 1 / 0 }}", "{{ recipients|nope }}",
    "{{ recipients[99] }}", "{% include 'none.txt' %}", "{{ ''.__class__.__base__.__subclasses__() }}",
    "{% for a in range(10000000) %}{% endfor %}",
])
def test_edited_copy_that_does_not_work_is_passed_over(tmp_path: Path, wrong: str) -> None:
    """Half-written, mistaken or reaching for the program: the shipped text is sent, the notice is not lost."""
    (tmp_path / "sent.txt").write_text(_copy(wrong), encoding="utf-8")
    told = notice(next(v for v in SAMPLES if v.NAME == "sent"))
    assert Texts(tmp_path).render(told, "p@wwk.de") == Texts(None).render(told, "p@wwk.de")


@pytest.mark.parametrize("content", ["{% if %}", "{% block de %}{% endblock %}"])
def test_faults_are_named(tmp_path: Path, content: str) -> None:
    """check-config can say which copy is of no use."""
    (tmp_path / "sent.txt").write_text(content, encoding="utf-8")
    (fault,) = Texts(tmp_path).faults()
    assert fault.startswith("sent.txt: ")


def test_a_missing_folder_is_no_fault(tmp_path: Path) -> None:
    """Nobody edited anything: the shipped texts speak."""
    assert Texts(tmp_path / "none").faults() == []
    assert Texts(tmp_path / "none").render(notice(SAMPLES[0]), "p@wwk.de") == Texts(None).render(notice(SAMPLES[0]), "p@wwk.de")


def _copy(german: str) -> str:
    blocks = {name: "-" for name in BLOCKS} | {"de": german}
    return "\n".join(f"{{% block {name} %}}{text}{{% endblock %}}" for name, text in blocks.items())


@pytest.mark.parametrize("reason", [*Reason, None])
def test_smtp_replies_are_short_ascii(reason: Reason | None) -> None:
    """Other servers paste them into their notices: ASCII, under 200 characters, two languages, a reference, no word of ours."""
    (line,) = (refusal(reason, "7FK39QWB") if reason else later("7FK39QWB")).lines
    assert line.isascii() and len(line) < 200
    assert "7FK39QWB" in line and not BANNED.search(line) and line.count(". ") >= 1

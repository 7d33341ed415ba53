"""Scanning outgoing mail: what can be read is read, whatever it is wrapped in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.finding import Category, Level
from smime_milter.model.inspection import Inspection, Protection
from smime_milter.worker.scanning import scan_message
from smime_milter.worker.state import state_of
from smime_milter.worker.structure import structure_of
from tests.support.mails import clear_signed, encrypted, mail, opaque_signed, plain
from tests.support.pki import Authority, Issued
from tests.support.worker import SCANNED, Answering, inspected, start_with

CLERK, ANNA = "erika.berger@wwk.de", "anna@makler.example"
IBAN = "DE02 1203 0000 0000 2020 51"


def scanned(message: bytes, authority: Authority) -> Inspection:
    answering = Answering()
    found = inspected(message, authority, SCANNED, answering=answering)
    assert answering.asked == [], "a scan needs no key and no store"
    return found


def letter(text: str = f"Konto {IBAN}\n", subject: str = "Termin") -> bytes:
    return mail(CLERK, ANNA, plain(text), subject=subject)


def categories(found: Inspection) -> set[Category]:
    return {finding.category for finding in found.findings}


def test_personal_data_is_found(authority: Authority) -> None:
    """An account number in the text makes the mail personal, its mask tells nobody which."""
    found = scanned(letter(), authority)
    assert Category.IBAN in categories(found) and found.level.value >= Level.PERSONAL.value
    assert not any("1203" in finding.masked or "2020" in finding.masked for finding in found.findings)
    assert found.signature is None and found.forged_fields == ()


def test_ordinary_mail_is_clean(authority: Authority) -> None:
    """A mail about a date has nothing to hide."""
    found = scanned(letter("Guten Tag\n"), authority)
    assert (found.level, found.protection, found.unreadable, found.ambiguities) == (Level.NONE, Protection.NONE, (), ())


@pytest.mark.parametrize("wrap", [clear_signed, opaque_signed])
def test_a_signature_hides_nothing(wrap: Callable[[bytes, Issued], bytes], authority: Authority, clerk: Issued) -> None:
    """Signed mail of ours is read as well, opaque or not, and is not ambiguous for being signed."""
    message = wrap(letter(), clerk)
    found = scanned(message, authority)
    assert found.protection is Protection.SIGNED and Category.IBAN in categories(found)
    assert found.ambiguities == () and found.unreadable == ()
    clean = scanned(wrap(letter("Guten Tag\n"), clerk), authority)
    assert (clean.level, clean.ambiguities, clean.unreadable) == (Level.NONE, (), ())


def test_a_damaged_opaque_signature_is_unreadable(authority: Authority, clerk: Issued) -> None:
    """What cannot be taken out of its wrapping is undecidable, never clean."""
    message = opaque_signed(letter(), clerk)
    head, _, body = message.rpartition(b"\r\n\r\n")
    found = scanned(head + b"\r\n\r\n" + body[: len(body) // 2 // 78 * 78], authority)
    assert found.unreadable or found.ambiguities


def test_inside_an_envelope_nobody_reads(authority: Authority, clerk: Issued) -> None:
    """Encrypted by the sender: only what stands outside is read, and the envelope is not "unreadable"."""
    found = scanned(encrypted(letter(), clerk), authority)
    assert (found.protection, found.level, found.unreadable) == (Protection.ENVELOPED, Level.NONE, ())
    outside = scanned(encrypted(letter(subject=f"Konto {IBAN}"), clerk), authority)
    assert [finding.where for finding in outside.findings] == ["subject"]


def test_a_label_of_encryption_is_not_believed(authority: Authority) -> None:
    """A mail that only calls itself encrypted is broken and unreadable, never ALREADY-ENCRYPTED."""
    fake = b"From: erika.berger@wwk.de\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nKonto "
    fake += IBAN.encode()
    found = scanned(fake, authority)
    assert found.protection is Protection.BROKEN
    assert found.unreadable or found.ambiguities or found.findings


def test_correspondents_are_exempt_or_not(authority: Authority) -> None:
    """What identifies only sender and recipient does not count while the setting says so."""
    message = structure_of(mail(CLERK, ANNA, plain(f"Bitte an {ANNA} antworten\n")))
    wanted = replace(SCANNED, exempt=(ANNA, CLERK))
    found = {flag: scan_message(message, wanted, state_of(replace(start_with(), exempt_correspondents=flag)))
             for flag in (True, False)}
    assert [f.category for f in found[False].findings] != [] and found[True].findings == ()


def test_ambiguity_of_decoding_is_told(authority: Authority) -> None:
    """A charset nobody knows is a code: two readers would see two texts."""
    strange = b"From: erika.berger@wwk.de\r\nContent-Type: text/plain; charset=x-unknown\r\n\r\nGr\xfc\xdfe\r\n"
    assert Ambiguity.UNKNOWN_CHARSET in scanned(strange, authority).ambiguities

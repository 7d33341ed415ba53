"""RFC 9788 as we write it: what is copied inside, what is told of the outside, and the line for old clients."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smime_milter.model.recipe import Recipe
from tests.support.mails import alternative, mail, multipart, plain
from tests.support.opened import decrypted, leaves, read, verified
from tests.support.pki import Authority, Issued
from tests.support.worker import built, recipe, whole

CLERK, ANNA = "erika.berger@wwk.de", "anna@makler.example"
OUTER = (b"From: erika.berger@wwk.de", b"To: anna@makler.example")
EXTRA = (b"Received: from a by b; Tue, 24 Nov 2026 12:00:00 +0100\r\nDKIM-Signature: v=1\r\nBcc: hidden@makler.example\r\n"
         b"X-SMIME-Milter-Result: pass\r\nX-Mailer: Post 1\r\nReferences: <1@wwk.de>\r\n <2@wwk.de>\r\n")


@pytest.fixture(scope="module")
def anna(authority: Authority) -> Issued:
    return authority.issue(ANNA)


def letter(entity: bytes = plain("Guten Tag\n"), subject: str = "Termin") -> bytes:
    return EXTRA + mail(CLERK, ANNA, entity, subject=subject)


def opened(message: bytes, anna: Issued, wish: Recipe) -> bytes:
    return decrypted(whole(built(message, wish)[0], *OUTER), anna)


def ciphered(message: bytes, anna: Issued, *hidden: str, legacy: bool = False) -> bytes:
    return opened(message, anna, replace(
        recipe(recipients=(anna,), protected=hidden), protect_header=True, legacy_display=legacy))


def test_signed_mail_carries_its_header_inside(authority: Authority, clerk: Issued) -> None:
    """hp="clear": every field but structural and trace ones stands in what is signed, as it was written; no HP-Outer."""
    result, _ = built(letter(), replace(recipe(signer=clerk), protect_header=True), clerk)
    inside = read(verified(whole(result, *OUTER), authority.root_pem))
    assert inside["Content-Type"].params["hp"] == "clear"
    assert [inside[name] for name in ("Subject", "From", "To", "X-Mailer")] == ["Termin", CLERK, ANNA, "Post 1"]
    assert inside["References"] == "<1@wwk.de> <2@wwk.de>" and inside["Date"] and inside["Message-ID"]
    absent = ("Received", "DKIM-Signature", "Bcc", "X-SMIME-Milter-Result", "HP-Outer", "MIME-Version")
    assert [name for name in absent if inside[name] is not None] == []


def test_encrypted_mail_tells_what_stands_outside(anna: Issued) -> None:
    """hp="cipher": an HP-Outer for every field that is outside too, in their order, with its outer value."""
    inside = read(ciphered(letter(subject="Konto"), anna, "subject", "x-mailer"))
    assert inside["Content-Type"].params["hp"] == "cipher" and inside["Subject"] == "Konto" and inside["X-Mailer"] == "Post 1"
    outer = [str(value).partition(":")[0] for value in inside.get_all("HP-Outer")]
    copied = [name for name in inside.keys() if name not in ("HP-Outer", "X-Mailer") and not name.startswith("Content-")]
    assert outer == copied and "Subject: [...]" in inside.get_all("HP-Outer") and "Bcc" not in outer


def test_a_clean_subject_stays_and_is_protected_all_the_same(anna: Issued) -> None:
    """Nothing is hidden, but what the reader sees outside can be compared with what was sent."""
    inside = read(ciphered(letter(), anna))
    assert "Subject: Termin" in inside.get_all("HP-Outer") and inside["Subject"] == "Termin"


@pytest.mark.parametrize("value", ["=?UTF-8?Q?J=C3=BCrgen?= <jo@makler.example>", "J\u00fcrgen, Chef <jo@makler.example>",
                                   '"J\u00fcrgen (Chef)" <jo@makler.example>'])
def test_raw_names_stay_readable_addresses(value: str, anna: Issued) -> None:
    """A raw 8-bit display name becomes an encoded word beside its address; what cannot be kept is left out."""
    inside = read(ciphered(letter().replace(b"To: anna@makler.example", b"To: " + value.encode()), anna))
    assert inside["To"] is None or [a.addr_spec for a in inside["To"].addresses] == ["jo@makler.example"]
    assert ciphered(letter().replace(b"To: anna@makler.example", b"To: " + value.encode()), anna).isascii()


def test_the_sender_s_own_signature_is_not_touched(anna: Issued, clerk: Issued) -> None:
    """What a client has signed is encrypted as it is: fields above it would be covered by nothing."""
    result, _ = built(letter(), recipe(signer=clerk), clerk)
    own = EXTRA + b"From: erika.berger@wwk.de\r\nSubject: Termin\r\n" + whole(result)
    inside = ciphered(own, anna)
    assert b"hp=" not in inside and inside.startswith(b"Content-Type: multipart/signed")


def test_legacy_display_in_every_main_text(anna: Issued) -> None:
    """RFC 9788 §2.1.2: the hidden Subject is the first line of text and HTML alike, marked so that others leave it out."""
    message = letter(multipart("mixed", alternative("Guten Tag\n", "<html><body class=x><p>Gr\u00fc\u00dfe</p></body></html>"),
                               plain("Anhang\n")), subject="K\u00fcndigung <1>")
    parts = [part for part in read(ciphered(message, anna, "subject", legacy=True)).walk() if not part.is_multipart()]
    assert [part["Content-Type"].params.get("hp-legacy-display") for part in parts] == ["1", "1", None]
    text, page, _ = (part.get_content() for part in parts)
    assert text.startswith("Subject: K\u00fcndigung <1>\r\n\r\nGuten Tag")
    block = '<div class="header-protection-legacy-display"><pre>Subject: K\u00fcndigung &lt;1&gt;</pre></div>'
    assert f"<body class=x>{block}<p>" in page


@pytest.mark.parametrize("entity", [
    b"Content-Type: application/pdf\r\n\r\nx\r\n",
    b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nx\r\n",
    b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xfc\r\n",
])
def test_what_cannot_be_added_truly_is_left_as_it_is(entity: bytes, anna: Issued) -> None:
    """A text whose character set has no room for the Subject, and what is no text, leave as they were written."""
    message = letter(entity, subject="\u0141\u00f3d\u017a")
    assert leaves(ciphered(message, anna, "subject", legacy=True)) == leaves(message)


def test_no_line_for_a_subject_that_stands_outside(anna: Issued) -> None:
    """Nobody needs to read twice what every client shows."""
    assert b"hp-legacy-display" not in ciphered(letter(), anna, legacy=True)

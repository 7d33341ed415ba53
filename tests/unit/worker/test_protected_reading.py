"""RFC 9788 as we read it: what is shown, what the Subject becomes, and that nobody is believed without proof."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smime_milter.model.inspection import Inspection, Opening, ProtectedField
from smime_milter.model.signature import SignatureResult
from tests.support.fakes_keys import keys_holding
from tests.support.mails import encrypted, mail, plain
from tests.support.pki import Authority, Issued
from tests.support.worker import built, inspected, recipe, unwrapping, whole

ALICE, CLERK = "alice@makler.example", "erika.berger@wwk.de"
OUTER = (b"From: alice@makler.example", b"To: erika.berger@wwk.de", b"Subject: [...]")


def letter(subject: str = "Krankmeldung M\u00fcller", entity: bytes = plain("Guten Tag\n")) -> bytes:
    return mail(ALICE, CLERK, entity, subject=subject)


def read(message: bytes, authority: Authority, clerk: Issued) -> Inspection:
    return inspected(message, authority, answering=unwrapping(keys_holding(**{CLERK: clerk}), CLERK))


def named(found: Inspection) -> dict[str, str]:
    return {f.name: f.value for f in found.protected}


@pytest.mark.parametrize("is_signed", [False, True])
def test_our_own_encrypted_mail_is_read(is_signed: bool, authority: Authority, alice: Issued, clerk: Issued) -> None:
    """Encrypted, or signed and encrypted: the payload's fields are found below every layer, and its Subject restored."""
    wish = replace(recipe(signer=alice if is_signed else None, recipients=(clerk,), protected=("subject",)), protect_header=True)
    found = read(whole(built(letter(), wish, alice)[0], *OUTER), authority, clerk)
    assert found.opening is Opening.OPENED and named(found)["Subject"] == "Krankmeldung M\u00fcller"
    assert named(found)["From"] == ALICE and "HP-Outer" not in named(found)
    assert found.protected_subject == "=?UTF-8?Q?Krankmeldung_M=C3=BCller?="


def test_signed_mail_shows_but_restores_nothing(authority: Authority, alice: Issued, clerk: Issued) -> None:
    """The Subject outside is the one everybody has seen: it stays, whatever is inside."""
    found = read(whole(built(letter(), replace(recipe(signer=alice), protect_header=True), alice)[0], *OUTER), authority, clerk)
    assert found.signature and found.signature.result is SignatureResult.PASS
    assert named(found)["Subject"] == "Krankmeldung M\u00fcller" and found.protected_subject is None


def test_without_proof_nothing_is_shown(authority: Authority, alice: Issued, clerk: Issued) -> None:
    """Fields in a message that nobody signed, or whose signature is broken, are a stranger's words."""
    unsigned = b"hp: x\r\n" + letter(entity=b'Content-Type: text/plain; hp="clear"\r\n\r\nx\r\n')
    assert read(unsigned, authority, clerk).protected == ()
    signed = whole(built(letter(), replace(recipe(signer=alice), protect_header=True), alice)[0], *OUTER)
    assert read(signed.replace(b"Guten", b"Boese"), authority, clerk).protected == ()


def test_a_payload_that_protects_nothing_shows_nothing(authority: Authority, clerk: Issued) -> None:
    """Fields inside without the parameter were never meant to be read."""
    found = read(encrypted(b"Subject: innen\r\n" + letter(), clerk), authority, clerk)
    assert found.opening is Opening.OPENED and found.protected == () and found.protected_subject is None


@pytest.mark.parametrize(("kind", "expected"), [
    (b"message/rfc822", "innen"), (b"message/rfc822; forwarded=no", "innen"), (b"message/rfc822; forwarded=yes", None)])
def test_the_older_way_is_read(kind: bytes, expected: str | None, authority: Authority, clerk: Issued) -> None:
    """RFC 8551 §3.1: a whole message inside is the message itself, unless it says that it was forwarded."""
    entity = b"Content-Type: " + kind + b"\r\n\r\nFrom: alice@makler.example\r\nSubject: innen\r\n\r\nx\r\n"
    found = read(encrypted(mail(ALICE, CLERK, entity), clerk), authority, clerk)
    assert found.protected_subject == expected


def test_marks_of_ours_do_not_come_from_inside(authority: Authority, alice: Issued, clerk: Issued) -> None:
    """A mark that imitates ours is taken out of the inner Subject as well: it is the one that is shown in the end."""
    wish = replace(recipe(recipients=(clerk,), protected=("subject",)), protect_header=True)
    found = read(whole(built(letter("[signiert] Konto"), wish)[0], *OUTER), authority, clerk)
    assert found.protected_subject == "Konto"


def test_two_subjects_inside_are_none(authority: Authority, clerk: Issued) -> None:
    """Which of them a client would show nobody knows: the outer one stays."""
    entity = b'Subject: a\r\nSubject: b\r\nContent-Type: text/plain; hp="cipher"\r\n\r\nx\r\n'
    found = read(encrypted(b"From: alice@makler.example\r\nTo: erika.berger@wwk.de\r\n" + entity, clerk), authority, clerk)
    assert found.protected_subject is None


def test_the_inner_from_is_nobody(authority: Authority, alice: Issued, clerk: Issued) -> None:
    """Identity is judged by the outer From alone: a protected From does not make a match."""
    result = built(letter(), replace(recipe(signer=alice), protect_header=True), alice)[0]
    found = read(whole(result, b"From: mallory@evil.example", b"To: erika.berger@wwk.de"), authority, clerk)
    assert found.signature and found.signature.reason.value == "author-differs" and found.protected == ()
    assert ProtectedField("From", ALICE) not in found.protected

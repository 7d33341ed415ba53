"""Making what leaves: verified and opened by openssl, read by `email`."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smime_milter.cms.signed_data import verify
from smime_milter.mime.message_file import split_message
from smime_milter.mime.parse import parse
from smime_milter.model.recipe import Recipe, SignatureForm, SigningRecipe
from smime_milter.model.requests import BuildRequest
from smime_milter.worker.asks import DaemonGone
from smime_milter.worker.build import _signing_time, build
from tests.support.mails import CRLF, alternative, attachment, mail, multipart, plain, split
from tests.support.opened import decrypted, leaves, read, verified
from tests.support.pki import Authority, Issued
from tests.support.worker import Answering, asking, built, recipe, whole

CLERK, ANNA = "erika.berger@wwk.de", "anna@makler.example"
OUTER = (b"From: erika.berger@wwk.de", b"To: anna@makler.example")
DATE = b"Date: Tue, 24 Nov 2026 12:05:00 +0100"


def letter(entity: bytes = plain("Gr\u00fc\u00dfe, Herr M\u00fcller\n"), subject: str = "Termin") -> bytes:
    return mail(CLERK, ANNA, entity, subject=subject)


@pytest.fixture(scope="module")
def anna(authority: Authority) -> Issued:
    return authority.issue(ANNA)


def signed(message: bytes, clerk: Issued, **more: object) -> bytes:
    result, answering = built(message, recipe(signer=clerk, **more), clerk)  # type: ignore[arg-type]
    assert answering.asked == ["SignAsk"], "the key is used once"
    return whole(result, *OUTER)


def is_mailable(message: bytes) -> bool:
    """7-bit, CRLF, lines of at most 78 columns."""
    return message.isascii() and b"\n" not in message.replace(CRLF, b"") and max(map(len, message.split(CRLF))) <= 78


ENTITIES = {
    "text": plain("Gr\u00fc\u00dfe\n"), "8bit": plain("Gr\u00fc\u00dfe\n", encoding="8bit"),
    "base64": plain("Gr\u00fc\u00dfe\n", encoding="base64"),
    "latin1": plain("Gr\u00fc\u00dfe\n", encoding="8bit", charset="iso-8859-1"),
    "html": alternative("Text\n", "<p>Gr\u00fc\u00dfe</p>"),
    "long lines": plain("x" * 3000 + "\n", encoding="8bit"), "from line": plain("From here\n.\n", encoding="8bit"),
    "attachment": multipart("mixed", plain("x\n"), attachment("a.pdf", bytes(range(256)))),
    "8bit parts": multipart("mixed", plain("Gr\u00fc\u00dfe\n", encoding="8bit"), attachment("a.bin", b"\0\xff" * 500)),
    "no newline at the end": b"Content-Type: text/plain\r\n\r\nend", "empty": b"Content-Type: text/plain\r\n\r\n",
    "no type": b"\r\nplain words\r\n", "trailing blanks": b"Content-Type: text/plain\r\n\r\na  \r\n\t\r\n\r\n",
}


@pytest.mark.parametrize("name", ENTITIES)
def test_clear_signed_mail_verifies_and_reads_the_same(name: str, authority: Authority, clerk: Issued) -> None:
    """openssl accepts the signature over what the reader sees, which is what was written."""
    original = letter(ENTITIES[name])
    message = signed(original, clerk)
    assert is_mailable(message)
    content = verified(message, authority.root_pem)
    assert leaves(content) == leaves(original)
    assert read(message).get_content_type() == "multipart/signed" and read(message)["MIME-Version"] == "1.0"


def test_what_is_seven_bit_is_signed_as_it_is(authority: Authority, clerk: Issued) -> None:
    """No byte of an entity that no relay would touch is changed."""
    original = letter(multipart("mixed", plain("a\n"), attachment("a.bin", b"1234")))
    assert verified(signed(original, clerk), authority.root_pem) == split(original)[1]


@pytest.mark.parametrize("message", [
    letter(), b"From: a@wwk.de\r\nContent-Transfer-Encoding: base64\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\n\r\nx\r\n--b--\r\n",
    b"From: a@wwk.de\r\n\r\nGr\xfc\xdfe\r\n",
])
def test_opaque_signed_mail_verifies(message: bytes, authority: Authority, clerk: Issued) -> None:
    """By wish, and for what cannot be made 7-bit without a guess: the content is inside, byte for byte."""
    result = signed(message, clerk, form=SignatureForm.OPAQUE)
    assert is_mailable(result) and b"smime-type=signed-data" in result
    assert verified(result, authority.root_pem)


def test_what_cannot_be_made_seven_bit_is_signed_opaque(authority: Authority, clerk: Issued) -> None:
    """An ambiguous message is not rewritten to fit a clear signature."""
    message = signed(b"From: a@wwk.de\r\n\r\nGr\xfc\xdfe\r\n", clerk)
    assert b"smime-type=signed-data" in message and b"Gr\xfc\xdfe" in verified(message, authority.root_pem)


@pytest.mark.parametrize("name", ["8bit", "8bit parts", "no type", "empty"])
def test_encrypted_mail_opens_and_reads_the_same(name: str, clerk: Issued, anna: Issued, authority: Authority) -> None:
    """Signed, then encrypted to both: each recipient's key opens it, the signature inside holds."""
    bert = authority.issue("bert@kanzlei.example")
    original = letter(ENTITIES[name])
    result, _ = built(original, recipe(signer=clerk, recipients=(anna, bert)), clerk)
    message = whole(result, *OUTER)
    assert is_mailable(message) and b"smime-type=enveloped-data" in message
    for person in (anna, bert):
        assert leaves(verified(decrypted(message, person), authority.root_pem)) == leaves(original)


def test_encrypted_without_a_signature(anna: Issued) -> None:
    """Where there is no key to sign with, nobody is asked for one."""
    result, answering = built(letter(), recipe(recipients=(anna,)))
    assert answering.asked == [] and b"Herr" in decrypted(whole(result, *OUTER), anna)


def test_nothing_to_do_is_an_error() -> None:
    """A recipe without signature and encryption is a mistake of ours, not a message in clear."""
    with pytest.raises(ValueError):
        built(letter(), Recipe(signing=None, encryption=None))


def test_no_key_no_message(clerk: Issued) -> None:
    """A daemon that does not sign ends the work: half a signature is none."""
    with asking(Answering()) as daemon, pytest.raises(DaemonGone):
        build(BuildRequest(raw=split_message(letter()).raw, recipe=recipe(signer=clerk)), daemon)


# Protected fields


def protected(message: bytes, anna: Issued, *names: str, clerk: Issued | None = None) -> bytes:
    result, _ = built(message, recipe(signer=clerk, recipients=(anna,), protected=names), clerk)
    return decrypted(whole(result, *OUTER), anna)


@pytest.mark.parametrize("name", ENTITIES)
def test_a_protected_subject_is_inside(name: str, anna: Issued) -> None:
    """RFC 9788: the real Subject stands in the encrypted entity, which otherwise says the same."""
    original = letter(ENTITIES[name], subject="Gesundheitszustand Müller")
    inside = protected(original, anna, "subject")
    assert read(inside)["Subject"] == "Gesundheitszustand Müller" and read(inside)["From"] == CLERK
    assert leaves(inside) == leaves(original)
    hints = [str(value) for value in read(inside).get_all("HP-Outer", [])]
    assert "Subject: [...]" in hints and f"From: {CLERK}" in hints
    assert read(inside)["Content-Type"].params["hp"] == "cipher"


@pytest.mark.parametrize("message", [
    b"From: a@wwk.de\r\nSubject: Konto\r\n\r\nGr\xfc\xdfe\r\n\r\nzweiter Absatz\r\n",
    b"From: a@wwk.de\r\nSubject: Konto\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xfc\xdfe\r\n\r\nzweiter Absatz\r\n",
    b"From: a@wwk.de\r\nSubject: Konto\r\nContent-Language: de\r\n\r\nGr\xfc\xdfe\r\n\r\nzweiter Absatz\r\n",
    b"From: a@wwk.de\r\nSubject: Konto\r\n\r\n", b"Subject: Konto\r\n\r\n\r\n\r\nText\r\n",
])
def test_protected_fields_without_a_type(message: bytes, anna: Issued) -> None:
    """A message without MIME fields keeps every line of its text in the body, where it was."""
    inside = protected(message, anna, "subject")
    head, _, body = inside.partition(b"\r\n\r\n")
    assert body == message.partition(b"\r\n\r\n")[2]
    assert b"Subject: Konto" in head and b'hp="cipher"' in head and b"Gr" not in head


def test_other_fields_are_moved_inside(anna: Issued) -> None:
    """A field in which personal data was found is inside alone, with no hint of its value outside."""
    message = b"X-Customer: Erika Beispiel\r\nX-CUSTOMER: Zweiter\r\n" + letter()
    inside = protected(message, anna, "x-customer")
    assert read(inside).get_all("X-Customer") == ["Erika Beispiel", "Zweiter"]
    assert not any("customer" in str(value).lower() for value in read(inside).get_all("HP-Outer", []))
    assert "Subject: Termin" in [str(v) for v in read(inside).get_all("HP-Outer", [])]


def test_a_raw_subject_becomes_an_encoded_word(anna: Issued) -> None:
    """8-bit text in a field leaves as RFC 2047 has it, and reads the same."""
    inside = protected(letter().replace(b"Subject: Termin", "Subject: Grüße".encode("latin-1")), anna, "subject")
    assert inside.split(b"\r\n\r\n")[0].isascii() and read(inside)["Subject"] == "Grüße"


def test_folded_types_are_marked_where_they_end(anna: Issued) -> None:
    """The parameters are appended to the whole field, fold or not, comment or not."""
    entity = b"Content-Type: text/plain;\r\n\tcharset=utf-8;\r\nContent-Language: de\r\n\r\nText\r\n"
    inside = protected(letter(entity), anna, "subject")
    assert read(inside)["Content-Type"].params == {"charset": "utf-8", "protected-headers": "v1", "hp": "cipher"}
    assert read(inside)["Content-Language"] == "de"


# Time and size


def signing_time(message: bytes, clerk: Issued) -> object:
    der = read(message).get_payload()[1].get_payload(decode=True)
    return verify(der, lambda name: b"").signing_time


@pytest.mark.parametrize(("date", "is_there"), [
    (b"Date: Tue, 24 Nov 2026 12:00:00 +0100", True), (b"Date: Tue, 24 Nov 2026 11:11:00 +0100", True),
    (b"Date: Tue, 24 Nov 2026 12:49:00 +0100", True), (b"Date: Tue, 24 Nov 2026 10:00:00 +0100", False),
    (b"Date: Tue, 24 Nov 2026 14:00:00 +0100", False), (b"Date: Tue, 24 Nov 2026 11:00:00 -0000", True),
    (b"Date: nonsense", False), (b"X-Date: 1", False), (b"Date: \xff", False), (b"Date: Tue, 24 Nov 0000 11:00:00 +9999", False),
    (b"Date: Fri, 31 Dec 9999 23:59:59 -1200", False),
])
def test_signing_time_is_left_out_when_date_is_far_away(date: bytes, is_there: bool, clerk: Issued) -> None:
    """Thunderbird calls a signature bad whose time is an hour from Date: then it has none."""
    message = re.sub(rb"Date: [^\r]*", lambda match: date, letter())
    assert (signing_time(signed(message, clerk), clerk) is not None) is is_there


@given(st.binary(max_size=60).filter(lambda value: b"\r" not in value and b"\n" not in value) | st.from_regex(
    rb"(Mon, )?\d{1,3} (Jan|Foo) \d{1,5} \d{1,2}:\d{1,3}(:\d{1,2})? ([+-]\d{1,5}|GMT|X)", fullmatch=True))
@settings(max_examples=150, deadline=None)
def test_no_date_is_an_error(value: bytes) -> None:
    """Whatever stands in Date, the mail is signed: with the time of now, or without one."""
    octets = b"Date: " + value + b"\r\n\r\n"
    found = _signing_time(octets, parse(octets), SigningRecipe(form=SignatureForm.CLEAR, chain=(), signing_time=1_795_518_000))
    assert found is None or found.timestamp() == 1_795_518_000


def test_a_large_attachment(authority: Authority, clerk: Issued, anna: Issued) -> None:
    """5 MB are signed and encrypted piece by piece, in seconds."""
    began = time.monotonic()
    original = letter(multipart("mixed", plain("x\n"), attachment("big.bin", bytes(range(256)) * 20_000)))
    result, _ = built(original, recipe(signer=clerk, recipients=(anna,)), clerk)
    assert time.monotonic() - began < 10
    assert leaves(verified(decrypted(whole(result, *OUTER), anna), authority.root_pem)) == leaves(original)

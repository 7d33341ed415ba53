"""What the recognisers of refused methods are shown of a message."""

from __future__ import annotations

import base64

import pytest

from smime_milter.methods.mail_text import MailText
from smime_milter.model.method import Method
from smime_milter.worker import recognition
from smime_milter.worker.recognition import recognise_method
from smime_milter.worker.structure import structure_of
from tests.support.mails import attachment, mail, multipart, ordinary, plain

BLOCK = base64.encodebytes(b"\x85\x01\x0c\x03" + bytes(range(1, 200))).decode()
ARMOUR = f"-----BEGIN PGP MESSAGE-----\n\n{BLOCK}=abcd\n-----END PGP MESSAGE-----\n"


def recognised(message: bytes) -> tuple[Method | None, int]:
    return recognise_method(structure_of(message))


def shown(monkeypatch: pytest.MonkeyPatch) -> list[MailText]:
    """What the recognisers get to see from now on."""
    seen: list[MailText] = []

    def recognise(text: MailText) -> tuple[None, int]:
        seen.append(text)
        return None, 0
    monkeypatch.setattr(recognition, "recognise", recognise)
    return seen


def test_ordinary_mail_is_no_method() -> None:
    """A letter about a date is none of them."""
    assert recognised(ordinary()) == (None, 0)


@pytest.mark.parametrize("entity", [
    plain(ARMOUR), plain(ARMOUR, encoding="base64"),
    b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\r\n\r\n--b\r\n'
    b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n"
    + ARMOUR.replace("\n", "\r\n").encode() + b"--b--\r\n"])
def test_pgp_is_seen_through_encodings(entity: bytes) -> None:
    """Texts are decoded, types of parts and parameters are shown."""
    assert recognised(mail("a@b.example", "c@wwk.de", entity))[0] is Method.PGP


@pytest.mark.parametrize("encoding", ["base64", "7bit"])
def test_first_bytes_of_attachments(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recognisers see the first 64 bytes behind the transfer encoding, of attachments alone."""
    seen = shown(monkeypatch)
    octets = b"PK\x03\x04" + b"x" * 500
    part = attachment("a.zip", octets) if encoding == "base64" else b"Content-Type: application/zip\r\n\r\n" + octets
    recognised(mail("a@b.example", "c@wwk.de", multipart("mixed", plain("x\n"), part)))
    assert [text.leading for text in seen] == [(octets[:64],)]


def test_header_fields_are_shown_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names in lower case, encoded words read; no more than 200 of them."""
    seen = shown(monkeypatch)
    recognised(b"X-Mailer: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n" + b"A: b\r\n" * 300 + b"\r\n")
    assert seen[0].headers[0] == ("x-mailer", "Gr\u00fc\u00dfe") and len(seen[0].headers) == 200

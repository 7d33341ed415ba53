"""Opening encrypted mail: one well-formed entity comes out, or one uniform answer."""

from __future__ import annotations

import base64
import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from smime_milter.model.inspection import Inspection, Opening, Protection
from smime_milter.model.signature import SignatureReason
from tests.support.fakes_keys import keys_holding
from tests.support.mails import CRLF, attachment, encrypted, mail, multipart, plain
from tests.support.openssl import OpenSSL
from tests.support.pki import Authority, Issued
from tests.support.worker import CHECKED, Answering, inspected, unwrapping

ALICE, CLERK = "alice@makler.example", "erika.berger@wwk.de"
HEAD = b"From: alice@makler.example\r\nTo: erika.berger@wwk.de\r\nMIME-Version: 1.0\r\n"
TYPE = b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64\r\n\r\n"


def around(der: bytes) -> bytes:
    return HEAD + TYPE + base64.encodebytes(der).replace(b"\n", CRLF)


def sealed(entity: bytes, recipient: Issued, tmp_path: Path, *options: str) -> bytes:
    return around(OpenSSL(tmp_path).encrypt(entity, recipient, options=options or ("-aes-256-cbc",)))


def opened(message: bytes, authority: Authority, clerk: Issued, *recipients: str) -> Inspection:
    keys = keys_holding(**{CLERK: clerk})
    return inspected(message, authority, answering=unwrapping(keys, *(recipients or (CLERK,))))


def inside(found: Inspection) -> tuple[list[tuple[bytes, bytes]], bytes]:
    assert found.opened is not None
    return [(f.name, f.value) for f in found.opened.fields], bytes(found.opened.body.octets()[:])


def test_what_was_inside_comes_out(authority: Authority, clerk: Issued) -> None:
    """The entity's own header fields and its body, as they were."""
    entity = multipart("mixed", plain("Guten Tag\n"), attachment("a.bin", bytes(range(256))), boundary="b1")
    found = opened(encrypted(mail(ALICE, CLERK, entity), clerk), authority, clerk)
    assert found.opening is Opening.OPENED and found.protection is Protection.ENVELOPED
    fields, body = inside(found)
    assert fields == [(b"Content-Type", b' multipart/mixed; boundary="b1"')]
    assert body == entity.partition(CRLF + CRLF)[2] and found.signature is None


@pytest.mark.parametrize("cipher", ["-aes-128-cbc", "-aes-192-cbc", "-aes-256-cbc", "-des3"])
def test_ciphers_partners_really_use(cipher: str, authority: Authority, clerk: Issued, tmp_path: Path) -> None:
    """AES of every size, and Triple DES of old clients, are opened."""
    found = opened(sealed(plain("Guten Tag\n"), clerk, tmp_path, cipher), authority, clerk)
    assert found.opening is Opening.OPENED and b"Guten Tag" in inside(found)[1]


def test_line_ends_become_what_mail_needs(authority: Authority, clerk: Issued, tmp_path: Path) -> None:
    """Clients exist that encrypt with LF alone: the MTA gets CRLF."""
    found = opened(sealed(b"Content-Type: text/plain;\n charset=utf-8\n\na\nb\n", clerk, tmp_path), authority, clerk)
    assert inside(found) == ([(b"Content-Type", b" text/plain;\n charset=utf-8")], b"a\r\nb\r\n")


def test_only_fields_of_the_entity_come_out(authority: Authority, clerk: Issued, tmp_path: Path) -> None:
    """A From or a verdict of ours inside the envelope does not become one of the message."""
    entity = b"From: x@wwk.de\r\nX-SMIME-Milter-Result: pass\r\nAuthentication-Results: mail.wwk.de; smime=pass\r\n"
    found = opened(sealed(entity + plain("x\n"), clerk, tmp_path), authority, clerk)
    assert [name for name, _ in inside(found)[0]] == [b"Content-Type", b"Content-Transfer-Encoding"]


def test_a_large_content(authority: Authority, clerk: Issued, tmp_path: Path) -> None:
    """More than one piece at a time comes out whole."""
    text = secrets.token_hex(400_000) + "\n"
    message = sealed(b"Content-Type: text/plain\r\n\r\n" + text.encode(), clerk, tmp_path, "-aes-256-cbc", "-stream")
    found = opened(message, authority, clerk)
    assert inside(found)[1] == text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("plaintext", [
    b"", b"no entity at all", b"Hello: world\r\n\r\ntext", b"\r\nContent-Type: text/plain\r\n\r\nbehind the empty line",
    b"\x00\x01\x02\x03" * 50])
def test_what_is_no_entity_stays_closed(plaintext: bytes, authority: Authority, clerk: Issued, tmp_path: Path) -> None:
    """An edited CBC ciphertext becomes something else (EFAIL): nothing of it is shown."""
    found = opened(sealed(plaintext, clerk, tmp_path), authority, clerk)
    assert (found.opening, found.opened, found.signature) == (Opening.FAILED, None, None) or (
        plaintext == b"" and found.opening in (Opening.FAILED, Opening.NOT_ENCRYPTED))


@pytest.mark.parametrize("key", [None, b"", b"k" * 8, b"k" * 16, b"k" * 32, b"k" * 64])
def test_every_failure_is_one_answer(key: bytes | None, authority: Authority, clerk: Issued, tmp_path: Path) -> None:
    """Wrong key, wrong length, bad padding: FAILED, all of them; only "no key of ours" is something else."""
    found = inspected(sealed(plain("x\n"), clerk, tmp_path), authority, answering=Answering(unwrap=lambda transports: key))
    assert found.opening is (Opening.NO_KEY if key is None else Opening.FAILED)
    assert found.opened is None and found.signature is None


@pytest.mark.parametrize("at", [-1, -20, -200])
def test_an_edited_ciphertext(at: int, authority: Authority, clerk: Issued, tmp_path: Path) -> None:
    """Whatever becomes of an edited block, it is never an error of the worker."""
    der = bytearray(OpenSSL(tmp_path).encrypt(plain("x" * 300 + "\n"), clerk))
    der[at] ^= 0x55
    assert opened(around(bytes(der)), authority, clerk).opening in (Opening.FAILED, Opening.OPENED)


def test_nobody_is_asked_without_leave(authority: Authority, clerk: Issued) -> None:
    """With `inbound.decrypt` off the mail stays closed, and no key is asked for."""
    answering = unwrapping(keys_holding(**{CLERK: clerk}), CLERK)
    message = encrypted(mail(ALICE, CLERK, plain("x\n")), clerk)
    found = inspected(message, authority, replace(CHECKED, decrypt=False), answering=answering)
    assert found.opening is Opening.NOT_TRIED and answering.asked == []


def test_somebody_elses_mail(authority: Authority, clerk: Issued, alice: Issued) -> None:
    """Mail for keys that are not ours, or not every recipient's, is left as it is."""
    message = encrypted(mail(ALICE, CLERK, plain("x\n")), alice)
    assert opened(message, authority, clerk).opening is Opening.NO_KEY
    mixed = encrypted(mail(ALICE, CLERK, plain("x\n")), clerk)
    assert opened(mixed, authority, clerk, CLERK, "jonas@wwk.at").opening is Opening.NO_KEY


def test_a_signed_message_in_an_envelope_in_an_envelope(authority: Authority, clerk: Issued, tmp_path: Path) -> None:
    """One envelope is opened, not a chain of them: the inner one arrives as it was."""
    inner = around(OpenSSL(tmp_path).encrypt(plain("x\n"), clerk)).removeprefix(HEAD)
    found = opened(sealed(inner, clerk, tmp_path), authority, clerk)
    assert found.opening is Opening.OPENED and b"application/pkcs7-mime" in inside(found)[0][0][1]
    assert found.signature is None or found.signature.reason is SignatureReason.NOT_ROOT

"""A confined worker over mails of all kinds: nothing it needs is loaded too late."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from typing import Any

import pytest

from smime_milter.adapters.workers import WorkerInspector, WorkerPool
from smime_milter.mime.charsets import CODECS, _CODECS
from smime_milter.mime.message_file import split_message
from smime_milter.model.errors import Unavailable
from smime_milter.model.inspection import Opening
from smime_milter.model.keys import OwnKey
from smime_milter.model.recipe import SignatureForm
from tests.support.facts import envelope
from tests.support.fakes import FakeIssuers
from tests.support.fakes_keys import keys_holding
from tests.support.mails import (
    CRLF, ZIP, alternative, attachment, clear_signed, encrypted, mail, multipart, opaque_signed, plain, split, with_attachment)
from tests.support.openssl import OpenSSL
from tests.support.pki import Authority, Issued
from tests.support.worker import CHECKED, SCANNED, own_key, recipe, start_with

ALICE, CLERK = "alice@makler.example", "erika.berger@wwk.de"
TEXT = "Grüße, geboren am 12.03.1975, IBAN DE02120300000000202051, Diagnose Diabetes, Straße 12, 80331 München, +49 89 5114-0\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, authority: Authority, clerk: Issued, alice: Issued) -> dict[str, bytes]:
    """Mails that between them reach every part of the worker."""
    folder = tmp_path_factory.mktemp("mails")
    ec = authority.issue(ALICE, key="p384", usages=("digital_signature",))
    letter = mail(ALICE, CLERK, plain(TEXT))
    mails = {
        "plain": letter,
        "html": mail(ALICE, CLERK, alternative(TEXT, f"<style>x</style><p>&auml;&#228;&nbsp;{TEXT}<!-- c --></p>")),
        "attachment": mail(ALICE, CLERK, with_attachment(TEXT)), "zip": mail(ALICE, CLERK, with_attachment(TEXT, "a.zip", ZIP)),
        "clear": clear_signed(letter, alice), "opaque": opaque_signed(letter, alice), "ecdsa": clear_signed(letter, ec),
        "sha1": clear_signed(letter, alice, options=("-md", "sha1")),
        "sha512": clear_signed(letter, alice, options=("-md", "sha512")),
        "pss": clear_signed(letter, alice, options=("-keyopt", "rsa_padding_mode:pss")),
        "stranger": clear_signed(letter, Authority("Other", key="p256").issue(ALICE, key="p521", usages=("digital_signature",))),
        "encrypted": encrypted(letter, clerk), "both": encrypted(clear_signed(letter, alice), clerk),
        "signed twice": clear_signed(clear_signed(letter, alice), clerk), "broken": letter.replace(b"text/plain", b"text/;;"),
        "idn": letter.replace(b"From: alice@makler.example", "From: Ä <ä@bücher.example>, b@xn--bcher-kva.example".encode()),
        "forged": b"Authentication-Results: =?x?q?a?=; smime=pass\r\n" + letter,
        "dates": letter.replace(b"Date: Tue", b"Date: Tue, 1 Jan 70 00:00 EST (x) \r\nX: Tue"),
        "words": letter.replace(b"Subject: Termin", b"Subject: =?iso-2022-jp?b?GyRCJUYlOSVIGyhC?= =?koi8-r?q?=C1?= =?x?b??="),
        "pgp": mail(ALICE, CLERK, plain("-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n")),
        "mbox": mail(ALICE, CLERK, multipart("digest", b"\r\nFrom: a@b.example\r\n\r\nx\r\n")),
        "uu": mail(ALICE, CLERK, plain("begin 644 a.txt\n#86)C\n`\nend\n")), "calendar": mail(ALICE, CLERK, multipart(
            "alternative", plain("x\n"), b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nDTSTART:20260101T000000Z\r\n"
            b"END:VCALENDAR\r\n")),
        "office": mail(ALICE, CLERK, multipart("mixed", plain(TEXT), attachment("a.csv", TEXT.encode(), "text/csv"))),
        "empty": b"\r\n", "nothing": b"", "rubbish": bytes(range(256)) * 20,
    }
    for cipher in ("-des3", "-aes-128-cbc"):
        der = OpenSSL(folder).encrypt(split(letter)[1], clerk, options=(cipher,))
        mails[cipher] = b"From: a@b.example\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n" \
            b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(der).replace(b"\n", CRLF)
    for charset in sorted({*_CODECS, "utf-16", "utf-7", "iso-2022-jp", "hz", "x-nothing", "unicode_escape", "cp037"}):
        head = f"From: {ALICE}\r\nSubject: =?{charset}?q?=C4=DF?=\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"
        mails[charset] = head.encode() + b"\xff\xfe\xc4\x00\xdf\x00" + TEXT.encode("latin-1")
    return mails


@pytest.fixture(scope="module")
def pool(authority: Authority) -> Iterator[WorkerPool]:
    pool = WorkerPool(start_with(authority.root_der), 1, lambda why: None)
    yield pool
    pool.close()


def failures(pool: WorkerPool, made: dict[str, bytes], clerk: Issued, alice: Issued) -> Iterator[str]:
    inspector = WorkerInspector(pool, keys_holding(**{CLERK: clerk}), FakeIssuers(), authserv_id="mail.wwk.de")
    own: OwnKey = own_key(CLERK, clerk)
    works: dict[str, Any] = {
        "inspect": lambda message: inspector.inspect(envelope(CLERK), message, CHECKED),
        "scan": lambda message: inspector.inspect(envelope(CLERK), message, SCANNED),
        "encrypt": lambda message: inspector.build(
            message, recipe(signer=clerk, recipients=(alice,), protected=("subject",)), own),
        "opaque": lambda message: inspector.build(message, recipe(signer=clerk, form=SignatureForm.OPAQUE), own),
    }
    for name, octets in made.items():
        message = split_message(octets)
        for what, work in works.items():
            try:
                work(message)
            except Unavailable as error:
                yield f"{what} {name}: {error}"


def test_no_kind_of_mail_needs_what_is_closed(pool: WorkerPool, made: dict[str, bytes], clerk: Issued, alice: Issued) -> None:
    """Whatever arrives, no library goes looking for a module, a codec or a file when the doors are shut."""
    began = time.monotonic()
    assert list(failures(pool, made, clerk, alice)) == []
    assert time.monotonic() - began < 60


def test_the_mails_reach_what_they_are_meant_to(pool: WorkerPool, made: dict[str, bytes], clerk: Issued) -> None:
    """The sample is no set of look-alikes: the encrypted ones really are opened, every codec is named."""
    inspector = WorkerInspector(pool, keys_holding(**{CLERK: clerk}), FakeIssuers(), authserv_id="mail.wwk.de")
    for name in ("encrypted", "both", "-des3", "-aes-128-cbc"):
        assert inspector.inspect(envelope(CLERK), split_message(made[name]), CHECKED).opening is Opening.OPENED, name
    assert CODECS <= {*_CODECS.values(), "utf-16"}

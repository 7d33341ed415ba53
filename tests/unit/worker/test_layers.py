"""Signatures in envelopes in signatures, compression around and between, and where it ends."""

from __future__ import annotations

import base64
import time
from dataclasses import replace
from functools import reduce

import pytest
from asn1crypto import cms as asn1

from smime_milter.cms import der
from smime_milter.cms.enveloped_data import encrypt
from smime_milter.model.finding import UnreadableReason
from smime_milter.model.inspection import Inspection, Opening
from smime_milter.model.signature import Integrity, Signature, SignatureReason, SignatureResult
from tests.support.compressed import compressed, compressed_as
from tests.support.fakes_keys import keys_holding
from tests.support.mails import CRLF, altered, clear_signed, encrypted, mail, opaque_signed, plain, split
from tests.support.pki import Authority, Issued
from tests.support.worker import CHECKED, SCANNED, Answering, inspected, unwrapping

ALICE, CLERK = "alice@makler.example", "erika.berger@wwk.de"
R, S = SignatureReason, SignatureResult


def letter(text: str = "Guten Tag\n") -> bytes:
    return mail(ALICE, CLERK, plain(text))


def around(message: bytes, kind: str, cms: bytes) -> bytes:
    head = (f"Content-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n").encode()
    return split(message)[0] + head + base64.encodebytes(cms).replace(b"\n", CRLF)


def packed(message: bytes) -> bytes:
    return around(message, "compressed-data", compressed(split(message)[1]))


def read(message: bytes, authority: Authority, clerk: Issued) -> Inspection:
    return inspected(message, authority, answering=unwrapping(keys_holding(**{CLERK: clerk}), CLERK))


def said(found: Inspection) -> tuple[SignatureResult, SignatureReason]:
    assert isinstance(found.signature, Signature)
    return found.signature.result, found.signature.reason


def body(found: Inspection) -> bytes:
    assert found.opened is not None
    return bytes(found.opened.body.octets()[:])


@pytest.mark.parametrize("outer", [clear_signed, opaque_signed])
@pytest.mark.parametrize("inner", [clear_signed, opaque_signed, None])
def test_triple_wrapped(outer: object, inner: object, authority: Authority, alice: Issued, clerk: Issued) -> None:
    """Signed, encrypted, signed again: the envelope is opened, the outermost signature is the one that counts."""
    assert callable(outer)
    first = inner(letter(), alice) if callable(inner) else letter()
    found = read(outer(encrypted(first, clerk), alice), authority, clerk)
    assert said(found) == (S.PASS, R.GOOD) and found.opening is Opening.OPENED
    assert found.candidates[0].sha256 == alice.sha256 and found.capabilities
    kinds = b"".join(f.value for f in found.opened.fields) if found.opened else b""
    assert b"pkcs7-" in kinds if inner else b"Guten Tag" in body(found)


def test_the_outermost_signature_decides_identity(authority: Authority, alice: Issued, clerk: Issued) -> None:
    """A good inner signature does not help a stranger who signs outside (message takeover), nor the other way round."""
    eve = authority.issue("eve@makler.example")
    taken = clear_signed(encrypted(clear_signed(letter(), alice), clerk), eve)
    assert said(read(taken, authority, clerk)) == (S.FAIL, R.AUTHOR_DIFFERS)
    vouched = clear_signed(encrypted(clear_signed(letter(), eve), clerk), alice)
    found = read(vouched, authority, clerk)
    assert said(found) == (S.PASS, R.GOOD) and found.signature and found.signature.signer == ALICE


def test_a_broken_inner_signature_is_not_healed(authority: Authority, alice: Issued, clerk: Issued) -> None:
    """A good signature around one that is broken is no pass, and nothing is learned from it."""
    broken = altered(clear_signed(letter(), alice), b"Guten Tag", b"Guten Weg")
    for message in (opaque_signed(broken, alice), clear_signed(encrypted(broken, clerk), alice)):
        found = read(message, authority, clerk)
        assert found.signature is not None and found.signature.integrity is Integrity.BROKEN
        assert found.signature.result is S.FAIL and found.candidates == ()


def test_a_broken_outer_signature_is_not_healed(authority: Authority, alice: Issued, clerk: Issued) -> None:
    """A good signature inside one that is broken is no pass; the mail is still opened for its reader."""
    wrapped = clear_signed(encrypted(clear_signed(letter(), alice), clerk), alice)
    found = read(altered(wrapped, b'filename="smime.p7m"', b'filename="smime.p7M"'), authority, clerk)
    assert found.signature is not None and found.signature.integrity is Integrity.BROKEN
    assert found.opening is Opening.OPENED


@pytest.mark.parametrize("order", ["compressed outside", "compressed inside", "both"])
def test_compressed_and_signed(order: str, authority: Authority, alice: Issued, clerk: Issued) -> None:
    """RFC 8551 §3.6: before or after signing, it is looked through."""
    message = packed(letter()) if order != "compressed outside" else letter()
    message = clear_signed(message, alice)
    message = packed(message) if order != "compressed inside" else message
    assert said(read(message, authority, clerk)) == (S.PASS, R.GOOD)
    sealed = encrypted(message, clerk)
    found = read(sealed, authority, clerk)
    assert said(found) == (S.PASS, R.GOOD) and found.opening is Opening.OPENED


def test_compressed_alone_is_unsigned(authority: Authority, clerk: Issued) -> None:
    """Without a signature inside there is nothing to say."""
    assert read(packed(letter()), authority, clerk).signature is None


@pytest.mark.parametrize(("cms", "reason"), [
    (compressed(bytes(1 << 20)), R.LIMIT), (compressed_as(b"rubbish"), R.MALFORMED),
    (compressed_as(b"", method="1.2.3.4"), R.UNSUPPORTED_ALGORITHM),
])
def test_what_cannot_be_expanded(cms: bytes, reason: SignatureReason, authority: Authority, clerk: Issued) -> None:
    """A bomb, rubbish and an unknown method have their own reasons, and never pass."""
    assert said(read(around(letter(), "compressed-data", cms), authority, clerk))[1] is reason


def test_a_bomb_below_a_signature_is_no_pass(authority: Authority, alice: Issued, clerk: Issued) -> None:
    """Whoever signs a bomb signs nothing that can be read."""
    bomb = clear_signed(around(letter(), "compressed-data", compressed(bytes(1 << 20))), alice)
    assert said(read(bomb, authority, clerk)) == (S.PERMERROR, R.LIMIT)


def test_five_layers_and_no_more(authority: Authority, alice: Issued, clerk: Issued) -> None:
    """Five are looked through; with a sixth nothing is said, and nothing opened."""
    five = reduce(lambda message, _: packed(message), range(4), clear_signed(letter(), alice))
    assert said(read(five, authority, clerk)) == (S.PASS, R.GOOD)
    assert said(read(packed(five), authority, clerk)) == (S.PERMERROR, R.LIMIT)
    found = read(encrypted(five, clerk), authority, clerk)
    assert said(found) == (S.PERMERROR, R.LIMIT) and (found.opening, found.opened) == (Opening.LIMIT, None)


@pytest.mark.parametrize("wrap", ["compressed", "signed"])
def test_fifty_layers_are_refused_in_a_moment(wrap: str, authority: Authority, alice: Issued, clerk: Issued) -> None:
    """Compression or signatures nested 50 times cost less than 100 ms, and never pass."""
    if wrap == "compressed":
        message = reduce(lambda inner, _: packed(inner), range(50), clear_signed(letter(), alice))
    else:
        message = reduce(lambda inner, _: opaque_signed(inner, alice), range(12), letter())
    begin = time.thread_time()
    assert said(read(message, authority, clerk)) == (S.PERMERROR, R.LIMIT)
    assert time.thread_time() - begin < 0.1


def test_only_one_envelope_is_opened(authority: Authority, clerk: Issued) -> None:
    """The daemon gives one content key for a message: the inner envelope is delivered as it is."""
    answering = unwrapping(keys_holding(**{CLERK: clerk}), CLERK)
    found = inspected(encrypted(encrypted(letter(), clerk), clerk), authority, answering=answering)
    assert found.opening is Opening.OPENED and answering.asked == ["UnwrapAsk"]
    assert found.opened is not None and any(b"pkcs7-mime" in f.value for f in found.opened.fields)


def test_an_envelope_beside_other_parts_stays_shut(authority: Authority, alice: Issued, clerk: Issued) -> None:
    """EFAIL: only what is the whole content of a layer is opened, never a part among others."""
    outer, entity = split(encrypted(letter(), clerk))
    mixed = outer + b'Content-Type: multipart/mixed; boundary="m"\r\n\r\n--m\r\n' + plain("Bild: <img src=x\n") \
        + b"\r\n--m\r\n" + entity + b"\r\n--m--\r\n"
    for message in (mixed, clear_signed(mixed, alice)):
        answering = unwrapping(keys_holding(**{CLERK: clerk}), CLERK)
        found = inspected(message, authority, answering=answering)
        assert found.opened is None and "UnwrapAsk" not in answering.asked


def with_recipients(clerk: Issued, infos: bytes) -> bytes:
    """An EnvelopedData for whom the test wants."""
    content = asn1.ContentInfo.load(b"".join(encrypt([b"x"], 1, certificates=[clerk.der])))["content"]
    made = der.sequence(der.small_integer(0), der.value(0x31, infos), content["encrypted_content_info"].dump())
    return der.sequence(bytes.fromhex("06092a864886f70d010703"), der.value(0xA0, made))


@pytest.mark.parametrize(("infos", "opening"), [
    (b"\xa2\x03\x02\x01\x04", Opening.SHARED_KEY), (b"\xa3\x03\x02\x01\x00", Opening.PASSWORD),
    (b"\xa4\x03\x02\x01\x00", Opening.UNSUPPORTED), (b"", Opening.NO_KEY),
])
def test_recipients_nobody_could_be(infos: bytes, opening: Opening, authority: Authority, clerk: Issued) -> None:
    """A shared key, a password, another kind: told apart from a certificate that is not ours."""
    message = around(letter(), "enveloped-data", with_recipients(clerk, infos))
    assert read(message, authority, clerk).opening is opening


def test_malformed_oaep_has_its_own_reason(authority: Authority, clerk: Issued) -> None:
    """OAEP without its parameters is neither opened as PKCS #1 v1.5 nor taken for somebody else's mail."""
    info = asn1.ContentInfo.load(b"".join(encrypt([b"x"], 1, certificates=[clerk.der])))["content"]["recipient_infos"][0].chosen
    oaep = der.sequence(bytes.fromhex("06092a864886f70d010107"))
    infos = der.sequence(info["version"].dump(), info["rid"].dump(), oaep, info["encrypted_key"].dump())
    message = around(letter(), "enveloped-data", with_recipients(clerk, infos))
    assert read(message, authority, clerk).opening is Opening.BAD_PARAMETERS


def test_not_tried_without_leave(authority: Authority, alice: Issued, clerk: Issued) -> None:
    """Where decryption is off, a signature outside is still judged and the envelope is left alone."""
    answering = Answering()
    message = clear_signed(encrypted(letter(), clerk), alice)
    found = inspected(message, authority, replace(CHECKED, decrypt=False), answering=answering)
    assert said(found) == (S.PASS, R.GOOD) and found.opening is Opening.NOT_TRIED and "UnwrapAsk" not in answering.asked


def test_compressed_mail_hides_nothing_from_the_scan(authority: Authority, clerk: Issued) -> None:
    """Personal data below compression and opaque signatures is found; a bomb is unreadable."""
    text = "IBAN DE89 3704 0044 0532 0130 00\n"
    for message in (packed(letter(text)), packed(opaque_signed(packed(letter(text)), clerk))):
        found = inspected(message, authority, SCANNED)
        assert "iban" in {finding.category.value for finding in found.findings} and not found.unreadable
    bomb = inspected(around(letter(), "compressed-data", compressed(bytes(1 << 20))), authority, SCANNED)
    assert [one.why for one in bomb.unreadable] == [UnreadableReason.LIMIT]

"""Judging a signature: the truth table of reasons, and what is learned."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms as asn1
from cryptography.hazmat.primitives import hashes

from smime_milter.model.certificate import Certificate
from smime_milter.model.inspection import Author, Inspection, Opening, Protection
from smime_milter.model.signature import Identity, Integrity, Signature, SignatureReason, SignatureResult, Trust
from smime_milter.worker.verification import identity_of
from tests.support.mails import (
    CRLF, altered, attachment, clear_signed, encrypted, mail, multipart, opaque_signed, ordinary, plain, split)
from tests.support.openssl import OpenSSL
from tests.support.pki import Authority, Issued, utf8_san
from tests.support.facts import certificate as bare_certificate
from tests.support.fakes_keys import keys_holding
from tests.support.worker import NOW, Answering, checked_at, inspected, unwrapping

ALICE, CLERK = "alice@makler.example", "erika.berger@wwk.de"
PASS, FAIL, POLICY, NEUTRAL, PERMERROR = (
    SignatureResult.PASS, SignatureResult.FAIL, SignatureResult.POLICY, SignatureResult.NEUTRAL, SignatureResult.PERMERROR)
R = SignatureReason


def letter(text: str = "Guten Tag\n", sender: str = ALICE, **more: Any) -> bytes:
    return mail(sender, CLERK, plain(text), **more)


def judged(message: bytes, authority: Authority, **more: Any) -> Signature:
    signature = inspected(message, authority, **more).signature
    assert signature is not None
    return signature


def said(message: bytes, authority: Authority, **more: Any) -> tuple[SignatureResult, SignatureReason]:
    signature = judged(message, authority, **more)
    return signature.result, signature.reason


# Good ones


@pytest.mark.parametrize("kind", ["rsa2048", "p256", "p384"])
@pytest.mark.parametrize("wrap", [clear_signed, opaque_signed])
def test_a_good_signature_passes(wrap: Any, kind: str, authority: Authority) -> None:
    """All three axes are good, the signer is named, and the certificate could be learned."""
    signer = authority.issue(ALICE, key=kind, usages=("digital_signature", "key_encipherment") if kind == "rsa2048" else
                             ("digital_signature",))
    found = inspected(wrap(letter(), signer), authority)
    assert found.signature == Signature(
        result=PASS, reason=R.GOOD, integrity=Integrity.INTACT, trust=Trust.TRUSTED, identity=Identity.MATCHES, signer=ALICE,
        signer_sha256=signer.sha256, certificate_class="mailbox")
    assert found.protection is Protection.SIGNED
    assert [c.sha256 for c in found.candidates] == ([signer.sha256] if kind == "rsa2048" else [])
    assert found.intermediates == (authority.issuing_der,)


def test_unsigned_mail_has_no_signature(authority: Authority) -> None:
    """Nothing is said of what is not there."""
    assert inspected(ordinary(ALICE, CLERK), authority).signature is None


def test_an_intermediate_that_other_mail_brought(authority: Authority, alice: Issued) -> None:
    """A signer who sends his certificate alone is trusted through an intermediate the store knows; without it he is not."""
    lone = Issued(alice.certificate, alice.key, alice.chain[:1])
    answering = Answering(issuers=(authority.issuing_der,))
    assert said(clear_signed(letter(), lone), authority, answering=answering) == (PASS, R.GOOD)
    assert "IssuersAsk" in answering.asked
    assert said(clear_signed(letter(), lone), authority) == (FAIL, R.ISSUER_UNKNOWN)


# Integrity


def with_signature(message: bytes, edit: Any) -> bytes:
    """The clear-signed message with its SignedData changed."""
    mark = b'filename="smime.p7s"\r\n\r\n'
    head, _, last = message.rpartition(mark)
    encoded, _, tail = last.partition(b"--")
    return head + mark + base64.encodebytes(edit(base64.b64decode(encoded))).replace(b"\n", CRLF) + CRLF + b"--" + tail


def edited(change: Any) -> Any:
    def edit(der: bytes) -> bytes:
        info = asn1.ContentInfo.load(der)
        change(info["content"])
        return bytes(info.dump(force=True))
    return edit


def no_signer(signed: Any) -> None:
    signed["signer_infos"] = asn1.SignerInfos([])


def two_signers(signed: Any) -> None:
    signed["signer_infos"].append(signed["signer_infos"][0].copy())


def no_certificates(signed: Any) -> None:
    signed["certificates"] = asn1.CertificateSet([])


def no_attributes(signed: Any) -> None:
    signed["signer_infos"][0]["signed_attrs"] = asn1.CMSAttributes([])


def other_signature(signed: Any) -> None:
    native = bytearray(signed["signer_infos"][0]["signature"].native)
    native[5] ^= 1
    signed["signer_infos"][0]["signature"] = bytes(native)


@pytest.mark.parametrize(("edit", "result", "reason", "integrity"), [
    (edited(no_signer), NEUTRAL, R.NO_SIGNER, Integrity.NOT_CHECKED),
    (edited(two_signers), NEUTRAL, R.SEVERAL_SIGNERS, Integrity.NOT_CHECKED),
    (edited(no_certificates), NEUTRAL, R.SIGNER_CERTIFICATE_MISSING, Integrity.NOT_CHECKED),
    (edited(other_signature), FAIL, R.BAD_SIGNATURE, Integrity.BROKEN),
    (lambda der: der[: len(der) // 2], PERMERROR, R.MALFORMED, Integrity.NOT_CHECKED),
    (lambda der: b"nonsense", PERMERROR, R.MALFORMED, Integrity.NOT_CHECKED),
    (lambda der: b"", PERMERROR, R.MALFORMED, Integrity.NOT_CHECKED),
])
def test_a_broken_signature(edit: Any, result: SignatureResult, reason: SignatureReason, integrity: Integrity,
                            authority: Authority, alice: Issued) -> None:
    """Each fault of the SignedData has its own reason, none passes, and nothing is learned."""
    found = inspected(with_signature(clear_signed(letter(), alice), edit), authority)
    assert found.signature is not None and found.candidates == ()
    assert (found.signature.result, found.signature.reason, found.signature.integrity) == (result, reason, integrity)
    assert found.signature.signer == "" or integrity is Integrity.INTACT


def test_altered_words_fail(authority: Authority, alice: Issued) -> None:
    """A byte of the signed part that changed on the way is a broken signature; one outside it is none."""
    message = clear_signed(letter("Konto 1234\n"), alice)
    assert said(altered(message, b"1234", b"4321"), authority) == (FAIL, R.DIGEST_MISMATCH)
    assert said(message.replace(b"Subject: Termin", b"Subject: Anderes"), authority) == (PASS, R.GOOD)


def test_content_in_a_detached_signature(authority: Authority, alice: Issued, tmp_path: Path) -> None:
    """A clear-signed mail whose signature brings its own content proves nothing of the visible one."""
    _, entity = split(letter())
    opaque = OpenSSL(tmp_path).sign(entity, alice, options=("-nodetach",))
    assert said(with_signature(clear_signed(letter(), alice), lambda der: opaque), authority)[1] is R.CONTENT_IN_DETACHED


def test_an_opaque_signature_without_content(authority: Authority, alice: Issued, tmp_path: Path) -> None:
    """An opaque-signed mail without content has nothing that could be signed."""
    outer, entity = split(letter())
    detached = base64.encodebytes(OpenSSL(tmp_path).sign(entity, alice)).replace(b"\n", CRLF)
    message = outer + b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n" \
        b"Content-Transfer-Encoding: base64\r\n\r\n" + detached
    assert said(message, authority)[1] is R.CONTENT_MISSING


@pytest.mark.parametrize("body", [b"", b"nonsense", b"AAAA", b"MIIB"])
def test_an_opaque_signature_that_nobody_can_read(body: bytes, authority: Authority) -> None:
    """What calls itself signed and cannot be read is an error of the message, not "unsigned"."""
    message = b"From: alice@makler.example\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data\r\n" \
        b"Content-Transfer-Encoding: base64\r\n\r\n" + body + CRLF
    assert said(message, authority) == (PERMERROR, R.MALFORMED)


@pytest.mark.parametrize(("name", "result"), [(b"smime.p7m", PASS), (b"SMIME.P7M", PASS), (b"letter.bin", None)])
def test_a_renamed_opaque_signature(name: bytes, result: Any, authority: Authority, alice: Issued) -> None:
    """RFC 8551 §3.9: application/octet-stream is a signed mail by its name alone; else it is an attachment."""
    message = opaque_signed(letter(), alice).replace(b"smime.p7m", name)
    message = message.replace(b"application/pkcs7-mime; smime-type=signed-data", b"application/octet-stream")
    found = inspected(message, authority)
    assert (found.signature.result if found.signature else None) is result


def test_old_digests_are_a_matter_of_policy(authority: Authority, alice: Issued) -> None:
    """SHA-1 holds but is not accepted; MD5 is not even computed. Neither is learned from."""
    sha1 = inspected(clear_signed(letter(), alice, options=("-md", "sha1")), authority)
    assert sha1.signature and (sha1.signature.result, sha1.signature.reason) == (POLICY, R.WEAK_DIGEST)
    assert sha1.signature.integrity is Integrity.INTACT and sha1.candidates == ()
    assert said(clear_signed(letter(), alice, options=("-md", "md5")), authority)[0] is POLICY


# Where the signature stands


@pytest.mark.parametrize("wrapping", ["footer", "attachment", "forwarded", "related"])
def test_a_signature_that_is_not_the_root(wrapping: str, authority: Authority, alice: Issued) -> None:
    """Words before, beside or around a signed part are not signed: the message as a whole is not verified."""
    outer, signed = split(clear_signed(letter(), alice))
    around = {
        "footer": multipart("mixed", signed, plain("Unsigned words\n")),
        "attachment": multipart("mixed", plain("Unsigned\n"), signed),
        "forwarded": multipart("mixed", plain("See below\n"), b"Content-Type: message/rfc822\r\n\r\n" + clear_signed(
            letter(), alice)),
        "related": multipart("related", signed, attachment("a.png", b"x", "image/png")),
    }[wrapping]
    found = inspected(mail(ALICE, CLERK, around), authority)
    assert found.signature is not None and found.candidates == ()
    assert (found.signature.result, found.signature.reason) == (NEUTRAL, R.NOT_ROOT)


def test_a_third_part_is_not_signed(authority: Authority, alice: Issued) -> None:
    """A multipart/signed has two parts (RFC 1847): with one more nobody knows what a client shows."""
    message = clear_signed(letter(), alice)
    mark = message.split(b'boundary="')[1].split(b'"')[0]
    extra = b"--" + mark + b"\r\nContent-Type: text/html\r\n\r\n<b>Unsigned</b>\r\n--" + mark + b"--"
    assert said(message.replace(b"--" + mark + b"--", extra), authority) == (PERMERROR, R.MALFORMED)


@pytest.mark.parametrize("label", [b"text/html", b"text/plain", b"message/rfc822", b"application/octet-stream"])
def test_a_signature_under_another_label(label: bytes, authority: Authority, alice: Issued) -> None:
    """A second part that a reader would be shown may hold words in the unsigned corners of a SignedData."""
    message = clear_signed(letter(), alice).replace(b'application/pkcs7-signature; name="smime.p7s"', label)
    assert said(message, authority)[1] is R.MALFORMED


def test_an_ambiguous_message_is_not_confirmed(authority: Authority, alice: Issued) -> None:
    """Two Subject fields, or two readings of the structure: the signature holds, and confirms nothing."""
    message = clear_signed(letter(), alice)
    found = inspected(b"Subject: Another\r\n" + message, authority)
    assert found.signature is not None and found.candidates == ()
    assert (found.signature.result, found.signature.reason) == (NEUTRAL, R.AMBIGUOUS_MESSAGE)
    assert found.signature.integrity is Integrity.INTACT and found.signature.trust is Trust.TRUSTED


def test_a_preamble_does_not_matter(authority: Authority, alice: Issued) -> None:
    """No client shows what stands before the first boundary."""
    message = clear_signed(letter(), alice)
    head, _, body = message.partition(CRLF + CRLF)
    assert said(head + CRLF + CRLF + b"This is an S/MIME signed message\r\n\r\n" + body, authority) == (PASS, R.GOOD)


# Who signed


@pytest.mark.parametrize(("field", "result", "reason", "identity"), [
    ("From: Alice <alice@makler.example>", PASS, R.GOOD, Identity.MATCHES),
    ("From: ALICE@Makler.EXAMPLE", PASS, R.GOOD, Identity.MATCHES),
    ("From: bert@makler.example", FAIL, R.AUTHOR_DIFFERS, Identity.DIFFERS),
    ('From: "alice@makler.example" <evil@evil.example>', FAIL, R.AUTHOR_DIFFERS, Identity.DIFFERS),
    ("From: alice@makler.example, bert@makler.example", FAIL, R.SEVERAL_AUTHORS, Identity.UNKNOWN),
    ("From: alice@makler.example.evil.example", FAIL, R.AUTHOR_DIFFERS, Identity.DIFFERS),
    ("From: undisclosed:;", FAIL, R.NO_AUTHOR, Identity.UNKNOWN),
    ("From: alice@makler.example <evil@evil.example>", NEUTRAL, R.AMBIGUOUS_MESSAGE, None),
    ("X-None: x", FAIL, R.NO_AUTHOR, Identity.UNKNOWN),
])
def test_the_author_must_be_the_signer(field: str, result: Any, reason: Any, identity: Any, authority: Authority,
                                       alice: Issued) -> None:
    """Only From counts, as an address, exactly one: names, look-alikes and Sender do not."""
    message = clear_signed(letter(), alice).replace(b"From: alice@makler.example", field.encode(), 1)
    found = inspected(b"Sender: alice@makler.example\r\n" + message, authority)
    assert found.signature is not None
    assert (found.signature.result, found.signature.reason) == (result, reason)
    assert found.signature.identity is identity or identity is None
    assert bool(found.candidates) is (result is PASS)


@pytest.mark.parametrize(("how", "reason"), [
    ({"address": ""}, R.CERTIFICATE_WITHOUT_ADDRESS), ({"address": "*@makler.example"}, R.AUTHOR_DIFFERS),
    ({"address": "makler.example"}, None), ({"address": ["bert@makler.example", ALICE]}, R.GOOD),
    ({"raw_san": utf8_san("alice@makler.example\0.evil.example")}, None),
    ({"address": "", "common_name": ALICE}, R.CERTIFICATE_WITHOUT_ADDRESS),
])
def test_only_a_mailbox_of_the_certificate_counts(how: dict[str, Any], reason: Any, authority: Authority) -> None:
    """RFC 8550 §3: subjectAltName alone; wildcards, common names, NULs and domains name nobody."""
    wishes: dict[str, Any] = {"address": ALICE, **how}
    found = inspected(clear_signed(letter(), authority.issue(**wishes)), authority)
    assert found.signature is not None
    assert (found.signature.result is PASS) is (reason is R.GOOD)
    assert reason is None or found.signature.reason is reason


@pytest.mark.parametrize(("authors", "addresses", "expected"), [
    ((), (ALICE,), (Identity.UNKNOWN, R.NO_AUTHOR)), (("",), ("",), (Identity.UNKNOWN, R.NO_AUTHOR)),
    ((ALICE, CLERK), (ALICE,), (Identity.UNKNOWN, R.SEVERAL_AUTHORS)),
    ((ALICE,), (), (Identity.NO_ADDRESS, R.CERTIFICATE_WITHOUT_ADDRESS)),
    ((ALICE,), (CLERK,), (Identity.DIFFERS, R.AUTHOR_DIFFERS)), ((ALICE,), (CLERK, ALICE), (Identity.MATCHES, R.GOOD))])
def test_identity(authors: tuple[str, ...], addresses: tuple[str, ...], expected: Any) -> None:
    """The truth table of authors and mailboxes."""
    certificate: Certificate = bare_certificate("x")
    object.__setattr__(certificate, "addresses", addresses)
    assert identity_of(certificate, tuple(Author(a, a.rpartition("@")[2]) for a in authors)) == expected


def test_a_certificate_with_a_forged_mailbox_matches_nobody() -> None:
    """One mailbox with a control character in it makes all the others doubtful."""
    certificate = bare_certificate(ALICE)
    object.__setattr__(certificate, "has_bad_address", True)
    assert identity_of(certificate, (Author(ALICE, "makler.example"),))[0] is Identity.DIFFERS


# Whether the certificate is to be trusted


def at(year: int) -> int:
    return int(datetime(year, 7, 1, tzinfo=timezone.utc).timestamp())


@pytest.mark.parametrize(("year", "trust", "result", "reason"), [
    (2026, Trust.UNTRUSTED, FAIL, R.CERTIFICATE_NOT_YET_VALID), (2027, Trust.TRUSTED, PASS, R.GOOD),
    (2028, Trust.EXPIRED, FAIL, R.CERTIFICATE_EXPIRED)])
def test_the_certificate_is_judged_at_the_time_asked(year: int, trust: Trust, result: SignatureResult, reason: SignatureReason,
                                                     authority: Authority) -> None:
    """Expired and not yet valid have their own names, whatever signing time the mail claims."""
    signer = authority.issue(ALICE, not_before=datetime(2027, 1, 1, tzinfo=timezone.utc))
    signature = judged(clear_signed(letter(), signer), authority, wanted=checked_at(at(year)))
    assert (signature.trust, signature.result, signature.reason) == (trust, result, reason)


@pytest.mark.parametrize(("how", "reason"), [
    ({"purposes": ("server",)}, None), ({"usages": ("key_encipherment",)}, None), ({"is_ca": True}, None),
    ({"key": "rsa1024"}, None), ({"key": "rsa2048e3"}, None), ({"hash_algorithm": hashes.SHA1()}, None)])
def test_unfit_certificates_do_not_pass(how: dict[str, Any], reason: Any, authority: Authority) -> None:
    """Wrong purpose or usage, a CA as signer, short keys, exponent 3 and SHA-1 below the certificate: never verified."""
    found = inspected(clear_signed(letter(), authority.issue(ALICE, **how)), authority)
    assert found.signature is not None and found.signature.result in (POLICY, FAIL, NEUTRAL) and found.candidates == ()
    assert reason is None or found.signature.reason is reason


def test_a_stranger_is_not_trusted(authority: Authority) -> None:
    """A CA of the same name with another key is another CA."""
    stranger = Authority("Test", key="p256").issue(ALICE)
    signature = judged(clear_signed(letter(), stranger), authority)
    assert (signature.result, signature.trust, signature.integrity) == (FAIL, Trust.UNTRUSTED, Integrity.INTACT)


# What is learned


def test_a_separate_encryption_certificate_is_learned_too(authority: Authority) -> None:
    """Signer with a signing key: the encryption certificate in the same mail, for the same address, good path, is taken."""
    signing = authority.issue(ALICE, key="p256", usages=("digital_signature",))
    encryption = authority.issue(ALICE, usages=("key_encipherment",))
    both = Issued(signing.certificate, signing.key, (*signing.chain, encryption.der))
    found = inspected(clear_signed(letter(), both), authority)
    assert [c.sha256 for c in found.candidates] == [encryption.sha256]


@pytest.mark.parametrize("kind", ["other address", "stranger", "weak", "expired", "authority"])
def test_not_every_certificate_in_a_mail_is_learned(kind: str, authority: Authority, alice: Issued) -> None:
    """Certificates lie unsigned beside the signature: another address, CA, a weak key or an old date is left out."""
    makers: dict[str, Callable[[], Issued]] = {
        "other address": lambda: authority.issue("bert@makler.example"),
        "stranger": lambda: Authority("Other").issue(ALICE),
        "weak": lambda: authority.issue(ALICE, key="rsa1024"),
        "expired": lambda: authority.issue(ALICE, not_after=datetime(2026, 2, 1, tzinfo=timezone.utc)),
        "authority": lambda: authority.issue(ALICE, is_ca=True),
    }
    other = makers[kind]().der
    both = Issued(alice.certificate, alice.key, (*alice.chain, other))
    found = inspected(clear_signed(letter(), both), authority)
    assert found.signature and found.signature.result is PASS
    assert [c.sha256 for c in found.candidates] == [alice.sha256]


def test_nothing_is_learned_for_our_own_domains(authority: Authority, clerk: Issued) -> None:
    """Rule H3: a certificate for one of our addresses from outside is not taken."""
    found = inspected(clear_signed(letter(sender=CLERK), clerk), authority)
    assert found.signature and found.signature.result is PASS and found.candidates == ()


def test_list_mail_is_marked(authority: Authority, alice: Issued) -> None:
    """Rule H1: list mail and automatic answers are told apart, so that nothing is learned from them."""
    assert inspected(b"List-Id: <x.y>\r\n" + clear_signed(letter(), alice), authority).is_automatic


# Signed and encrypted


def opened(message: bytes, authority: Authority, clerk: Issued) -> Inspection:
    return inspected(message, authority, answering=unwrapping(keys_holding(**{CLERK: clerk}), CLERK))


def test_a_signature_inside_an_envelope(authority: Authority, alice: Issued, clerk: Issued) -> None:
    """Signed, then encrypted: the inner signature is judged for the author of the outer message."""
    found = opened(encrypted(clear_signed(letter(), alice), clerk), authority, clerk)
    assert found.signature and (found.signature.result, found.signature.signer) == (PASS, ALICE)
    assert [c.sha256 for c in found.candidates] == [alice.sha256]


def test_a_stolen_inner_signature(authority: Authority, alice: Issued, clerk: Issued) -> None:
    """Somebody who re-encrypts another's signed words under his own name is not that other (takeover)."""
    stolen = encrypted(clear_signed(letter(), alice), clerk).replace(b"From: alice@makler.example", b"From: eve@evil.example")
    found = opened(stolen, authority, clerk)
    assert found.signature and found.signature.reason is R.AUTHOR_DIFFERS and found.signature.result is FAIL
    assert found.candidates == ()


def test_inner_header_fields_do_not_replace_the_author(authority: Authority, alice: Issued, clerk: Issued) -> None:
    """A From field inside the envelope is content: identity is asked of the outer one."""
    _, entity = split(clear_signed(letter(), alice))
    with tempfile.TemporaryDirectory() as folder:
        der = OpenSSL(Path(folder)).encrypt(b"From: alice@makler.example\r\n" + entity, clerk)
    message = b"From: eve@evil.example\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n" \
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(der).replace(b"\n", CRLF)
    found = opened(message, authority, clerk)
    assert found.opening is Opening.OPENED
    assert found.signature and (found.signature.result, found.signature.reason) == (FAIL, R.AUTHOR_DIFFERS)


def test_the_time_is_ours() -> None:
    """The tests' own clock lies within the certificates' lives."""
    assert datetime(2026, 1, 1, tzinfo=timezone.utc).timestamp() < NOW < datetime(2028, 1, 1, tzinfo=timezone.utc).timestamp()

"""Promises of adapters.keys."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from smime_milter.adapters.keys import KEY_HOLDERS
from smime_milter.adapters.keys.files import FileKeys, load
from smime_milter.adapters.keys.reading import owner_of
from smime_milter.model.errors import Unavailable
from smime_milter.model.keys import KeyTransport
from tests.support.fakes_keys import keys_holding, wrapped_for
from tests.support.pki import Authority, Issued

NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
AUTHORITY = Authority()
ALICE = AUTHORITY.issue("alice@wwk.de")
BOB = AUTHORITY.issue("bob@wwk.de")
GATEWAY = AUTHORITY.issue("post@wwk.de")
CONTENT_KEY = bytes(range(32))
PASSPHRASE = b"correct horse"


def pem_of(issued: Issued) -> bytes:
    return issued.key_pem + issued.pem


def loaded(tmp_path: Path, passphrase: bytes | None = None, **files: bytes) -> FileKeys:
    keys, problems = load(folder(tmp_path, **files), passphrase)
    assert problems == ()
    return keys


def folder(tmp_path: Path, **files: bytes) -> Path:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.mark.parametrize(("name", "owner"), [
    ("alice@wwk.de.p12", "alice@wwk.de"), ("Alice@WWK.de.P12", "alice@wwk.de"), ("wwk.de.pem", "wwk.de"),
    ("WWK.DE.pfx", "wwk.de"), ("alice@wwk.de.2024.p12", "alice@wwk.de"), ("wwk.de.2024-03.p12", "wwk.de"),
    ("wwk.de.2024.2.pem", "wwk.de"), ("müller@wwk.de.pem", "müller@wwk.de"), ("köln.example.pem", "xn--kln-sna.example"),
    ("keys.pem", None), ("a@b@c d.pem", None), (".pem", None), ("2024.p12", None),
])
def test_whose_key_a_file_is(name: str, owner: str | None) -> None:
    """The file name says address or domain, in any case of letters, with or without a period at its end."""
    assert owner_of(Path(name)) == owner


@pytest.mark.parametrize(("passphrase", "files"), [
    (None, {"alice@wwk.de.p12": ALICE.p12(None)}),
    (PASSPHRASE, {"alice@wwk.de.p12": ALICE.p12(PASSPHRASE)}),
    (PASSPHRASE, {"Alice@WWK.de.pfx": ALICE.p12(None)}),
    (None, {"alice@wwk.de.pem": ALICE.key_pem + ALICE.pem}),
    (None, {"alice@wwk.de.pem": AUTHORITY.root_pem + ALICE.pem + b"remark\n" + ALICE.key_pem}),
    (PASSPHRASE, {"alice@wwk.de.pem": ALICE.pem + ALICE.encrypted_key_pem(PASSPHRASE)}),
    (PASSPHRASE, {"alice@wwk.de.pem": ALICE.pem + ALICE.key_pem}),
])
def test_every_customary_form_of_key_file_is_read(tmp_path: Path, passphrase: bytes | None,
                                                  files: dict[str, bytes]) -> None:
    """PKCS #12 and PEM, with and without passphrase, in any order."""
    signer = loaded(tmp_path, passphrase, **files).signer_for("alice@wwk.de", NOW)
    assert signer is not None and signer.certificate.der == ALICE.der and signer.name == "alice@wwk.de"


def test_the_chain_is_ordered_and_without_root(tmp_path: Path) -> None:
    """Own certificate first, then the issuing CA; a root is never sent."""
    issuing = AUTHORITY.issuing.public_bytes(Encoding.PEM)
    content = AUTHORITY.root_pem + issuing + ALICE.pem + ALICE.key_pem
    keys = loaded(tmp_path, **{"alice@wwk.de.pem": content})
    assert keys.own_keys()[0].chain == (ALICE.der, AUTHORITY.issuing_der)


@pytest.mark.parametrize(("name", "content", "words"), [
    ("alice@wwk.de.p12", b"rubbish", "damaged"),
    ("alice@wwk.de.p12", ALICE.p12(b"another"), "passphrase is wrong"),
    ("alice@wwk.de.p12", ALICE.p12(PASSPHRASE)[:-100], "damaged"),
    ("alice@wwk.de.pem", b"", "no RSA, EC, Ed25519 or X25519 key"),
    ("alice@wwk.de.pem", ALICE.pem, "no RSA, EC, Ed25519 or X25519 key"),
    ("alice@wwk.de.pem", ALICE.key_pem, "no certificate for its key"),
    ("alice@wwk.de.pem", ALICE.key_pem + BOB.pem, "no certificate for its key"),
    ("alice@wwk.de.pem", ALICE.encrypted_key_pem(b"another") + ALICE.pem, "passphrase is wrong"),
    ("alice@wwk.de.pem", b"A" * (1024 * 1024 + 1), "larger than 1 MB"),
    ("alice.pem", pem_of(ALICE), "no address and no domain"),
    ("bob@wwk.de.pem", pem_of(ALICE), "does not name the address"),
])
def test_a_file_of_no_use_is_a_sentence_that_names_it(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    """One broken file is reported and the others still load; the sentence holds nothing of the file."""
    directory = folder(tmp_path, **{name: content, "wwk.de.p12": GATEWAY.p12(PASSPHRASE)})
    keys, problems = load(directory, PASSPHRASE)
    assert len(problems) == 1 and problems[0].startswith(f"{name}: ") and words in problems[0]
    assert "wwk.de" in keys.names()


def test_a_directory_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """No directory: no keys, and a sentence."""
    keys, problems = load(tmp_path / "missing", None)
    assert keys.names() == () and len(problems) == 1 and "missing" in problems[0]


def test_a_file_that_may_not_be_read_is_a_problem(tmp_path: Path) -> None:
    """A dangling link stands for every operating system error: named, not raised."""
    os.symlink(tmp_path / "nowhere", tmp_path / "wwk.de.p12")
    assert load(tmp_path, None)[1] == ("wwk.de.p12: No such file or directory",)


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    """A README or a request in the directory is no problem."""
    assert loaded(tmp_path, **{"README": b"x", "wwk.de.csr": b"x"}).names() == ()


def test_the_address_signs_before_its_domain() -> None:
    """Own key first, then the domain's, else nobody's; a domain's key serves no subdomain."""
    keys = keys_holding(**{"alice@wwk.de": ALICE, "wwk.de": GATEWAY})
    names = [(key.name if key else None) for key in (
        keys.signer_for(address, NOW) for address in ("alice@wwk.de", "bob@wwk.de", "x@post.wwk.de", "x@makler.example")
    )]
    assert names == ["alice@wwk.de", "wwk.de", None, None]


def test_the_newest_fit_certificate_signs(tmp_path: Path) -> None:
    """Of several periods the newest that is valid today signs; an expired or future one never does."""
    old = AUTHORITY.issue("alice@wwk.de", not_after=NOW - timedelta(days=1))
    today = AUTHORITY.issue("alice@wwk.de", not_before=NOW - timedelta(days=10))
    later = AUTHORITY.issue("alice@wwk.de", not_before=NOW + timedelta(days=1))
    keys = loaded(tmp_path, **{
        "alice@wwk.de.2024.pem": pem_of(old), "alice@wwk.de.pem": pem_of(ALICE),
        "alice@wwk.de.2026.pem": pem_of(today), "alice@wwk.de.2027.pem": pem_of(later),
    })
    signer = keys.signer_for("alice@wwk.de", NOW)
    assert signer is not None and signer.certificate.der == today.der
    assert keys.opens_for("alice@wwk.de", [wrapped_for(old, CONTENT_KEY)])


@pytest.mark.parametrize("issued", [
    AUTHORITY.issue("alice@wwk.de", usages=("key_encipherment",)),
    AUTHORITY.issue("alice@wwk.de", key="rsa1024"),
    AUTHORITY.issue("someone@wwk.de"),
])
def test_an_unfit_certificate_never_signs(issued: Issued) -> None:
    """What partners would reject is not sent."""
    assert keys_holding(**{"alice@wwk.de": issued}).signer_for("alice@wwk.de", NOW) is None


def test_rsa_signatures_verify() -> None:
    """PKCS #1 v1.5 with SHA-256 over exactly these bytes."""
    keys = keys_holding(**{"alice@wwk.de": ALICE})
    signer = keys.signer_for("alice@wwk.de", NOW)
    public = ALICE.key.public_key()
    assert signer is not None and isinstance(public, rsa.RSAPublicKey)
    public.verify(keys.sign(signer, b"attributes"), b"attributes", padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("key, used", [("p256", hashes.SHA256()), ("p384", hashes.SHA384()), ("p521", hashes.SHA512())])
def test_ecdsa_signatures_verify(key: str, used: hashes.HashAlgorithm) -> None:
    """ECDSA with the curve's hash over exactly these bytes."""
    issued = AUTHORITY.issue("alice@wwk.de", key=key, usages=("digital_signature",))
    keys = keys_holding(**{"alice@wwk.de": issued})
    signer = keys.signer_for("alice@wwk.de", NOW)
    public = issued.key.public_key()
    assert signer is not None and isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(keys.sign(signer, b"attributes"), b"attributes", ec.ECDSA(used))


def test_a_key_that_was_taken_away_does_not_sign() -> None:
    """After a reload without the key the answer is `Unavailable`, so the mail waits."""
    signer = keys_holding(**{"alice@wwk.de": ALICE}).signer_for("alice@wwk.de", NOW)
    assert signer is not None
    with pytest.raises(Unavailable):
        keys_holding(**{"bob@wwk.de": BOB}).sign(signer, b"attributes")


KEYS = keys_holding(**{"alice@wwk.de": ALICE, "bob@wwk.de": BOB, "wwk.de": GATEWAY})
STRANGER = AUTHORITY.issue("x@makler.example")


@pytest.mark.parametrize("by_key_id", [False, True])
def test_the_content_key_comes_back(by_key_id: bool) -> None:
    """A RecipientInfo by issuer and serial or by key identifier opens with the key it names."""
    transports = [wrapped_for(STRANGER, b"x" * 32), wrapped_for(ALICE, CONTENT_KEY, by_key_id=by_key_id)]
    assert KEYS.opens_for("alice@wwk.de", transports)
    assert KEYS.unwrap(["alice@wwk.de"], transports) == CONTENT_KEY


@pytest.mark.parametrize(("recipients", "wrapped", "opens"), [
    (["alice@wwk.de"], [ALICE], True),
    (["alice@wwk.de", "bob@wwk.de"], [ALICE, BOB], True),
    (["alice@wwk.de", "bob@wwk.de"], [GATEWAY], True),             # the domain's key stands for both
    (["alice@wwk.de", "bob@wwk.de"], [ALICE, GATEWAY], True),
    (["bob@wwk.de"], [ALICE], False),                              # somebody else's mail
    (["alice@wwk.de", "bob@wwk.de"], [ALICE], False),              # one of two is not entitled
    (["bob@wwk.de", "alice@wwk.de"], [ALICE], False),
    (["alice@wwk.de", "x@makler.example"], [ALICE], False),
    (["carol@wwk.de"], [ALICE, BOB], False),
    (["carol@wwk.de"], [GATEWAY], True),
    (["alice@wwk.at"], [GATEWAY], False),
    (["alice@wwk.de"], [STRANGER], False),
    (["alice@wwk.de"], [], False),
    ([], [ALICE], False),
])
def test_only_entitled_recipients_have_mail_opened(recipients: list[str], wrapped: list[Issued], opens: bool) -> None:
    """The key is handed out only if every recipient has a key of its own or of its domain among them."""
    transports = [wrapped_for(issued, CONTENT_KEY) for issued in wrapped]
    assert KEYS.unwrap(recipients, transports) == (CONTENT_KEY if opens else None)
    assert all(KEYS.opens_for(recipient, transports) for recipient in recipients) is (opens or not recipients)


def damaged(encrypted: bytes) -> KeyTransport:
    right = wrapped_for(ALICE, CONTENT_KEY)
    return KeyTransport(
        issuer_der=right.issuer_der, serial=right.serial, algorithm="rsa", encrypted_key=encrypted
    )


def test_bad_padding_looks_like_a_wrong_key() -> None:
    """Whatever is wrong inside, the answer is 32 bytes: the same for the same input, different for another."""
    public = ALICE.key.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    inputs = [bytes([n]) * 256 for n in range(1, 20)] + [b"", b"\0", b"\xff" * 256, b"\1" * 255, b"\1" * 4000]
    inputs += [public.encrypt(size * b"k", padding.PKCS1v15()) for size in (0, 1, 7, 33, 200)]
    answers = [KEYS.unwrap(["alice@wwk.de"], [damaged(octets)]) for octets in inputs]
    assert all(answer is not None and len(answer) in (16, 24, 32) for answer in answers)
    assert len(set(answers)) == len(inputs)
    assert [KEYS.unwrap(["alice@wwk.de"], [damaged(octets)]) for octets in inputs] == answers


def test_the_answer_to_bad_padding_cannot_be_computed_outside() -> None:
    """Two holders answer differently: the false key depends on a secret of the process."""
    other = keys_holding(**{"alice@wwk.de": ALICE})
    probe = [damaged(b"\1" * 255)]
    assert KEYS.unwrap(["alice@wwk.de"], probe) != other.unwrap(["alice@wwk.de"], probe)


@pytest.mark.parametrize("size", [16, 24, 32])
def test_content_keys_of_every_customary_size_come_back(size: int) -> None:
    """AES-128, Triple DES, AES-192 and AES-256."""
    assert KEYS.unwrap(["alice@wwk.de"], [wrapped_for(ALICE, b"k" * size)]) == b"k" * size


@pytest.mark.parametrize("algorithm", ["", "ecdh", "x25519", "kem"])
def test_an_algorithm_of_another_kind_of_key_is_not_ours(algorithm: str) -> None:
    """A RecipientInfo whose algorithm the key cannot do opens for nobody."""
    right = wrapped_for(ALICE, CONTENT_KEY)
    other = replace(right, algorithm=algorithm)
    assert not KEYS.opens_for("alice@wwk.de", [other]) and KEYS.unwrap(["alice@wwk.de"], [other]) is None


def test_neither_issuer_alone_nor_an_empty_key_identifier_matches() -> None:
    """Both halves of issuer and serial count, and nothing matches nothing."""
    right = wrapped_for(ALICE, CONTENT_KEY)
    assert not KEYS.opens_for("alice@wwk.de", [KeyTransport(algorithm="rsa", encrypted_key=right.encrypted_key)])
    half = KeyTransport(issuer_der=right.issuer_der, serial="1", algorithm="rsa", encrypted_key=right.encrypted_key)
    assert not KEYS.opens_for("alice@wwk.de", [half])


def test_nothing_that_is_printed_or_pickled_holds_a_key() -> None:
    """repr shows numbers of keys; the object does not leave the process."""
    assert repr(KEYS) == "FileKeys(3 keys)"
    assert "PrivateKey" not in repr(KEYS._held) and "Secret()" in repr(KEYS._held)
    with pytest.raises(TypeError):
        pickle.dumps(KEYS)


def test_the_holder_is_registered() -> None:
    """The registry names the one holder there is."""
    assert KEY_HOLDERS == (FileKeys,)

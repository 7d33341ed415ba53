"""Every algorithm a recipe can ask for, made as a whole mail and opened by openssl."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smime_milter.mime.message_file import split_message
from smime_milter.model.inspection import Opening
from smime_milter.model.recipe import EncryptionRecipe, Recipe, SignatureForm, SigningRecipe
from smime_milter.model.requests import BuildRequest
from smime_milter.model.signature import SignatureReason, SignatureResult
from smime_milter.worker.build import build
from tests.support.fakes_keys import held, keys_holding
from tests.support.mails import mail, plain
from tests.support.opened import decrypted, leaves, read, verified
from tests.support.pki import Authority, Issued
from tests.support.worker import CHECKED, NOW, Answering, asking, inspected, unwrapping, whole

CLERK, ANNA = "erika.berger@wwk.de", "anna@wwk.de"
LETTER = mail(CLERK, ANNA, plain("Grüße\n"))
OUTER = (b"From: erika.berger@wwk.de", b"To: anna@wwk.de", b"MIME-Version: 1.0")
AGREEING = ("digital_signature", "key_agreement")


def made(recipe: Recipe, signer: Issued) -> bytes:
    own = held(CLERK, signer)
    keys = keys_holding(**{CLERK: signer})
    signature = recipe.signing.signature if recipe.signing else "rsa"
    answering = Answering(sign=lambda data: keys.sign(own.own, data, signature))
    with asking(answering) as daemon:
        result = build(BuildRequest(raw=split_message(LETTER).raw, recipe=recipe), daemon)
    return whole(result, *(line for line in OUTER if not any(f.key == b"mime-version" for f in result.fields)
                           or not line.startswith(b"MIME")))


def signing(signer: Issued, signature: str = "rsa", form: SignatureForm = SignatureForm.CLEAR) -> Recipe:
    how = SigningRecipe(form=form, chain=signer.chain, signing_time=NOW, signature=signature)
    return Recipe(signing=how, encryption=None)


@pytest.mark.parametrize("form", [SignatureForm.CLEAR, SignatureForm.OPAQUE])
@pytest.mark.parametrize(("kind", "signature", "by_openssl"), [
    ("rsa2048", "pss", True), ("p256", "rsa", True), ("p384", "pss", True), ("ed25519", "rsa", False)])
def test_signed(form: SignatureForm, kind: str, signature: str, by_openssl: bool, authority: Authority) -> None:
    """PSS for RSA keys, each key's own way else: openssl verifies it (Ed25519 it cannot), and so do we."""
    signer = authority.issue(CLERK, key=kind)
    message = made(signing(signer, signature, form), signer)
    if by_openssl:
        assert leaves(verified(message, authority.root_pem))[0].content == "Grüße"
    found = inspected(message, authority).signature
    assert found is not None and (found.result, found.reason) == (SignatureResult.PASS, SignatureReason.GOOD)
    if form is SignatureForm.CLEAR:
        assert read(message)["Content-Type"].params["micalg"] in ("sha-256", "sha-384", "sha-512")


@pytest.mark.parametrize("content", ["aes-256-cbc", "aes-128-cbc", "aes-256-gcm"])
@pytest.mark.parametrize("transport", ["rsa", "oaep"])
@pytest.mark.parametrize("kind", ["rsa2048", "p256", "x25519"])
def test_signed_and_encrypted(content: str, transport: str, kind: str, authority: Authority, clerk: Issued) -> None:
    """openssl opens and verifies it (X25519 it cannot), and the gateway opens what the gateway made."""
    anna = authority.issue(ANNA, key=kind, usages=("key_encipherment",) if kind == "rsa2048" else AGREEING)
    wish = EncryptionRecipe(certificates=(anna.der,), content_encryption=content, key_transport=transport)
    message = made(replace(signing(clerk), encryption=wish), clerk)
    kinds = {"aes-256-gcm": "authEnveloped-data"}
    assert read(message)["Content-Type"].params["smime-type"] == kinds.get(content, "enveloped-data")
    if kind != "x25519":
        assert leaves(verified(decrypted(message, anna), authority.root_pem))[0].content == "Grüße"
    found = inspected(message, authority, CHECKED, answering=unwrapping(keys_holding(**{ANNA: anna}), ANNA))
    assert found.opening is Opening.OPENED and found.signature is not None
    assert found.signature.result is SignatureResult.PASS

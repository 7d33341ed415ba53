"""Real mail rather than algorithms: 8-bit, HTML, attachments, one reader and several, layers within layers."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.interop.circle import STRANGER, Workshop, partner_address, written
from tests.support.engines import ENGINES
from tests.support.engines.algorithms import PLAIN_SIGNATURE, encrypting
from tests.support.engines.engine import Verb
from tests.support.engines.envelope import wrapped_enveloped, wrapped_signed
from tests.support.engines.nss import NSS
from tests.support.engines.openssl_cms import OpenSSLCms
from tests.support.mails import alternative, multipart, plain, split, text_entity, with_attachment
from tests.support.opened import leaves
from tests.support.openssl import Disagrees
from tests.support.people import ERIKA, KANZLEI, MAKLERIN, NOTARIAT

pytestmark = pytest.mark.server
WORDS = "Grüße – 12 € für Zoë"
NAME = "Angebot.pdf"
EVERY_ENGINE = pytest.mark.parametrize("engine", [engine.name for engine in ENGINES])
MAKERS = pytest.mark.parametrize("engine", [kind.name for kind in ENGINES if (Verb.SIGN, PLAIN_SIGNATURE.name) in kind.can])


@dataclass(frozen=True)
class Shape:
    """What a clerk writes; `shown` are the words a reader must find."""

    name: str
    entity: bytes
    shown: tuple[str, ...] = (WORDS,)

    def letter(self, sender: str, recipients: tuple[str, ...]) -> bytes:
        return written(self.entity, sender, recipients, subject=f"Termin {self.name}")


SHAPES = (
    Shape("quoted-printable", plain(WORDS + "\n")),
    Shape("8bit", plain(WORDS + "\n" + "ü" * 300 + "\n", encoding="8bit")),
    Shape("latin1", plain("Grüße an alle\n", encoding="8bit", charset="iso-8859-1"), ("Grüße an alle",)),
    Shape("html", alternative(WORDS + "\n", f"<html><body><p>{WORDS}</p></body></html>")),
    Shape("attachment", with_attachment(WORDS + "\n", NAME), (WORDS, NAME)),
    Shape("nested", multipart("mixed", multipart("related", text_entity("html", f"<p>{WORDS}</p>", encoding="8bit")),
                              plain("Anlage\n", encoding="base64")), (WORDS, "Anlage")),
)
_MIXED = "encrypted to EC and RSA"
FORMS: dict[str, tuple[str, ...]] = {
    "clear-signed": (f"{STRANGER}@gutachter.example",),
    "opaque": (f"{STRANGER}@opaque.example",),
    "encrypted to one": (MAKLERIN,),
    "encrypted to three": (MAKLERIN, KANZLEI, NOTARIAT),
    _MIXED: (partner_address("p256"), MAKLERIN),
}
_BY_NAME: dict[str, Callable[[str, tuple[str, ...]], bytes]] = {shape.name: shape.letter for shape in SHAPES}


@pytest.mark.parametrize(
    "engine, form", [(kind.name, form) for kind in ENGINES for form in FORMS if (kind, form) != (NSS, _MIXED)])
@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_every_shape_is_read_in_every_form(shape: Shape, form: str, engine: str, shop: Workshop) -> None:
    """Words and attachments are those that were written, the signature holds, and the last of several readers opens it too."""
    recipients = FORMS[form]
    message = shop.from_us(ERIKA, recipients, _BY_NAME[shape.name])
    is_encrypted = form.startswith("encrypted")
    reading = shop.engines[engine].read(message, shop.people.of(recipients[-1]) if is_encrypted else None)
    assert (reading.is_signed, reading.is_encrypted) == (True, is_encrypted)
    seen = " ".join(f"{leaf.name} {leaf.content!s}" for leaf in leaves(reading.entity))
    assert all(word in seen for word in shape.shown)


def test_debians_nss_opens_nothing_that_an_ec_recipient_gets_too(shop: Workshop) -> None:
    """A limit to know before recipients are put into one message: NSS 3.87 calls the whole message broken, ours as OpenSSL's."""
    message = shop.from_us(ERIKA, FORMS[_MIXED], _BY_NAME["html"])
    recipients = tuple(shop.people.of(address) for address in FORMS[_MIXED])
    algorithm = encrypting("ECDH P-256 SHA256, AES-256-CBC")
    theirs = wrapped_enveloped(shop.engines[OpenSSLCms.name].encrypt(plain(WORDS), recipients, algorithm))
    for one in (message, theirs):
        with pytest.raises(Disagrees, match="SEC_ERROR_BAD_DER"):
            shop.engines[NSS.name].read(one, recipients[-1])


@EVERY_ENGINE
@pytest.mark.parametrize("form", ["clear-signed", "opaque"])
def test_an_altered_word_is_told(form: str, engine: str, shop: Workshop) -> None:
    """One other byte in what we signed, and every engine refuses: that they accept the rest means something."""
    message = shop.from_us(ERIKA, FORMS[form], _BY_NAME["html"])
    head, _, body = message.partition(b"\r\n\r\n")
    if form == "opaque":
        der = base64.b64decode(body)
        other = base64.encodebytes(der.replace(b"<html>", b"<htmm>", 1)).replace(b"\n", b"\r\n")
    else:
        other = body.replace(b"<html>", b"<htmm>", 1)
    assert other != body
    with pytest.raises(Disagrees):
        shop.engines[engine].read(head + b"\r\n\r\n" + other)


@EVERY_ENGINE
def test_nobody_else_opens_it(engine: str, shop: Workshop) -> None:
    """Whoever was not written to does not open it."""
    message = shop.from_us(ERIKA, (KANZLEI,), _BY_NAME["quoted-printable"])
    with pytest.raises(Disagrees):
        shop.engines[engine].read(message, shop.people.of(partner_address("rsa2048")))


@MAKERS
def test_what_is_signed_then_encrypted_by_a_partner_is_opened_and_verified(engine: str, shop: Workshop) -> None:
    """The colleague gets the signed mail, with our result, from every engine that can make both layers."""
    partner, sender = shop.engines[engine], partner_address("rsa2048")
    entity = plain(WORDS + "\n")
    signed = wrapped_signed(partner.sign(entity, shop.people.of(sender), PLAIN_SIGNATURE), entity)
    enveloped = partner.encrypt(signed, (shop.people.of(ERIKA),), encrypting("RSA, AES-128-CBC"))
    outer, _ = split(written(entity, sender, (ERIKA,)))
    delivered, decision = shop.to_us(sender, ERIKA, outer + wrapped_enveloped(enveloped))
    assert (decision["SMIME_OPENING"], decision["SMIME_SIGNATURE"]) == ("opened", "pass")
    assert WORDS in str(leaves(delivered.data)[0].content)


@MAKERS
def test_explain_says_the_same_as_the_gateway(engine: str, shop: Workshop, tmp_path: Path) -> None:
    """`explain --json` judges a partner's signed mail as the running gateway does."""
    sender = partner_address("rsa2048")
    entity = plain(WORDS + "\n")
    signature = shop.engines[engine].sign(entity, shop.people.of(sender), PLAIN_SIGNATURE, embed=True)
    outer, _ = split(written(entity, sender, (ERIKA,)))
    message = outer + wrapped_signed(signature, None)
    said = shop.trial.gateway.command("explain", "-", "--sender", sender, "--recipient", ERIKA, "--json", given=message)
    signature_told = json.loads(said.stdout)["signature"]
    _, decision = shop.to_us(sender, ERIKA, message)
    assert signature_told["result"] == decision["SMIME_SIGNATURE"] == "pass"
    assert signature_told["reason"] == decision["SMIME_SIGNATURE_REASON"]


def test_what_explain_writes_is_what_a_partner_opens(shop: Workshop, tmp_path: Path) -> None:
    """`explain --out` makes the same kind of message as the gateway: encrypted, signed inside, readable by another program."""
    message = SHAPES[0].letter(ERIKA, (MAKLERIN,))
    shop.trial.gateway.command("explain", "-", "--submitted", "--sender", ERIKA, "--recipient", MAKLERIN, "--out", str(tmp_path),
                               given=message)
    reading = shop.engines["Bouncy Castle"].read((tmp_path / "1.eml").read_bytes(), shop.people.of(MAKLERIN))
    assert reading.is_signed and reading.is_encrypted
    assert WORDS in str(leaves(reading.entity)[0].content)

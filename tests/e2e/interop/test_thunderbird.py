"""What a reader with Thunderbird is shown: our mail is good, and what is not good is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.e2e.interop.circle import STRANGER, Workshop, written
from tests.support.engines.thunderbird import GOOD, NOT_THERE, Thunderbird
from tests.support.mails import altered, clear_signed, plain
from tests.support.people import ERIKA, FREMDER, GUTACHTER, JONAS, MAKLERIN

pytestmark = pytest.mark.server
ALTERED, UNTRUSTED, OTHER_AUTHOR, OTHER_TIME = 1034, 1029, 1038, 1041
OUTSIDE = f"{STRANGER}@gutachter.example"
IBAN = "DE02 1203 0000 0000 2020 51"


def letter(sender: str, recipients: tuple[str, ...]) -> bytes:
    return written(plain("Bitte um Rückruf\n"), sender, recipients)


def old_letter(sender: str, recipients: tuple[str, ...]) -> bytes:
    return written(plain("Drei Tage lag es da\n"), sender, recipients, ago=timedelta(days=3))


def secret_letter(sender: str, recipients: tuple[str, ...]) -> bytes:
    return written(plain("Bitte um Rückruf\n"), sender, recipients, subject=f"Konto {IBAN}")


@pytest.fixture
def thunderbird(shop: Workshop) -> Thunderbird:
    engine = shop.engines[Thunderbird.name]
    assert isinstance(engine, Thunderbird)
    return engine


def test_our_signature_is_good(shop: Workshop, thunderbird: Thunderbird) -> None:
    """A clerk's signed mail carries the whole chain: good without knowing the issuing CA beforehand, and it names her."""
    shown = thunderbird.ask(shop.from_us(ERIKA, OUTSIDE, letter))
    assert (shown.signature, shown.encryption) == (GOOD, NOT_THERE)
    assert ERIKA in shown.signer
    assert shown.text == "Bitte um Rückruf"


def test_an_altered_word_is_bad(shop: Workshop, thunderbird: Thunderbird) -> None:
    """One other word in our signed mail, and the reader is told."""
    message = shop.from_us(ERIKA, OUTSIDE, letter)
    assert thunderbird.ask(altered(message, b"Bitte um", b"Bitte kein")).signature == ALTERED


def test_a_strangers_signature_is_not_trusted(shop: Workshop, thunderbird: Thunderbird) -> None:
    """The other side of the coin: what our gateway does not trust, Thunderbird does not either."""
    message = clear_signed(letter(FREMDER, (ERIKA,)), shop.people.of(FREMDER))
    assert thunderbird.ask(message).signature == UNTRUSTED
    assert shop.to_us(FREMDER, ERIKA, message)[1]["SMIME_SIGNATURE_REASON"] == "issuer-unknown"


def test_a_domain_key_signs_for_somebody_else(shop: Workshop, thunderbird: Thunderbird) -> None:
    """A signature with the domain's key is intact, but From differs: to be known before one relies on it."""
    assert thunderbird.ask(shop.from_us(JONAS, GUTACHTER, letter)).signature == OTHER_AUTHOR


def test_mail_that_lay_for_days_is_good(shop: Workshop, thunderbird: Thunderbird) -> None:
    """Mail released long after its Date is signed without a signing time and shown as good; with one it is not."""
    assert thunderbird.ask(shop.from_us(ERIKA, OUTSIDE, old_letter)).signature == GOOD
    with_time = clear_signed(old_letter(MAKLERIN, (ERIKA,)), shop.people.of(MAKLERIN))
    assert thunderbird.ask(with_time).signature == OTHER_TIME


def test_encrypted_mail_opens_and_is_signed(shop: Workshop, thunderbird: Thunderbird) -> None:
    """The partner sees both marks and the text."""
    shown = thunderbird.ask(shop.from_us(ERIKA, MAKLERIN, letter), shop.people.of(MAKLERIN))
    assert (shown.signature, shown.encryption, shown.text) == (GOOD, GOOD, "Bitte um Rückruf")


def test_the_protected_subject_is_not_shown(shop: Workshop, thunderbird: Thunderbird) -> None:
    """Thunderbird 153 reads protected headers of OpenPGP mail only: of S/MIME mail it shows the outer subject."""
    message = shop.from_us(ERIKA, MAKLERIN, secret_letter)
    assert b"Subject: [...]" in message
    shown = thunderbird.ask(message, shop.people.of(MAKLERIN))
    assert (shown.signature, shown.encryption) == (GOOD, GOOD)
    assert shown.subject == "[...]"

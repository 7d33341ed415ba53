"""Numbers with check digits: every customary spelling is found, a wrong digit never."""

from __future__ import annotations

import pytest

from smime_milter.model.finding import Category
from tests.support.identifiers import Identifiers, grouped, spoilt
from tests.unit.personal_data.scanning import found

SEEDS = range(12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("country", ["DE", "AT", "CH"])
def test_an_account_number_is_found_in_every_spelling(seed: int, country: str) -> None:
    """Grouped, run together, dotted, in small letters, wrapped, behind a quote mark, with odd spaces."""
    iban = Identifiers.seeded(seed).iban(country)
    four = grouped(iban, (4,))
    for written in (iban, four, four.replace(" ", "."), four.lower(), four.replace(" ", "\u00a0"), four.replace(" ", "-"),
                    f"{iban[:2]} {iban[2:]}",
                    "\u200b".join(iban), four.replace(" ", "\u2009"), "".join(chr(ord(c) + 0xFEE0) for c in iban)):
        assert found(f"Bitte auf {written} überweisen.", Category.IBAN) == [written]
    head, tail = four[:14], four[15:]
    assert found(f"> Konto: {head}\n> {tail}, danke", Category.IBAN) == [f"{head}\n> {tail}"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wrong_account_number_is_none(seed: int) -> None:
    """One wrong digit, or one digit more, and it is no IBAN."""
    iban = Identifiers.seeded(seed).iban()
    assert not found(f"IBAN {spoilt(iban)}", Category.IBAN)
    assert not found(f"IBAN {iban}7", Category.IBAN)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_tax_identification_number(seed: int) -> None:
    """Found after its label in any grouping, alone in the official one, never as a phone number or with a wrong digit."""
    number = Identifiers.seeded(seed).tax_identification_number()
    official = grouped(number, (2, 3))
    for written in (number, official, grouped(number, (3,)), official.replace(" ", "/")):
        assert found(f"Steuer-ID: {written}", Category.TAX_ID) == [written]
    assert found(f"Kind 1\n{official}\n", Category.TAX_ID) == [official]
    assert not found(f"Tel. {number}", Category.TAX_ID)
    assert not found(f"IdNr {spoilt(number)}", Category.TAX_ID)


@pytest.mark.parametrize("label", ["Steuer-ID", "IdNr.", "Steueridentifikationsnummer", "steuerliche Identifikationsnumm"
                                                                                        "er", "Steuer-Identnr", "TIN", "Tax ID"])
def test_labels_of_tax_numbers(label: str) -> None:
    """German and English labels confirm, in the same line and in the line before."""
    number = grouped(Identifiers.seeded(7).tax_identification_number(), (4, 4, 3))
    assert found(f"{label}: {number}", Category.TAX_ID) == [number]
    assert found(f"{label}\n{number}\n", Category.TAX_ID) == [number]


@pytest.mark.parametrize("written", ["143/123/45678", "12/345/67890", "5133/081/50159", "2893081508152"])
def test_a_german_tax_number_needs_its_label(written: str) -> None:
    """Steuernummern have no check digit that holds in every state: only the label makes one."""
    assert found(f"Steuernummer: {written}", Category.TAX_ID) == [written]
    assert not found(f"Zählerstand {written}", Category.TAX_ID)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pension_number(seed: int) -> None:
    """Found without a label in every spelling; not with a wrong digit or an impossible month."""
    number = Identifiers.seeded(seed).pension_number()
    spaced = f"{number[:2]} {number[2:8]} {number[8]} {number[9:]}"
    for written in (number, spaced, number.lower(), f"{number[:8]} {number[8]} {number[9:]}"):
        assert found(f"bringt {written} mit", Category.SOCIAL_SECURITY) == [written]
    assert not found(f"RVNR {spoilt(number)}", Category.SOCIAL_SECURITY)
    assert not found(f"RVNR {number[:4]}13{number[6:]}", Category.SOCIAL_SECURITY)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_health_insurance_number_needs_its_label(seed: int) -> None:
    """One in ten random numbers passes the check, so that the label decides as well."""
    number = Identifiers.seeded(seed).health_insurance_number()
    spaced = f"{number[0]} {grouped(number[1:], (3,))}"
    for written in (number, spaced):
        assert found(f"Krankenkasse: AOK, Nr. {written}", Category.HEALTH_INSURANCE) == [written]
        assert found(f"KVNR\n{written}", Category.HEALTH_INSURANCE) == [written]
    assert not found(f"Artikel {number}", Category.HEALTH_INSURANCE)
    assert not found(f"KVNR {spoilt(number)}", Category.HEALTH_INSURANCE)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_austrian_social_security_number(seed: int) -> None:
    """Found after its label in any spelling, alone only as "1234 010180", never as a phone number."""
    number = Identifiers.seeded(seed).social_security_number_at()
    customary = grouped(number, (4, 6))
    for written in (number, customary, customary.replace(" ", "/")):
        assert found(f"SVNR {written}", Category.SOCIAL_SECURITY) == [written]
    assert found(f"Mitarbeiter 3:\n{customary}\n", Category.SOCIAL_SECURITY) == [customary]
    assert not found(f"Bestellung {number}", Category.SOCIAL_SECURITY)
    assert not found(f"Tel. {customary}", Category.SOCIAL_SECURITY)
    assert not found(f"SVNR {number[:3]}{(int(number[3]) + 1) % 10}{number[4:]}", Category.SOCIAL_SECURITY)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_austrian_tax_number_needs_its_label(seed: int) -> None:
    """Check digit and label together."""
    number = Identifiers.seeded(seed).tax_number_at()
    written = f"{number[:2]} {number[2:5]}/{number[5:]}"
    assert found(f"Abgabenkontonummer {written}", Category.TAX_ID) == [written]
    assert not found(f"Abgabenkontonummer {spoilt(written)}", Category.TAX_ID)
    assert not found(f"Zähler {written}", Category.TAX_ID)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("prefix", ["4", "51", "55", "2221", "2720", "2500", "6011"])
def test_a_card_number(seed: int, prefix: str) -> None:
    """Found as printed, or after a label; other prefixes, wrong digits and longer numbers are none."""
    number = Identifiers.seeded(seed).card(prefix)
    printed = grouped(number, (4,))
    assert found(f"bitte {printed} belasten", Category.CARD) == [printed]
    assert found(f"Kreditkarte {number}", Category.CARD) == [number]
    assert not found(f"Auftrag {number}", Category.CARD)
    assert not found(f"Kreditkarte {spoilt(number)}", Category.CARD)
    assert not found(f"Nr. {printed} 1234", Category.CARD)


def test_an_american_express_card() -> None:
    """Fifteen digits in groups of 4, 6 and 5."""
    printed = grouped(Identifiers.seeded(3).card("37", 15), (4, 6, 5))
    assert found(f"Karte {printed}", Category.CARD) == [printed]


@pytest.mark.parametrize("seed", SEEDS)
def test_an_account_number_holds_no_card(seed: int) -> None:
    """Groups of four inside an IBAN are not taken for a card, whatever Luhn says."""
    iban = grouped(Identifiers.seeded(seed).iban(), (4,))
    assert not found(f"Kartenzahlung nein, IBAN {iban}", Category.CARD)


def test_look_alike_letters_hide_nothing() -> None:
    """Cyrillic and Greek letters that look like Latin ones, and digits of other scripts, are read as seen."""
    iban = Identifiers.seeded(1).iban("AT")
    disguised = iban.replace("A", "А").replace("T", "Τ").replace("1", "\U0001d7cf")
    assert found(f"Konto {disguised}", Category.IBAN) == [disguised]

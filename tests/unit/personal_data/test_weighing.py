"""Weighing: the truth table of levels, values counted once, masks that tell nothing."""

from __future__ import annotations

import pytest

from smime_milter.model.finding import Category, Finding, Level
from smime_milter.personal_data.masks import mask
from smime_milter.personal_data.weighing import WEIGHTS, scale_of, weigh
from tests.support.identifiers import Identifiers
from tests.unit.personal_data.scanning import findings

C = Category
ANCHORS = (C.IBAN, C.CARD, C.TAX_ID, C.SOCIAL_SECURITY, C.HEALTH_INSURANCE, C.ID_DOCUMENT, C.DRIVING_LICENCE, C.BIRTH_DATE,
           C.POLICY, C.PERSON, C.VIN, C.VEHICLE)


def _of(*categories: Category) -> list[Finding]:
    return [Finding(category=c, where="part 1", start=n, end=n + 1, masked="…", value_no=n) for n, c in enumerate(categories)]


@pytest.mark.parametrize("category", ANCHORS)
def test_one_identifying_value_is_personal(category: Category) -> None:
    """Every identifier, birth date, contract, card and third person alone makes a mail personal."""
    assert weigh(_of(category))[0].value >= Level.PERSONAL.value


@pytest.mark.parametrize("category", [c for c in Category if c not in ANCHORS])
def test_everything_else_alone_is_not(category: Category) -> None:
    """Addresses, contact data, occupations, illnesses without anybody who has them."""
    assert weigh(_of(category, category, category))[0].value < Level.PERSONAL.value


@pytest.mark.parametrize(
    ("categories", "level"),
    [
        ((), Level.NONE),
        ((C.PHONE,), Level.NONE),
        ((C.ADDRESS, C.CITY, C.PHONE), Level.TRACE),
        ((C.HEALTH, C.ADDRESS, C.CITY, C.PHONE), Level.TRACE),
        ((C.PERSON,), Level.PERSONAL),
        ((C.PERSON, C.HEALTH), Level.SENSITIVE),
        ((C.BIRTH_DATE, C.RELIGION), Level.SENSITIVE),
        ((C.TAX_ID, C.PERSON), Level.SENSITIVE),
        ((C.PERSON, C.BIRTH_DATE, C.IBAN), Level.SENSITIVE),
        ((C.PERSON, C.BIRTH_DATE, C.ADDRESS, C.IBAN), Level.SENSITIVE),
        ((C.PERSON, C.BIRTH_DATE, C.ADDRESS, C.IBAN, C.POLICY), Level.COMPLETED_RECORD),
        ((C.PERSON, C.TAX_ID, C.CITY, C.PHONE, C.INCOME), Level.COMPLETED_RECORD),
        ((C.PERSON, C.ADDRESS, C.PHONE, C.IBAN, C.POLICY, C.OCCUPATION), Level.SENSITIVE),
        ((C.BIRTH_DATE, C.ADDRESS, C.PHONE, C.IBAN, C.POLICY), Level.SENSITIVE),
        ((C.PERSON, C.BIRTH_DATE, C.ADDRESS, C.OCCUPATION, *[C.HEALTH] * 4), Level.COMPLETED_RECORD),
        ((C.PERSON, C.BIRTH_DATE, C.ADDRESS, C.OCCUPATION, *[C.HEALTH] * 3), Level.SENSITIVE),
    ],
)
def test_levels(categories: tuple[Category, ...], level: Level) -> None:
    """The level follows from kinds and counts alone."""
    assert weigh(_of(*categories))[0] is level


def test_weights_and_thresholds_of_the_configuration() -> None:
    """What is given replaces its default, the rest stays."""
    assert weigh(_of(C.IBAN), scale_of([("iban", 5)]))[0] is Level.NONE
    assert weigh(_of(C.IBAN), scale_of([("card", 5)]))[0] is Level.PERSONAL
    assert weigh(_of(C.IBAN), scale_of(thresholds=[("personal", 26)]))[0] is Level.TRACE
    three = _of(C.PERSON, C.BIRTH_DATE, C.IBAN)
    assert weigh(three, scale_of(thresholds=[("record-dimensions", 3)]))[0] is Level.COMPLETED_RECORD
    assert weigh(three, scale_of(thresholds=[("sensitive", 500)]))[0] is Level.PERSONAL


def test_every_category_has_a_weight() -> None:
    """The table in the manual page is whole."""
    assert set(WEIGHTS) == {category.value for category in Category} | {"first-name"}


def test_an_address_book_is_personal_at_most() -> None:
    """Twenty names with addresses and phones are personal, not sensitive."""
    assert weigh(_of(*[C.PERSON, C.ADDRESS, C.CITY, C.PHONE] * 20))[0] is Level.PERSONAL


def test_a_repeated_value_counts_once() -> None:
    """Ten places of one value weigh like one."""
    once = _of(C.PERSON)
    assert weigh(once * 10) == weigh(once)


def test_reasons_are_types_and_counts() -> None:
    """The reasons name kinds, how many, and the dimensions; nothing else."""
    assert weigh(_of(C.IBAN, C.PERSON, C.PERSON))[1] == ("iban x1", "person x2", "dimensions: bank, who")


def test_masks_tell_nobody() -> None:
    """At most country and last two digits, initials, a year; official numbers show nothing."""
    assert mask(C.IBAN, "DE89370400440532013000") == "DE…00"
    assert mask(C.PERSON, "korbinian zwicknagl") == "K. Z."
    assert mask(C.BIRTH_DATE, "1971-12-03") == "1971"
    assert mask(C.CITY, "81545münchen") == "81…"
    assert mask(C.EMAIL, "franzi@podologie.example") == "f…"
    for category in (C.TAX_ID, C.SOCIAL_SECURITY, C.HEALTH_INSURANCE, C.ID_DOCUMENT, C.HEALTH, C.ADDRESS, C.VEHICLE):
        assert mask(category, "12345678901") == "…"


def test_a_finding_never_holds_the_value() -> None:
    """Neither repr nor mask of any finding repeats four characters of what was found."""
    ids = Identifiers.seeded(9)
    values = [ids.iban(), ids.tax_identification_number(), ids.pension_number(), ids.card("51")]
    numbers = "IBAN {}\nSteuer-ID {}\nRVNR {}\nKarte {}\n".format(*values)
    text = f"Kunde: Korbinian Zwicknagl, geb. 03.12.1971\n{numbers}"
    shown = repr(findings(text))
    assert len(findings(text)) >= 6
    for secret in (*values, "Zwicknagl", "Korbinian", "03.12"):
        assert not any(secret[at : at + 4] in shown for at in range(len(secret) - 3) if secret[at : at + 4] != "1971")

"""Health, income, occupation, family and religion count with a label or beside a person, never by themselves."""

from __future__ import annotations

import pytest

from smime_milter.model.finding import Category, Level
from tests.unit.personal_data.scanning import findings, found, level

SAID = {
    ("Herr Zwicknagl hatte einen Herzinfarkt.", Category.HEALTH): "Herzinfarkt",
    ("Frau Zwicknagl (Z. n. Schlaganfall) fehlt", Category.HEALTH): "Z. n. Schlaganfall",
    ("Herr Zwicknagl: Speichenfraktur links, bitte prüfen", Category.HEALTH): "Speichenfraktur links",
    ("Herr Zwicknagl nimmt Valsartan.", Category.HEALTH): "Valsartan",
    ("Frau Zwicknagl hat Pflegegrad 3.", Category.HEALTH): "Pflegegrad 3",
    ("Frau Zwicknagl verdient 3.150 EUR im Monat.", Category.INCOME): "3.150 EUR",
    ("Herr Zwicknagl arbeitet als Dachdecker.", Category.OCCUPATION): "Dachdecker",
    ("Frau Zwicknagl ist geschieden.", Category.FAMILY): "geschieden",
    ("Frau Zwicknagl ist konfessionslos.", Category.RELIGION): "konfessionslos",
    ("Konfession: röm.-kath.", Category.RELIGION): "röm.-kath.",
    ("[x] Herz   Schrittmacher 2019", Category.HEALTH): "Schrittmacher 2019",
    ("Herr Zwicknagl, PNr. 88124", Category.OTHER): "88124",
}


@pytest.mark.parametrize(("case", "value"), SAID.items())
def test_said_of_a_person(case: tuple[str, Category], value: str) -> None:
    """The term with what describes it is found where a person or a label stands."""
    assert found(*case) == [value]


@pytest.mark.parametrize(
    "text",
    ["Unser Newsletter: Herzinfarkt, Krebsvorsorge und Schlaganfall.", "Wer geschieden ist, verdient 3.150 EUR.",
     "Wir suchen Verstärkung als Dachdecker.", "Der Einbruch und der Abbruch sind Sachschäden.", "[ ] Herz   "],
)
def test_said_of_nobody(text: str) -> None:
    """Without a person there is nothing to protect."""
    special = (Category.HEALTH, Category.INCOME, Category.OCCUPATION, Category.FAMILY, Category.RELIGION)
    assert [f for f in findings(text) if f.category in special] == []


def test_ordinary_words_beside_a_person_are_no_illness() -> None:
    """Burglary, interruption, damage to property and longing stay what they are."""
    assert found("Herr Zwicknagl meldet Einbruch, Wasserschaden, Vorvertrag, Umbruch und Sehnsucht.", Category.HEALTH) == []


def test_far_from_any_person_a_term_weighs_nothing() -> None:
    """What stands a page further on may be hidden, but raises no level."""
    text = "Herr Zwicknagl war da.\n" + "Es regnet viel. " * 40 + "Der Vortrag handelt von Herzinfarkt."
    assert [f.is_weak for f in findings(text) if f.category is Category.HEALTH] == [True]
    assert level(text) is Level.PERSONAL


@pytest.mark.parametrize(
    ("text", "dates"),
    [("- Malea Hübschmann, 25.04.2016\n- Jakob, 07.07.2017", ["25.04.2016", "07.07.2017"]),
     ("\tAntonia\t01.02.2015\t50", ["01.02.2015"]), ("Termin mit Malea Hübschmann, 25.04.2099", []),
     ("Protokoll, 25.04.2016", [])],
)
def test_dates_directly_behind_names_are_birth_dates(text: str, dates: list[str]) -> None:
    """In lists and tables without a label, if they are past."""
    assert found(text, Category.BIRTH_DATE) == dates

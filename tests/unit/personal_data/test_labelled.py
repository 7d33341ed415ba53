"""What only a label makes personal: dates, contract numbers, documents, vehicles, names."""

from __future__ import annotations

import pytest

from smime_milter.model.finding import Category
from tests.unit.personal_data.scanning import found

BIRTH = {
    "geb. 03.12.1971": "03.12.1971", "geboren am 3. Dezember 1971 in "
                                     "Linz": "3. Dezember 1971", "Geburtsdatum: 1971-12-03": "1971-12-03",
                                     "GebDat 03121971": "03121971",
    "geb.: 3.12.71": "3.12.71", "(*03.12.1971)": "03.12.1971", "* 03.12.1971": "03.12.1971",
    "born 3 December 1971": "3 December 1971", "DOB: 03/12/1971": "03/12/1971",
    "date of birth 1971-12-03": "1971-12-03", "Geburtsdatum\n03.12.1971": "03.12.1971", "Name, Geburtsdatum\nGruber, "
                                                                                        "Josef, 03.12.1971": "03.12.1971",
    "Jg. 1971": "1971", "Jahrgang 1971": "1971", "am 03.12.1971 geboren": "03.12.1971", "geb.\n> 03.12.1971": "03.12.1971",
    "Kunde: Josef Gruber, 03.12.1971": "03.12.1971",
    "Geb.-Datum: 03. 12. 1971": "03. 12. 1971", "geb. am 3. Jänner 1980": "3. Jänner 1980", "Mieter | Geburtsdatum\nGruber "
                                                                                            "| 03.12.1971": "03.12.1971",
    "Name\tgeb.\tBeitrag\nx\t03.12.1971\t12,00": "03.12.1971",
}
NO_BIRTH = [
    "Termin am 03.12.2026", "Beginn 01.01.2027, Ablauf "
                            "31.12.2027", "Geburtsdatum: __.__.____", "Geburtsdatum:\nBeruf:\n", "Einladung zum Geburtstag "
                                                                                                 "am 03.12.2026",
    "Stand 03.12.1971", "Das Gesetz vom 03.12.1971", "geboren, aufgewachsen; seit 01.05.2019 bei "
                                                     "uns", "Goethe wurde 1749 geboren", "geb. 45.13.1971",
                                                     "19.04.2011 *\n20.04.2011",
    "Geburtsdatum bitte bis 03.12.2026 nachreichen, Termin des Gesprächs 04.12.2026",
]


@pytest.mark.parametrize(("text", "date"), BIRTH.items())
def test_a_labelled_birth_date(text: str, date: str) -> None:
    """The date itself is found, whatever form and label it has."""
    assert found(text, Category.BIRTH_DATE) == [date]


@pytest.mark.parametrize("text", NO_BIRTH)
def test_other_dates_are_no_birth_dates(text: str) -> None:
    """Appointments, terms, blank forms and impossible dates are left alone."""
    assert found(text, Category.BIRTH_DATE) == []


POLICY = {
    "Versicherungsschein-Nr. "
    "4711/0815-3": "4711/0815-3", "VS-Nr.: 123 456 789": "123 456 789", "Vertragsnummer WG-11-330092": "WG-11-330092",
    "Polizze Nr. 0815471": "0815471",
    "Polizzennummer: A 471 108": "A 471 108", "Schadennummer U-26/771-08": "U-26/771-08",
    "Schaden-Nr. 26/K/0098123": "26/K/0098123", "policy no. HX-998877": "HX-998877",
    "Claim number: 2026-445566": "2026-445566", "VSNR 12345678": "12345678", "Versicherungsscheinnummer lautet "
                                                                             "98765432": "98765432",
                                                                             "Vertrag Nr. 5544332": "5544332",
    "Schadennr. hatten Sie\n> mir schon durchgegeben "
    "(26/K/0098123)": "26/K/0098123", "Ihr Zeichen: LV-26-471108": "LV-26-471108", "Polizzennr\n7788990": "7788990",
    "Name\tVertragsnummer\nx\tKF-9921-"
    "07": "KF-9921-07", "Leistungsnummer 2026/5567": "2026/5567", "Antragsnummer: AN-558812": "AN-558812",
    "Police 55443322": "55443322",
}
NO_POLICY = [
    "Rahmenvertrag Nr. 4711-22", "Rechnung Nr. 4711-22", "Bestellnummer 123456", "Vertragsnummer: ______",
    "Vertrag vom 03.12.2026", "Vertragsnummer folgt bis 2027",
    "Schadenhöhe 12.500 EUR", "Schadennummer und Telefon 089 "
                              "5544332", "WWK-FIT-7KQ2-88ZL", "Aktionsnummer 4006 3813 3393", "XLV-26-4711089",
]


@pytest.mark.parametrize(("text", "number"), POLICY.items())
def test_a_contract_number(text: str, number: str) -> None:
    """After a label, in its column, or in a house format of the configuration."""
    assert found(text, Category.POLICY) == [number]


@pytest.mark.parametrize("text", NO_POLICY)
def test_other_numbers_are_no_contracts(text: str) -> None:
    """Invoices, sums, dates, blanks, voucher codes and longer numbers than the house format are left alone."""
    assert found(text, Category.POLICY) == []


PERSONS = {
    "Herr Zwicknagl hat angerufen": "Zwicknagl", "für Frau Dr. Marinus-Holm": "Marinus-Holm",
    "Herrn Volkmar von Sturm wurde": "Volkmar von Sturm", "Kunde: Gruber, Josef": "Gruber, Josef",
    "mein Kunde heißt Korbinian\n> Zwicknagl, "
    "danke": "Korbinian\n> Zwicknagl", "VN Josefa Öztürk wünscht": "Josefa Öztürk", "Versicherungsnehmer: Jürgen "
                                                                                    "Groß": "Jürgen Groß",
    "Name: Ève Müller-Lüdenscheidt": "Ève Müller-Lüdenscheidt", "Geschädigte: Tamara Özil": "Tamara Özil",
    "Patient Konrad Vogel": "Konrad Vogel", "die Versicherte Maria O'Neill": "Maria O'Neill",
    "Herr M. Ü. bleibt": "M. Ü.", "Mr. John Smithers called": "John Smithers",
    "our customer Jane Dovering": "Jane Dovering", "policyholder: Jane Dovering": "Jane Dovering",
    "HERR GRUBER": "GRUBER", "Mieter\tKarte\tBetrag\nBräunling, "
                             "Saskia\tx\t1,00": "Bräunling, Saskia", "1. Name, Vorname\nGschwind, Ekkehard": "Gschwind, Ekkehard",
    "Familie Hötzendorfer": "Hötzendorfer", "Zeuge: Florin Bogdan": "Florin Bogdan",
    "Wolf Imhofer, geb. 01.02.1990": "Wolf Imhofer", "Prim. Dr. Sagmeister": "Sagmeister",
    "Von: Franzi Kühnlein "
    "<franzi@podologie.example>": "Franzi Kühnlein", "hi huttner, schlüssel hat frau peschke, danke und bis morgen": "peschke",
    "Versicherte: Anna-Lena\u00a0Schm"
    "id": "Anna-Lena\u00a0Schmid", "Ehefrau Ingrid Maria Huber": "Ingrid Maria Huber", "Herr Müll\u00ader": "Müll\u00ader",
}
NO_PERSONS = [
    "Name:\nVorname:\nGeburtsdatu"
    "m:", "Name: ________", "Kunde: Muster GmbH", "Versicherungsnehmer: Sparkasse "
                                                  "Nord", "Sehr geehrte Damen und Herren", "Herr oder Frau",
                                                  "Name: Max Mustermann",
    "Frau Berg", "Herr Moser sagt", "Herr Josef Moser", "Sehr geehrte Frau Steindl,\nanbei der Plan. Danke, Frau "
                                                        "Steindl!", "Lieber Herr Dr. Aschauer", "Sturmtief Xaver",
                                                        "Kunden Service Center",
    "Der Kunde ist König", "Mit freundlichen Grüßen\nIhr Ansprechpartner: Herr "
                           "Ostermeier", "Vorstand: Dr. Almut Reinders, Petra Sandner\nAmtsgericht München HRB 211907",
    "meine frau und ich kommen gerne, liebe grüße von uns allen "
    "hier", "Antragsteller Name Vorname", "Von: Petra Lang <petra.lang@wwk.de>", "Von: Uwe Kern <kern@makler.example>",
    "Guten Tag, Herr Ganser!", "Dear Mr. Smithers,", "Versicherte Person\nName\nVorna"
                                                     "me", "Mieter\tBetrag\tStand\nsumme\t1,00\toffen",
]


@pytest.mark.parametrize(("text", "name"), PERSONS.items())
def test_a_third_person(text: str, name: str) -> None:
    """After a title, a label, in a column, beside a birth date, in a quoted header; wrapped or with odd spaces."""
    assert found(text, Category.PERSON) == [name]


@pytest.mark.parametrize("text", NO_PERSONS)
def test_forms_companies_and_correspondents_are_no_third_persons(text: str) -> None:
    """Blank forms, companies, the people who write to each other, and whoever is addressed do not count."""
    assert found(text, Category.PERSON) == []


OTHERS = {
    ("Kennzeichen EBE-KZ 774", Category.VEHICLE): "EBE-KZ 774",
    ("der Wagen M-WK 2020 steht", Category.VEHICLE): "M-WK 2020", ("Kennz. W 12345 A", Category.VEHICLE): "W 12345 A",
    ("FIN WMAH05ZZ5P5082583", Category.VIN): "WMAH05ZZ5P5082583",
    ("Personalausweis L01X00T471", Category.ID_DOCUMENT): "L01X00T471",
    ("Führerschein: D554F7AAV42", Category.DRIVING_LICENCE): "D554F7AAV42",
    ("Familienstand: verwitwet", Category.FAMILY): "verwitwet",
    ("Derzeitiger Beruf\nZimmerer", Category.OCCUPATION): "Zimmerer",
    ("Bruttoeinkommen: 71.000 €", Category.INCOME): "71.000 €", ("Diagnose: Tibiafraktur", Category.HEALTH): "Tibiafraktur",
    ("Handy 0172 / 83 41 906", Category.PHONE): "0172 / 83 41 906",
    ("Tel +43 1 310 87 7-35", Category.PHONE): "+43 1 310 87 7-35", ("mail w.korn@gmail.com", Category.EMAIL): "w.korn@gmail.com",
    ("wohnt Königsteiner Str. 117, 65929 "
     "Frankfurt", Category.ADDRESS): "Königsteiner Str. 117", ("Grünwalder Straße 3\n81545 "
                                                               "München", Category.CITY): "81545 München",
    ("Rainbergstraße 3/Stg. 2/14, 5020 Salzburg", Category.CITY): "5020 Salzburg",
}


@pytest.mark.parametrize(("case", "value"), OTHERS.items())
def test_other_kinds(case: tuple[str, Category], value: str) -> None:
    """Vehicles, documents, form answers and contact data."""
    assert found(*case) == [value]


@pytest.mark.parametrize("text",
                         ["DIN-A4 2020", "ISO-IEC 27001", "KW-B 50", "am 12.03.2026", "1000 Euro", "Beruf:",
                             "Diagnose: siehe Anlage", "Im Jahr 2002"])
def test_ordinary_numbers_and_blank_fields_are_nothing(text: str) -> None:
    """Norms, dates, sums and unanswered questions."""
    assert [c for c in Category if found(text, c)] == []


def test_a_table_of_two_columns_is_a_form() -> None:
    """Where the first row already holds an answer, the next rows are answers too, no persons."""
    text = "\tVersicherte\tLisbeth Auracher\n\tgeboren\t1976-05-31\n\tBeitrag\t400 EUR"
    assert found(text, Category.PERSON) == ["Lisbeth Auracher"]
    assert found(text, Category.BIRTH_DATE) == ["1976-05-31"]

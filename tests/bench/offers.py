"""Completed offers and ordinary business mail in many variants, written apart from the detectors and the unit tests."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.support.identifiers import Identifiers, grouped

_FIRST = (
    "Roswitha Detlef Melina Ferdinand Agnieszka Mehmet Giulia Bogdan Theresia Hannes Ylvie Konstantin Dragana Alois Frauke Emil"
).split()
_LAST = (
    "Obermoser Kleinknecht Wischnewski Demirtas Rossetti Haberkorn Zellhofer Pfannenstiel Jovanovic Unterweger Brinkhoff Lüdemann"
    " Großkopf Öhlschläger Ziegenhagel"
).split()
_STREETS = (
    "Amselweg", "Goethestraße", "Bürgermeister-Reiter-Gasse", "Lange Straße", "Am Kirchplatz", "Heinrichstr.", "Uferpromenade",
)
_TOWNS = ("94032 Passau", "24103 Kiel", "70173 Stuttgart", "01067 Dresden", "50667 Köln", "83022 Rosenheim")
_JOBS = ("Fliesenlegerin", "Steuerfachangestellter", "Lokführer", "Kinderkrankenpflegerin", "Elektroniker", "Bürokaufmann")
_STATES = ("ledig", "verheiratet", "geschieden", "verwitwet")

OFFERS = (
    "Antrag auf Lebensversicherung\n\nVorname, Nachname: {first} {last}\nGeburtsdatum: {born}\nStraße: {street}\nPLZ/Ort:"
    " {town}\n"
    "Beruf: {job}\nFamilienstand: {state}\nIBAN: {iban}\nTelefon: {phone}\n",
    "Angebot Nr. {number}\n\nVersicherungsnehmerin: Frau {first} {last}, geb. {born}\nwohnhaft {street},"
    " {town}\nBankverbindung {iban}\n"
    "Jahreseinkommen {income}\n",
    "Hallo Josef,\n\nhier die Daten: {first} {last}, geboren am {born}, {street}, {town}, {job}, Bruttogehalt: {income},"
    " Konto {iban}, "
    "erreichbar unter {phone}.\nDanke\nAnna",
    "\tName\t{last}, {first}\n\tgeboren am\t{born}\n\tAnschrift\t{street}, {town}\n\tKrankenkasse\tBarmer,"
    " {kvnr}\n\tIBAN\t{iban}\n"
    "\tBeruf\t{job}\n",
    "Name;Geburtsdatum;Straße;Ort;Telefon;IBAN;Vertragsnummer\n{last},"
    " {first};{born};{street};{town};{phone};{iban};{number}\n",
    "> Kunde: {first} {last}\n> geb.: {born}\n> Adresse: {street}\n> {town}\n> Mobil: {phone}\n> Steuer-ID: {tax}\n> IBAN:"
    " {iban}\n",
    "Versicherte Person:\n{first} {last}\nGeburtsdatum:\n{born}\nAdresse:\n{street},"
    " {town}\nSozialversicherungsnummer:\n{pension}\n"
    "Einkommen:\n{income}\nTelefon:\n{phone}\n",
    "Policyholder: {first} {last}\nDate of birth: {born}\nAddress: {street}, {town}\nPhone: {phone}\nOccupation:"
    " {job}\nIBAN: {iban}\n",
)
CLEAN = (
    "Sehr geehrter Herr Moser,\n\nfür das {quarter}. Quartal ist die Abrechnung fertig. Den Beleg {digits} finden Sie im"
    " Portal.{end}",
    "Guten Tag,\n\nIhre Bestellung {digits} über {sum} EUR wird am {soon} geliefert. Rückfragen: 0800 4711 {four}.{end}",
    "Liebe Kolleginnen und Kollegen,\n\ndie Schulung findet am {soon} um 9 Uhr in Raum {four} statt.{end}",
    "Hallo Josef,\n\npasst {soon} um 14 Uhr? Sonst lieber in der Woche danach.{end}",
    "Rechnung {digits}\n\nBetrag: {sum} EUR, fällig am {soon}.\nUnsere Bankverbindung: IBAN {iban}, BIC"
    " BYLADEM1MUC\nUSt-IdNr. DE129273398{end}",
    "Pressemitteilung: Die Gewinnbeteiligung bleibt {soon} stabil. Krankheit und Pflege bleiben Kernthemen der Branche.{end}",
    "Vorname: ____\nNachname: ____\nGeburtsdatum: ____\nDiagnose: ____\nIBAN: ____\n\nBitte ausgefüllt bis {soon} zurück.{end}",
    "Stellenausschreibung: Wir suchen ab {soon} Verstärkung als Kundenberaterin, Gehalt {sum} EUR brutto.{end}",
    "Der Tarif KfzKompakt {four} ersetzt ab {soon} den Tarif KfzBasis. Die Beiträge sinken um {quarter} Prozent.{end}",
    "Urteil des OLG München vom {past}, Az. {quarter} U {four}/19: Schmerzen nach einem Bandscheibenvorfall sind zu"
    " belegen.{end}",
    "Zähler {digits}, Stand {four},{quarter} kWh am {past}. Wartung {soon}.{end}",
    "Tagesordnung {soon}\n1. Begrüßung\n2. Bericht der Geschäftsleitung\n3. Verschiedenes\nOrt: Hotel Post, Marktplatz"
    " {quarter}, 83022 Rosenheim{end}",
    "ISIN DE000{digits}, Kurs {sum} EUR, Stichtag {past}. EAN 4006381333931.{end}",
    "Das Sturmtief Zoltan hat Schäden angerichtet. Melden Sie diese bis {soon} online.{end}",
    "Kundin des Jahres ist die Stadtwerke Süd GmbH; Ansprechpartner: Herr Ostermeier, Tel. 089 99998-{four}.{end}",
    "Sendung 00{digits}4711 unterwegs, Zustellung {soon}. Ticket {four}-{digits}.{end}",
)
_END = """

Mit freundlichen Grüßen
Anna Berg
Kundenservice

WWK Versicherungen
Allee am Marsfeld 12
80335 München
Tel.: 089 99998-430
anna.berg@wwk.de
"""


def offers(count: int) -> Iterator[str]:
    yield from _filled(OFFERS, count, seed=11)


def clean(count: int) -> Iterator[str]:
    yield from _filled(CLEAN, count, seed=12)


def _filled(templates: tuple[str, ...], count: int, *, seed: int) -> Iterator[str]:
    source, ids = Random(seed), Identifiers.seeded(seed)
    for number in range(count):
        text = templates[number % len(templates)]
        for name, value in _values(source, ids).items():
            text = text.replace("{" + name + "}", value)
        yield text


def _values(source: Random, ids: Identifiers) -> dict[str, str]:
    day, month = source.randint(1, 28), source.randint(1, 12)
    born = source.choice((f"{day:02d}.{month:02d}.{source.randint(1940, 2008)}", f"{day}.{month}.{source.randint(1940, 2008)}",
                          f"{source.randint(1940, 2008)}-{month:02d}-{day:02d}"))
    iban = ids.iban(source.choice(("DE", "AT")))
    return {
        "first": source.choice(_FIRST), "last": source.choice(_LAST), "born": born,
        "iban": source.choice((iban, grouped(iban, (4,)))),
        "street": f"{source.choice(_STREETS)} {source.randint(1, 199)}",
        "town": source.choice(_TOWNS), "job": source.choice(_JOBS),
        "state": source.choice(_STATES), "phone": source.choice(("0171 ", "089/", "+49 170 ")) + ids.digits(7, "123456789"),
        "income": f"{source.randint(24, 99)}.{source.randint(100, 999)} EUR", "number": f"WG-{ids.digits(2)}-{ids.digits(6)}",
        "kvnr": ids.health_insurance_number(), "tax": ids.tax_identification_number(), "pension": ids.pension_number(),
        "digits": ids.digits(9, "123456789"), "four": ids.digits(4, "123456789"), "quarter": str(source.randint(1, 4)),
        "sum": f"{source.randint(1, 9)}.{source.randint(100, 999)},00", "soon": f"{day:02d}.{month:02d}.2027",
        "past": f"{day:02d}.{month:02d}.2019", "end": source.choice((_END, "\n\nGruß\nAnna", "")),
    }

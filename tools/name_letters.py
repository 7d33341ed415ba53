"""Sentences of an insurer's mail with names in them, for training only; no test uses these."""

from __future__ import annotations

import random
from collections.abc import Iterator

from smime_milter.personal_data.name_features import tokens_of

# {f} first name, {l} surname, {n} both, {i} initial and surname, {v} "Surname, First"; {t} a town, {c} a company, {p} a product
NAMED = (
    "Könnten Sie bitte prüfen, ob {n} noch versichert ist?",
    "Der Vertrag von {n} läuft zum Jahresende aus.",
    "anbei die Unterlagen zu {n}, die gestern kamen.",
    "{n} hat uns den Schaden am Montag gemeldet.",
    "Für {n} fehlt noch die Vollmacht.",
    "Die Police geht auf {n} über, das Bezugsrecht liegt bei {n}.",
    "- {n}, {d}",
    "- {n}, {d}, Steuer-ID liegt vor",
    "{n} (geb. {d})",
    "{n}, geb. {d}, wohnhaft in {t}",
    "{v}; {d}; {t}",
    "{v}\n{v}\n{v}",
    "1. {n}\n2. {n}\n3. {n}",
    "Teilnehmer: {n}, {n} und {n}",
    "Mein Mann ({n}) kümmert sich darum, die {f} ist noch klein.",
    "meine Frau {f} und ich waren im Urlaub",
    "der {f} hat angerufen",
    "Die {f} meinte, das passt so.",
    "Bitte bei {f} nachfragen, ob das erledigt ist.",
    "unser Sohn {f} macht den Führerschein",
    "Schaden {n} vom {d}",
    "WG: Angebot {n}",
    "AW: Police {l}",
    "Betreff: Leistungsfall {n} - Nachfrage",
    "Berechnung Rente {n}",
    "Pflegetagegeld {n}",
    "Kinderpolice {f} {l}, Beginn {d}",
    "Zeuge laut Bericht: {n}, Telefon folgt",
    "Ansprechpartner ist der Sohn {n}",
    "Gefahren ist {n}, Halter ist {n}.",
    "Das Konto gehört {n}.",
    "Überwiesen wurde an {n}, {t}.",
    "mit {n} habe ich gesprochen",
    "wie mit {f} besprochen",
    "Herr {l} und Frau {l} kommen zu zweit.",
    "Frau {n} bittet um Rückruf.",
    "Herrn {l} erreichen Sie in {t}.",
    "für den {l} {f} brauch ma no a Bestätigung",
    "der {l} {f} wart auf a Antwort",
    "die {l} war heute da, der {l} nicht",
    "Dr. {n} hat das Gutachten geschrieben.",
    "Das Attest von Dr. {l} liegt bei.",
    "Untersucht wurde {f} {l} von Prof. Dr. {l}.",
    "{f}s Vertrag ist gekündigt.",
    "Der Antrag von {i} ist da.",
    "{i} hat unterschrieben, {n} noch nicht.",
    "Erben sind {n} und {n}.",
    "Liebe {f}, lieber {f},",
    "Hallo {f},",
    "Hi {f}!",
    "Viele Grüße\n{n}",
    "Liebe Grüße\n{f}",
    "MfG {l}",
    "Sehr geehrter Herr {l},",
    "Gruß {f}",
    "Eigentümer: {n}\nObjekt: {s}, {t}",
    "Name: {n}\nBeruf: Tischler",
    "VN: {v}\nVP: {f}",
    "Versicherte | {n}\ngeboren | {d}",
    "\t{f}\t{d}\t50 € mtl.\n\t{f}\t{d}\t75 € mtl.",
    "Fall\tMieter\tKarte\n4711\t{v}\tMaster",
    "{n} und {n} teilen sich die Kosten.",
    "Nachlass von Ehemann {n}, Pflegegrad 2",
    "Beteiligt waren {n} und ein Herr {n}, der ihm auffuhr.",
    "Lt. {n} war die Ampel rot.",
    "Hat sich {n} schon gemeldet?",
    "Morgen rufe ich {f} an.",
    "Rechnung an {n}, {s}, {t}",
    "z. Hd. {n}",
    "c/o {n}, {s}",
    "{n} wurde am {d} operiert.",
    "Diagnose bei {f}: siehe Anlage.",
    "Sie sagte, dass {f} im Krankenhaus liegt.",
    "VN is der {n}",
    "Kindergeldberechtigte: {n}, geschieden",
    "Kinder: {f} ({y}), {f} ({y}) und {f} ({y})",
    "{n} <{m}>",
    "Von: {n} <{m}>",
)
NOBODY = (
    "Die Beitragsrechnung für das Jahr 2027 liegt bei.",
    "Die Firma {c} bittet um ein Angebot.",
    "Unser Produkt {p} wird teurer.",
    "Das Hotel {f} in {t} ist gebucht.",
    "Sturmtief {f} zieht über {t}.",
    "Orkan {f} richtet Schäden an",
    "Treffen im Café {l} um 14 Uhr.",
    "Sitz der Gesellschaft ist {t}.",
    "Das Amtsgericht {t} hat entschieden.",
    "Der Tarif {p} gilt ab Januar.",
    "Die Filiale {s} zieht um.",
    "Anlieferung bitte in die {s}, {t}.",
    "Mit freundlichen Grüßen",
    "Beste Grüße aus {t}",
    "Vielen Dank für Ihre Nachricht.",
    "Die {l}-Werke liefern am Freitag.",
    "Rahmenvertrag {c}, Nachtrag 3",
    "Ausschreibung Stadtwerke {t}",
    "Seminar Demenz am {d} in {t}",
    "Ihr Ansprechpartner im Vertrieb hilft gern weiter.",
    "Bitte senden Sie uns die Schadenanzeige, das Gutachten und die Rechnung.",
    "Überschussbeteiligung, Rechnungszins und Beitragsdynamik bleiben gleich.",
    "Kfz, Hausrat, Wohngebäude und Haftpflicht",
    "Termin: Dienstag oder Donnerstag",
    "Bitte Bautagebuch monatlich einreichen.",
    "Lehrgerüst und Gerüst bleiben mitversichert.",
    "Klinik St. {f} in {t}",
    "Schule {f}-{l}-Gymnasium",
    "die {f}-{l}-Straße 44 in {t}",
    "Kanzlei {l} & Partner",
    "Autohaus {l} GmbH, {t}",
    "Pflegedienst {l} bittet um Antwort",
    "Makler {l} Versicherungen",
    "Umzüge {l} KG",
    "Bauleitung {c}",
    "Stand: Oktober 2026",
    "Kurs {p}, ISIN folgt",
    "Weihnachten, Ostern und Pfingsten geschlossen",
    "Die Vorstandssitzung ist am Mittwoch in {t}.",
)
TOWNS = "München Wien Linz Graz Salzburg Rosenheim Kiel Hamburg Dachau Passau Traunstein Reutlingen Bregenz Lübeck Jena".split()
COMPANIES = ("Alpenbau GmbH", "Nordlicht AG", "ARGE Tunnel West", "Stadtwerke Süd", "Möbel Kranz KG", "Hotel Post")
PRODUCTS = ("Premium Plus", "BasisRente Invest", "KfzKompakt", "FondsRente Kids", "Komfort 2027", "Unfall Aktiv")
STREETS = ("Hauptstraße 5", "Parkstr. 27", "Marktplatz 8", "Ringweg 3/2", "Lindenallee 114", "Rudolf-Diesel-Straße 3")


def generated(source: random.Random, count: int, names: tuple[set[str], set[str]]) -> Iterator[list[tuple[str, str]]]:
    """Tokens with their labels; the same for the same seed."""
    first, last = sorted(names[0]), sorted(names[1])
    for _ in range(count):
        yield _filled(source, source.choice(NAMED + NOBODY), first, last)


def _filled(source: random.Random, sentence: str, first: list[str], last: list[str]) -> list[tuple[str, str]]:
    is_nobody = sentence in NOBODY
    filled: list[tuple[str, str]] = []
    for piece in sentence.replace("{", "\0{").replace("}", "}\0").split("\0"):
        text, is_name = _piece(source, piece, first, last)
        for number, token in enumerate(tokens_of(text, 0, len(text))[0]):
            label = "O" if not is_name or is_nobody else "I" if number else "B"
            filled.append((token, label))
    return filled


def _piece(source: random.Random, piece: str, first: list[str], last: list[str]) -> tuple[str, bool]:
    f = source.choice(first) + ("-" + source.choice(first) if source.random() < 0.05 else "")
    g = f + (" " + source.choice(first) if source.random() < 0.08 else "")
    surname = source.choice(last) if source.random() < 0.7 else _invented(source)
    if source.random() < 0.06:
        surname = source.choice(("von ", "van der ", "zu ", "de ")) + surname
    if source.random() < 0.05:
        surname += "-" + source.choice(last)
    values = {
        "{f}": f, "{l}": surname, "{n}": f"{g} {surname}", "{i}": f"{f[0]}. {surname}", "{v}": f"{surname}, {f}",
    }
    if piece in values:
        return values[piece], True
    others = {
        "{d}": f"{source.randint(1, 28):02d}.{source.randint(1, 12):02d}.{source.randint(1940, 2020)}",
        "{t}": source.choice(TOWNS), "{c}": source.choice(COMPANIES), "{p}": source.choice(PRODUCTS),
        "{s}": source.choice(STREETS), "{y}": str(source.randint(1, 17)),
        "{m}": "post@" + source.choice(("beispiel.example", "makler.example")),
    }
    return others.get(piece, piece), False


_STEMS = (
    "Zwick Hötz Stein Brod Kühn Seid Wald Ober Nieder Grün Aich Auer Bach Berg Diet Eber Feld Geiger Holz Kirch Lang Moos"
    " Neu Pfaff"
    " Ratz Sedl Thal Unter Vogel Wies"
).split()
_ENDINGS = (
    "nagl endorfer hammer ersen lein l eder mayr maier huber inger acher bauer mann ner berger hofer stätter hauser er ing"
    " ke owski ic"
    " oglu"
).split()


def _invented(source: random.Random) -> str:
    return source.choice(_STEMS) + source.choice(_ENDINGS)

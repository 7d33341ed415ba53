"""Codes, places and dates in the words of people, German and English: the filters of the texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from smime_milter.model.decision import Reason
from smime_milter.model.finding import Category
from smime_milter.model.method import Method
from smime_milter.notices.cases.found import Found

_ZONE = ZoneInfo("Europe/Berlin")
_DAYS = (("Montag", "Monday"), ("Dienstag", "Tuesday"), ("Mittwoch", "Wednesday"), ("Donnerstag", "Thursday"),
         ("Freitag", "Friday"), ("Samstag", "Saturday"), ("Sonntag", "Sunday"))
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")
_MOST = 5   # recipients by name

CATEGORIES: dict[Category, tuple[str, str]] = {
    Category.PERSON: ("Name", "name"), Category.BIRTH_DATE: ("Geburtsdatum", "date of birth"),
    Category.ADDRESS: ("Anschrift", "postal address"), Category.CITY: ("Wohnort", "place of residence"),
    Category.PHONE: ("Telefonnummer", "telephone number"), Category.EMAIL: ("E-Mail-Adresse", "e-mail address"),
    Category.IBAN: ("Bankverbindung", "bank account"), Category.CARD: ("Kartennummer", "card number"),
    Category.TAX_ID: ("Steuernummer", "tax number"),
    Category.SOCIAL_SECURITY: ("Sozialversicherungsnummer", "social security number"),
    Category.HEALTH_INSURANCE: ("Krankenversichertennummer", "health insurance number"),
    Category.ID_DOCUMENT: ("Ausweisnummer", "number of an identity document"),
    Category.DRIVING_LICENCE: ("Führerscheinnummer", "driving licence number"),
    Category.VEHICLE: ("Kennzeichen", "licence plate"),
    Category.VIN: ("Fahrgestellnummer", "vehicle number"), Category.POLICY: ("Versicherungsnummer", "policy number"),
    Category.INCOME: ("Einkommen", "income"), Category.OCCUPATION: ("Beruf", "occupation"),
    Category.HEALTH: ("Gesundheitsangabe", "health detail"), Category.FAMILY: ("Familienstand", "family status"),
    Category.RELIGION: ("Religion", "religion"), Category.OTHER: ("sonstige Angabe", "other detail"),
}
# What speaks against sending it, and for what was refused the one thing to do.
_CAUSES: dict[Reason, tuple[str, str]] = {
    Reason.NO_CERTIFICATE: (
        "Sie enthält personenbezogene Daten, und vom Empfänger kennen wir keinen Schlüssel.",
        "It contains personal data, and we do not know a key of the recipient."),
    Reason.COMPLETED_RECORD: (
        "Ausgefüllte Anträge und Angebote gehen nur verschlüsselt hinaus, und vom Empfänger kennen wir keinen Schlüssel.",
        "Completed applications and offers leave encrypted only, and we do not know a key of the recipient."),
    Reason.UNREADABLE_CONTENT: (
        "In einen Anhang konnte niemand hineinsehen, und vom Empfänger kennen wir keinen Schlüssel.",
        "Nobody could look into an attachment, and we do not know a key of the recipient."),
    Reason.AMBIGUOUS_MESSAGE: (
        "Ihr Aufbau lässt sich auf zwei Arten lesen, deshalb darf sie nur verschlüsselt hinaus.",
        "It can be read in two ways, so it may leave encrypted only."),
    Reason.HIDDEN_RECIPIENT: (
        "Ein Empfänger steht im Feld „Bcc“ und würde für die anderen sichtbar.",
        "One recipient is in the field \"Bcc\" and would become visible to the others."),
    Reason.MIXED_RECIPIENTS: (
        "Nicht alle Empfänger dürfen sie auf dieselbe Weise erhalten.",
        "Not all recipients may receive it in the same way."),
    Reason.PERSONAL_DATA_IN_HEADER: (
        "Ihr Inhalt ist verschlüsselt, aber im Betreff stehen personenbezogene Daten.",
        "Its content is encrypted, but the subject contains personal data."),
    Reason.BAD_RECIPIENT: (
        "Eine Empfängeradresse ist nicht richtig geschrieben.", "An address of a recipient is not written correctly."),
    Reason.TOO_LARGE: (
        "Sie ist sehr groß und wurde deshalb nicht geprüft.", "It is very large and was not checked for that reason."),
    Reason.TOO_COMPLEX: (
        "Sie ist zu verschachtelt aufgebaut, um geprüft zu werden.", "It is built in too complicated a way to be checked."),
    Reason.FOREIGN_SENDER: (
        "Die Absenderadresse gehört nicht zu unserem Unternehmen.", "The sender's address is not of our company."),
}
_ANY_CAUSE = ("Sie muss erst angesehen werden.", "Somebody has to look at it first.")
_ASK_KEY = (
    "Am einfachsten: Bitten Sie den Empfänger um eine signierte E-Mail, und senden Sie die Nachricht am Arbeitstag danach noch"
    " einmal. Wenn es eilt, nehmen Sie das Portal oder die Post.",
    "Easiest: ask the recipient for a signed e-mail and send the message again on the working day after that. If it is urgent,"
    " use the portal or the post.")
_ADVICE: dict[Reason, tuple[str, str]] = {
    Reason.TOO_LARGE: ("Am einfachsten: Teilen Sie die Nachricht auf, oder nehmen Sie das Portal.",
                       "Easiest: split the message, or use the portal."),
    Reason.TOO_COMPLEX: ("Am einfachsten: Schreiben Sie eine neue Nachricht, und hängen Sie an, was nötig ist.",
                         "Easiest: write a new message and attach what is needed."),
    Reason.BAD_RECIPIENT: ("Am einfachsten: Berichtigen Sie die Adresse, und senden Sie die Nachricht noch einmal.",
                           "Easiest: correct the address and send the message again."),
}
METHODS: dict[Method, str] = {Method.PGP: "PGP", Method.CRYPTSHARE: "Cryptshare", Method.FTAPI: "FTAPI", Method.SCP: "SCP"}


def _list(language: int) -> Callable[[Sequence[str]], str]:
    def written(items: Sequence[str]) -> str:
        named = ", ".join(items[:_MOST])
        more = len(items) - _MOST
        return named if more <= 0 else f"{named} " + (f"und {more} weitere", f"and {more} more")[language]
    return written


def _finds(language: int) -> Callable[[Sequence[Found]], str]:
    def written(found: Sequence[Found]) -> str:
        if not found:
            return ("personenbezogene Daten", "personal data")[language]
        return ", ".join(_find(one, language) for one in found)
    return written


def _find(one: Found, language: int) -> str:
    places = ", ".join(_place(place, language) for place in one.places)
    return f"{one.count} × {CATEGORIES[one.category][language]}" + (f" ({places})" if places else "")


def _place(place: str, language: int) -> str:
    if place == "subject":
        return ("Betreff", "subject")[language]
    if place.startswith("header "):
        return ("Kopfzeile", "header")[language]
    number = place.rpartition(" ")[2]
    if place.startswith("file name"):
        return (f"Dateiname von Teil {number}", f"file name of part {number}")[language]
    return (f"Teil {number}", f"part {number}")[language]


def _tag(at: datetime) -> str:
    local = at.astimezone(_ZONE)
    return f"{_DAYS[local.weekday()][0]}, {local.day}.{local.month}.{local.year}" + _clock(local, " Uhr")


def _day(at: datetime) -> str:
    local = at.astimezone(_ZONE)
    return f"{_DAYS[local.weekday()][1]}, {_date(at)}" + _clock(local, "")


def _clock(local: datetime, word: str) -> str:
    """Midnight is the whole day."""
    return "" if (local.hour, local.minute) == (0, 0) else f", {local:%H:%M}{word}"


def _datum(at: datetime) -> str:
    local = at.astimezone(_ZONE)
    return f"{local.day}.{local.month}.{local.year}"


def _date(at: datetime) -> str:
    local = at.astimezone(_ZONE)
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def _of(table: dict[Reason, tuple[str, str]], otherwise: tuple[str, str], language: int) -> Callable[[Reason], str]:
    return lambda reason: table.get(reason, otherwise)[language]


FILTERS: dict[str, Callable[[Any], str]] = {
    "liste": _list(0), "listing": _list(1), "funde": _finds(0), "finds": _finds(1),
    "tag": _tag, "day": _day, "datum": _datum, "date": _date,
    "grund": _of(_CAUSES, _ANY_CAUSE, 0), "cause": _of(_CAUSES, _ANY_CAUSE, 1),
    "rat": _of(_ADVICE, _ASK_KEY, 0), "advice": _of(_ADVICE, _ASK_KEY, 1),
    "verfahren": METHODS.__getitem__, "named": METHODS.__getitem__,
}

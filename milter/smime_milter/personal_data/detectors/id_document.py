"""Numbers of identity cards, passports and driving licences: the label is required."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors.labels import says
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text


@dataclass(frozen=True, slots=True)
class Document:
    """One kind of document: its label, and its number's form."""

    name: str
    category: Category
    cues: tuple[str, ...]
    label: re.Pattern[str]
    form: re.Pattern[str]

    def find(self, text: Text) -> Iterator[Hit]:
        for start, end in text.codes if text.has(*self.cues) else ():
            value = text.plain[start:end].upper()
            if self.form.fullmatch(value) and says(self.label, text.label_window(start, 60)):
                yield Hit(start, end, value)


IDENTITY_CARD = Document(
    "id_document",
    Category.ID_DOCUMENT,
    ("ausweis", "reisepa", "passport", "passn", "pass-", "pass:", "pass ", "pass\n", "perso:", "perso ", "id card", "identity c"),
    re.compile(r"ausweis|reisepa(?:ss|ß)|\bpass(?:-?nr|nummer)?\b|passport|\bperso\b|identity card|\bid card"),
    # The alphabet without vowels and look-alikes; the tenth character is the check digit (ICAO 9303)
    re.compile(r"[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}[0-9]?D?|T[0-9]{8}[0-9]?|[A-Z]{1,2}[0-9]{7}"),
)
DRIVING_LICENCE = Document(
    "driving_licence",
    Category.DRIVING_LICENCE,
    ("führersch", "fuehrersch", "fahrerlaub", "driving", "lenkberecht", "fs-n", "fsn", "fs n"),
    re.compile(r"f(?:ü|ue)hrerschein|fahrerlaubnis|driving licen[cs]e|lenkberechtigung|\bfs-?nr"),
    # §24 FeV: office (one letter and three characters), serial, check digit, copy; Austria: eight digits
    re.compile(r"[A-Z][0-9]{3}[A-Z0-9]{5}[A-Z0-9][A-Z0-9]|[A-Z][0-9A-Z]{9,10}|[0-9]{8}"),
)

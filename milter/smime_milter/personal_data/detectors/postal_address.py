"""Street with house number, and postcode with town."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_KIND = (
    r"(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|ring|ufer|damm|steig|graben|hof|markt|chaussee|promenade|zeile"
    r"|kai|berg|feld|wiese|winkel|park)"
)
_CAPITAL_KIND = r"(?:Stra(?:ß|ss)e|Str\.|Weg|Platz|Allee|Gasse|Ring|Ufer|Damm|Steig|Graben|Chaussee|Promenade|Zeile|Kai|Markt)"
_WORD = r"[A-ZÄÖÜ][a-zäöüß]{1,24}"
_HOUSE = re.compile(r"[0-9]{1,4}(?:[ ]?[a-h](?![a-zäöüß]))?(?:[ ]?[\-/][ ]?(?:Stg\.?[ ]?|Top["
                    r" ]?)?[0-9]{1,3}){0,3}(?![0-9.,:]?[0-9]|[ ]?(?:%|€|EUR|Uhr|km|m²))")
_NAME = re.compile(
    rf"(?<![\wäöüß\-])(?:(?:{_WORD}-){{0,3}}[A-ZÄÖÜ][a-zäöüß]{{1,24}}{_KIND}|(?:{_WORD}[\- ]){{1,3}}{_CAPITAL_KIND}"
    rf"|(?:Am|An der|An den|Auf der|Auf dem|Im|In der|In den|Zum|Zur|Unter den|Bei der)[ ]{_WORD})(?<!Jahr)(?<!Kapitel)["
    rf" ]{{1,2}}\Z"
)
_TOWN = re.compile(
    rf"(?:[0-9]{{5}}|(?P<four>[1-9][0-9]{{3}}))[ ]{{1,3}}(?:Bad[ ]|St\.[ ]|Sankt[ ])?{_WORD}(?:-{_WORD}){{0,2}}(?:[ ](?:am"
    rf"|an der|im|in|bei|ob der)[ ]{_WORD})?"
)
_TOWN_BEHIND_STREET = re.compile(rf"[ ]?[,|·\n]\s{{0,3}}(?P<town>[1-9][0-9]{{3}}[ ]{{1,2}}{_WORD})")
_NO_TOWN = re.compile(r"[0-9]{5}\s+(?:Euro|Stück|Mal|Personen|Einwohner|Kilometer|Meter|Mitarbeiter\w*|Kunden|Menschen"
                      r"|Besucher\w*|Jahre|Seiten|Mann|Liter|Punkte|Tonnen)")


class Street:
    name = "postal_address"
    category = Category.ADDRESS

    def find(self, text: Text) -> Iterator[Hit]:
        for start, end in _streets(text):
            yield Hit(start, end, _comparable(text.plain[start:end]))


class Town:
    name = "town"
    category = Category.CITY

    def find(self, text: Text) -> Iterator[Hit]:
        for at in text.digit_starts:
            town = _TOWN.match(text.plain, at)
            if town is None or _NO_TOWN.match(town.group()) or re.match(r"[0-9A-Za-z.,/]", text.plain[max(0, at - 1) : at]):
                continue
            if not town.group("four") or re.search(r"(?<![A-Za-z])(?:A|AT|CH)-?[ ]?\Z", text.plain[max(0, at - 5) : at]):
                yield Hit(at, town.end(), _comparable(town.group()))
        for _, end in _streets(text):
            if behind := _TOWN_BEHIND_STREET.match(text.plain, end):
                yield Hit(behind.start("town"), behind.end(), _comparable(behind.group("town")))


def _streets(text: Text) -> Iterator[tuple[int, int]]:
    """From the house number backwards: only a number behind a name can end a street."""
    for at in text.digit_starts:
        if at < 4 or text.plain[at - 1] != " " or not (text.plain[at - 2].isalpha() or text.plain[at - 2] in ". "):
            continue
        name = _NAME.search(text.plain, max(0, at - 60), at)
        house = _HOUSE.match(text.plain, at) if name else None
        if name and house:
            yield name.start(), house.end()


def _comparable(address: str) -> str:
    return "".join(c for c in address.lower().replace("strasse", "straße").replace("str.", "straße") if c.isalnum())

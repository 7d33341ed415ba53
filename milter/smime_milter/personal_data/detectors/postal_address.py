"""Street with house number, and postcode with town."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_WORD = r"[A-ZÄÖÜ][a-zäöüß]{1,24}"
_TOWN = re.compile(
    rf"[0-9]{{4,5}}[ ]{{1,3}}(?:Bad[ ]|St\.[ ]|Sankt[ ])?{_WORD}(?:-{_WORD}){{0,2}}(?:[ ](?:am"
    rf"|an der|im|in|bei|ob der)[ ]{_WORD})?"
)
_LOWER_TOWN = re.compile(r"[0-9]{5}[ ]{1,2}[a-zäöüß]{3,25}")
_COUNTRY = re.compile(r"(?<![A-Za-z])(?:A|AT|CH)-?[ ]?\Z")
_TOWN_BEHIND_STREET = re.compile(rf"[ ]?[,|·\n]\s{{0,3}}(?P<town>[1-9][0-9]{{3}}[ ]{{1,2}}{_WORD})")
_NO_TOWN = re.compile(r"[0-9]{5}\s+(?:Euro|Stück|Mal|Personen|Einwohner|Kilometer|Meter|Mitarbeiter\w*|Kunden|Menschen"
                      r"|Besucher\w*|Jahre|Seiten|Mann|Liter|Punkte|Tonnen)")


class Street:
    name = "postal_address"
    category = Category.ADDRESS

    def find(self, text: Text) -> Iterator[Hit]:
        for start, end in text.streets:
            yield Hit(start, end, _comparable(text.plain[start:end]))


class Town:
    name = "town"
    category = Category.CITY

    def find(self, text: Text) -> Iterator[Hit]:
        plain = text.plain
        for at, end in text.runs:
            is_alone = not at or not (plain[at - 1].isalnum() or plain[at - 1] in ".,/")
            town = (_LOWER_TOWN if text.is_lower_case else _TOWN).match(plain, at) if end - at in (4, 5) and is_alone else None
            if town is None or _NO_TOWN.match(town.group()):
                continue
            if end - at == 5 or _COUNTRY.search(plain, max(0, at - 5), at):
                yield Hit(at, town.end(), _comparable(town.group()))
        for _, end in text.streets:
            if behind := _TOWN_BEHIND_STREET.match(text.plain, end):
                yield Hit(behind.start("town"), behind.end(), _comparable(behind.group("town")))


def _comparable(address: str) -> str:
    return "".join(c for c in address.lower().replace("strasse", "straße").replace("str.", "straße") if c.isalnum())

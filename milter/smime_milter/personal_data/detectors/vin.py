"""Vehicle identification numbers (ISO 3779): 17 characters after a label; European ones have no check digit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors.labels import says
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_NUMBER = re.compile(r"(?<![A-Za-z0-9])[A-HJ-NPR-Za-hj-npr-z0-9]{13}[0-9]{4}(?![A-Za-z0-9])")
_LABEL = re.compile(r"\bfin\b|\bvin\b|fahrgestell|fahrzeug-?\s?ident|\bfgst", re.IGNORECASE)


class Vin:
    name = "vin"
    category = Category.VIN

    def find(self, text: Text) -> Iterator[Hit]:
        for number in _NUMBER.finditer(text.plain):
            letters = sum(c.isalpha() for c in number.group())
            if letters >= 3 and says(_LABEL, text.label_window(number.start())):
                yield Hit(number.start(), number.end(), number.group().upper())

"""Number plates: after a label, or in the strict printed form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors.labels import says
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_STRICT = re.compile(r"(?<![\w\-])[A-ZÄÖÜ]{1,3}-[A-Z]{1,2}[ ][1-9][0-9]{0,3}[EH]?(?![\w\-])")
_LOOSE = re.compile(r"(?<![\w\-])(?:[A-ZÄÖÜa-zäöü]{1,3}[ \-:]{1,3}[A-Za-z]{1,2}[ \-]{0,2}[1-9][0-9]{0,3}[EHeh]?|[A-Z]{1,2}[ \-][0-9]{1,5}[ ]?[A-Z]{1,3})(?![\w\-])")
_LABEL = re.compile(r"kennz|\bkfz\b|\bkz\b|plate|\bnummernschild|zulassung|\bfahrzeug\b|\bpkw\b|\bauto\b", re.IGNORECASE)
_NO_PLATE = re.compile(r"(?:DIN|ISO|EN|IEC|EG|EU|SGB|BGB|VVG|VO|BAB|US|HD|CD|TV|USB|PC|IT|KW|Q|BA)-", re.IGNORECASE)


class Plate:
    name = "vehicle"
    category = Category.VEHICLE

    def find(self, text: Text) -> Iterator[Hit]:
        for plate in _LOOSE.finditer(text.plain):
            if _NO_PLATE.match(plate.group()):
                continue
            if _STRICT.fullmatch(plate.group()) or says(_LABEL, text.label_window(plate.start(), 40)):
                yield Hit(plate.start(), plate.end(), "".join(c for c in plate.group().upper() if c.isalnum()))

"""Numbers by which an employer or a school knows somebody: the label is required."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_CUES = ("personaln", "pnr", "pers.", "pers-n", "mitarbeitern", "matrikeln", "dienstnummer", "personal-n")
_SAID = re.compile(
    r"\b(?:personal-?(?:nr|nummer|no)|p\.?nr|pers\.?-?\s?(?:nr|nummer)|mitarbeiter-?(?:nr|nummer)|matrikel-?(?:nr|nummer)"
    r"|dienstnummer)\b"
    r"[.:\s]{0,4}(?P<number>[a-z]{0,3}-?[0-9][0-9/\-]{2,14})"
)


class StaffNumber:
    name = "staff_number"
    category = Category.OTHER

    def find(self, text: Text) -> Iterator[Hit]:
        if not text.has(*_CUES):
            return
        for found in _SAID.finditer(text.lower):
            yield Hit(found.start("number"), found.end("number"), found.group("number"))

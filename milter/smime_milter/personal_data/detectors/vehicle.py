"""Number plates: after a label, or in the strict printed form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors.labels import says
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_STRICT = re.compile(r"[A-ZÄÖÜ]{1,3}-[A-Z]{1,2}[ ][1-9][0-9]{0,3}[EH]?")
_DISTRICT = re.compile(r"(?<![\w\-])(?:[A-ZÄÖÜa-zäöü]{1,3}[ \-:]{1,3}[A-Za-z]{1,2}[ \-]{0,2}|[A-Z]{1,2}[ \-])\Z")
_NUMBER = re.compile(r"[1-9][0-9]{0,4}(?:[ ]?[A-Z]{1,3}|[eh])?(?![\w\-])")
_PLATE = re.compile(
    r"[A-ZÄÖÜa-zäöü]{1,3}[ \-:]{1,3}[A-Za-z]{1,2}[ \-]{0,2}[1-9][0-9]{0,3}[EHeh]?|[A-Z]{1,2}[ \-][0-9]{1,5}[ ]?[A-Z]{1,3}"
)
_LABEL = re.compile(r"kennz|\bkfz\b|\bkz\b|plate|\bnummernschild|zulassung|\bfahrzeug\b|\bpkw\b|\bauto\b")
_NO_PLATE = re.compile(r"(?:DIN|ISO|EN|IEC|EG|EU|SGB|BGB|VVG|VO|BAB|US|HD|CD|TV|USB|PC|IT|KW|Q|BA)-", re.IGNORECASE)


class Plate:
    name = "vehicle"
    category = Category.VEHICLE

    def find(self, text: Text) -> Iterator[Hit]:
        plain, is_lower_case = text.plain, text.is_lower_case
        for at, end in text.runs:
            if end - at > 5 or not at or not (is_lower_case or _may_precede(plain[max(0, at - 4) : at])):
                continue
            district = _DISTRICT.search(plain, max(0, at - 10), at)
            number = _NUMBER.match(plain, at) if district else None
            if district is None or number is None:
                continue
            plate = district.group() + number.group()
            is_strict = _STRICT.fullmatch(plate.upper() if is_lower_case else plate) is not None
            if _is_plate(plate) and (is_strict or says(_LABEL, text.label_window(district.start(), 40))):
                yield Hit(district.start(), number.end(), "".join(c for c in plate.upper() if c.isalnum()))


def _may_precede(before: str) -> bool:
    """Whether a plate's letters can end here: with a capital, or behind a hyphen."""
    bare = before.rstrip(" -")
    return before[-1] not in ".,/:+" and bare[-1:].isalpha() and (bare[-1].isupper() or "-" in before)


def _is_plate(written: str) -> bool:
    return _PLATE.fullmatch(written) is not None and not _NO_PLATE.match(written)

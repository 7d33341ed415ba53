"""German pension insurance numbers (§147 SGB VI): area, birth date, initial, serial, check digit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_NUMBER = re.compile(r"(?<![A-Za-z0-9])\d{2}[ \-/.]?\d{2}[ .]?\d{2}[ .]?\d{2}[ \-/.]?[A-Za-z][ \-/.]?\d{2}["
                     r" \-/.]?\d(?![A-Za-z0-9])")
_FIRST_RUN = (2, 4, 8)  # digits written together at the beginning
_WEIGHTS = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)  # VKVV §4


class PensionNumber:
    name = "pension_number"
    category = Category.SOCIAL_SECURITY

    def find(self, text: Text) -> Iterator[Hit]:
        plain = text.plain
        for at, end in text.runs:
            number = _NUMBER.match(plain, at) if end - at in _FIRST_RUN else None
            if number is None:
                continue
            value = "".join(c for c in number.group().upper() if c.isalnum())
            if is_pension_number(value):
                yield Hit(at, number.end(), value)


def is_pension_number(value: str) -> bool:
    """Whether date and check digit are possible; two foreigners may share a date, which adds 50 to the day."""
    day, month = int(value[2:4]), int(value[4:6])
    if not (1 <= day <= 31 or 51 <= day <= 81) or not 0 < month <= 12 or value[:2] < "02":
        return False
    digits = value[:8] + f"{ord(value[8]) - 64:02d}" + value[9:11]
    products = (weight * int(digit) for weight, digit in zip(_WEIGHTS, digits))
    return sum(p // 10 + p % 10 for p in products) % 10 == int(value[11])

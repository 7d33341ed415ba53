"""German health insurance numbers (§290 SGB V): one in ten random ones passes, so the label is required."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors.labels import says
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_NUMBER = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][ \-.]?(?:[0-9][ \-.]?){8}[0-9](?![A-Za-z0-9])")
_LABEL = re.compile(
    r"kranken|kvnr|\bkv\b|\bkv[.-]|versicherten-?\s?(?:nr|nummer|karte)|\begk\b|gesundheitskarte|pflegekasse|pflegevers"
    r"|\bkasse\b|\bkk\b"
    r"|\baok\b|\btk\b|barmer|\bdak\b|\bikk\b|\bbkk\b|knappschaft|health\s+(?:insurance|card)|mitglieds-?\s?n"
    r"|vers(?:icherungs)?[.-]{0,2}\s?n"
)


class HealthInsuranceNumber:
    name = "health_insurance"
    category = Category.HEALTH_INSURANCE

    def find(self, text: Text) -> Iterator[Hit]:
        for at in text.long_numbers:
            for start in (at - 1, at - 2):
                if start < 0 or not text.plain[start].isalpha():
                    continue
                number = _NUMBER.match(text.plain, start) if start >= 0 else None
                if number is None:
                    continue
                value = "".join(c for c in number.group().upper() if c.isalnum())
                if is_health_insurance_number(value) and says(_LABEL, text.label_window(start)):
                    yield Hit(start, number.end(), value)


def is_health_insurance_number(value: str) -> bool:
    """Luhn's sum with the weights turned round, the letter as its two-digit place in the alphabet."""
    digits = f"{ord(value[0]) - 64:02d}" + value[1:9]
    products = (int(digit) * (1 + place % 2) for place, digit in enumerate(digits))
    return sum(p // 10 + p % 10 for p in products) % 10 == int(value[9])

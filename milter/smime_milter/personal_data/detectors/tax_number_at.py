"""Austrian tax numbers (Abgabenkontonummer): check digit and label."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors.labels import says
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_NUMBER = re.compile(r"[0-9]{2}[ \-/]?[0-9]{3}[ ]?[/\-]?[ ]?[0-9]{4}(?![0-9A-Za-z])")
_LABEL = re.compile(r"steuer-?\s?(?:nr|nummer)|\bst[.-]{0,2}\s?nr|abgabenkonto|finanzamt|\bfa\b|\btin\b|\btax\b")


class TaxNumberAt:
    name = "tax_number_at"
    category = Category.TAX_ID

    def find(self, text: Text) -> Iterator[Hit]:
        for at in text.long_numbers:
            number = _NUMBER.match(text.plain, at)
            if number is None:
                continue
            value = "".join(c for c in number.group() if c.isdigit())
            if is_tax_number_at(value) and says(_LABEL, text.label_window(at)):
                yield Hit(at, number.end(), value)


def is_tax_number_at(value: str) -> bool:
    """BMF: Luhn's sum over the first eight digits."""
    doubled = (int(d) if place % 2 == 0 else sum(divmod(2 * int(d), 10)) for place, d in enumerate(value[:8]))
    return (10 - sum(doubled) % 10) % 10 == int(value[8])

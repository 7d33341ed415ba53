"""Austrian social security numbers: four digits with a check digit, and the birth date."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors.labels import PHONE_LABEL, says
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_NUMBER = re.compile(r"[1-9][0-9]{3}(?P<gap>[ \-/.]{0,2})[0-9]{2}[ .]?[0-9]{2}[ .]?[0-9]{2}(?![0-9A-Za-z])")
_LABEL = re.compile(r"sozialvers|\bsv-?\s?(?:nr|nummer)|svnr|\bsvn\b|vsnr|vers(?:icherungs)?[.-]{0,2}\s?(?:nr|nummer)"
                    r"|e-?card|social")
_WEIGHTS = (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)


class SocialSecurityNumberAt:
    name = "social_security_at"
    category = Category.SOCIAL_SECURITY

    def find(self, text: Text) -> Iterator[Hit]:
        for at in text.long_numbers:
            number = _NUMBER.match(text.plain, at)
            if number is None:
                continue
            value = "".join(c for c in number.group() if c.isdigit())
            if is_social_security_number(value) and self._confirms(text, at, number):
                yield Hit(at, number.end(), value)

    def _confirms(self, text: Text, at: int, number: re.Match[str]) -> bool:
        """One of 260 random numbers passes: without a label only the customary form "1234 010180" counts."""
        window = text.label_window(at)
        if says(_LABEL, window):
            return True
        is_customary = number.group("gap") in (" ", "/", "-") and number.end() - at == 11
        return is_customary and not re.search(r"[\w+/.\-)(]\s?\Z", text.left(at, 3)) and not says(PHONE_LABEL, window)


def is_social_security_number(value: str) -> bool:
    """Whether check digit and date fit; months above 12 are issued when a day's numbers run out."""
    day, month = int(value[4:6]), int(value[6:8])
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, value))
    return 1 <= day <= 31 and 1 <= month <= 15 and total % 11 == int(value[3])

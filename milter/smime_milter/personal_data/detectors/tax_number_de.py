"""German tax numbers: the Identifikationsnummer by its check digit, the Steuernummer by its label."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors.labels import PHONE_LABEL, says
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_IDENTIFICATION = re.compile(r"[1-9]\d(?P<s>[ ./\-]?)(?:\d{3}(?P=s)){2}\d{3}(?![0-9A-Za-z])")
_LOOSE = re.compile(r"[1-9](?:[ ./\-]?[0-9]){10}(?![0-9A-Za-z])")
_NUMBER = re.compile(r"(?:\d{2,5}[ ]?/[ ]?\d{3,5}[ ]?/[ ]?\d{4,5}|\d{2,3} \d{3} \d{4,5}|\d{10,11}|\d{13})(?![0-9A-Za-z])")
_LABEL = re.compile(
    r"steuer-?\s?(?:id|nr|nummer|identifikation|nummern)|steuerl\w*\s+id|\bst[.-]{0,2}\s?-?(?:id|nr)|id-?nr\b|idnr|\btin\b"
    r"|\btax\b"
    r"|identifikationsn"
)

_GAP = re.compile("[^0-9]")
_NUMBER_LABEL = re.compile(r"steuer-?\s?(?:nr|nummer)|\bst[.-]{0,2}\s?-?nr|\btax (?:number|no)")


class IdentificationNumber:
    name = "tax_identification_number_de"
    category = Category.TAX_ID

    def find(self, text: Text) -> Iterator[Hit]:
        for at in text.long_numbers:
            number = _IDENTIFICATION.match(text.plain, at) or _LOOSE.match(text.plain, at)
            if number is None or not is_identification_number(_digits(number.group())):
                continue
            if self._confirms(text, at, number):
                yield Hit(at, number.end(), _digits(number.group()))

    def _confirms(self, text: Text, at: int, number: re.Match[str]) -> bool:
        """One of 260 random numbers passes: without a label it must stand alone, and be no phone."""
        if says(_LABEL, text.label_window(at)):
            return True
        is_regular = number.re is _IDENTIFICATION
        before = text.plain[max(0, at - 2) : at]
        return is_regular and not re.search(r"[\w+/.\-#]\Z", before) and not says(PHONE_LABEL, text.label_window(at))


class TaxNumber:
    name = "tax_number_de"
    category = Category.TAX_ID

    def find(self, text: Text) -> Iterator[Hit]:
        for at in text.long_numbers:
            number = _NUMBER.match(text.plain, at)
            if number is not None and says(_NUMBER_LABEL, text.label_window(at, 60)):
                yield Hit(at, number.end(), _digits(number.group()))


def is_identification_number(digits: str) -> bool:
    """§139b AO: ten digits in which exactly one repeats (at most three times), ISO 7064 mod 11,10."""
    if len(digits) != 11 or digits[0] == "0" or len(set(digits[:10])) not in (8, 9):
        return False
    repeated = [count for count in Counter(digits[:10]).values() if count > 1]
    return len(repeated) == 1 and repeated[0] <= 3 and _check_digit(digits[:10]) == int(digits[10])


def _check_digit(digits: str) -> int:
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10


def _digits(text: str) -> str:
    return _GAP.sub("", text)

"""Phone numbers: national with a leading zero or international, written any way, or after a label."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors.labels import PHONE_LABEL
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_NUMBER = re.compile(r"(?:\+\s?|00|\(\+?0?)?[0-9](?:[ ]?[/\-.()][ ]?|[ ]{1,2})?[0-9](?:(?:\)?[ ]?[/\-.–(][ ]?|\)?["
                     r" ]{1,2})?[0-9]){4,15}(?![0-9A-Za-z]|[.,\-][0-9])")
_PREFIX = re.compile(r"(?:\+\s?|\(\+?|\()\Z")
_GAP = re.compile("[^0-9]")
_DATE = re.compile(r"[0-3]?[0-9][.\-/][01]?[0-9][.\-/]")


class Phone:
    name = "phone"
    category = Category.PHONE

    def find(self, text: Text) -> Iterator[Hit]:
        taken, plain = 0, text.plain
        for at in text.numbers:
            if at < taken:
                continue
            start = _start(plain, at)
            if start and (plain[start - 1].isalnum() or plain[start - 1] in "_./,-"):
                continue
            number = _NUMBER.match(plain, start)
            if number is None:
                continue
            taken = number.end()
            digits = _GAP.sub("", number.group())
            if _is_phone(text, start, number.group(), digits):
                yield Hit(start, number.end(), digits.removeprefix("00").removeprefix("49").lstrip("0"))


def _start(plain: str, at: int) -> int:
    if plain[at - 1 : at] not in ("+", "(", " "):
        return at
    prefix = _PREFIX.search(plain, max(0, at - 3), at)
    return prefix.start() if prefix else at


def _is_phone(text: Text, start: int, written: str, digits: str) -> bool:
    if not 6 <= len(digits) <= 15 or _DATE.match(written):
        return False
    if digits.startswith("0") and len(digits) >= 8 or written.startswith(("+", "(+")):
        return True
    return PHONE_LABEL.search(text.lower[max(text.line_starts[text.line_of(start)], start - 25) : start]) is not None

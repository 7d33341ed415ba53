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
_DATE = re.compile(r"[0-3]?[0-9][.\-/][01]?[0-9][.\-/]")


class Phone:
    name = "phone"
    category = Category.PHONE

    def find(self, text: Text) -> Iterator[Hit]:
        taken = 0
        for at in text.digit_starts:
            start = _start(text.plain, at)
            if at < taken or re.search(r"[\w./,\-]\Z", text.plain[max(0, start - 1) : start]):
                continue
            number = _NUMBER.match(text.plain, start)
            if number is None:
                continue
            taken = number.end()
            digits = "".join(c for c in number.group() if c.isdigit())
            if _is_phone(text, start, number.group(), digits):
                yield Hit(start, number.end(), digits.removeprefix("00").removeprefix("49").lstrip("0"))


def _start(plain: str, at: int) -> int:
    prefix = re.search(r"(?:\+\s?|\(\+?|\()\Z", plain[max(0, at - 3) : at])
    return at - len(prefix.group()) if prefix else at


def _is_phone(text: Text, start: int, written: str, digits: str) -> bool:
    if not 6 <= len(digits) <= 15 or _DATE.match(written):
        return False
    if digits.startswith("0") and len(digits) >= 8 or written.startswith(("+", "(+")):
        return True
    return PHONE_LABEL.search(text.left(start, 25)) is not None

"""Payment card numbers: issuer range, length, Luhn, and either the printed grouping or a label."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors.labels import says
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_PRINTED = re.compile(
    r"(?:[0-9]{4}(?P<s>[ \-.]{1,2}|\n)[0-9]{4}(?P=s)[0-9]{4}(?P=s)[0-9]{4}|3[0-9]{3}(?P<t>["
    r" \-.])[0-9]{6}(?P=t)[0-9]{4,5})(?![ \-.]?[0-9]|[A-Za-z])"
)
_ANY = re.compile(r"[0-9](?:[ \-.]?[0-9]){11,18}(?![0-9A-Za-z])")
_BEFORE = re.compile(r"[0-9][ \-./]?\Z|[A-Za-z]\Z|[A-Za-z]{2}[0-9]{2}[ .\-]?\Z|[,.+#/\-]\Z")
_LABEL = re.compile(r"karte|\bcard\b|\bkk-?\s?n|visa\b|master\s?card|maestro|\bamex\b|american express|diners|\bcc\b"
                    r"|credit|debit")
_CUES = ("kart", "card", "kk", "visa", "maestro", "amex", "american", "diners", "cc", "credit", "debit")
_GAP = re.compile("[^0-9]")
_DOUBLED = str.maketrans("0123456789", "0246813579")  # the digit sum of twice the digit
# Issuer ranges: first digits from, to, lengths
_RANGES = (
    ("4", "4", (13, 16, 19)), ("51", "55", (16,)), ("2221", "2720", (16,)), ("34", "34", (15,)), ("37", "37", (15,)),
    ("36", "36", (14, 16)), ("38", "39", (14, 16)), ("300", "305", (14, 16)), ("6011", "6011", (16, 19)),
    ("644", "659", (16, 19)),
    ("3528", "3589", (16, 19)), ("62", "62", (16, 17, 18, 19)), ("50", "50", tuple(range(12, 20))),
    ("56", "58", tuple(range(12, 20))),
    ("63", "63", tuple(range(12, 20))), ("67", "67", tuple(range(12, 20))),
)


class Card:
    name = "card"
    category = Category.CARD

    def find(self, text: Text) -> Iterator[Hit]:
        plain = text.plain
        is_labelled = text.has(*_CUES)
        for at in text.long_numbers:
            number = _PRINTED.match(plain, at) if plain[at] in "23456" else None
            number = number or (_ANY.match(plain, at) if is_labelled else None)
            if number is None:
                continue
            value = _GAP.sub("", number.group())
            if is_card_number(value) and self._confirms(text, at, number):
                yield Hit(at, number.end(), value)

    def _confirms(self, text: Text, at: int, number: re.Match[str]) -> bool:
        if number.re is _PRINTED and not _BEFORE.search(text.left(at, 6)):
            return True
        return says(_LABEL, text.label_window(at))


def is_card_number(value: str) -> bool:
    """Whether an issuer uses this range and length, and Luhn's sum is right (ISO/IEC 7812)."""
    if not any(first <= value[: len(first)] <= last and len(value) in lengths for first, last, lengths in _RANGES):
        return False
    return (sum(map(int, value[-1::-2])) + sum(map(int, value[-2::-2].translate(_DOUBLED)))) % 10 == 0

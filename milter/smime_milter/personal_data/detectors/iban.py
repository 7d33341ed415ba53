"""Account numbers: ISO 13616, any country, accepted by length and check digits alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from smime_milter.model.finding import Category
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

# ISO 13616 registry: length of the whole number
_LENGTHS = dict(
    pair.split(":")
    for pair in (
        "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 DE:22 DK:18 DO:28 EE:20"
        " EG:29"
        " ES:24 FI:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30"
        " KZ:20"
        " LB:28 LC:32 LI:21 LT:20 LU:20 LV:21 MC:27 MD:24 ME:22 MK:19 MR:27 MT:31 MU:30 NL:18 NO:15 PK:24 PL:28 PS:29 PT:25"
        " QA:29"
        " RO:24 RS:22 SA:24 SE:24 SI:19 SK:24 SM:27 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20"
    ).split()
)
_ALL_DIGITS = frozenset("AT BA BE CZ DE DK EE ES FI FO GL HR HU IS LT ME MR NO PL PT RS SE SI SK TN XK".split())
_NEITHER = re.compile("[^A-Z0-9]+")
_HEAD = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[ .\-:/]{0,2}\Z")
_AS_NUMBERS = {ord(letter): str(number) for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ", start=10)}
_GAP = r"[ .\-/]{0,3}(?:\n[ \t]{0,4})?"


class Iban:
    name = "iban"
    category = Category.IBAN

    def find(self, text: Text) -> Iterator[Hit]:
        plain = text.plain
        for at, _ in text.runs:
            before = plain[max(0, at - 4) : at].rstrip(" .-:/")[-2:].upper()
            if before not in _LENGTHS or (head := _HEAD.search(plain, max(0, at - 5), at)) is None:
                continue
            rest = _rest(before).match(plain, at)
            if rest is not None and is_iban(value := compact(head.group() + rest.group())):
                yield Hit(head.start(), rest.end(), value)


@lru_cache(maxsize=128)
def _rest(country: str) -> re.Pattern[str]:
    kind = "0-9" if country in _ALL_DIGITS else "A-Za-z0-9"
    return re.compile(f"[0-9]{{2}}(?:{_GAP}[{kind}]){{{int(_LENGTHS[country]) - 4}}}(?![{kind}])")


def compact(text: str) -> str:
    """Letters and digits only, in upper case."""
    return _NEITHER.sub("", text.upper())


def is_iban(value: str) -> bool:
    """Whether the check digits are right (ISO 7064 mod 97-10)."""
    turned = value[4:] + value[:4]
    return value.isascii() and value.isalnum() and int(turned.translate(_AS_NUMBERS)) % 97 == 1

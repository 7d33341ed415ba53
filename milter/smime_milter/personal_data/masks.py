"""What is shown of a value: its kind, and never enough to recognise anybody."""

from __future__ import annotations

import re

from smime_milter.model.finding import Category

HIDDEN = "…"


def mask(category: Category, value: str) -> str:
    """The mask of a value in comparable form; kinds the law protects most show nothing."""
    match category:
        case Category.PERSON:
            return " ".join(f"{word[0].upper()}." for word in re.findall(r"\w+", value)[:4]) or HIDDEN
        case Category.IBAN:
            return value[:2] + HIDDEN + value[-2:]
        case Category.CARD | Category.PHONE | Category.POLICY:
            return HIDDEN + value[-2:] if len(value) > 5 else HIDDEN
        case Category.BIRTH_DATE:
            return value[:4]
        case Category.CITY:
            return _town(value)
        case Category.EMAIL:
            return value[:1] + HIDDEN
        case _:
            return HIDDEN


def _town(value: str) -> str:
    postcode = re.search(r"[0-9]{4,5}", value)
    return (postcode.group()[:2] if postcode else "") + HIDDEN

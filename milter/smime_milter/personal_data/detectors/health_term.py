"""Illnesses, injuries, treatments and medicines in running text: counted only where a person is spoken of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.medical_words import AMBIGUOUS_ENDINGS, BODY, ENDINGS, NO_TERMS, TERMS
from smime_milter.personal_data.text import Text

_LAST_FOUR = frozenset(ending[-4:] for ending in ENDINGS)
_DEGREE = re.compile(
    r"\b(?:pflegegrad|pflegestufe|gdb|grad der behinderung|bmi"
    r"|icd(?:-10)?)[:\s]{1,3}(?:von\s)?[a-tv-z]?[0-9]{1,3}(?:[.,][0-9]{1,2})?"
    r"|\b[0-9]{1,3}\s(?:zigaretten|stück)\s?(?:/|pro|am)\s?tag"
)
# "Z. n. ", "chronische ", "hintere " before a term
_BEFORE = re.compile(
    r"(?:(?:Z\.?\s?n\.?|V\.\s?a\.|Zustand nach|Verdacht auf|(?:[a-zäöü]{2,14}(?:ale|iale|ische|elle|ere|te|ige|ide|ende|che"
    r"|ke)[rnsm]?))[ ]){1,2}\Z"
)
_BEHIND = re.compile(
    r"(?:\s?\((?:[A-Z][\w\- ]{2,30})\)|,?\s(?:links|rechts|beidseits|bds\.|re\.|li\.|linke[rsn]?|rechte[rsn]?|seit|Grad|Typ"
    r"|Stadium|I{1,3}V?"
    r"|(?:19|20)[0-9]{2}|[0-9]{1,4}\s?(?:mg|µg|ml|x)|(?:des|der|am|an)\s(?:link|recht)en"
    r"|[A-Z][a-zäöü]{3,20}(?=\s?[.,)\n]))){0,4}"
)


class HealthTerm:
    name = "health_term"
    category = Category.HEALTH

    def find(self, text: Text) -> Iterator[Hit]:
        plain = text.plain
        words = {word for word in text.words if word in TERMS or word[-4:] in _LAST_FOUR and _is_term(word)}
        places = {(at, at + len(word)) for word in words for at in text.places(word)}
        places |= {(at, at + len(word)) for word in _with_hyphen(text) if (at := plain.find(word)) >= 0}
        # The longer of two that begin at one place comes first, and what overlaps an earlier one is left out.
        yield from sorted((hit for place in places for hit in _hit(plain, *place)), key=lambda hit: (hit.start, -hit.end))
        if text.has("pflege", "gdb", "grad der", "bmi", "icd", "zigarett"):
            for found in _DEGREE.finditer(text.lower):
                yield Hit(found.start(), found.end(), found.group())


def _with_hyphen(text: Text) -> list[str]:
    return [term for term in _HYPHENED if term.partition("-")[0] in text.words]


_HYPHENED = tuple(term for term in TERMS if "-" in term)


def _is_term(word: str) -> bool:
    lower = word.lower()
    ending = next((ending for ending in ENDINGS if lower.endswith(ending)), None)
    if ending is None or word in NO_TERMS or len(lower) - len(ending) < 3:
        return False
    return ending not in AMBIGUOUS_ENDINGS or lower.removesuffix(ending).rstrip("s").startswith(_BODY) and word[0].isupper()


_BODY = BODY


def _hit(plain: str, start: int, end: int) -> Iterator[Hit]:
    before = _BEFORE.search(plain, max(0, start - 40), start)
    behind = _BEHIND.match(plain, end)
    first = before.start() if before else start
    last = behind.end() if behind else end
    yield Hit(first, last, " ".join(plain[first:last].lower().split()))

"""What the name model looks at: tokens and their features, the same when it is trained and when it is used."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from smime_milter.personal_data.roles import DEGREES, FIELDS, ROLES, TITLES

_LETTER = "A-Za-zÀ-\u024f"
TOKEN = re.compile(
    rf"(?:Dr|DDr|Prof|Mag|Dipl|Ing|Fr|Hr|Fam|[A-ZÄÖÜ])\.(?![{_LETTER}])|[{_LETTER}]+(?:['’\-][{_LETTER}]+){{0,4}}|[0-9]+|\n"
    r"|[^\s\w]"
)
LINE_END = "¶"
_ENDS = frozenset(".!?:" + LINE_END)


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """First names, those that are ordinary words as well, surnames, those that are ordinary words as well (`common`),
    and the checksums of nouns in order.
    """

    first: frozenset[str]
    ambiguous: frozenset[str]
    last: frozenset[str]
    common: frozenset[str]
    nouns: Sequence[int]

    def names_among(self, words: frozenset[str]) -> set[str]:
        """Those that are names, or the genitive of a first name."""
        genitives = {word for word in words if word[-1] == "s" and word[:-1] in self.first}
        return genitives | (self.first & words) | (self.last & words)

    def is_noun(self, word: str) -> bool:
        number = crc32(word.encode())
        at = bisect_left(self.nouns, number)
        return at < len(self.nouns) and self.nouns[at] == number

    def kind(self, token: str) -> str:
        """One or two letters for what the token can be."""
        first = token[0]
        if not first.isalpha():
            return "n" if first == LINE_END else "0" if first.isdigit() else "p"
        if not first.isupper():
            return "x"
        return self._known(token) or self._shape(token)

    def _known(self, token: str) -> str:
        bare = token.rstrip(".")
        if bare in TITLES or bare in DEGREES:
            return "T"
        if bare in ROLES or bare in FIELDS:
            return "R"
        part = token.partition("-")[0]
        if token in self.ambiguous:
            return "A"
        if part in self.first or token[:-1] in self.first and token[-1] == "s":
            return "F"
        return "L" if part in self.last else "M" if part in self.common else ""

    def _shape(self, token: str) -> str:
        if token.endswith("."):
            return "I"
        if len(token) > 1 and token.isupper():
            return "C"
        noun = token.rpartition("-")[2]
        return "N" if self.is_noun(noun) or len(noun) > 12 else "U"


def tokens_of(text: str, start: int, end: int) -> tuple[list[str], list[tuple[int, int]]]:
    """The tokens of a stretch of text, and where each stands."""
    found = list(TOKEN.finditer(text, start, end))
    return [LINE_END if token.group() == "\n" else token.group() for token in found], [token.span() for token in found]


def features(tokens: Sequence[str], kinds: Sequence[str], at: int) -> list[str]:
    """The features of one token; those of its neighbours are told by their kind, and the nearest by their word."""
    kind = kinds[at]
    lower = tokens[at].lower()
    before = kinds[at - 1] if at else "^"
    after = kinds[at + 1] if at + 1 < len(kinds) else "$"
    farther = kinds[at - 2] if at > 1 else "^"
    beyond = kinds[at + 2] if at + 2 < len(kinds) else "$"
    word_before = tokens[at - 1].lower() if at else "^"
    word_after = tokens[at + 1].lower() if at + 1 < len(tokens) else "$"
    found = [
        "k" + kind, "w" + lower, "<" + word_before + kind, ">" + word_after + kind, f"kb{before}{kind}", f"ka{kind}{after}",
        f"kc{before}{kind}{after}", f"kd{farther}{before}{kind}", f"ke{kind}{after}{beyond}",
    ]
    if kind in "UNLAFCM":
        is_start = before in "^n" or before == "p" and word_before in _ENDS
        found += ("3" + lower[-3:] + kind, "4" + lower[-4:], f"s{is_start}{kind}{after}")
    if at > 1:
        found.append("2" + tokens[at - 2].lower() + kind)
    return found

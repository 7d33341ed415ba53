"""The same person further on: a surname once found is found wherever it stands alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_MOST_NAMES = 200
_SHORTEST = 4
_JOINS = re.compile(r"[\w\-@]")
_JOINS_BEFORE = re.compile(r"[\w\-@.]")


class Surnames:
    """The surnames of the persons found in a message, each with the comparable name it stands for."""

    def __init__(self, found: Iterable[tuple[Text, Hit]]) -> None:
        self._names: dict[str, Hit] = {}
        for text, hit in found:
            surname = _surname(text.plain[hit.start : hit.end])
            if len(surname) >= _SHORTEST and len(self._names) < _MOST_NAMES:
                self._names.setdefault(surname, hit)

    def find(self, text: Text) -> Iterator[Hit]:
        plain = text.plain
        for name in sorted(self._names, key=len, reverse=True):
            at = plain.find(name)
            while at >= 0:
                end = at + len(name)
                end += plain[end : end + 1] == "s"
                if not _JOINS.match(plain, end) and not (at and _JOINS_BEFORE.match(plain, at - 1)):
                    origin = self._names[name]
                    yield Hit(at, end, origin.value, not origin.is_weak, origin.is_weak)
                at = plain.find(name, end)


def _surname(name: str) -> str:
    first, comma, _ = name.partition(",")
    words = (first if comma else name).split()
    return words[-1] if words else ""


def same_persons(values: Iterable[str]) -> dict[str, str]:
    """For each name of one word the longer one that it is a part of, if there is just one such."""
    distinct = list(dict.fromkeys(values))[:_MOST_NAMES]
    whole: dict[str, set[str]] = {}
    for value in distinct:
        words = value.split()
        if len(words) > 1:
            for word in (words[0], words[-1]):
                whole.setdefault(word, set()).add(value)
    return {value: next(iter(whole[value])) for value in distinct if len(whole.get(value, ())) == 1}

"""The same person further on: a surname once found is found wherever it stands alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_MOST_NAMES = 200
_SHORTEST = 4


class Surnames:
    """The surnames of the persons found in a message, each with the comparable name it stands for."""

    def __init__(self, found: Iterable[tuple[Text, Hit]]) -> None:
        self._names: dict[str, str] = {}
        for text, hit in found:
            surname = _surname(text.plain[hit.start : hit.end])
            if len(surname) >= _SHORTEST and len(self._names) < _MOST_NAMES:
                self._names.setdefault(surname, hit.value)
        longest_first = sorted((re.escape(name) for name in self._names), key=len, reverse=True)
        self._pattern = re.compile(rf"(?<![\w\-@.])(?:{'|'.join(longest_first)})s?(?![\w\-@])") if self._names else None

    def find(self, text: Text) -> Iterator[Hit]:
        if self._pattern is None:
            return
        for name in self._pattern.finditer(text.plain):
            written = name.group()
            value = self._names.get(written) or self._names[written.removesuffix("s")]
            yield Hit(name.start(), name.end(), value, True)


def _surname(name: str) -> str:
    first, comma, _ = name.partition(",")
    words = (first if comma else name).split()
    return words[-1] if words else ""

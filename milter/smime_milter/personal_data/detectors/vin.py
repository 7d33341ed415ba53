"""Vehicle identification numbers (ISO 3779): 17 characters after a label; European ones have no check digit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors.labels import says
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_NUMBER = re.compile(r"[A-HJ-NPR-Za-hj-npr-z0-9]{13}[0-9]{4}")
_LABEL = re.compile(r"\bfin\b|\bvin\b|fahrgestell|fahrzeug-?\s?ident|\bfgst")


_WORDS = frozenset("FIN VIN Fin Vin fin vin".split())


def _has_cue(text: Text) -> bool:
    return not _WORDS.isdisjoint(text.words) or text.has("fahrgest", "fahrzeug", "fgst")


class Vin:
    name = "vin"
    category = Category.VIN

    def find(self, text: Text) -> Iterator[Hit]:
        for start, end in text.codes if _has_cue(text) else ():
            number = text.plain[start:end]
            if _NUMBER.fullmatch(number) and sum(c.isalpha() for c in number) >= 3 and says(_LABEL, text.label_window(start)):
                yield Hit(start, end, number.upper())

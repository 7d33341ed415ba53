"""Streets with their house numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

_KIND = (
    r"(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|ring|ufer|damm|steig|graben|hof|markt|chaussee|promenade|zeile"
    r"|kai|berg|feld|wiese|winkel|park)"
)
_CAPITAL_KIND = r"(?:Stra(?:ß|ss)e|Str\.|Weg|Platz|Allee|Gasse|Ring|Ufer|Damm|Steig|Graben|Chaussee|Promenade|Zeile|Kai|Markt)"
_WORD = r"[A-ZÄÖÜ][a-zäöüß]{1,24}"
_HOUSE = re.compile(r"[0-9]{1,4}(?:[ ]?[a-h](?![a-zäöüß]))?(?:[ ]?[\-/][ ]?(?:Stg\.?[ ]?|Top["
                    r" ]?)?[0-9]{1,3}){0,3}(?:,[ ](?:Whg|Wohnung|Top|T(?:ü|ue)r|App|Stg|Stiege)\.?["
                    r" ]?[0-9]{1,3})?(?![0-9.,:]?[0-9]|[ ]?(?:%|€|EUR|Uhr|km|m²))")
_NAME = re.compile(
    rf"(?<![\wäöüß\-])(?:(?:{_WORD}-){{0,3}}[A-ZÄÖÜ][a-zäöüß]{{1,24}}{_KIND}|(?:{_WORD}[\- ]){{1,3}}{_CAPITAL_KIND}"
    rf"|(?:Am|An der|An den|Auf der|Auf dem|Im|In der|In den|Zum|Zur|Unter den|Bei der)[ ]{_WORD})(?<!Jahr)(?<!Kapitel)["
    rf" ]{{1,2}}\Z"
)
# What the word before a house number ends with, and what stands before a street without such an ending
_ENDINGS = ("straße", "strasse", "str.", "weg", "platz", "allee", "gasse", "ring", "ufer", "damm", "steig",
            "graben", "hof", "markt",
            "chaussee", "promenade", "zeile", "kai", "berg", "feld", "wiese", "winkel", "park")
_BEGINNINGS = frozenset(("am", "der", "den", "dem", "im", "zum", "zur"))


_LOWER_NAME = re.compile(r"(?<![a-zäöüß])[a-zäöüß\-]{2,30}(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse)[ ]\Z")


def streets(plain: str, lower: str, runs: list[tuple[int, int]], is_lower_case: bool) -> Iterator[tuple[int, int]]:
    """Start and end, from the house number backwards: only a number behind a name can end a street."""
    for at, end in runs:
        if at < 4 or end - at > 4 or plain[at - 1] != " ":
            continue
        words = lower[max(0, at - 60) : at].rsplit(None, 2)[-2:]
        if not (words and (words[-1].endswith(_ENDINGS) or words[0] in _BEGINNINGS)):
            continue
        name = (_LOWER_NAME if is_lower_case else _NAME).search(plain, max(0, at - 60), at)
        house = _HOUSE.match(plain, at) if name else None
        if name and house:
            yield name.start(), house.end()

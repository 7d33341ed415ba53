"""Names in running text, without title or label: the trained tagger looks around every word that can be one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors.names import LEGAL_FORM, has_public_role, is_name, is_sample, name_key
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.name_features import tokens_of
from smime_milter.personal_data.name_model import BEGIN, INSIDE, MODEL
from smime_milter.personal_data.text import Text

_REACH = 40
_WORD = re.compile(r"[^\W\d_]+")
_MOST_WINDOWS = 3000
# What stands behind these is called after somebody.
_THINGS = frozenset(
    "Sturmtief Tief Tiefdruckgebiet Hoch Orkan Orkantief Sturm Unwetter Hurrikan Taifun Zyklon Hotel Café Cafe Gasthof"
    " Gasthaus "
    " Restaurant Pension Haus Villa Schloss Burg Sankt St St. San Santa Klinik Klinikum Schule Gymnasium Projekt Tarif"
    " Produkt Modell Serie Schiff"
    " MS Programm Tagung Preis Stiftung Verein Pfarre Kirche Heiligen Heilige".split()
)
_Place = tuple[int, int]


class RunningName:
    name = "running_name"
    category = Category.PERSON

    def find(self, text: Text) -> Iterator[Hit]:
        gazetteer = MODEL.gazetteer
        plain = text.plain
        if text.is_lower_case:
            yield from _small(text)
        words = gazetteer.names_among(text.words) - text.known
        places = sorted(at for word in words for at in text.places(word))
        for start, end in _windows(plain, places[:_MOST_WINDOWS]):
            tokens, spans = tokens_of(plain, start, end)
            labels, kinds = MODEL.tag(tokens)
            for first, last in _named(tokens, kinds, labels):
                yield from _hit(plain, last - first == 1, spans[first][0], spans[last - 1][1])
        for at in places[_MOST_WINDOWS:]:  # a list of names: no need to look around each of them
            if word := _WORD.match(plain, at):
                yield Hit(at, word.end(), name_key(word.group()), False, True)


def _small(text: Text) -> Iterator[Hit]:
    """First names of a writer who does without capitals, if they are no words."""
    gazetteer = MODEL.gazetteer
    for word in text.words:
        name = word.capitalize()
        if len(word) > 3 and word.islower() and name in gazetteer.first and not gazetteer.is_noun(name):
            for at in text.places(word):
                yield Hit(at, at + len(word), name_key(word), False, True)


def _named(tokens: list[str], kinds: list[str], labels: Sequence[int]) -> Iterator[_Place]:
    """What the labels say is a name, with a surname they missed and without the nouns they took along."""
    for first, last in _names(labels):
        if last - first == 1 and kinds[first] != "F" or first and tokens[first - 1] in _THINGS:
            continue
        while last - first > 2 and kinds[last - 1] == "N":  # "Anna Berg Kundennummer"
            last -= 1
        last += last - first == 1 and _is_surname(tokens, kinds, last)
        if last - first == 1 and _is_listed(tokens, kinds, first):
            first -= 2
        yield first, last


def _windows(plain: str, places: list[int]) -> Iterator[_Place]:
    """Stretches around the places, whole words, not beyond an empty line, none overlapping another."""
    end = 0
    for at in places:
        if at < end:
            continue
        start = max(end, plain.rfind("\n\n", max(0, at - _REACH), at) + 1, at - _REACH)
        start = start if start <= end or start == at else plain.find(" ", start, at) + 1 or start
        stop = plain.find("\n\n", at, at + _REACH)
        end = stop if stop >= 0 else min(len(plain), at + _REACH)
        while end < len(plain) and plain[end].isalnum():
            end += 1
        yield start, end


def _names(labels: Sequence[int]) -> Iterator[_Place]:
    first = -1
    for at, label in enumerate([*labels, 0]):
        if first >= 0 and label != INSIDE:
            yield first, at
            first = -1
        if label == BEGIN:
            first = at


def _is_surname(tokens: list[str], kinds: list[str], at: int) -> bool:
    """Whether a capitalised word that ends a clause stands here: "(Luise Zuber)" is no craft."""
    return at + 1 < len(kinds) and kinds[at] in "NMUL" and kinds[at + 1] in "pn" and not tokens[at].isupper()


def _is_listed(tokens: list[str], kinds: list[str], at: int) -> bool:
    """Whether "Berg, Anna" stands here, at the beginning of a line or a cell."""
    if at < 2 or tokens[at - 1] != "," or kinds[at - 2] not in "ULM":
        return False
    return at == 2 or kinds[at - 3] in "np0"


def _hit(plain: str, is_alone: bool, start: int, end: int) -> Iterator[Hit]:
    name = plain[start:end]
    if LEGAL_FORM.match(plain, end) or is_sample(name) or not is_name(name) or has_public_role(plain, start):
        return
    yield Hit(start, end, name_key(name), False, is_alone)

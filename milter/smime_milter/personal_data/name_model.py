"""The trained name tagger: a weight table read once at import, and the best sequence of labels (Viterbi)."""

from __future__ import annotations

import json
import zlib
from array import array
from collections.abc import Iterable, Sequence
from importlib.resources import files
from itertools import accumulate
from typing import Any

from smime_milter.personal_data.name_features import Gazetteer, features

OUTSIDE, BEGIN, INSIDE = 0, 1, 2
_LABELS = (OUTSIDE, BEGIN, INSIDE)
_NEVER = -1e9
_NO_NAME = frozenset("xp0n")
_PARTICLES = frozenset("von van vom zu zur der den de del della di da el al la le bin ibn und".split())
_Scores = tuple[float, float, float]


class NameModel:
    """Read-only and shared by all scans of a process."""

    def __init__(self, table: dict[str, Any], first: Iterable[str]) -> None:
        scale = table["scale"]
        nouns = array("I", accumulate(table["nouns"]))
        self.gazetteer = Gazetteer(frozenset(first), frozenset(table["ambiguous"].split()),
                                   frozenset(table["last"].split()), frozenset(table["common"].split()), nouns)
        self._weights: dict[str, _Scores] = {
            name: (o * scale, b * scale, i * scale) for name, (o, b, i) in table["weights"].items()
        }
        self._moves: tuple[_Scores, ...] = tuple((a * scale, b * scale, c * scale) for a, b, c in table["moves"])

    def tag(self, tokens: Sequence[str]) -> tuple[list[int], list[str]]:
        """The label and the kind of each token; what has no capital is never a name, but for particles inside one."""
        kinds = [self.gazetteer.kind(token) for token in tokens]
        outside, begin, inside = 0.0, _NEVER, _NEVER
        backs: list[tuple[int, int, int]] = []
        for at, kind in enumerate(kinds):
            back, (outside, begin, inside) = self._step(outside, begin, inside)
            backs.append(back)
            if kind in _NO_NAME and tokens[at] not in _PARTICLES:
                begin = inside = _NEVER
                continue
            for name in features(tokens, kinds, at):
                if (weight := self._weights.get(name)) is not None:
                    outside, begin, inside = outside + weight[0], begin + weight[1], inside + weight[2]
        return _path((outside, begin, inside), backs), kinds

    def _step(self, outside: float, begin: float, inside: float) -> tuple[tuple[int, int, int], _Scores]:
        """From where each label is best reached, and the score that brings."""
        moves = self._moves
        back: list[int] = []
        scores: list[float] = []
        for to in _LABELS:
            by_o, by_b, by_i = outside + moves[0][to], begin + moves[1][to], inside + moves[2][to]
            best = OUTSIDE if by_o >= by_b and by_o >= by_i else BEGIN if by_b >= by_i else INSIDE
            back.append(best)
            scores.append((by_o, by_b, by_i)[best])
        return (back[0], back[1], back[2]), (scores[0], scores[1], scores[2])


def _path(last: _Scores, backs: Sequence[tuple[int, int, int]]) -> list[int]:
    label = max(_LABELS, key=last.__getitem__)
    labels: list[int] = []
    for back in reversed(backs):
        labels.append(label)
        label = back[label]
    return labels[::-1]


def _body(name: str) -> bytes:
    """What follows the attribution in a data file of the package."""
    return zlib.decompress(files("smime_milter.personal_data").joinpath(name).read_bytes().partition(b"\n\n")[2])


MODEL = NameModel(json.loads(_body("names.bin")), _body("first_names.bin").decode().split("\n"))

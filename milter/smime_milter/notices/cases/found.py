"""What a notice may say of personal data: the kind, how often, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from smime_milter.model.finding import Category, Finding

_PLACE = re.compile(r"subject|header [A-Za-z0-9-]{1,40}|(?:file name of )?part [0-9]{1,3}(?:\.[0-9]{1,3}){0,20}")
_MOST = 8        # rows; who has more learns that there is more
_MOST_PLACES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`places` are those of `Finding.where` without any file name."""

    category: Category
    count: int
    places: tuple[str, ...]


def found_of(findings: Iterable[Finding]) -> tuple[Found, ...]:
    """One row for each kind, the most frequent first; a value that is repeated counts once."""
    values: dict[Category, set[int]] = {}
    places: dict[Category, list[str]] = {}
    for finding in findings:
        values.setdefault(finding.category, set()).add(finding.value_no)
        place = _PLACE.match(finding.where)
        if place and place[0] not in places.setdefault(finding.category, []):
            places[finding.category].append(place[0])
    ordered = sorted(values, key=lambda category: (-len(values[category]), category.value))
    return tuple(Found(category=c, count=len(values[c]), places=tuple(places.get(c, ())[:_MOST_PLACES])) for c in ordered[:_MOST])

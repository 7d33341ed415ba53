"""What belongs to a person only by standing near one: illnesses, income, status, unlabelled birth dates."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors import ABOUT_PERSONS
from smime_milter.personal_data.detectors.birth_date import date_at
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_Found = tuple[Category, Hit]
_REACH, _NEAR = 1500, 350
# What says that somebody in particular is spoken of
ANCHORS = frozenset({
    Category.BIRTH_DATE, Category.TAX_ID, Category.SOCIAL_SECURITY, Category.HEALTH_INSURANCE, Category.ID_DOCUMENT,
    Category.DRIVING_LICENCE, Category.POLICY,
})
_WROTE = re.compile(r"[^\n]{0,60}\b(?:schrieb|wrote|schrieben|meinte)\b")
_BETWEEN = re.compile(r"[ ]{0,2}(?:[,;/|(\t]|[ ]-)[ \t|(*]{0,4}")


def is_anchor(text: Text, category: Category, hit: Hit) -> bool:
    """Whether somebody in particular is spoken of; whoever wrote a quoted mail is not."""
    return category in ANCHORS or category is Category.PERSON and not hit.is_weak and not _is_author(text.plain, hit)


def _is_author(plain: str, hit: Hit) -> bool:
    return _WROTE.match(plain, hit.end) is not None or plain[max(0, hit.start - 12) : hit.start].endswith(("schrieb ", "wrote "))


def birth_dates(text: Text, hits: Sequence[_Found]) -> Iterator[_Found]:
    """Dates of the past directly behind a name, as lists of insured children have them."""
    this_year = date.today().year
    for category, hit in hits:
        between = _BETWEEN.match(text.plain, hit.end) if category is Category.PERSON else None
        found = date_at(text.plain, between.end()) if between else None
        if between and found and int(found[1][:4]) < this_year:
            yield Category.BIRTH_DATE, Hit(between.end(), found[0], found[1], True)


def about_persons(text: Text, hits: Sequence[_Found]) -> Iterator[_Found]:
    """Findings of the detectors that need a person, in reach of one."""
    anchors = sorted(hit.start for category, hit in hits if is_anchor(text, category, hit))
    if not anchors:
        return
    for detector in ABOUT_PERSONS:
        for hit in detector.find(text):
            at = bisect_left(anchors, hit.start - _REACH)
            if at < len(anchors) and anchors[at] <= hit.end + _REACH:
                is_near = _NEAR >= min(abs(anchors[at] - hit.start), *(abs(a - hit.start) for a in anchors[at : at + 20]))
                yield detector.category, hit if is_near else replace(hit, is_weak=True)

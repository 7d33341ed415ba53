"""How much the findings of one message tell about a person: a level, and the reasons in types and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from smime_milter.model.finding import Category, Finding, Level

_WEIGHTS = {
    Category.TAX_ID: 35, Category.SOCIAL_SECURITY: 40, Category.HEALTH_INSURANCE: 35, Category.ID_DOCUMENT: 35,
    Category.DRIVING_LICENCE: 30, Category.CARD: 35, Category.IBAN: 25, Category.BIRTH_DATE: 22, Category.VIN: 22,
    Category.HEALTH: 16, Category.POLICY: 22, Category.VEHICLE: 22, Category.INCOME: 12, Category.RELIGION: 12,
    Category.FAMILY: 8,
    Category.ADDRESS: 10, Category.PERSON: 22, Category.PHONE: 6, Category.OCCUPATION: 6, Category.CITY: 4, Category.EMAIL: 4,
    Category.OTHER: 4,
}
_DIMENSIONS = {
    Category.PERSON: "who", Category.BIRTH_DATE: "birth", Category.ADDRESS: "place", Category.CITY: "place",
    Category.PHONE: "contact", Category.EMAIL: "contact", Category.IBAN: "bank", Category.CARD: "bank",
    Category.TAX_ID: "government", Category.SOCIAL_SECURITY: "government", Category.HEALTH_INSURANCE: "government",
    Category.ID_DOCUMENT: "government", Category.DRIVING_LICENCE: "government", Category.POLICY: "contract",
    Category.VEHICLE: "contract", Category.VIN: "contract", Category.INCOME: "socio-economic",
    Category.OCCUPATION: "socio-economic",
    Category.FAMILY: "socio-economic", Category.HEALTH: "special", Category.RELIGION: "special",
}
_SPECIAL = frozenset({Category.HEALTH, Category.RELIGION})
# Contact data alone is ordinary correspondence, however much of it there is.
_ORDINARY = frozenset({Category.PHONE, Category.EMAIL, Category.ADDRESS, Category.CITY, Category.OCCUPATION, Category.OTHER,
                       Category.FAMILY, Category.INCOME})
# Who somebody is and where to reach him is personal, however much of it there is, and no more than that.
_ADDRESS_BOOK = frozenset({"who", "place", "contact"})
_TRACE, _PERSONAL, _SENSITIVE, _SENSITIVE_WITH_ID = 12.0, 18.0, 60.0, 40.0
_RECORD_DIMENSIONS = 5
_MANY_HEALTH_ANSWERS = 4


def weigh(findings: Sequence[Finding]) -> tuple[Level, tuple[str, ...]]:
    """The level and its reasons ("iban x2", "dimensions: bank, who").

    Each distinct value counts once, the n-th of a category half as much as the one before. Health
    and religion count only beside a person, a birth date, an identifier or a contract.
    """
    strong = {(f.category, f.value_no) for f in findings if not f.is_weak}
    counts = Counter(category for category, _ in strong)
    if not counts.keys() & _IDENTIFYING:
        counts = Counter({category: n for category, n in counts.items() if category not in _SPECIAL})
    dimensions = {_DIMENSIONS[category] for category in counts if category in _DIMENSIONS}
    reasons = tuple(f"{category.value} x{n}" for category, n in sorted(counts.items(), key=lambda item: item[0].value))
    if len(dimensions) > 1:
        reasons += ("dimensions: " + ", ".join(sorted(dimensions)),)
    return _level(counts, dimensions), reasons


_IDENTIFYING = frozenset(_WEIGHTS) - _ORDINARY - _SPECIAL


def _level(counts: Counter[Category], dimensions: set[str]) -> Level:
    score = _score(counts, dimensions)
    if _is_completed_record(counts, dimensions):
        return Level.COMPLETED_RECORD
    if counts.keys() <= _ORDINARY:
        return Level.TRACE if score >= _TRACE else Level.NONE
    if dimensions <= _ADDRESS_BOOK:
        return Level.PERSONAL if score >= _PERSONAL else Level.TRACE if score >= _TRACE else Level.NONE
    if score >= _SENSITIVE or "government" in dimensions and score >= _SENSITIVE_WITH_ID or "special" in dimensions:
        return Level.SENSITIVE
    if score >= _PERSONAL:
        return Level.PERSONAL
    return Level.TRACE if score >= _TRACE else Level.NONE


def _score(counts: Counter[Category], dimensions: set[str]) -> float:
    total = sum(_WEIGHTS[category] * (2 - 0.5 ** (n - 1)) for category, n in counts.items())
    return total * (1 + 0.15 * max(0, len(dimensions) - 2))


def _is_completed_record(counts: Counter[Category], dimensions: set[str]) -> bool:
    """Who, a birth date or an official number, and five dimensions; many health answers are one of them."""
    if "who" not in dimensions or not dimensions & {"birth", "government"}:
        return False
    told = len(dimensions - {"special"}) + (counts[Category.HEALTH] >= _MANY_HEALTH_ANSWERS)
    return told >= _RECORD_DIMENSIONS

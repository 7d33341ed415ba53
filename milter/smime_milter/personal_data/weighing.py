"""How much the findings of one message tell about a person: a level, and the reasons in types and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from smime_milter.model.finding import Category, Finding, Level

FIRST_NAME = "first-name"
# What one value tells, by category; a first name without a surname apart. In configuration: personal_data.weights.
WEIGHTS: Mapping[str, float] = {
    "tax-id": 35, "social-security": 40, "health-insurance": 35, "id-document": 35, "driving-licence": 30, "card": 35, "iban": 25,
    "birth-date": 22, "vin": 22, "health": 16, "policy": 22, "vehicle": 22, "income": 12, "religion": 12, "family": 8,
    "address": 10, "person": 22, "phone": 6, "occupation": 6, "city": 4, "email": 4, "other": 4, FIRST_NAME: 4,
}
# From which score a level begins; of how many dimensions, and from how many health answers, a completed record.
# In configuration: personal_data.thresholds.
THRESHOLDS: Mapping[str, float] = {
    "trace": 12, "personal": 18, "sensitive": 60, "sensitive-with-id": 40, "record-dimensions": 5, "record-health-answers": 4,
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


@dataclass(frozen=True, slots=True)
class Scale:
    """The weights and thresholds in force."""

    weights: Mapping[str, float]
    thresholds: Mapping[str, float]


def scale_of(weights: Iterable[tuple[str, float]] = (), thresholds: Iterable[tuple[str, float]] = ()) -> Scale:
    """The defaults with these changes."""
    return Scale({**WEIGHTS, **dict(weights)}, {**THRESHOLDS, **dict(thresholds)})


_DEFAULT = scale_of()


def weigh(findings: Sequence[Finding], scale: Scale = _DEFAULT) -> tuple[Level, tuple[str, ...]]:
    """The level and its reasons ("iban x2", "dimensions: bank, who").

    Each distinct value counts once, the n-th of a category half as much as the one before. Health
    and religion count only beside a person, a birth date, an identifier or a contract; a first
    name alone only as a part of the score.
    """
    strong = {(f.category, f.value_no) for f in findings if not f.is_weak}
    counts = Counter(category for category, _ in strong)
    if not counts.keys() & _IDENTIFYING:
        counts = Counter({category: n for category, n in counts.items() if category not in _SPECIAL})
    has_first_name = any(f.is_weak and f.category is Category.PERSON for f in findings)
    dimensions = {_DIMENSIONS[category] for category in counts if category in _DIMENSIONS}
    reasons = tuple(f"{category.value} x{n}" for category, n in sorted(counts.items(), key=lambda item: item[0].value))
    if has_first_name:
        reasons += ("first name",)
    if len(dimensions) > 1:
        reasons += ("dimensions: " + ", ".join(sorted(dimensions)),)
    score = _score(counts, dimensions, scale) + scale.weights[FIRST_NAME] * has_first_name
    return _level(counts, dimensions, score, scale.thresholds), reasons


_IDENTIFYING = frozenset(Category) - _ORDINARY - _SPECIAL


def _level(counts: Counter[Category], dimensions: set[str], score: float, thresholds: Mapping[str, float]) -> Level:
    if _is_completed_record(counts, dimensions, thresholds):
        return Level.COMPLETED_RECORD
    is_trace = score >= thresholds["trace"]
    if counts.keys() <= _ORDINARY or score < thresholds["personal"]:
        return Level.TRACE if is_trace else Level.NONE
    return Level.SENSITIVE if _is_sensitive(dimensions, score, thresholds) else Level.PERSONAL


def _is_sensitive(dimensions: set[str], score: float, thresholds: Mapping[str, float]) -> bool:
    if dimensions <= _ADDRESS_BOOK:
        return False
    has_id = "government" in dimensions and score >= thresholds["sensitive-with-id"]
    return has_id or "special" in dimensions or score >= thresholds["sensitive"]


def _score(counts: Counter[Category], dimensions: set[str], scale: Scale) -> float:
    total = sum(scale.weights[category.value] * (2 - 0.5 ** (n - 1)) for category, n in counts.items())
    return total * (1 + 0.15 * max(0, len(dimensions) - 2))


def _is_completed_record(counts: Counter[Category], dimensions: set[str], thresholds: Mapping[str, float]) -> bool:
    """Who, a birth date or an official number, and five dimensions; many health answers are one of them."""
    if "who" not in dimensions or not dimensions & {"birth", "government"}:
        return False
    told = len(dimensions - {"special"}) + (counts[Category.HEALTH] >= thresholds["record-health-answers"])
    return told >= thresholds["record-dimensions"]

"""Sizes and durations as people write them: 64M, 5s, 30d; never a bare number."""

from __future__ import annotations

import re

from smime_milter.config.problem import Wrong, quoted

SIZES = {"k": 1024, "M": 1024**2, "G": 1024**3}
DURATIONS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_WRITTEN = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,3})?) ?([A-Za-z]{0,8})")


def size(text: str) -> int:
    """Bytes of 64k, 64M or 1G, in powers of 1024."""
    return int(_amount(text, SIZES, what="size", example="64M"))


def duration(text: str) -> float:
    """Seconds of 5s, 30m, 12h or 3d."""
    return _amount(text, DURATIONS, what="duration", example="30s")


def _amount(text: str, units: dict[str, int], *, what: str, example: str) -> float:
    matched = _WRITTEN.fullmatch(text)
    if not matched:
        raise Wrong(f"{quoted(text)} is no {what}: write a number and a unit, for example {example}")
    number, unit = matched.groups()
    if not unit:
        raise Wrong(f"{number} has no unit: write {listed_forms(number, units)}")
    if unit not in units:
        raise Wrong(f"{quoted(text)} has an unknown unit: write {listed_forms(number, units)}")
    return float(number) * units[unit]


def listed_forms(number: str, units: dict[str, int]) -> str:
    """The number with each unit: "5s, 5m, 5h or 5d"."""
    forms = [number + unit for unit in units]
    return ", ".join(forms[:-1]) + " or " + forms[-1]


def bounded_size(text: str) -> int:
    """A size from 64k to 1G."""
    value = size(text)
    if not 64 * 1024 <= value <= 1024**3:
        raise Wrong(f"{quoted(text)} is not possible here: 64k to 1G are")
    return value


def bounded_duration(text: str) -> float:
    """A duration from 0.1s to 60s, for what mail has to wait for."""
    value = duration(text)
    if not 0.1 <= value <= 60:
        raise Wrong(f"{quoted(text)} is not possible here: 0.1s to 60s are")
    return value


def quota(text: str) -> int:
    """A size from 1M to 1024G."""
    return int(_between(text, size(text), "1M to 1024G", (SIZES["M"], 1024 * SIZES["G"])))


def retention(text: str) -> float:
    """A duration from 7d to 3650d: a mail handed over twice is recognised for a week."""
    return _between(text, duration(text), "7d to 3650d", (7 * DURATIONS["d"], 3650 * DURATIONS["d"]))


def grace(text: str) -> float:
    """A duration from nothing to 30d."""
    return _between(text, duration(text), "0s to 30d", (0, 30 * DURATIONS["d"]))


def _between(text: str, value: float, range_: str, bounds: tuple[int, int]) -> float:
    if not bounds[0] <= value <= bounds[1]:
        raise Wrong(f"{quoted(text)} is not possible here: {range_} are")
    return value

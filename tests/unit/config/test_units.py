"""Sizes and durations."""

from __future__ import annotations

import pytest

from smime_milter.config.problem import Wrong
from smime_milter.config.units import duration, size


@pytest.mark.parametrize("text, expected", [
    ("64k", 65536), ("64M", 67108864), ("1G", 1073741824), ("1.5M", 1572864), ("2 M", 2097152)])
def test_a_size_is_read_in_powers_of_1024(text: str, expected: int) -> None:
    """64M is what Postfix administrators mean by it."""
    assert size(text) == expected


@pytest.mark.parametrize("text, expected", [("5s", 5), ("30m", 1800), ("12h", 43200), ("3d", 259200), ("0.5s", 0.5)])
def test_a_duration_is_read_in_seconds(text: str, expected: float) -> None:
    """s, m, h and d are seconds, minutes, hours and days."""
    assert duration(text) == expected


def test_a_bare_number_is_told_its_possible_units() -> None:
    """The error for a number without unit writes out the same number with each."""
    with pytest.raises(Wrong, match="64 has no unit: write 64k, 64M or 64G"):
        size("64")
    with pytest.raises(Wrong, match="5 has no unit: write 5s, 5m, 5h or 5d"):
        duration("5")


@pytest.mark.parametrize("text", ["", "M", "-1M", "64MiB", "64m", "1e3k", "64M 3", "٣M", "9" * 400 + "M"])
def test_what_is_no_size_is_refused(text: str) -> None:
    """Signs, foreign digits, other letters and endless numbers are errors."""
    with pytest.raises(Wrong):
        size(text)

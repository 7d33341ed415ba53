"""The settings of held mail and notices: what is possible, and that the rest says what to write."""

from __future__ import annotations

import pytest

from tests.unit.config.samples import faults, settings


def test_digest_can_be_switched_off() -> None:
    """never is no time of day and no mistake."""
    assert settings("notices: {digest: never}\n").notices.digest == ""
    assert settings('notices: {digest: "23:59"}\n').notices.digest == "23:59"


@pytest.mark.parametrize("text, hint", [
    ("outbound: {held_deadline: 0}", "1 to 30"),
    ("outbound: {held_deadline: 3d}", "1 to 30"),
    ("outbound: {held_quota: 100k}", "1M to 1024G"),
    ("outbound: {held_retention: 1d}", "7d to 3650d"),
    ('notices: {digest: "7:00"}', "07:00"),
    ('notices: {digest: "24:00"}', "07:00"),
    ("notices: {page: www.wwk.de}", "https://"),
    ("notices: {page: 'https://www.wwk.de/a b'}", "https://"),
    ("notices: {texts: notices}", "absolute path"),
])
def test_what_is_impossible_is_answered_with_what_is_possible(text: str, hint: str) -> None:
    """Every fault is one line that names a value one could write."""
    (fault,) = faults(text + "\n")
    assert hint in fault

"""Regular expressions an administrator may write."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smime_milter.config.patterns import bounded
from smime_milter.config.problem import Wrong


@pytest.mark.parametrize("pattern", [
    r"LV-[0-9]{8}", r"\bKV ?\d{3}\.\d{3}\.\d{3}\b", r"(?:SL|KH)[0-9]{2}(?:-[0-9]{3}){2}", r"(?i)schaden-nr\. [0-9]{6,10}",
    r"[A-Z]{2,3}[0-9]{7}(?![0-9])",
])
def test_the_formats_of_real_policy_numbers_are_possible(pattern: str) -> None:
    """Fixed and bounded repetitions, groups, alternatives, word boundaries and look-ahead are accepted as written."""
    assert bounded(pattern) == pattern


@pytest.mark.parametrize("pattern", [
    "[0-9]+-X", "[0-9]*abcd", "ab[0-9]{2,}", "(?:a{1,5}){1,5}", "(?:ab?){4}", "(?:a|ab){5}", r"(abcd)\1", "(?P<x>abcd)(?P=x)",
    "(x)?(?(1)abcd|efgh)", "[0-9]{1,30}[0-9]{1,30}[0-9]{1,30}", "a?" * 13 + "bcde", "[0-9]{101}", "a{0,9}", "(", "[z-a]",
    "[[a]bcd]",
    "a{99999999999}", "x" * 201, "(" * 90 + "abcd" + ")" * 90 + "+", "(?:a*)*bcde",
])
def test_a_pattern_that_could_run_away_is_refused(pattern: str) -> None:
    """Unbounded or nested repetition, references back, too many ways, too wide, too narrow, or no expression at all."""
    with pytest.raises(Wrong):
        bounded(pattern)


@settings(deadline=None)
@given(st.text(alphabet="ab01[](){}?|,*+\\dw-^$:", max_size=40))
def test_what_is_accepted_compiles_and_is_quick(pattern: str) -> None:
    """Any text is accepted or Wrong; an accepted pattern searches 2,000 characters of bad luck in well under a second."""
    try:
        bounded(pattern)
    except Wrong:
        return
    started = time.process_time()
    re.search(pattern, "ab01" * 250 + "a" * 1000)
    assert time.process_time() - started < 5

"""The port Clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smime_milter.adapters.clock import SystemClock
from smime_milter.ports import Clock
from tests.support.fakes import FakeClock


@pytest.mark.parametrize("clock", [SystemClock(), FakeClock()])
def test_the_time_is_utc_and_does_not_run_backwards(clock: Clock) -> None:
    """Times can be compared with those in certificates."""
    first, second = clock.now(), clock.now()
    assert first.utcoffset() == timedelta(0)
    assert first <= second

"""What every test shares: which tests may run beside each other, and how they are called."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

_LONG = 40
# A busy machine is no fault of the program: no example has a deadline, no generator is too slow.
settings.register_profile("suite", deadline=None, suppress_health_check=(HealthCheck.too_slow,))
settings.load_profile("suite")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep tests with real servers in one process, packages in another, other S/MIME programs in a third, the rest spread."""
    if not item.config.pluginmanager.hasplugin("xdist"):
        return
    if "packaging" in item.path.parts:
        item.add_marker(pytest.mark.xdist_group("packaging"))
    elif "interop" in item.path.parts:
        item.add_marker(pytest.mark.xdist_group("interop"))
    elif item.get_closest_marker("server") or item.get_closest_marker("bench"):
        item.add_marker(pytest.mark.xdist_group("server"))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A long value is called by its argument: a certificate made for the run has other bytes in each test process."""
    return argname if isinstance(val, (str, bytes)) and len(val) > _LONG else None

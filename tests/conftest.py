"""What every test shares: which tests may run beside each other."""

from __future__ import annotations

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep tests with real servers in one process, packages in another, the rest spread."""
    if not item.config.pluginmanager.hasplugin("xdist"):
        return
    if "packaging" in item.path.parts:
        item.add_marker(pytest.mark.xdist_group("packaging"))
    elif item.get_closest_marker("server") or item.get_closest_marker("bench"):
        item.add_marker(pytest.mark.xdist_group("server"))

"""One gateway and one of each engine for all interop tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.interop.circle import Workshop


@pytest.fixture(scope="session")
def shop() -> Iterator[Workshop]:
    with Workshop() as open_shop:
        yield open_shop

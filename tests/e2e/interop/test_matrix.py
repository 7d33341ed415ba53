"""Every engine reads what we make, and we read what every engine makes, algorithm by algorithm."""

from __future__ import annotations

import pytest

from tests.e2e.interop.circle import Workshop
from tests.e2e.interop.matrix import Cell, attempt, cells, is_able, lack
from tests.support.openssl import Disagrees

pytestmark = pytest.mark.server


def _marks(cell: Cell) -> list[pytest.MarkDecorator]:
    reason = lack(cell)
    return [pytest.mark.xfail(reason=reason, raises=(AssertionError, Disagrees), strict=True)] if reason else []


@pytest.mark.parametrize("cell", [pytest.param(cell, id=str(cell), marks=_marks(cell)) for cell in cells()])
def test_cell(cell: Cell, shop: Workshop) -> None:
    """What engine and gateway both can works between them, and what the engine cannot it refuses."""
    if is_able(cell):
        attempt(cell, shop)
        return
    with pytest.raises(Disagrees):
        attempt(cell, shop)

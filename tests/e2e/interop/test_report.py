"""docs/interop.md is what the code says."""

from __future__ import annotations

import re

from tests.e2e.interop.report import PAGE, expected, page
from tests.support.engines import ENGINES


def test_the_page_agrees_with_the_code() -> None:
    """Rows, columns and every field are those of the tables in the code; versions are what the page's last run found."""
    written = PAGE.read_text(encoding="utf-8")
    (columns,) = {tuple(line.split(" | ")) for line in re.findall(r"^\| \| (.+) \|$", written, re.MULTILINE)[:1]}
    versions = {kind.name: column.removeprefix(kind.name + " ") for kind, column in zip(ENGINES, columns, strict=True)}
    assert written == page(versions, expected), "run python3 -m tests.e2e.interop.report"

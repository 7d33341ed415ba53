"""Simple tables in text: rows of cells between tabs, bars, semicolons or wide gaps, and their column heads."""

from __future__ import annotations

import re
from dataclasses import dataclass

_GAP = re.compile(r"\t|\||;|(?<! ) {3,}(?=\S)")
_MOST_COLUMNS = 60
_HAS_DIGITS = re.compile(r"\d{2}")


@dataclass(frozen=True, slots=True)
class Cell:
    """`start` and `end` count characters of its line."""

    start: int
    end: int
    text: str


class Tables:
    """Rows that follow one another with the same number of cells; the first is the head if it holds no number."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._rows: dict[int, list[Cell]] = {}
        self._heads: dict[int, int] = {}
        self._measure()

    def _measure(self) -> None:
        head, width = -1, 0
        for number, line in enumerate(self._lines):
            cells = _cells(line)
            if len(cells) < 2:
                head, width = -1, 0
                continue
            self._rows[number] = cells
            if head >= 0 and abs(len(cells) - width) <= 1:
                self._heads[number] = head
            else:
                head, width = (-1, 0) if _HAS_DIGITS.search(line) else (number, len(cells))

    @property
    def is_empty(self) -> bool:
        return not self._rows

    def row(self, line: int) -> list[Cell]:
        return self._rows.get(line, [])

    def rows_below(self) -> list[tuple[int, list[Cell], list[Cell]]]:
        """Every row that has a head: line number, its cells, the head's cells."""
        return [(line, self._rows[line], self._rows[head]) for line, head in self._heads.items()]

    def head_texts(self) -> set[str]:
        """The texts of all column heads."""
        return {cell.text for line in set(self._heads.values()) for cell in self._rows[line]}

    def head(self, line: int, column: int) -> str:
        """The head of the cell at this character of this line, or nothing."""
        head = self._heads.get(line)
        if head is None:
            return ""
        place = sum(1 for cell in self._rows[line] if cell.start <= column) - 1
        names = self._rows[head]
        return names[place].text if 0 <= place < len(names) else ""


def _cells(line: str) -> list[Cell]:
    cells: list[Cell] = []
    at = 0
    if not ("\t" in line or "|" in line or ";" in line or "   " in line):
        return cells
    for gap in _GAP.finditer(line):
        if gap.start() > 0:  # rows of an HTML table, and of one drawn with bars, begin with a separator
            cells.append(Cell(at, gap.start(), line[at : gap.start()].strip()))
        at = gap.end()
        if len(cells) == _MOST_COLUMNS:
            return cells
    if at:
        cells.append(Cell(at, len(line), line[at:].strip()))
    return cells

"""Rows as a table of 120 columns, and as a page for a browser."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Sequence

from tests.support.telling import Row

_TITLES = ("rule", "what went in", "what left", "why")
_WIDTHS = (4, 33, 40, 34)   # with three separators of three columns: 120
_STYLE = """body{font:15px/1.45 system-ui,sans-serif;margin:2rem;color:#1b1b1b;background:#fff}
table{border-collapse:collapse;width:100%}
th,td{border-bottom:1px solid #ccc;padding:.45rem .6rem;text-align:left;vertical-align:top}
th{background:#f2f4f7}td:first-child{white-space:nowrap;font-weight:600}.bad{background:#ffe3e0}
.bad td:first-child::after{content:" \\2717"}code,pre{font:13px/1.4 monospace}"""


def text_table(rows: Iterable[Row]) -> str:
    """No line is longer than 120 columns; a row that is not as expected ends with its faults."""
    ruler = "-+-".join("-" * width for width in _WIDTHS)
    lines = [*_lines(_TITLES), ruler]
    for row in rows:
        lines += _lines((row.rule, row.went_in, row.left, row.why))
        for fault in row.faults:
            lines += textwrap.wrap(f"NOT AS EXPECTED: {fault}", 113, initial_indent="   ! ", subsequent_indent="   ! ")
        lines.append(ruler)
    return "\n".join(lines)


def _lines(cells: Sequence[str]) -> list[str]:
    columns = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, _WIDTHS)]
    height = max(len(column) for column in columns)
    padded = [column + [""] * (height - len(column)) for column in columns]
    return [" | ".join(text.ljust(width) for text, width in zip(line, _WIDTHS)).rstrip() for line in zip(*padded)]


def html_page(rows: Iterable[Row], tls: Iterable[str], *, title: str) -> str:
    """Self-contained: no script, no font, nothing fetched."""
    head = "".join(f"<th>{title}</th>" for title in _TITLES)
    body = "".join(_html_row(row) for row in rows)
    lines = html.escape("\n".join(tls))
    name = html.escape(title)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{name}</title><style>{_STYLE}</style></head>'
        f"<body><h1>{name}</h1><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"<h2>TLS</h2><pre>{lines}</pre></body></html>\n")


def _html_row(row: Row) -> str:
    cells = (row.rule, row.went_in, row.left, "; ".join((row.why, *row.faults)))
    marked = ' class="bad"' if row.faults else ""
    return f"<tr{marked}>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"

"""Labels and their values in forms: after a colon, in the next cell, or in the line below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_PAIR = re.compile(r"(?:^|[;|]|\t| {3})[ \t]{0,8}(?:[-*•]|\d{1,2}[.)])?[ ]?(?P<label>[^\W\d_][^:\t|;]{1,38})(?::["
                   r" \t]{0,20}|\t[ ]?)(?P<value>[^\t|;\n]{1,120})")
_ALONE = re.compile(r"[ \t]{0,8}(?:[-*•]|\d{1,2}[.)])?[ ]?(?P<label>[^\W\d_][^:\t|;,!]{2,48}?(?<![.?])):?[ ]?")
_LONGEST_LINE = 2000


def form_fields(lines: Sequence[str], starts: Sequence[int]) -> Iterator[tuple[str, int, int]]:
    """Label, and where its value starts and ends in the text."""
    for number, line in enumerate(lines):
        found = False
        for pair in _PAIR.finditer(line[:_LONGEST_LINE]) if ":" in line or "\t" in line else ():
            value = pair.group("value").split("   ")[0].rstrip()
            if value.strip():
                start = starts[number] + pair.start("value")
                yield pair.group("label").strip(), start, start + len(value)
                found = True
        if not found and 2 < len(line) <= 60 and number + 1 < len(lines) and (alone := _ALONE.fullmatch(line)):
            below = lines[number + 1]
            if below.strip():
                start = starts[number + 1] + len(below) - len(below.lstrip())
                yield alone.group("label").strip(), start, starts[number + 1] + min(len(below.rstrip()), 160)

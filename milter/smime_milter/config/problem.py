"""A fault in a configuration file, with the place to look at, and the list they are collected in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

LIMIT = 200
_SHOWN = 60


class Place(Protocol):
    """Where something stands in the file; both count from 1."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. `path` is the key as `outbound.encrypt`; line 0 means the file as a whole."""

    file: str
    line: int
    column: int
    path: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.path}: {self.text}" if self.path else f"{place}: {self.text}"


class Wrong(Exception):
    """A value that cannot be; its text says what could. Never leaves `config`."""


class Report:
    """Collects the problems of one file, at most LIMIT of them: what follows is noise."""

    def __init__(self, file: str, homes: Mapping[str, str] | None = None) -> None:
        """`homes` says in which section a key belongs."""
        self.file = file
        self.homes = homes or {}
        self._problems: list[Problem] = []

    def add(self, place: Place | None, *, path: str, text: str) -> None:
        if not self.is_full:
            line, column = (place.line, place.column) if place else (0, 0)
            self._problems.append(Problem(self.file, line, column, path, text))

    @property
    def is_full(self) -> bool:
        return len(self._problems) >= LIMIT

    def problems(self) -> tuple[Problem, ...]:
        """All of them, in the order of the file."""
        return tuple(sorted(self._problems, key=lambda p: (p.line, p.column)))


def quoted(text: str) -> str:
    """A value as it can stand in a one-line message: cut to 60 characters, nothing unprintable."""
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in shown) + '"'


def nearest(text: str, names: tuple[str, ...]) -> str:
    """The sentence "did you mean X?" with a leading blank, or nothing if no name is near."""
    close = get_close_matches(text[:_SHOWN].lower().replace("_", "-"), [n.replace("_", "-") for n in names], n=1)
    found = next((n for n in names if close and n.replace("_", "-") == close[0]), None)
    return f" Did you mean {found}?" if found else ""


def listed(names: tuple[str, ...]) -> str:
    """Names as people list them: "a, b or c"."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else "nothing"

"""What one look at the surroundings found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Result:
    """`path` is the key that led here, `text` one line: what is, and for anything but OK what to do."""

    verdict: Verdict
    path: str
    text: str


def ok(path: str, text: str) -> Result:
    return Result(Verdict.OK, path, text)


def note(path: str, text: str) -> Result:
    return Result(Verdict.NOTE, path, text)


def warning(path: str, text: str) -> Result:
    return Result(Verdict.WARNING, path, text)


def fault(path: str, text: str) -> Result:
    return Result(Verdict.FAULT, path, text)

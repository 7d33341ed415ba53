"""What a detector proposes, while the value may still be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from smime_milter.model.finding import Category
from smime_milter.personal_data.text import Text


@dataclass(frozen=True, slots=True, repr=False)
class Hit:
    """A stretch of `Text.plain`. `value` is its comparable form; `is_named_customer` says that a
    label makes it somebody else's, so that no signature or company block excuses it; `is_weak` that
    it tells little by itself, as a lone first name does.
    """

    start: int
    end: int
    value: str
    is_named_customer: bool = False
    is_weak: bool = False

    def __repr__(self) -> str:
        return f"Hit({self.start}, {self.end})"


class Detector(Protocol):
    """Finds one kind of personal data.

    A pattern proposes, a check digit decides, a label confirms. `find` takes time linear in the
    text; overlapping hits of several detectors are settled by `scan`.
    """

    @property
    def name(self) -> str: ...

    @property
    def category(self) -> Category: ...

    def find(self, text: Text) -> Iterator[Hit]: ...

"""A held mail as one row of a digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """`recipients` are masked; `is_for_person` says that no certificate would help."""

    reference: str
    since: datetime
    deadline: datetime
    recipients: tuple[str, ...]
    is_for_person: bool

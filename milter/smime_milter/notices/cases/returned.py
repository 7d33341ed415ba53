"""To the sender: it was not sent in time and comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smime_milter.model.decision import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    NAME: ClassVar[str] = "returned"

    recipients: tuple[str, ...]
    reason: Reason
    has_original: bool
    is_by_hand: bool

"""To the sender: the address in From is none of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smime_milter.model.decision import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignSender:
    NAME: ClassVar[str] = "foreign-sender"

    reason: Reason

"""To the sender: it was not accepted, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smime_milter.model.decision import Reason
from smime_milter.notices.cases.found import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    NAME: ClassVar[str] = "refused"

    recipients: tuple[str, ...]
    reason: Reason
    found: tuple[Found, ...]

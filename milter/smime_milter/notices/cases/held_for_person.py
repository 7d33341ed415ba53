"""To the sender: it waits for somebody who decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from smime_milter.model.decision import Reason
from smime_milter.notices.cases.found import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldForPerson:
    NAME: ClassVar[str] = "held-for-person"

    recipients: tuple[str, ...]
    reason: Reason
    found: tuple[Found, ...]
    deadline: datetime

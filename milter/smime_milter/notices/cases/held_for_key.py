"""To the sender: it waits for a certificate of the recipient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from smime_milter.model.decision import Reason
from smime_milter.notices.cases.found import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldForKey:
    NAME: ClassVar[str] = "held-for-key"

    recipients: tuple[str, ...]
    reason: Reason
    found: tuple[Found, ...]
    deadline: datetime

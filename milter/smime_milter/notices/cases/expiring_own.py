"""To one of us, or the postmaster: a certificate of ours ends soon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiringOwn:
    NAME: ClassVar[str] = "expiring-own"

    name: str
    valid_until: datetime

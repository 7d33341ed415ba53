"""To a partner: the certificate we write to them with ends soon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiringPartner:
    NAME: ClassVar[str] = "expiring-partner"

    valid_until: datetime

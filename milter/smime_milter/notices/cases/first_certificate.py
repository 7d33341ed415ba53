"""To a partner, once: their certificate is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstCertificate:
    NAME: ClassVar[str] = "first-certificate"

    usable_from: datetime
    valid_until: datetime

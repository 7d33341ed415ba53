"""To a partner: please answer with a signed mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    NAME: ClassVar[str] = "invitation"

    page: str

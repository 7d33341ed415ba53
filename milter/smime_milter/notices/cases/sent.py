"""To the sender: what waited has been sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    NAME: ClassVar[str] = "sent"

    recipients: tuple[str, ...]
    is_encrypted: bool

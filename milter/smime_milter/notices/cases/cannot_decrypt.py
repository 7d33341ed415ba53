"""To a partner: their mail was encrypted with a certificate we cannot use any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotDecrypt:
    NAME: ClassVar[str] = "cannot-decrypt"

    used_issuer: str
    used_expired: bool
    page: str

"""To the sender: it was sent with placeholders in place of personal data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smime_milter.notices.cases.found import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Pseudonymised:
    NAME: ClassVar[str] = "pseudonymised"

    recipients: tuple[str, ...]
    found: tuple[Found, ...]

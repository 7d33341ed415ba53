"""To a sender, each working day: what of theirs still waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smime_milter.notices.cases.waiting import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSender:
    NAME: ClassVar[str] = "digest-sender"

    rows: tuple[Waiting, ...]
    count: int

"""To the postmaster, each working day: everything that still waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smime_milter.notices.cases.waiting import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestTeam:
    NAME: ClassVar[str] = "digest-team"

    rows: tuple[Waiting, ...]
    count: int
    senders: int

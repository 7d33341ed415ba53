"""What the SMTP client is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """The MTA's part: ACCEPT lets the (edited) message pass, TAKE answers 250 and drops the MTA's copy."""

    ACCEPT = "accept"
    TAKE = "take"
    REJECT = "reject"
    TEMPFAIL = "tempfail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`lines` are ASCII and free of content; ACCEPT and TAKE leave code and text to the MTA."""

    verdict: Verdict
    code: str = ""
    status: str = ""
    lines: tuple[str, ...] = ()


ACCEPT = Reply(verdict=Verdict.ACCEPT)
TAKE = Reply(verdict=Verdict.TAKE)

"""A mail of ours that tells somebody what became of theirs, before it has words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`case` names its text in `notices.cases`, `values` is that case's value object as JSON.

    `subject` is the recipient's own subject where nothing speaks against showing it, `in_reply_to`
    a Message-ID. Where `once` is set, another notice with the same words is dropped for `once_for`.
    `reference` is our code for the message; one that belongs to held mail gets that mail's.
    """

    case: str
    to: str
    values: str
    subject: str = ""
    in_reply_to: str = ""
    once: str = ""
    once_for: timedelta = timedelta(days=7)
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedNotice:
    """A notice in the outbox; `number` is its place there, `attempts` how often it could not be sent."""

    number: int
    notice: Notice
    attempts: int = 0

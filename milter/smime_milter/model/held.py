"""The life of held mail: what it waits for, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from smime_milter.model.decision import Reason


class HeldState(Enum):
    """One recipient's copy. It waits in one of the first two states and never leaves one of the others."""

    WAITING_FOR_KEY = "waiting-for-key"
    WAITING_FOR_PERSON = "waiting-for-person"
    RELEASED = "released"
    RETURNED = "returned"
    DISCARDED = "discarded"
    SENT = "sent"

    @property
    def is_open(self) -> bool:
        return self in (HeldState.WAITING_FOR_KEY, HeldState.WAITING_FOR_PERSON)


# A certificate of the recipient would let the mail out: nothing else is missing.
_KEY_HELPS = frozenset({Reason.NO_CERTIFICATE, Reason.COMPLETED_RECORD, Reason.UNREADABLE_CONTENT, Reason.AMBIGUOUS_MESSAGE})


def lacks_key(reason: Reason) -> bool:
    """Whether a recipient with this reason waits for a certificate of their own."""
    return reason in _KEY_HELPS


def first_states(reasons: tuple[Reason, ...]) -> tuple[HeldState, ...]:
    """What each recipient waits for: who waits because of the others waits for the same as they do."""
    is_key_missing = any(lacks_key(reason) for reason in reasons)
    return tuple(
        HeldState.WAITING_FOR_KEY if lacks_key(r) or (r is Reason.MIXED_RECIPIENTS and is_key_missing)
        else HeldState.WAITING_FOR_PERSON for r in reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldEntry:
    """A held mail without its content; `states` and `reasons` go with `recipients`.

    Without the right key only the clear part is filled. `deadline` is None for mail kept by an older version.
    """

    reference: str
    reason: Reason
    received_at: datetime
    size: int
    states: tuple[HeldState, ...]
    reasons: tuple[Reason, ...] = ()
    deadline: datetime | None = None
    sender: str = ""
    recipients: tuple[str, ...] = ()
    message_id: str = ""
    findings: str = ""
    client: str = ""
    is_from_us: bool = True
    is_readable: bool = True

    @property
    def open_numbers(self) -> tuple[int, ...]:
        return tuple(n for n, state in enumerate(self.states) if state.is_open)

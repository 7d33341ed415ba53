"""What goes wrong outside the message: about the message itself errors are values in Facts."""

from __future__ import annotations


class SmimeMilterError(Exception):
    """Base of our own errors. Its text is made of our words, sizes and codes, never of content."""


class Unavailable(SmimeMilterError):
    """Something around us did not answer (store, worker, directory): the peer hears 451."""

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(f"{what} unavailable" + (f": {detail}" if detail else ""))
        self.what = what


class OutOfOrder(SmimeMilterError):
    """The MTA sent an event that does not fit the session's state."""


class Refused(SmimeMilterError):
    """The MTA granted fewer actions than we need, or refused one half-way."""

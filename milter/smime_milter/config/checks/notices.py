"""Whether people will be told, and in words that can be used."""

from __future__ import annotations

from collections.abc import Iterator

from smime_milter.config.checks.result import Result, note, ok, warning
from smime_milter.model.settings import Settings
from smime_milter.notices.rendering import Texts


def check(settings: Settings) -> Iterator[Result]:
    """Look at the edited copies of texts, and for what keeps every notice back."""
    notices = settings.notices
    if not notices.enabled or not notices.postmaster:
        key = "notices.postmaster" if notices.enabled else "notices.enabled"
        yield note(key, "nobody is told what became of their mail, and held mail does not go back to its sender by itself")
        return
    faults = Texts(notices.texts, notices.languages).faults()
    for fault in faults:
        yield warning("notices.texts", f"{notices.texts}/{fault}; the shipped text is sent instead: mend the copy, or remove it")
    if not faults:
        yield ok("notices.texts", f"notices come from {notices.postmaster}")

"""Apply an edit plan to the MTA's copy: the one place that changes mail, in one fixed order."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from smime_milter.model.errors import Refused
from smime_milter.model.message import HeaderField, Message
from smime_milter.model.outcome import EditPlan


class Editor(Protocol):
    """What pymilter offers at end of message."""

    def replacebody(self, body: bytes) -> object: ...
    def chgheader(self, field: str, idx: int, value: str | None) -> object: ...
    def addheader(self, field: str, value: str, idx: int = -1) -> object: ...
    def chgfrom(self, sender: str, params: str | None = None) -> object: ...


def apply(plan: EditPlan, message: Message, editor: Editor) -> None:
    """Body in one go, removals from the last field to the first, then additions, then the envelope sender.

    An edit that fails raises: the caller answers 451, and the MTA forgets the half that was done.
    """
    try:
        _replace_body(plan, editor)
        _remove(plan, message, editor)
        _add(plan, editor)
        if plan.sender is not None:
            editor.chgfrom(f"<{plan.sender[0]}>", plan.sender[1])
    except Exception as error:  # pymilter raises its own class; the MTA is gone or refused the edit
        raise Refused(f"edit failed: {type(error).__name__}") from None


def _replace_body(plan: EditPlan, editor: Editor) -> None:
    if plan.body is not None:
        for chunk in plan.body.chunks():
            editor.replacebody(chunk)


def _remove(plan: EditPlan, message: Message, editor: Editor) -> None:
    """Postfix renumbers the fields of one name after each deletion, Sendmail does not: from the end both agree."""
    occurrence = _occurrences(message)
    for index in reversed(plan.remove):
        editor.chgheader(message.fields[index].name.decode("utf-8"), occurrence[index], None)


def _occurrences(message: Message) -> list[int]:
    seen: Counter[bytes] = Counter()
    numbers = []
    for header in message.fields:
        seen[header.key] += 1
        numbers.append(seen[header.key])
    return numbers


def _add(plan: EditPlan, editor: Editor) -> None:
    for header in reversed(plan.prepend):
        editor.addheader(*_text(header), 0)
    for header in plan.append:
        editor.addheader(*_text(header))


def _text(header: HeaderField) -> tuple[str, str]:
    """libmilter takes C strings of UTF-8 with LF folds: a NUL would cut the value, a CR would stay in the mail."""
    value = header.value.replace(b"\r", b"").replace(b"\0", b"")
    return header.name.decode("utf-8", "replace"), value.decode("utf-8", "replace")

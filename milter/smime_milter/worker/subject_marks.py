"""Take marks that look like ours out of a Subject from outside."""

from __future__ import annotations

from smime_milter.mime.entity import Entity
from smime_milter.mime.fields import decode_text, encode_text, value_of
from smime_milter.model.spool import Octets
from smime_milter.worker.lookalikes import folded

_ROUNDS = 20


def cleaned_subject(octets: Octets, root: Entity, marks: tuple[str, ...]) -> str | None:
    """The Subject's value, encoded, without any of our marks; None if there was none to take out."""
    value = value_of(octets, root, b"subject") if marks else None
    if value is None:
        return None
    text = decode_text(value)[0]
    shorter = without_marks(text, marks)
    return encode_text(shorter.strip()) if shorter != text else None


def without_marks(text: str, marks: tuple[str, ...]) -> str:
    """The text without anything a reader would take for one of the marks; of a text stuffed with them nothing is left."""
    for _ in range(_ROUNDS):  # taking one out may bring another together
        shorter = _without_first(text, marks)
        if shorter is None:
            return text
        text = shorter
    return ""


def holds_mark(text: str, marks: tuple[str, ...]) -> bool:
    return _without_first(text, marks) is not None


def _without_first(text: str, marks: tuple[str, ...]) -> str | None:
    seen, places = folded(text)
    for mark in marks:
        wanted = folded(mark)[0]
        at = seen.find(wanted) if wanted else -1
        if at >= 0:
            return text[: places[at]] + text[places[at + len(wanted) - 1] + 1 :]
    return None

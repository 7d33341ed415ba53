"""Take marks that look like ours out of a Subject from outside."""

from __future__ import annotations

import unicodedata

from smime_milter.mime.entity import Entity
from smime_milter.mime.fields import decode_text, encode_text, value_of
from smime_milter.model.spool import Octets

_INVISIBLE = frozenset({"Cf", "Mn", "Cc", "Zs"})   # format and combining characters, controls, blanks
_ROUNDS = 20


def cleaned_subject(octets: Octets, root: Entity, marks: tuple[str, ...]) -> str | None:
    """The Subject's value, encoded, without any of our marks; None if there was none to take out.

    Compared after decoding, compatibility folding and without case, blanks and invisible characters.
    """
    value = value_of(octets, root, b"subject") if marks else None
    if value is None:
        return None
    text = original = decode_text(value)[0]
    for _ in range(_ROUNDS):  # taking one out may bring another together
        shorter = _without_first(text, marks)
        if shorter is None:
            return encode_text(text.strip()) if text != original else None
        text = shorter
    return ""


def _without_first(text: str, marks: tuple[str, ...]) -> str | None:
    folded, places = _fold(text)
    for mark in marks:
        wanted = _fold(mark)[0]
        at = folded.find(wanted) if wanted else -1
        if at >= 0:
            return text[: places[at]] + text[places[at + len(wanted) - 1] + 1 :]
    return None


def _fold(text: str) -> tuple[str, list[int]]:
    """The comparable form, and for each of its characters where it stands in `text`."""
    folded: list[str] = []
    places: list[int] = []
    for index, character in enumerate(text):
        for part in unicodedata.normalize("NFKC", character).casefold():
            if unicodedata.category(part) not in _INVISIBLE:
                folded.append(part)
                places.append(index)
    return "".join(folded), places

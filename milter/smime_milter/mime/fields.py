"""Header fields: reading the values of foreign ones, building our own."""

from __future__ import annotations

import re

from smime_milter.mime.encoded_words import decode_text, encode_phrase, encode_text
from smime_milter.mime.entity import Entity, Field
from smime_milter.mime.lexical import unfold
from smime_milter.model.message import HeaderField
from smime_milter.model.spool import Octets

__all__ = ["decode_text", "encode_phrase", "encode_text", "field", "value_of", "values_of"]

_NAME = re.compile(r"[!-9;-~]{1,70}")
_COLUMNS = 76


def values_of(octets: Octets, entity: Entity, name: bytes) -> tuple[bytes, ...]:
    """Return every value of this field, unfolded and stripped, in their order."""
    wanted = name.lower()
    return tuple(unfolded(octets, f) for f in entity.fields if f.name.lower() == wanted)


def value_of(octets: Octets, entity: Entity, name: bytes) -> bytes | None:
    """Return the first value of this field, unfolded and stripped; None where there is none."""
    wanted = name.lower()
    for found in entity.fields:
        if found.name.lower() == wanted:
            return unfolded(octets, found)
    return None


def unfolded(octets: Octets, found: Field) -> bytes:
    """The field's value on one line."""
    return unfold(octets[found.value_start : found.end]).strip(b" \t\r\n")


def field(name: str, value: str) -> HeaderField:
    """Build one of our own fields, folded to 76 columns; ValueError for what cannot be written so.

    The texts of the errors are fixed: they never show the value.
    """
    if not _NAME.fullmatch(name):
        raise ValueError("field name outside the grammar")
    if not value.isascii():
        raise ValueError("field value is not ASCII")
    if not value.isprintable() and not value.replace("\t", "").isprintable():
        raise ValueError("field value holds a control character")
    return HeaderField(name.encode("ascii"), _fold(len(name) + 1, value).encode("ascii"))


def _fold(column: int, value: str) -> str:
    out = ""
    for word in value.strip().split(" "):
        if len(word) + 1 > _COLUMNS:
            raise ValueError("field value cannot be folded")
        if word and column + 1 + len(word) > _COLUMNS:
            out, column = out + "\n", 0
        out += " " + word
        column += 1 + len(word)
    return out

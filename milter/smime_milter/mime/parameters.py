"""Parameters of Content-Type and Content-Disposition, RFC 2045 §5.1 and RFC 2231."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote_to_bytes

from smime_milter.mime.charsets import decode_charset, read_guessed
from smime_milter.mime.encoded_words import decode_text
from smime_milter.mime.lexical import unquote
from smime_milter.model.ambiguity import Ambiguity

TOKEN = rb"[!#-'*+\-.0-9A-Z^-~]+"  # RFC 2045 §5.1
_PARAMETER = re.compile(rb";[ \t]*(" + TOKEN + rb')=(?:"([^"\\]*(?:\\.[^"\\]*)*)"|(' + TOKEN + rb"))[ \t]*", re.DOTALL)
_LENIENT = re.compile(rb"[;\s]*+([^\s=;\"]{1,200})[ \t]*=[ \t]*(?:\"([^\"]*)\"?|([^;]*))", re.DOTALL)
_NEXT = re.compile(rb"[;\s]*[^;]*")
_TRAILING = re.compile(rb"[; \t]*\Z")
_NAME = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_EXTENDED = re.compile(r"([^']*)'([^']*)'(.*)", re.DOTALL)
# Read by name only: a reader that does not know RFC 2231 sees none at all.
_NEVER_EXTENDED = ("boundary", "charset")


@dataclass(frozen=True, slots=True)
class Parameters:
    """Lower-case names and decoded values; `is_clean` is False when anything was outside the grammar."""

    values: Mapping[str, str]
    is_clean: bool
    codes: frozenset[Ambiguity]


@dataclass(frozen=True, slots=True)
class _Piece:
    section: int  # -1 where the name has none
    is_extended: bool
    value: str


NONE = Parameters(MappingProxyType({}), True, frozenset())


def read_parameters(value: bytes, at: int, limit: int) -> Parameters:
    """Read `; name=value` from an offset of an unfolded value on; at most `limit` of them."""
    if at == len(value):
        return NONE
    codes: set[Ambiguity] = set()
    pairs, is_clean = _read_pairs(value, at, limit)
    if len(pairs) > limit:
        codes.add(Ambiguity.LIMIT_PARAMETERS)
    return Parameters(MappingProxyType(_assemble(pairs[:limit], codes)), is_clean, frozenset(codes))


def _read_pairs(value: bytes, at: int, limit: int) -> tuple[list[tuple[str, str]], bool]:
    pairs: list[tuple[str, str]] = []
    is_clean = True
    while at < len(value) and len(pairs) <= limit:
        match = _PARAMETER.match(value, at)
        if match is None:
            if _TRAILING.match(value, at):  # a last semicolon is what half of all clients send
                break
            is_clean = False
            match = _LENIENT.match(value, at)
        if match is None:
            skipped = _NEXT.match(value, at)
            at = skipped.end() if skipped else len(value)
            continue
        raw = unquote(match[2]) if match[2] is not None else match[3].strip()
        pairs.append((read_guessed(match[1]).lower(), read_guessed(raw)))
        at = match.end()
    return pairs, is_clean


def _assemble(pairs: list[tuple[str, str]], codes: set[Ambiguity]) -> dict[str, str]:
    simple = dict(pairs)
    if len(simple) == len(pairs) and not any("*" in name for name in simple):
        return simple
    pieces: dict[str, list[_Piece]] = {}
    for name, value in pairs:
        match = _NAME.fullmatch(name)
        section = match[2] if match else None
        piece = _Piece(-1 if section is None else int(section), bool(match and match[3]), value)
        pieces.setdefault(match[1] if match else name, []).append(piece)
    return {name: _join(name, found, codes) for name, found in pieces.items()}


def _join(name: str, found: list[_Piece], codes: set[Ambiguity]) -> str:
    if len(found) == 1 and not found[0].is_extended and found[0].section < 0:
        return found[0].value
    plain = [p.value for p in found if p.section < 0 and not p.is_extended]
    coded = sorted((p for p in found if p.section >= 0 or p.is_extended), key=lambda p: p.section)
    value = _decode(coded, codes) if coded else plain[0]
    sections = [p.section for p in coded]
    is_whole = sections in ([], [-1]) or sections == list(range(len(sections)))
    # Two forms that say the same are one answer for every reader.
    agrees = not plain or (len(plain) == 1 and decode_text(plain[0].encode("utf-8"))[0] == value)
    if not (is_whole and agrees) or name in _NEVER_EXTENDED:
        codes.add(Ambiguity.PARAMETER_CONFLICT)
    return value


def _decode(pieces: list[_Piece], codes: set[Ambiguity]) -> str:
    """RFC 2231 §4.1: only the first piece names the charset; each says whether it is escaped."""
    charset, first = "", pieces[0].value
    if pieces[0].is_extended:
        match = _EXTENDED.fullmatch(first)
        if match is None:
            codes.add(Ambiguity.PARAMETER_CONFLICT)
        else:
            charset, first = match[1], match[3]
    values = [first, *(p.value for p in pieces[1:])]
    data = b"".join(
        unquote_to_bytes(v) if p.is_extended else v.encode("utf-8") for v, p in zip(values, pieces, strict=True)
    )
    text, found = decode_charset(data, charset or "utf-8")
    codes.update(found)
    return text

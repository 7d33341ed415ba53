"""Persons: a name after a title or after the label of a part somebody plays, in a form, in prose, or in a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors.names import (
    ACADEMIC, LEGAL_FORM, LISTED_NAME, NAME, NAME_WORD, PARTICLES, SPACE, has_public_role, is_name, is_sample, name_key, trimmed,
)
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.roles import DEGREES, FIELDS, ROLES, TITLES, TRIGGERS
from smime_milter.personal_data.text import Text


_SAID_TITLE = re.compile(rf"\.?{SPACE}(?:{ACADEMIC}{SPACE}){{0,3}}(?P<name>{NAME})")
_SAID_DEGREE = re.compile(rf"(?:{ACADEMIC}{SPACE}){{1,3}}(?P<name>{NAME})")
# What may stand between a label's first word and its colon
_REST = (
    r"(?:,?[ ](?:Vorname|Geburtsdatum)(?:,\s[A-Z][a-z]{2,20}){0,2}"
    r"|[,/]?\s?(?:und\s|u\.\s)?(?:Vor|Nach)name|[ \-]?[Pp]erson|[ \-]?[Hh]older"
    r"|/V[NP])?(?:\s?\([A-Za-zäöüß .,/]{1,20}\)|\s?/\s?[A-Za-z.äöü]{2,14}|[ ][1-9])?"
)
_SAID_FIELD = re.compile(rf"{_REST}[ ]?(?:[:=\t|][ \t|]{{0,20}}|:?[ ]?\n[ \t]{{0,8}})"
                         rf"(?P<name>(?:{ACADEMIC}[ ]){{0,2}}(?:{LISTED_NAME}|{NAME}))")
_SAID_PROSE = re.compile(
    rf"(?:[ ]Person)?(?:{SPACE}(?:heißt|heisst|ist|war|namens|named|is|der|die|Herrn?|Frau|unser|unsere)){{0,2}}{SPACE}"
    rf"(?P<name>(?:{PARTICLES}){{0,2}}{NAME_WORD}{SPACE}(?:{PARTICLES}){{0,2}}{NAME_WORD}(?:{SPACE}{NAME_WORD})?)"
)
# A name directly before the word that announces a birth date
_BEFORE_BIRTH = re.compile(rf"(?P<name>{NAME_WORD}(?:[ ]{NAME_WORD}){{1,2}}|{NAME_WORD},[ ]{NAME_WORD}),?[ ]?(?:[(,/][ ]?)?\Z")
_BIRTH = ("geb.", "geboren", "*", "Jg", "Jahrgang", "DOB", "born")
_HEADER_QUOTE = re.compile(rf"^(?:Von|From|An|To|Cc|Kopie|Absender)[ ]?:[ ]{{0,3}}[\"']?(?P<name>{NAME})[\"']?["
                           rf" ]?[<\[(](?:mailto:)?(?P<mail>[^\s<>()\[\]]{{3,100}})", re.MULTILINE)
_COLUMN = re.compile(rf"(?:(?:Vor-?\s?und|Full|First|Last)[ ])?(?P<label>[^\W\d_]{{2,30}}){_REST}")
_LOWER_CASE = re.compile(
    r"(?:herrn?|(?<!meine )(?<!eine )(?<!seine )frau|hr\.|fr\.|familie|fam\.|(?:kunde|kundin|vn|mandant|mandantin"
    r"|versicherter|versicherte|halter|fahrer)(?: (?:heißt|ist|is|war))?"
    r"(?: (?:der|die))?:?)[ ](?P<name>(?!(?:und|ist|is|hat|der|die|das|am|in|im|für|wird|war|soll|kann|will|hatte|nicht"
    r"|noch|wegen|zum|zur|mit|von)\b)[a-zäöüß]{3,20}"
    r"(?:-[a-zäöüß]{3,20})?(?:[ ](?!(?:und|ist|is|hat|der|die|das|am|in|im|für|wird|war|soll|kann|will|hatte|nicht|noch"
    r"|wegen|zum|zur|mit|von|bitte)\b)[a-zäöüß]{3,20})?)"
)
_TWO_NAMES = re.compile(rf"{NAME_WORD}[ ]{NAME_WORD}.{{0,40}}")
_CELL = re.compile(rf"(?:{ACADEMIC}[ ]){{0,2}}(?P<name>{LISTED_NAME}|{NAME})(?:[ ]?[(,/;].*)?")


class Person:
    name = "person"
    category = Category.PERSON

    def find(self, text: Text) -> Iterator[Hit]:
        plain = text.plain
        words = TRIGGERS & text.words
        for at, word in sorted((at, word) for word in words for at in text.places(word)):
            if found := _said(text, at, word):
                is_label = word not in TITLES and word not in DEGREES
                if is_label or not has_public_role(plain, at):
                    yield from _hit(plain, found, is_label)
        yield from self._before_births(plain)
        if "@" in plain:
            quoted = (_HEADER_QUOTE.search(plain, *span) for span in text.address_lines)
            yield from (hit for found in quoted if found for hit in _hit(plain, found, False))
        if text.is_lower_case:
            yield from (hit for found in _LOWER_CASE.finditer(plain) for hit in _hit(plain, found, False))
        yield from self._cells(text)

    def _before_births(self, plain: str) -> Iterator[Hit]:
        for cue in _BIRTH:
            at = plain.find(cue)
            while at >= 0:
                if found := _BEFORE_BIRTH.search(plain, max(0, at - 80), at):
                    yield from _hit(plain, found, True)
                at = plain.find(cue, at + len(cue))

    def _cells(self, text: Text) -> Iterator[Hit]:
        for line, cells, heads in text.tables.rows_below():
            if len(heads) == 2 and _TWO_NAMES.fullmatch(heads[1].text):
                continue
            for cell, head in zip(cells, heads):
                if _is_column(head.text) and (found := _CELL.fullmatch(cell.text[:120])):
                    at = text.line_starts[line] + text.lines[line].index(cell.text, cell.start)
                    yield from _hit(text.plain, found, True, at)


@lru_cache(maxsize=512)
def _is_column(head: str) -> bool:
    """Whether a column with this head holds persons."""
    column = _COLUMN.fullmatch(head.strip()[:60])
    return column is not None and bool({column.group("label"), column.group("label").capitalize()} & (ROLES | FIELDS))


def _said(text: Text, at: int, word: str) -> re.Match[str] | None:
    """The name after the title or label at this place."""
    plain, end = text.plain, at + len(word)
    if word in TITLES:
        return _SAID_TITLE.match(plain, end)
    if word in DEGREES:
        return _SAID_DEGREE.match(plain, at)
    found = _SAID_FIELD.match(plain, end)
    if found and not _is_head_row(text, at, found):
        return found
    return _SAID_PROSE.match(plain, end) if word in ROLES else None


def _is_head_row(text: Text, at: int, found: re.Match[str]) -> bool:
    """Between tabs or bars "Mieter | Karte" is the head of two columns, "Mieter | Anna Berg" is not."""
    separator = text.plain[found.start("name") - 1]
    return separator in "\t|" and " " not in found.group("name") and len(text.tables.row(text.line_of(at))) != 2


def _hit(plain: str, found: re.Match[str], is_label: bool, offset: int = 0) -> Iterator[Hit]:
    """`offset`: where the text begins that was matched, if it was cut out."""
    name, at = found.group("name"), offset + found.start("name")
    if is_sample(name) or LEGAL_FORM.match(plain, at + len(name)):
        return
    name = trimmed(name)
    if is_name(name):
        yield Hit(at, at + len(name), name_key(name), is_label)

"""Persons: a name after a title or after the label of a part somebody plays, in a form, in prose, or in a table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors.names import (
    ACADEMIC, NAME, NAME_WORD, PARTICLES, SPACE, is_name, name_key, trimmed,
)
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_TITLE = re.compile(
    r"(?<![\w\-])(?:(?:Herrn?|HERRN?|Frau|FRAU|Fr(?:ä|ae)ulein|Hr\.?|Fr\.|Familie|Fam\.|Eheleuten?|Ehepaar|Mrs?\.?|Ms\.?|Miss)"
    rf"{SPACE}(?:{ACADEMIC}{SPACE}){{0,3}}|(?:{ACADEMIC}{SPACE}){{1,3}})(?P<name>{NAME})"
)
_ROLES = (
    r"(?:Kund(?:e|in|en)|Mandant(?:in|en)?|Versicherungsnehmer(?:in|s)?|Versicherte[rnsm]?(?:\sPerson)?|[Vv]ersicherte\sPerson|VN|VP"
    r"|Antragsteller(?:in|s)?|Patient(?:in|en)?|Gesch(?:ä|ae)digte[rnm]?|Verletzte[rnm]?|Zeug(?:e|in|en)|Halter(?:in|s)?|Fahrzeughalter(?:in)?"
    r"|Fahrer(?:in|s)?|Verursacher(?:in|s)?|Eigent(?:ü|ue)mer(?:in|s)?|Kontoinhaber(?:in|s)?|Mieter(?:in|s)?|Mitarbeitende[rn]?|Arbeitnehmer(?:in|s)?"
    r"|Beg(?:ü|ue)nstigte[rnm]?|Bezugsberechtigte[rnm]?|Anspruchsteller(?:in|s)?|Unfallgegner(?:in|s)?|Beitragszahler(?:in|s)?|Darlehensnehmer(?:in|s)?"
    r"|Ehemann(?:es)?|Ehefrau|Ehegatt(?:e|in|en)|Gatt(?:e|in)|Ehepartner(?:in|s)?|Lebensgef(?:ä|ae)hrt(?:e|in|en)|Lebenspartner(?:in|s)?|Sohn(?:es)?|Tochter"
    r"|Schwiegertochter|Schwiegersohn|Witwe[rn]?|Erb(?:e|in|en)|Verstorbene[rnm]?|Betreute[rnm]?|Betroffene[rnm]?|Kontaktperson|Steuerpflichtige[rnm]?"
    r"|[Ii]nsured(?:\s[Pp]erson)?|[Pp]olicy\s?-?[Hh]older|[Cc]laimants?|[Cc]ustomer|[Cc]lient|[Pp]atient|[Aa]pplicant|[Dd]river)"
)
_FIELDS = (
    r"(?:(?:Vor-?|Nach-?|Zu-?|Familien|Geburts|Full |First |Last )?[Nn]ame(?:n)?(?:[,/]?\s?(?:und\s|u\.\s)?(?:Vor|Nach)name)?|Vor-?\s?und\s(?:Nachname|Zuname)"
    r"|Name,?\s(?:Vorname|Geburtsdatum)(?:,\s[A-Z][a-z]{2,20}){0,2}|Kunde/VN|VN/VP|Nachname,\sVorname)"
)
_FORM = re.compile(rf"(?<![\w\-])(?:{_ROLES}|{_FIELDS})(?:\s?\([A-Za-zäöüß .,/]{{1,20}}\)|\s?/\s?[A-Za-z.äöü]{{2,14}})?[ ]?(?:[:=\t|][ \t|]{{0,20}}|:?[ ]?\n[ \t]{{0,8}})(?P<name>{NAME})")
_PROSE = re.compile(
    rf"(?<![\w\-]){_ROLES}(?:{SPACE}(?:heißt|heisst|ist|war|namens|named|is|der|die|Herrn?|Frau|unser|unsere)){{0,2}}{SPACE}(?P<name>(?:{PARTICLES}){{0,2}}{NAME_WORD}{SPACE}(?:{PARTICLES}){{0,2}}{NAME_WORD}(?:{SPACE}{NAME_WORD})?)"
)
_LISTED = re.compile(
    rf"(?P<name>{NAME_WORD}(?:[ ]{NAME_WORD}){{1,2}}|{NAME_WORD},[ ]{NAME_WORD}),?[ ]?(?:[(,/][ ]?)?(?:geb(?:oren|\.)|\*|Jg\.?|Jahrgang|DOB|born)[ :]?"
)
_HEADER_QUOTE = re.compile(rf"^(?:Von|From|An|To|Cc|Kopie|Absender)[ ]?:[ ]{{0,3}}[\"']?(?P<name>{NAME})[\"']?[ ]?[<\[(](?:mailto:)?(?P<mail>[^\s<>()\[\]]{{3,100}})", re.MULTILINE)
_COLUMN = re.compile(rf"(?:{_ROLES}|{_FIELDS})(?:\s\(.{{1,20}}\))?", re.IGNORECASE)
_CELL = re.compile(rf"(?:{ACADEMIC}[ ]){{0,2}}(?P<name>{NAME})(?:[ ]?[(,/;].*)?")


class Person:
    name = "person"
    category = Category.PERSON

    def find(self, text: Text) -> Iterator[Hit]:
        for pattern, is_label in ((_TITLE, False), (_FORM, True), (_PROSE, True), (_LISTED, True), (_HEADER_QUOTE, False)):
            for found in pattern.finditer(text.plain):
                yield from _hit(found.group("name"), found.start("name"), is_label)
        yield from self._cells(text)

    def _cells(self, text: Text) -> Iterator[Hit]:
        for line, cells, heads in text.tables.rows_below():
            for cell, head in zip(cells, heads):
                if _COLUMN.fullmatch(head.text) and (found := _CELL.fullmatch(cell.text[:120])):
                    at = text.line_starts[line] + text.lines[line].index(cell.text, cell.start)
                    yield from _hit(found.group("name"), at + found.start("name"), True)


def _hit(name: str, at: int, is_label: bool) -> Iterator[Hit]:
    name = trimmed(name)
    if is_name(name):
        yield Hit(at, at + len(name), name_key(name), is_label)

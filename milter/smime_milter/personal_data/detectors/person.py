"""Persons: a name after a title or after the label of a part somebody plays, in a form, in prose, or in a table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.detectors.names import (
    ACADEMIC, LEGAL_FORM, LISTED_NAME, NAME, NAME_WORD, PARTICLES, SPACE, is_name, is_sample, name_key, trimmed,
)
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_TITLE = re.compile(
    r"(?:(?:Herrn?|HERRN?|Frau|FRAU|Fr(?:ä|ae)ulein|Hr\.?|Fr\.|Familie|Fam\.|Eheleuten?|Ehepaar|Mrs?\.?|Ms\.?|Miss)"
    rf"{SPACE}(?:{ACADEMIC}{SPACE}){{0,3}}|(?:{ACADEMIC}{SPACE}){{1,3}})(?P<name>{NAME})"
)
_ROLES = (
    r"(?:Kund(?:e|in|en)|Mandant(?:in|en)?|Versicherungsnehmer(?:in|s)?|Versicherte[rnsm]?(?:\sPerson)?"
    r"|[Vv]ersicherte\sPerson|VN|VP"
    r"|Antragsteller(?:in|s)?|Patient(?:in|en)?|Gesch(?:ä|ae)digte[rnm]?|Verletzte[rnm]?|Zeug(?:e|in|en)|Halter(?:in|s)?"
    r"|Fahrzeughalter(?:in)?"
    r"|Fahrer(?:in|s)?|Verursacher(?:in|s)?|Eigent(?:ü|ue)mer(?:in|s)?|Kontoinhaber(?:in|s)?|Mieter(?:in|s)?"
    r"|Mitarbeitende[rn]?|Arbeitnehmer(?:in|s)?"
    r"|Beg(?:ü|ue)nstigte[rnm]?|Bezugsberechtigte[rnm]?|Anspruchsteller(?:in|s)?|Unfallgegner(?:in|s)?|Beitragszahler(?:in"
    r"|s)?|Darlehensnehmer(?:in|s)?"
    r"|Ehemann(?:es)?|Ehefrau|Ehegatt(?:e|in|en)|Gatt(?:e|in)|Ehepartner(?:in|s)?|Lebensgef(?:ä|ae)hrt(?:e|in|en)"
    r"|Lebenspartner(?:in|s)?|Sohn(?:es)?|Tochter"
    r"|Schwiegertochter|Schwiegersohn|Witwe[rn]?|Erb(?:e|in|en)|Verstorbene[rnm]?|Betreute[rnm]?|Betroffene[rnm]?"
    r"|Kontaktperson|Steuerpflichtige[rnm]?"
    r"|[Ii]nsured(?:\s[Pp]erson)?|[Pp]olicy\s?-?[Hh]older|[Cc]laimants?|[Cc]ustomer|[Cc]lient|[Pp]atient|[Aa]pplicant|[Dd]river)"
)
_FIELDS = (
    r"(?:(?:Vor-?|Nach-?|Zu-?|Familien|Geburts|Full |First |Last )?[Nn]ame(?:n)?(?:[,/]?\s?(?:und\s|u\.\s)?(?:Vor"
    r"|Nach)name)?|Vor-?\s?und\s(?:Nachname|Zuname)"
    r"|Name,?\s(?:Vorname|Geburtsdatum)(?:,\s[A-Z][a-z]{2,20}){0,2}|Kunde/VN|VN/VP|Nachname,\sVorname)"
)
_FORM = re.compile(rf"(?:{_ROLES}|{_FIELDS})(?:\s?\([A-Za-zäöüß .,/]{{1,20}}\)|\s?/\s?[A-Za-z.äöü]{{2,14}})?[ ]?(?:[:=\t"
                   rf"|][ \t|]{{0,20}}|:?[ ]?\n[ \t]{{0,8}})(?P<name>{LISTED_NAME}|(?:{ACADEMIC}[ ]){{0,2}}{NAME})")
_PROSE = re.compile(
    rf"{_ROLES}(?:{SPACE}(?:heißt|heisst|ist|war|namens|named|is|der|die|Herrn?|Frau|unser"
    rf"|unsere)){{0,2}}{SPACE}(?P<name>(?:{PARTICLES}){{0,2}}{NAME_WORD}{SPACE}(?:{PARTICLES}){{0,2}}{NAME_WORD}(?"
    rf":{SPACE}{NAME_WORD})?)"
)
# A name directly before the word that announces a birth date
_BEFORE_BIRTH = re.compile(rf"(?P<name>{NAME_WORD}(?:[ ]{NAME_WORD}){{1,2}}|{NAME_WORD},[ ]{NAME_WORD}),?[ ]?(?:[(,/][ ]?)?\Z")
_BIRTH = re.compile(r"geb(?:oren|\.)|\*[ ]?[0-9]|Jg|Jahrgang|DOB|born")
_HEADER_QUOTE = re.compile(rf"^(?:Von|From|An|To|Cc|Kopie|Absender)[ ]?:[ ]{{0,3}}[\"']?(?P<name>{NAME})[\"']?["
                           rf" ]?[<\[(](?:mailto:)?(?P<mail>[^\s<>()\[\]]{{3,100}})", re.MULTILINE)
_COLUMN = re.compile(rf"(?:{_ROLES}|{_FIELDS})(?:\s\(.{{1,20}}\))?", re.IGNORECASE)
_LOWER_CASE = re.compile(
    r"(?:herrn?|(?<!meine )(?<!eine )(?<!seine )frau|hr\.|fr\.|familie|fam\.|(?:kunde|kundin|vn|mandant|mandantin"
    r"|versicherter|versicherte|halter|fahrer)(?: (?:heißt|ist|is|war))?"
    r"(?: (?:der|die))?:?)[ ](?P<name>(?!(?:und|ist|is|hat|der|die|das|am|in|im|für|wird|war|soll|kann|will|hatte|nicht"
    r"|noch|wegen|zum|zur|mit|von)\b)[a-zäöüß]{3,20}"
    r"(?:-[a-zäöüß]{3,20})?(?:[ ](?!(?:und|ist|is|hat|der|die|das|am|in|im|für|wird|war|soll|kann|will|hatte|nicht|noch"
    r"|wegen|zum|zur|mit|von|bitte)\b)[a-zäöüß]{3,20})?)"
)
# Who speaks, teaches, leads or answers the phone is no customer, unless a label says so.
_PUBLIC_ROLE = re.compile(
    r"(?:Ansprechpartner(?:in)?|Referent(?:in)?|Dozent(?:in)?|Vorst(?:a|ä)nd(?:in)?|Vorstandschef(?:in)?|Vorsitzende[rn]?"
    r"|Gesch(?:ä|ae)ftsf(?:ü|ue)hrer(?:in)?"
    r"|Sprecher(?:in)?|Pressesprecher(?:in)?|Pressekontakt|Koll?eg(?:e|in|en)|Vertretung|Moderator(?:in)?|Moderation|R(?:ü"
    r"|ue)ckfragen|Autor(?:in)?|Speaker|Contact)"
    r"\b[^\n;]{0,15}\Z"
)
_TWO_NAMES = re.compile(rf"{NAME_WORD}[ ]{NAME_WORD}.{{0,40}}")
_CELL = re.compile(rf"(?:{ACADEMIC}[ ]){{0,2}}(?P<name>{LISTED_NAME}|{NAME})(?:[ ]?[(,/;].*)?")


_WORD = re.compile(r"[A-ZÄÖÜ][A-Za-zäöüßÄÖÜ]{1,30}")
_LOWER_LABELS = ("insured", "policy", "claimant", "customer", "client", "patient", "applicant", "driver",
                 "versicherte person", "name")
_LOWER_LABEL = re.compile("|".join(_LOWER_LABELS))
_TITLES = (
    "her fra frä hr fr fam ehe mr mrs ms mis dr ddr dok pro pri pd mag mma dip ing di oa uni"
    " med jur rer nat phi den vet ra rai rec"
)
_LABELS = (
    "kun man ver vn vp ant pat ges zeu hal fah eig kon mie mit arb beg bez ans unf bei dar ehe gat leb soh toc sch wit erb "
    "bet ste ins pol cla cus cli app dri"
    " vor nac zu zun fam geb ful fir las nam"
)


def _by_beginning() -> dict[str, tuple[re.Pattern[str], ...]]:
    table: dict[str, tuple[re.Pattern[str], ...]] = {beginning: (_TITLE,) for beginning in _TITLES.split()}
    for beginning in _LABELS.split():
        table[beginning] = (*table.get(beginning, ()), _FORM, _PROSE)
    return table


_BY_BEGINNING = _by_beginning()


class Person:
    name = "person"
    category = Category.PERSON

    def find(self, text: Text) -> Iterator[Hit]:
        plain = text.plain
        for word in self._beginnings(plain):
            if word.group()[:3].lower() in _BY_BEGINNING and (found := _at_word(text, word)):
                is_label = found.re is not _TITLE
                if is_label or not _PUBLIC_ROLE.search(plain, max(0, word.start() - 40), word.start()):
                    yield from _hit(plain, found.group("name"), found.start("name"), is_label)
        for birth in _BIRTH.finditer(plain):
            if found := _BEFORE_BIRTH.search(plain, max(0, birth.start() - 80), birth.start()):
                yield from _hit(plain, found.group("name"), found.start("name"), True)
        for pattern, is_used in ((_HEADER_QUOTE, "@" in plain), (_LOWER_CASE, text.is_lower_case)):
            for found in pattern.finditer(plain) if is_used else ():
                yield from _hit(plain, found.group("name"), found.start("name"), False)
        yield from self._cells(text)

    def _beginnings(self, plain: str) -> Iterator[re.Match[str]]:
        yield from _WORD.finditer(plain)
        if any(label in plain for label in _LOWER_LABELS):
            yield from _LOWER_LABEL.finditer(plain)

    def _cells(self, text: Text) -> Iterator[Hit]:
        for line, cells, heads in text.tables.rows_below():
            if len(heads) == 2 and _TWO_NAMES.fullmatch(heads[1].text):
                continue
            for cell, head in zip(cells, heads):
                if _COLUMN.fullmatch(head.text) and (found := _CELL.fullmatch(cell.text[:120])):
                    at = text.line_starts[line] + text.lines[line].index(cell.text, cell.start)
                    yield from _hit(text.plain, found.group("name"), at + found.start("name"), True)


def _at_word(text: Text, word: re.Match[str]) -> re.Match[str] | None:
    """A name after the title or label that begins with this word."""
    before = text.plain[word.start() - 1 : word.start()]
    if before.isalnum() or before == "-":
        return None
    for pattern in _BY_BEGINNING[word.group()[:3].lower()]:
        found = pattern.match(text.plain, word.start())
        if found and not (pattern is _FORM and _is_head_row(text, found)):
            return found
    return None


def _is_head_row(text: Text, found: re.Match[str]) -> bool:
    """Between tabs or bars "Mieter | Karte" is the head of two columns, "Mieter | Anna Berg" is not."""
    separator = text.plain[found.start("name") - 1]
    cells = len(text.tables.row(text.line_of(found.start())))
    return separator in "\t|" and " " not in found.group("name") and cells != 2


def _hit(plain: str, name: str, at: int, is_label: bool) -> Iterator[Hit]:
    if is_sample(name) or LEGAL_FORM.match(plain, at + len(name)):
        return
    name = trimmed(name)
    if is_name(name):
        yield Hit(at, at + len(name), name_key(name), is_label)

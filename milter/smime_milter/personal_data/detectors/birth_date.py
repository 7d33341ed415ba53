"""Birth dates: a date counts only with a label, in the same line, the line before or the column head."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan jän", "feb", "mär mrz mae mar", "apr", "mai may", "jun", "jul", "aug", "sep", "okt oct", "nov", "dez dec"), start=1
    )
    for name in names.split()
}
_DATE = re.compile(
    r"(?:(?P<y>(?:19|20)[0-9]{2})[\-./](?P<m>[01]?[0-9])[\-./](?P<d>[0-3]?[0-9])"
    r"|(?P<d2>[0-3]?[0-9])[ ]?[./\-][ ]?(?P<m2>[01]?[0-9])[ ]?[./\-][ ]?(?P<y2>(?:19|20)?[0-9]{2})"
    r"|(?P<d3>[0-3]?[0-9])(?:\.|st|nd|rd|th)?[ ]{0,2}(?P<name>[A-Za-zäÄ]{3,9})\.?,?[ ]{1,2}(?P<y3>(?:19|20)[0-9]{2})"
    r"|(?P<d4>[0-3][0-9])(?P<m4>[01][0-9])(?P<y4>(?:19|20)[0-9]{2}))(?![0-9A-Za-z]|[./\-][0-9])"
)
_FIRST_RUN = (1, 2, 4, 8)  # digits a date can begin with
# Without one of these nothing makes a date a birth date.
_CUES = ("geb", "*", "born", "dob", "d.o.b", "birth", "jg", "jahrg", "name", "kund", "vn", "vp", "versich", "antragst",
         "eigent", "patient", "gesch", "halter", "fahrer", "verursach", "herr", "frau", "kind", "sohn", "tochter", "ehe",
         "partner")
_LABEL = re.compile(
    r"\bgeb(?:oren|\.|\b)|\bgeburts-?(?:datum|dat\b|tag\s?(?::|ist\b|\/))|\bgeb\.?-?\s?(?:dat|tag:)|\bgebdat|\bborn\b"
    r"|\bdob\b|\bd\.o\.b|(?:date\s+of\s+birth|birth\s?da(?:te|y))"
    r"|\bgeb\.?-?dat"
)
_STAR = re.compile(r"(?:^|[ ,;(/])\*[ ]{0,2}\Z")
_YEAR_LABEL = re.compile(r"(?:\bjg\.?|\bjahrgang|\bgeb(?:oren|\.)?|\bgeburtsjahr|\bborn(?:\s+in)?"
                         r"|[\s,(]\*)[:\s]{0,3}(?:im\s+jahr\w*\s+)?\Z")
_AFTER = re.compile(r"[ ]{0,2}(?:in [\w\-]{2,20} )?(?:geboren|born|\(geb\.?\))\b")
_OTHER_DATE = re.compile(r"[0-3]?[0-9]\.[01]?[0-9]\.(?:[0-9]{2})?|(?:19|20)[0-9]{2}-[01][0-9]")
_FIELD_AFTER_LABEL = re.compile(r"[A-Za-zäöüß]{3,30}:\s*\Z")
_NOT_HIS = re.compile(r"ausgestellt|g(?:ü|ue)ltig|beginn|ablauf|eingang|unfall|schaden|datum des|termin|vom\s*\Z|\bab\s*\Z"
                      r"|\bbis\s*\Z|\bseit\s*\Z")
_PERSON_BEFORE = re.compile(
    r"(?:\b(?:Name|Kunde|Kundin|VN|VP|Versicherte[rn]?|Versicherungsnehmer(?:in)?|Antragsteller(?:in)?|Eigent(?:ü"
    r"|ue)mer(?:in)?|Patient(?:in)?"
    r"|Gesch(?:ä|ae)digte[rn]?|Halter(?:in)?|Fahrer(?:in)?|Verursacher(?:in)?|Herrn?|Frau|Kind(?:er)?|Sohn|Tochter|Ehefrau"
    r"|Ehemann|Partner(?:in)?)\b"
    r"[:\s]{1,3}(?:(?:Dr|Prof|Mag)\.\s)?)(?:[A-ZÄÖÜ][\w.'\-]{0,25},?\s){0,3}[A-ZÄÖÜ][\w'\-]{1,25}\s?[,(/;]\s?\(?\Z"
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2099


class BirthDate:
    name = "birth_date"
    category = Category.BIRTH_DATE

    def find(self, text: Text) -> Iterator[Hit]:
        if not text.has(*_CUES):
            return
        plain, done = text.plain, 0
        for at, end in text.runs:
            if at < done or end - at not in _FIRST_RUN:
                continue
            date = _DATE.match(plain, at)
            if date is not None:
                done = date.end()
                value = _value(date)
                if value and _is_labelled(text, at, date.end()):
                    yield Hit(at, date.end(), value)
            elif end - at == 4 and plain[at : at + 2] in ("19", "20") and _YEAR_LABEL.search(_left(text, at, 30)):
                yield Hit(at, end, plain[at:end])


def date_at(plain: str, at: int) -> tuple[int, str] | None:
    """Where the date that begins here ends, and what it is as YYYY-MM-DD."""
    found = _DATE.match(plain, at)
    value = _value(found) if found else ""
    return (found.end(), value) if found and value else None


def _left(text: Text, at: int, limit: int = 80) -> str:
    """The same line before `at`, in small letters."""
    return text.lower[max(text.line_starts[text.line_of(at)], at - limit) : at]


def _is_labelled(text: Text, start: int, end: int) -> bool:
    left = _left(text, start)
    if (label := _last_label(left)) is not None:
        between = left[label.end() :]
        return not _OTHER_DATE.search(between) and not _NOT_HIS.search(between)
    if _is_said_beside(text, left, start, end):
        return True
    head = text.column_head(start)
    return head != "" and _LABEL.search(head.lower()) is not None or _line_before(text, start, left)


def _is_said_beside(text: Text, left: str, start: int, end: int) -> bool:
    """A star or a labelled name directly before the date, or "geboren" behind it."""
    if "*" in left and _STAR.search(left):
        return True
    behind = text.lower[end : end + 40]
    if ("bor" in behind or "(geb" in behind) and _AFTER.match(behind):
        return True
    return left.rstrip()[-1:] in (",", "(", "/", ";") and _PERSON_BEFORE.search(text.left(start)) is not None


def _line_before(text: Text, start: int, left: str) -> bool:
    """A label that ends the line before, or a line before that is nothing but labels."""
    line = text.line_of(start)
    label = _last_label(before := text.lines[line - 1][-100:].lower()) if line else None
    if label is None or _FIELD_AFTER_LABEL.search(left) or _OTHER_DATE.search(left) or _NOT_HIS.search(left):
        return False
    rest = before[label.end() :]
    is_last = len(rest) <= 25 and not re.search(r"[0-9]", rest)
    return is_last and (len(left) <= 60 or not left.strip())


def _last_label(text: str) -> re.Match[str] | None:
    found = None
    if "geb" in text or "born" in text or "dob" in text or "birth" in text or "d.o.b" in text:
        for found in _LABEL.finditer(text):
            pass
    return found


def _value(date: re.Match[str]) -> str:
    """The date as YYYY-MM-DD, or nothing if there is no such day."""
    parts = date.groupdict()
    day = int(parts["d"] or parts["d2"] or parts["d3"] or parts["d4"])
    year = parts["y"] or parts["y2"] or parts["y3"] or parts["y4"]
    month = _MONTHS.get(parts["name"][:3].lower(), 0) if parts["name"] else int(parts["m"] or parts["m2"] or parts["m4"])
    full = int(year) if len(year) == 4 else int(year) + (1900 if int(year) > 30 else 2000)
    if not (1 <= day <= 31 and 1 <= month <= 12 and _FIRST_YEAR <= full <= _LAST_YEAR):
        return ""
    return f"{full:04d}-{month:02d}-{day:02d}"

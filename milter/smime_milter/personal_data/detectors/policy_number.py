"""Policy, contract, claim and application numbers: after a label, or in a house format of the configuration."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from smime_milter.model.finding import Category
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_NUMBER = re.compile(
    r"[0-9](?:[0-9A-Za-z]|[\-./](?=[0-9A-Za-z])|[ ](?=[0-9]{2,})){2,26}"
)
_NO = r"(?:nummern?|nrn?\b\.?|no\b\.?|num\b|number|#|kennung|zeichen)"
_LABEL = re.compile(
    r"(?:versicherungsschein|versicherungs-?schein|\bvers?\.?-?schein|police|polizze|polizzen|policen|vertrags?|\bvertr\.?"
    r"|schadens?|\bschd\.?"
    r"|leistungs(?:fall)?|antrags?|risikovoranfrage|vorgangs|mitglieds|policy|contract|claims?)[\s\-.]{0,2}" + _NO
    + r"|\b(?:vs|vsn|vsnr|vtg|vn|vers|versicherungs|sn|schad|ver|bav)[\s\-.]{0,2}" + _NO
    + r"|\bversicherungsschein\b|\bpolic(?:e|y)\b(?=\W{0,3}(?:$|[a-z]{0,4}\W?[0-9]|nr|no))|\bpolizze\b|\bvsnr\b"
      r"|\bversicherung:|\bschaden:|\bvertrag:|\bfall\b(?=\s?:|$)"
)
_NOT_OURS = re.compile(r"rahmen-?vertrag|rechnung|bestell|liefer|artikel|kunden-?(?:nr|nummer)|telefon|\btel\b|fax|iban"
                       r"|hotline|steuer|\bkonto")
_PREFIX = re.compile(r"(?:(?<![A-Za-zÄÖÜäöüß])[A-ZÄÖÜ]{1,5}[\-./]?[ ]?){1,2}\Z")
_MAY_PRECEDE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜ-./ ")
_FARTHEST = 50
_THREE_DIGITS = re.compile("[0-9]{3}")
_SMALL_WORDS = re.compile(r"[\w\s:,.()#\-–„\"'/*]{0,50}")
_DATE = re.compile(r"[0-3]?[0-9][.][01]?[0-9][.](?:[0-9]{2,4})?|(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]|(?:19|20)[0-9]{2}")
_DAY = re.compile(r"[0-3]?[0-9][.][01]?[0-9][.]")
_MONEY = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){1,6}")
_UNIT = re.compile(r"\s?(?:€|EUR\b|Euro\b|%|,[0-9])")
_LETTER = re.compile(r"[^0-9]")
# Every label holds one of these.
_CUES = ("nr", "num", " no", "-no", "yno", "mno", "#", "kennung", "zeichen", "sschein", "police", "policy", "polizze",
         "versicherung:", "schaden:", "vertrag:", "fall:", "fall :", "fall\n")


class PolicyNumber:
    name = "policy_number"
    category = Category.POLICY

    def find(self, text: Text) -> Iterator[Hit]:
        labels = _Labels(text)
        taken, plain = 0, text.plain
        for at, _ in labels.runs():
            number = _NUMBER.match(plain, at) if at >= taken else None
            if number is None or number.end() - at < 4 or not _is_number(plain, number):
                continue
            taken = number.end()
            # "WG 11-330092" begins with its letters, "VSNR 12345678" with its label
            start = next((s for s in (_beginning(text.plain, at), at) if labels.confirm(s)), None)
            if start is not None:
                yield Hit(start, number.end(), comparable(text.plain[start : number.end()]))


@dataclass(frozen=True, slots=True)
class HouseNumbers:
    """The insurer's own number formats, as regular expressions of the configuration."""

    formats: tuple[str, ...]
    name: str = "house_numbers"
    category: Category = Category.POLICY

    def find(self, text: Text) -> Iterator[Hit]:
        plain = text.plain
        for expression in self.formats:
            for number in _compiled(expression).finditer(plain):
                before = plain[number.start() - 1] if number.start() else " "
                if number.end() > number.start() and not (before.isascii() and before.isalnum()):
                    yield Hit(number.start(), number.end(), comparable(number.group()))


@lru_cache(maxsize=256)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{expression})(?![A-Za-z0-9])")


def comparable(number: str) -> str:
    return "".join(c for c in number.upper() if c.isalnum())


def _beginning(plain: str, at: int) -> int:
    """Where the letters before the first digit start ("U-26/771-08", "WG 11")."""
    prefix = _PREFIX.search(plain, max(0, at - 13), at) if at and plain[at - 1] in _MAY_PRECEDE else None
    return prefix.start() if prefix else at


def _is_number(plain: str, number: re.Match[str]) -> bool:
    value = number.group()
    if _DATE.fullmatch(value) or _DAY.match(value) or len(_LETTER.sub("", value)) < 4:
        return False
    return not (_MONEY.fullmatch(value) or _UNIT.match(plain, number.end()))


class _Labels:
    """The labels of each line that has any, and the columns that one heads."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._lines: dict[int, list[tuple[int, int]]] = {}
        self._has_heads = any(_LABEL.search(head.lower() + ":") for head in text.tables.head_texts())
        lower, done = text.lower, 0
        for at in sorted(text.all_places(_CUES)):
            line_end = lower.find("\n", at)
            end = min(at + 20, line_end if line_end >= 0 else len(lower))
            label = _LABEL.search(lower, max(done, lower.rfind("\n", max(0, at - 30), at) + 1, at - 30), end)
            if label is not None:
                done = label.end()
                self._lines.setdefault(text.line_of(label.start()), []).append(label.span())

    def runs(self) -> list[tuple[int, int]]:
        """The digit runs in lines with a label, in the lines behind them, and in tables."""
        text = self._text
        runs = text.runs
        if self._has_heads:
            return runs
        found: list[tuple[int, int]] = []
        last = len(text.lines) - 1
        for line in sorted({behind for line in self._lines for behind in (line, min(line + 1, last))}):
            start = text.line_starts[line]
            found += runs[bisect_left(runs, (start, 0)) : bisect_left(runs, (start + len(text.lines[line]), 0))]
        return found

    def confirm(self, at: int) -> bool:
        """Whether a label precedes the number at `at` with only small words between, or heads its column."""
        head = self._text.column_head(at) if self._has_heads else ""
        if head and _LABEL.search(head.lower() + ":"):
            return True
        label = self._last_before(at)
        if label is None or at - label[1] > _FARTHEST:
            return False
        between = self._text.plain[label[1] : at]
        context = self._text.lower[max(0, label[0] - 12) : at]
        return _SMALL_WORDS.fullmatch(between) is not None and not _THREE_DIGITS.search(between) and not _NOT_OURS.search(context)

    def _last_before(self, at: int) -> tuple[int, int] | None:
        """In the same line, else the last one of the line before."""
        line = self._text.line_of(at)
        spans = self._lines.get(line, [])
        before = bisect_right(spans, at, key=lambda span: span[1])
        if before:
            return spans[before - 1]
        above = self._lines.get(line - 1)
        return above[-1] if above else None

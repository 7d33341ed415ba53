"""One segment of a message as the detectors read it, with the way back to the original characters."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from unicodedata import normalize

from smime_milter.personal_data.form_fields import form_fields
from smime_milter.personal_data.streets import streets
from smime_milter.personal_data.tables import Tables

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
)
_COMBINING = "\u0300\u0301\u0302\u0303\u0308\u030a\u030c\u0327"
# Where something odd may begin; a line end only counts in text that has quote marks.
_CUE = re.compile(f"[{_INVISIBLE}{_COMBINING}\r]|=[\r\n0-9A-F]")
_CUE_QUOTED = re.compile(f"[{_INVISIBLE}{_COMBINING}\r]|=[\r\n0-9A-F]|\n[ \t\u00a0]{{0,8}}>")
_ODD = re.compile(
    f"(?P<gone>[{_INVISIBLE}\r]+|=\r?\n)"
    r"|\n(?P<quote>[ \t\u00a0]{0,8}(?:>[ \t\u00a0]?){1,12})"
    r"|(?P<utf8>=C3=[89AB][0-9A-F]|=C2=A0)"
    r"|(?P<octet>=(?:3D|20(?=\r?\n|\Z)|(?:E4|F6|FC|DF|C4|D6|DC)(?=[a-z])))"
    f"|(?<=[A-Za-z])(?P<mark>[{_COMBINING}])"
)
_FIRST_QUOTE = re.compile(r"[ \t\u00a0]{0,8}(?:>[ \t\u00a0]?){1,12}")
_FOREIGN = re.compile("[\u00a0\u0370-\u04ff\u0660-\u0669\u06f0-\u06f9\u1680\u2000-\u202f\u205f\u2212\u3000\uff01"
                      "-\uff5e\U0001d7ce-\U0001d7ff]")
_LOOK_ALIKES = dict(zip("АВЕКМНОРСТХУІЈЅаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEKMHOPCTXYIJSaeopcyxijsABEZHIKMNOPTYXo"))
_DIGITS = re.compile("[0-9]+")
_WORD = re.compile("[A-Za-zÀ-\u024f]+")
_NINE_DIGITS = re.compile(r"[0-9](?:[ .\-/]{0,3}\n?[0-9]){8}")
_SIX_DIGITS = re.compile(r"[0-9](?:[ .\-/()–]{0,3}\n?[0-9]){5}")
_CODE = re.compile(r"[A-Za-z0-9]{1,21}")
_LETTERS_BEFORE = re.compile(r"[A-Za-z]{0,20}\Z")
_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_RETURNS = re.compile("\r+")
_BULLET = re.compile(r"[ \t]*(?:[-*•·–]|\d{1,2}[.)])?[ \t(\[\"'„]*")


def _one_to_one() -> dict[int, str]:
    table = {ord(odd): plain for odd, plain in _LOOK_ALIKES.items()}
    table.update({code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)})
    table.update({0x1D7CE + i: str(i % 10) for i in range(50)})
    table.update({first + i: str(i) for first in (0x660, 0x6F0) for i in range(10)})
    table.update(dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " "))
    table.update(dict.fromkeys([*range(0x2010, 0x2016), 0x2212], "-"))
    return table


_SAME_LENGTH = _one_to_one()


class Text:
    """Normalised text. Offsets of detectors count `plain`; `span` leads back to the original.

    Invisible characters, quote prefixes and left-over quoted-printable are gone, odd spaces,
    digits and look-alike letters are the plain ones.
    """

    def __init__(self, original: str, *, is_name: bool = False, known: frozenset[str] = frozenset()) -> None:
        """`is_name`: a file name, where an underscore is a space. `known`: words of names that need not be found."""
        self.known = known
        self._edges: list[int] = []
        self._shifts: list[int] = []
        self._quoted: list[tuple[int, int]] = []
        self.plain = self._normalise(original)
        if is_name:
            self.plain = self.plain.replace("_", " ")

    def _normalise(self, original: str) -> str:
        is_western = _is_western(original)
        if not is_western:
            for odd in set(_FOREIGN.findall(original)):
                original = original.replace(odd, _SAME_LENGTH.get(ord(odd), odd))
        elif "\u00a0" in original:
            original = original.replace("\u00a0", " ")
        if is_western and not any(cue in original for cue in "=>\u00ad"):
            return self._without_returns(original)
        return self._without_oddities(original)

    def _without_returns(self, original: str) -> str:
        """The customary case: nothing but carriage returns to leave out."""
        if "\r" not in original:
            return original
        gone = 0
        for found in _RETURNS.finditer(original):
            start, end = found.span()
            self._edges.append(start - gone)
            gone += end - start
            self._shifts.append(gone)
        return original.replace("\r", "")

    def _without_oddities(self, original: str) -> str:
        self._pieces: list[str] = []
        self._length = at = 0
        if first := _FIRST_QUOTE.match(original):
            at = self._replace(original, 0, first.span(), "")
            self._quoted.append((0, first.group().count(">")))
        for cue in (_CUE_QUOTED if ">" in original else _CUE).finditer(original):
            odd = _ODD.match(original, cue.start()) if cue.start() >= at else None
            if odd is not None:
                at = self._put(original, at, odd)
        pieces, self._pieces = self._pieces, []
        return "".join(pieces) + original[at:] if pieces else original

    def _put(self, original: str, at: int, odd: re.Match[str]) -> int:
        """Take over what stands before an odd stretch, and what replaces it."""
        match odd.lastgroup:
            case "quote":
                at = self._replace(original, at, odd.span("quote"), "")
                self._quoted.append((self._length, odd.group().count(">")))
                return at
            case "mark":
                span = (odd.start() - 1, odd.end())
                return self._replace(original, at, span, normalize("NFC", original[span[0] : span[1]]))
            case _:
                return self._replace(original, at, odd.span(), _decoded(odd))

    def _replace(self, original: str, at: int, span: tuple[int, int], new: str) -> int:
        self._pieces += (original[at : span[0]], new)
        self._length += span[0] - at + len(new)
        self._edges.append(self._length)
        self._shifts.append(span[1] - self._length)
        return span[1]

    def _origin(self, at: int) -> int:
        edge = bisect_right(self._edges, at) - 1
        return at if edge < 0 else at + self._shifts[edge]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's characters that a non-empty stretch of `plain` was made of."""
        return self._origin(start), self._origin(end - 1) + 1

    @cached_property
    def lower(self) -> str:
        """`plain` in small letters, character for character."""
        lower = self.plain.lower()
        return lower if len(lower) == len(self.plain) else "".join(c.lower()[0] for c in self.plain)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word as written: detectors that need one of theirs look here first."""
        return frozenset(_WORD.findall(self.plain))

    def has(self, *cues: str) -> bool:
        """Whether one of these stands anywhere, in small or capital letters."""
        lower = self.lower
        return any(cue in lower for cue in cues)

    def all_places(self, cues: tuple[str, ...]) -> Iterator[int]:
        """Where one of these stands, in small or capital letters, as words or as parts of words."""
        lower = self.lower
        for cue in cues:
            at = lower.find(cue)
            while at >= 0:
                yield at
                at = lower.find(cue, at + len(cue))

    def lines_with(self, cues: tuple[str, ...]) -> list[int]:
        """The numbers of the lines in which one of these stands, in small or capital letters."""
        found: set[int] = set()
        lower = self.lower
        for cue in cues:
            at = lower.find(cue)
            while at >= 0:
                line = self.line_of(at)
                found.add(line)
                at = lower.find(cue, self.line_starts[line + 1]) if line + 1 < len(self.lines) else -1
        return sorted(found)

    def places(self, word: str) -> Iterator[int]:
        """Where this word begins, not as a part of another."""
        plain, length = self.plain, len(word)
        at = plain.find(word)
        while at >= 0:
            end = at + length
            is_start = not at or not (plain[at - 1].isalnum() or plain[at - 1] == "-")
            if is_start and not plain[end : end + 1].isalpha():
                yield at
            at = plain.find(word, end)

    @cached_property
    def lines(self) -> list[str]:
        return self.plain.split("\n")

    @cached_property
    def line_starts(self) -> list[int]:
        return [0, *accumulate(len(line) + 1 for line in self.lines[:-1])]

    @cached_property
    def runs(self) -> list[tuple[int, int]]:
        """Runs of digits, start and end: the number detectors look nowhere else."""
        return [m.span() for m in _DIGITS.finditer(self.plain)]

    @cached_property
    def long_numbers(self) -> list[int]:
        """The beginnings of digit runs that nine digits follow with little between them."""
        plain, last = self.plain, len(self.plain) - 8
        return [at for at in self.numbers if at < last and _NINE_DIGITS.match(plain, at)]

    @cached_property
    def numbers(self) -> list[int]:
        """The beginnings of digit runs that six digits follow with little between them.

        Of single digits in a row ("1 1 1 1") only the first is one.
        """
        plain = self.plain
        found: list[int] = []
        single_end = -9
        for at, end in self.runs:
            is_next_single = end - at == 1 and at - single_end <= 1
            if end - at > 5 or not is_next_single and _SIX_DIGITS.match(plain, at):
                found.append(at)
            single_end = end if end - at == 1 else -9
        return found

    @cached_property
    def is_lower_case(self) -> bool:
        """Whether the writer does without capitals."""
        sample = self.plain[:3000].encode("ascii", "replace")
        return len(sample) > 8 and (len(sample) - len(sample.translate(None, _CAPITALS))) * 80 < len(sample)

    @cached_property
    def streets(self) -> list[tuple[int, int]]:
        """Streets with house numbers: start, end."""
        return list(streets(self.plain, self.lower, self.runs, self.is_lower_case))

    @cached_property
    def fields(self) -> list[tuple[str, int, int]]:
        """What stands as "label: value", as a row of two cells, or as a label above its value: label, start, end."""
        return list(form_fields(self.lines, self.line_starts))

    @cached_property
    def tables(self) -> Tables:
        """Empty if no line can have cells."""
        has_cells = any(gap in self.plain for gap in ("\t", "|", ";", "   "))
        return Tables(self.lines if has_cells else [])

    @cached_property
    def codes(self) -> list[tuple[int, int]]:
        """Runs of letters and digits with a digit in them, 7 to 20 characters long."""
        found: list[tuple[int, int]] = []
        plain, end = self.plain, 0
        for at, _ in self.runs:
            if at < end:
                continue
            letters = _LETTERS_BEFORE.search(plain, max(end, at - 20), at)
            code = _CODE.match(plain, letters.start() if letters else at)
            if code is not None:
                end = code.end()
                if 7 <= end - code.start() <= 20:
                    found.append(code.span())
        return found

    @cached_property
    def depths(self) -> dict[int, int]:
        """Quote depth of each quoted line, by line number."""
        return {self.line_of(at): depth for at, depth in self._quoted}

    @cached_property
    def address_lines(self) -> list[tuple[int, int]]:
        """The lines with a mail address, cut 400 characters before it and 100 behind."""
        return list(_address_lines(self.plain))

    def line_of(self, at: int) -> int:
        return bisect_right(self.line_starts, at) - 1

    def left(self, at: int, limit: int = 80) -> str:
        """The same line before `at`, at most `limit` characters."""
        return self.plain[max(self.line_starts[self.line_of(at)], at - limit) : at]

    def label_window(self, at: int, limit: int = 80) -> str:
        """Where a label of the value at `at` may stand, in small letters.

        That is the same line to the left, at a line's start the line before as well, and the
        head of the table column.
        """
        line = self.line_of(at)
        start = self.line_starts[line]
        left = self.lower[max(start, at - limit) : at]
        if line and at - start < limit and _BULLET.fullmatch(left):
            left = self.lines[line - 1][-limit:].lower() + "\n" + left
        head = self.column_head(at)
        return f"{head.lower()}: {left}" if head else left

    def column_head(self, at: int) -> str:
        tables = self.tables
        if tables.is_empty:
            return ""
        line = self.line_of(at)
        return tables.head(line, at - self.line_starts[line])


def _address_lines(plain: str) -> Iterator[tuple[int, int]]:
    at = plain.find("@")
    while at >= 0:
        first = max(0, at - 400)
        start, end = plain.rfind("\n", first, at) + 1 or first, plain.find("\n", at)
        end = len(plain) if end < 0 else end
        yield start, min(end, at + 100)
        at = plain.find("@", end)


def _is_western(text: str) -> bool:
    """Whether every character is one of Latin-1, as in nearly all mail."""
    if text.isascii():
        return True
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _decoded(odd: re.Match[str]) -> str:
    """What left-over quoted-printable stands for; invisible characters stand for nothing."""
    match odd.lastgroup:
        case "utf8":
            return bytes.fromhex(odd.group().replace("=", "")).decode().replace("\u00a0", " ")
        case "octet":
            return bytes.fromhex(odd.group()[1:]).decode("latin-1")
        case _:
            return ""

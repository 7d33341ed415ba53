"""The part a line plays in a letter: signature, company block, or the body itself."""

from __future__ import annotations

import re
from enum import Enum
from functools import cached_property

from smime_milter.personal_data.text import Text

_SALUTATION = re.compile(
    r"\s{0,4}(?:(?:sehr )?ge[eh]{2,3}e?rte[rsn]?|sehr|ahoi|guten (?:tag|morgen|abend)|gr(?:ü|ue)(?:ß|ss) gott|hallo|hi|hey"
    r"|servus|moin(?: moin)?|liebe[rs]?|werte[rs]?|dear|hello"
    r"|good (?:morning|afternoon|evening)|s\.\s?g\.|sg\.?)(?=\s|,|$)",
)
# What may stand between a salutation and the name: "Sehr geehrte Frau Dr. "
_TITLES = (
    r"[ ]{0,2}(?:(?:herrn?|frau|hr\.|fr\.|fam\.|familie|kolleg(?:e|in)|[a-zäöüß]{1,6}\.?-?[a-z]{0,5}\.)[ ]{1,2}"
    r"|(?:doktor|professor(?:in)?)[ ]){0,5}"
)
_ADDRESSING = re.compile(_SALUTATION.pattern + _TITLES)
_ONLY_TITLES = re.compile(_TITLES)
_CLOSING = re.compile(
    r"\s{0,4}(?:(?:mit\s)?(?:den\s)?(?:freundlich\w{0,3}|kollegial\w{0,3}|herzlich\w{0,3}|sch(?:ö|oe)n\w{0,3}|best\w{0,3}"
    r"|viel\w{0,3}|lieb\w{0,3}|sonnig\w{0,3}|sportlich\w{0,3}|bayerisch\w{0,3})"
    r"(?:\s\w{1,20}){0,3}\sgr(?:ü|ue|u)(?:ß|ss)\w{0,3}|(?:freundliche|beste|viele|liebe|sch(?:ö|oe)ne|herzliche|sportliche"
    r"|sonnige)\s?gr(?:ü|ue)(?:ß|ss)e\w{0,2}|mfg|lg|vg|bg|gr(?:ü|ue)(?:ß|ss)e?"
    r"|hochachtungsvoll|(?:best|kind|warm|many)?\s?regards|yours\s\w{1,12}|sincerely|cheers|ihr(?:e)?\s[\w ]{2,30}team"
    r"|i\.\s?[av]\.|im auftrag|(?:vielen\s)?dank(?:e)?\s(?:und|&)\s[\w ]{0,20}gr(?:ü|ue)(?:ß|ss)\w{0,3}"
    r"|alles gute|danke)\b.{0,60}$|\s{0,3}--\s{0,3}$|_{20,60}\s*$",
)
_SIGNATURE_ENDS = re.compile(
    r"\s{0,4}(?:von|from|gesendet|sent|betreff|subject|datum|date)\s?:|\s{0,4}(?:am|on)\s.{5,80}(?:schrieb|wrote)"
    r"|-{3,}.{0,40}(?:nachricht|message)"
    r"|\s{0,4}(?:p\.?\s?s\.?|nachtrag|anlagen?|anh(?:ä|ae)nge?|anbei|daten)\b",
)
_COMPANY = re.compile(
    r"\bHR\s?[AB]\s?(?:-?Nr\.?)?\s?[0-9]|Handelsregister|Amtsgericht\s[A-ZÄÖÜ]|Registergericht|USt-?\s?Id|Ust\.-?Id"
    r"|UID(?:-Nr\.?)?:?\s?ATU|\bVAT\b|Umsatzsteuer-?\s?Id"
    r"|Firmenbuch|\bFN\s?[0-9]{4,6}\s?[a-z]\b|Vorstand(?:svorsitz\w*)?\s?[:(]|Vorst(?:ä|ae)nde|Aufsichtsrat|Gesch(?:ä"
    r"|ae)ftsf(?:ü|ue)hr(?:er|ung|erin)\w*\s?:|Sitz der Gesellschaft|Gl(?:ä|ae)ubiger-?\s?ID"
    r"|Spendenkonto|e\.\s?V\.,?\sIBAN|[Uu]nser(?:e|em|er|en)?\s(?:Konto|Bankverbindung|Gesch(?:ä|ae)ftskonto|Sparkassen\w*"
    r"|Hausbank)|unseren\sGunsten"
    r"|Managing [Dd]irector"
    r"|(?:Kontoinhaber|Zahlungsempf(?:ä|ae)nger|Empf(?:ä|ae)nger|Beg(?:ü|ue)nstigter"
    r"|Rechnungssteller):?\s[^\n]{0,50}(?:GmbH|\bAG\b|\bKG\b|a\.\s?G\.|e\.\s?V\.|eG\b|GbR|OHG|UG\b|SE\b)"
)
_COMPANY_CUES = (
    "hra", "hrb", "hr a", "hr b", "handelsreg", "amtsg", "registerg", "ust", "uid", "vat", "umsatzst", "firmenb", "fn ", "fn1",
    "fn2", "fn3", "fn4", "fn5", "fn6", "vorst", "aufsichts", "geschäftsf", "geschaeftsf", "sitz der", "gläubiger", "glaeubiger",
    "konto", "bankverb", "sparkasse", "hausbank", "gunsten", "spendenk", "v., iban", "v. iban", "managing", "zahlungsempf",
    "empfänger", "empfaenger", "begünst", "beguenst", "rechnungsst",
)
_CUSTOMER = re.compile(
    r"\b(?:kunde[n]?|kundin|vn|vp|versicherte[rn]?|versicherungsnehmer(?:in)?|mandant(?:in)?|antragsteller(?:in)?"
    r"|patient(?:in)?|gesch(?:ä|ae)digte[rn]?|sein(?:e)?\s(?:konto|iban)|ihr(?:e)?\siban)\b",
)
# How such a line begins
_MARKING = frozenset((
    "ge", "se", "ah", "gu", "gr", "ha", "hi", "he", "mo", "li", "we", "de", "go", "s.", "sg", "mi", "fr", "ko", "sc", "be", "vi",
    "so", "sp", "ba", "mf", "lg", "vg", "bg", "ho", "ki", "wa", "ma", "re", "yo", "si", "ch", "ih", "i.", "im", "da", "al", "--",
    "__", "vo", "su", "am", "on", "p.", "ps", "p ", "na", "an",
))
_SIGNATURE_LINES = 12
_COMPANY_REACH = 3


def is_addressed(left: str) -> bool:
    """Whether what stands to the left of a name, in small letters, addresses its bearer."""
    clauses = re.split("[,;!]", left)
    if _ADDRESSING.fullmatch(clauses[-1]):
        return True
    if len(clauses) != 2 or not _ONLY_TITLES.fullmatch(clauses[1]):
        return False
    return _ADDRESSING.fullmatch(clauses[0] + " ") is not None


class Zone(Enum):
    BODY = "body"
    SIGNATURE = "signature"
    COMPANY = "company"


class Zones:
    """The zone of each line of one text; worked out when first asked for."""

    def __init__(self, text: Text, sender_names: tuple[str, ...] = ()) -> None:
        self._text = text
        self._names = tuple(name.lower() for name in sender_names if len(name) > 4)

    def at(self, offset: int) -> Zone:
        return self._zones.get(self._text.line_of(offset), Zone.BODY)

    def is_company(self, offset: int) -> bool:
        """Whether the value belongs to a company: its register, tax or bank line stands close by, and no customer."""
        line = self._text.line_of(offset)
        if line not in self._company_lines:
            return False
        at = offset - self._text.line_starts[line]
        near = self._text.lines[line][max(0, at - 80) : at].lower()
        return not _CUSTOMER.search(near)

    @cached_property
    def _zones(self) -> dict[int, Zone]:
        zones: dict[int, Zone] = {}
        left = 0
        has_depths = bool(self._text.depths)
        for number, line in enumerate(self._text.lower.split("\n")):
            bare = line.lstrip(" \t")
            if bare[:2] in _MARKING:
                left = self._after(number, line, left)
            elif bare and self._names and self._is_signed(number, line):
                left = _SIGNATURE_LINES + 1
            elif left and has_depths and self._depth_changes(number):
                left = 0
            if left:
                zones[number] = Zone.SIGNATURE
                left -= bool(bare)
        return zones

    def _after(self, number: int, line: str, left: int) -> int:
        """How many lines the signature still goes on from a line that may begin or end one."""
        if len(line) < 90 and _SALUTATION.match(line):
            return 0
        if len(line) < 90 and _CLOSING.match(line) or self._is_signed(number, line):
            return _SIGNATURE_LINES + 1
        if _SIGNATURE_ENDS.match(line) or self._depth_changes(number):
            return 0
        return left

    def _is_signed(self, number: int, line: str) -> bool:
        """Whether the line begins with the name of a correspondent."""
        bare = line.strip(" *_")
        return number > 0 and 0 < len(bare) < 80 and bare.startswith(self._names)

    def _depth_changes(self, number: int) -> bool:
        depths = self._text.depths
        return bool(depths) and number > 0 and depths.get(number, 0) != depths.get(number - 1, 0)

    @cached_property
    def _company_lines(self) -> frozenset[int]:
        text = self._text
        near: set[int] = set()
        for number in text.lines_with(_COMPANY_CUES):
            if _COMPANY.search(text.lines[number][:2000]):
                near.update(_block(text.lines, number))
        return frozenset(near)


def _block(lines: list[str], number: int) -> set[int]:
    """The line and its neighbours up to the next empty line, at most three either way."""
    block = {number}
    for step in (-1, 1):
        for distance in range(1, _COMPANY_REACH + 1):
            neighbour = number + step * distance
            if not 0 <= neighbour < len(lines) or not lines[neighbour].strip():
                break
            block.add(neighbour)
    return block

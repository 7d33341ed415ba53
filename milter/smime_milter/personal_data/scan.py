"""From the text segments of a message to findings; matched values live only in here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from smime_milter.model.finding import Category, Finding
from smime_milter.personal_data.beside import about_persons, birth_dates, is_anchor
from smime_milter.personal_data.correspondents import Correspondents, correspondents, quoted_colleagues
from smime_milter.personal_data.detectors import DETECTORS
from smime_milter.personal_data.detectors.policy_number import HouseNumbers
from smime_milter.personal_data.detectors.tax_number_de import is_identification_number
from smime_milter.personal_data.hit import Detector, Hit
from smime_milter.personal_data.linking import Surnames, same_persons
from smime_milter.personal_data.masks import mask
from smime_milter.personal_data.text import Text
from smime_milter.personal_data.zones import Zone, Zones, is_addressed

_Found = tuple[Category, Hit]
_CONTACT = frozenset({Category.PHONE, Category.EMAIL, Category.ADDRESS, Category.CITY})
_COMPANY_MAY_OWN = _CONTACT | {Category.IBAN, Category.PERSON}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSettings:
    """`exempt` are the correspondents' addresses in comparable form, `names` their display names.

    Both are empty where correspondents are not exempt. `policy_numbers` are regular expressions; what
    equals one of `allow` never counts.
    """

    exempt: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    own_domains: tuple[str, ...] = ()
    policy_numbers: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()


@dataclass(slots=True)
class _Segment:
    where: str
    text: Text
    zones: Zones
    hits: list[_Found]


def scan(segments: Iterable[tuple[str, str, str]], scanner: ScanSettings) -> tuple[Finding, ...]:
    """Every piece of personal data in the segments (where, text, kind), in their order.

    `kind` "filename" reads underscores as spaces. Equal values of one category share a `value_no`.
    """
    detectors = (*_house(scanner.policy_numbers), *DETECTORS)
    read: list[_Segment] = []
    own = frozenset(word for name in scanner.names for word in name.split())
    for where, original, kind in segments:
        text = Text(original, is_name=kind == "filename", known=own)
        read.append(_Segment(where, text, Zones(text, scanner.names), _hits(text, detectors)))
    known = _known(read, scanner)
    for segment in read:
        segment.hits = [found for found in segment.hits if not _is_exempt(*found, segment.zones, known)]
    _allow(read, scanner.allow)
    same = _link(read)
    _complete(read)
    numbering = _Numbering(same)
    return tuple(_finding(segment, *found, numbering) for segment in read for found in segment.hits)


def _known(read: list[_Segment], scanner: ScanSettings) -> Correspondents:
    known = correspondents(scanner.exempt, scanner.names, scanner.own_domains)
    for segment in read:
        known = known.knows([*quoted_colleagues(segment.text, known), *_addressees(segment.text, segment.hits)])
    return known


def _allow(read: list[_Segment], allowed: tuple[str, ...]) -> None:
    """Drop what the configuration names as harmless; case, spaces and punctuation are no difference."""
    harmless = frozenset(map(_bare, allowed))
    for segment in read if harmless else ():
        plain = segment.text.plain
        segment.hits = [found for found in segment.hits if _bare(plain[found[1].start : found[1].end]) not in harmless]


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _link(read: list[_Segment]) -> dict[str, str]:
    """Add the further places where a person found anywhere in the message is named; tell which short names are whose."""
    persons = [(s.text, hit) for s in read for category, hit in s.hits if category is Category.PERSON]
    if not persons:
        return {}
    surnames = Surnames(sorted(persons, key=lambda person: person[1].is_weak))
    for segment in read:
        more = list(surnames.find(segment.text))
        if more:
            taken = _Taken(len(segment.text.plain), segment.hits)
            for hit in more:
                taken.add(Category.PERSON, hit)
            segment.hits = taken.in_order()
    return same_persons(hit.value for _, hit in persons)


def _complete(read: list[_Segment]) -> None:
    """Add what counts only beside a person."""
    for segment in read:
        dates = list(birth_dates(segment.text, segment.hits))
        if not dates and not any(is_anchor(segment.text, *found) for found in segment.hits):
            continue
        taken = _Taken(len(segment.text.plain), segment.hits)
        for found in (*dates, *about_persons(segment.text, [*segment.hits, *dates])):
            taken.add(*found)
        segment.hits = taken.in_order()


class _Numbering:
    """One number for every value of a category, and for every spelling of a person's name."""

    def __init__(self, same: dict[str, str]) -> None:
        self._same = same
        self._numbers: dict[tuple[Category, str], int] = {}

    def of(self, category: Category, value: str) -> int:
        if category is Category.PERSON:
            value = self._same.get(value, value)
        return self._numbers.setdefault((category, value), len(self._numbers))


def _finding(segment: _Segment, category: Category, hit: Hit, numbering: _Numbering) -> Finding:
    start, end = segment.text.span(hit.start, hit.end)
    return Finding(category=category, where=segment.where, start=start, end=end, masked=mask(category, hit.value),
                   value_no=numbering.of(category, hit.value), is_weak=hit.is_weak)


def _house(formats: tuple[str, ...]) -> tuple[Detector, ...]:
    return (HouseNumbers(formats),) if formats else ()


def _hits(text: Text, detectors: tuple[Detector, ...]) -> list[_Found]:
    """The hits without overlaps, in the order of the text; of two that overlap the earlier detector's stays."""
    taken = _Taken(len(text.plain))
    for detector in detectors:
        category = detector.category
        for hit in detector.find(text):
            taken.add(category, hit)
    return taken.in_order()


class _Taken:
    """The hits that stand, and which characters are theirs."""

    def __init__(self, length: int, found: Iterable[_Found] = ()) -> None:
        self._found: list[_Found] = []
        self._owned = bytearray(length)
        for category, hit in found:
            self.add(category, hit)

    def add(self, category: Category, hit: Hit) -> None:
        """Keep the hit if none of its characters has been taken."""
        if self._owned.find(1, hit.start, hit.end) < 0:
            self._owned[hit.start : hit.end] = b"\1" * (hit.end - hit.start)
            self._found.append((category, hit))

    def in_order(self) -> list[_Found]:
        return sorted(self._found, key=lambda found: found[1].start)


def _addressees(text: Text, hits: list[_Found]) -> list[str]:
    """Names in salutations that are not quoted: whoever is addressed knows his own name."""
    depths = text.depths
    return [
        hit.value
        for category, hit in hits
        if category is Category.PERSON and is_addressed(text.left(hit.start).lower()) and not depths.get(text.line_of(hit.start))
    ]


def _is_exempt(category: Category, hit: Hit, zones: Zones, known: Correspondents) -> bool:
    """Whether it tells only who the correspondents are; what the state or a bank numbers never does."""
    if category is Category.EMAIL and known.covers_address(hit.value):
        return True
    if category is Category.PERSON and known.covers_name(hit.value):
        return True
    if category is Category.TAX_ID:  # a company's Steuernummer; an Identifikationsnummer is always a person's
        return not is_identification_number(hit.value) and zones.is_company(hit.start)
    if hit.is_named_customer or category not in _COMPANY_MAY_OWN:
        return False
    in_signature = category is not Category.IBAN and zones.at(hit.start) is Zone.SIGNATURE
    return in_signature or zones.is_company(hit.start)

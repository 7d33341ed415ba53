"""From the text segments of a message to findings; matched values live only in here."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from smime_milter.model.finding import Category, Finding
from smime_milter.personal_data.correspondents import Correspondents, correspondents, quoted_colleagues
from smime_milter.personal_data.detectors import DETECTORS
from smime_milter.personal_data.detectors.policy_number import HouseNumbers
from smime_milter.personal_data.hit import Detector, Hit
from smime_milter.personal_data.masks import mask
from smime_milter.personal_data.prefilter import may_hold_personal_data
from smime_milter.personal_data.text import Text
from smime_milter.personal_data.zones import Zone, Zones, is_addressed

_CONTACT = frozenset({Category.PHONE, Category.EMAIL, Category.ADDRESS, Category.CITY})
_COMPANY_MAY_OWN = _CONTACT | {Category.IBAN, Category.PERSON}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSettings:
    """`exempt` are the correspondents' addresses in comparable form, `names` their display names.

    Both are empty where correspondents are not exempt. `policy_numbers` are regular expressions.
    """

    exempt: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    own_domains: tuple[str, ...] = ()
    policy_numbers: tuple[str, ...] = ()


def scan(segments: Iterable[tuple[str, str, str]], scanner: ScanSettings) -> tuple[Finding, ...]:
    """Every piece of personal data in the segments (where, text, kind), in their order.

    `kind` "file-name" reads underscores as spaces. Equal values of one category share a `value_no`.
    """
    texts = [(where, Text(text, is_name=kind == "file-name")) for where, text, kind in segments if may_hold_personal_data(text)]
    known = correspondents(scanner.exempt, scanner.names, scanner.own_domains)
    for _, text in texts:
        known = known.knows(quoted_colleagues(text.plain, known))
    detectors = (*_house(scanner.policy_numbers), *DETECTORS)
    numbers: dict[tuple[Category, str], int] = {}
    findings: list[Finding] = []
    read = [(where, text, Zones(text, scanner.names), list(_hits(text, detectors))) for where, text in texts]
    for _, text, _, hits in read:
        known = known.knows(_addressees(text, hits))
    for where, text, zones, hits in read:
        for category, hit in hits:
            if not _is_exempt(category, hit, zones, known):
                number = numbers.setdefault((category, hit.value), len(numbers))
                start, end = text.span(hit.start, hit.end)
                masked = mask(category, hit.value)
                findings.append(Finding(category=category, where=where, start=start, end=end, masked=masked, value_no=number))
    return tuple(findings)


def _house(formats: tuple[str, ...]) -> tuple[Detector, ...]:
    return (HouseNumbers(formats),) if formats else ()


def _hits(text: Text, detectors: tuple[Detector, ...]) -> Iterator[tuple[Category, Hit]]:
    """The hits without overlaps, in the order of the text."""
    starts: list[int] = []
    taken: list[tuple[Category, Hit]] = []
    for detector in detectors:
        for hit in detector.find(text):
            at = bisect_left(starts, hit.start)
            is_free_left = not at or taken[at - 1][1].end <= hit.start
            if is_free_left and (at == len(starts) or starts[at] >= hit.end):
                starts.insert(at, hit.start)
                taken.insert(at, (detector.category, hit))
    return iter(taken)


def _addressees(text: Text, hits: list[tuple[Category, Hit]]) -> list[str]:
    """Names in salutations that are not quoted: whoever is addressed knows his own name."""
    depths = text.depths
    return [
        hit.value
        for category, hit in hits
        if category is Category.PERSON and is_addressed(text.left(hit.start)) and not depths.get(text.line_of(hit.start))
    ]


def _is_exempt(category: Category, hit: Hit, zones: Zones, known: Correspondents) -> bool:
    """Whether it tells only who the correspondents are; what the state or a bank numbers never does."""
    if category is Category.EMAIL and known.covers_address(hit.value):
        return True
    if category is Category.PERSON and known.covers_name(hit.value):
        return True
    if hit.is_named_customer or category not in _COMPANY_MAY_OWN:
        return False
    in_signature = category is not Category.IBAN and zones.at(hit.start) is Zone.SIGNATURE
    return in_signature or zones.is_company(hit.start)

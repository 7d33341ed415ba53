"""Where a certificate says that lists, answers and its issuer's certificate are found: URLs, never trusted further than that."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asn1crypto import core, x509

MOST = 4
_URL = re.compile(rb"https?://[!-~]{1,500}", re.IGNORECASE)


def crl_urls(extension: core.Asn1Value | None) -> tuple[str, ...]:
    """RFC 5280 §4.2.1.13: points for all reasons whose list the issuer itself signs; several URLs of one are the same list."""
    return _first(_in_points(extension)) if extension is not None else ()


def _in_points(points: core.Asn1Value) -> Iterator[x509.GeneralName]:
    for point in points:
        is_whole = point["reasons"].native is None and point["crl_issuer"].native is None
        name = point["distribution_point"]
        if is_whole and not isinstance(name, core.Void) and name.name == "full_name":
            yield from name.chosen


def access_urls(extension: core.Asn1Value | None, method: str) -> tuple[str, ...]:
    """RFC 5280 §4.2.2.1: the locations for one access method."""
    if extension is None:
        return ()
    return _first(item["access_location"] for item in extension if item["access_method"].dotted == method)


def _first(names: Iterator[x509.GeneralName]) -> tuple[str, ...]:
    octets = (bytes(n.chosen.contents) for n in names if n.name == "uniform_resource_identifier" and n.chosen.method == 0)
    return tuple(dict.fromkeys(url.decode("ascii") for url in octets if _URL.fullmatch(url)))[:MOST]

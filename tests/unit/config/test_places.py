"""Finding a key's place again."""

from __future__ import annotations

import pytest

from smime_milter.config.places import place_of

TEXT = """\
organisation: {domains: [wwk.de, wwk.at]}
certificates:
  anchors:
    - mozilla-email
    - /etc/ca.pem
partners:
  makler.example:
    sign: true
"""


@pytest.mark.parametrize("path, place", [
    ("organisation.domains", (1, 25)), ("organisation.domains[1]", (1, 34)), ("certificates.anchors[1]", (5, 7)),
    ("partners.makler.example.sign", (8, 11)),
])
def test_a_key_is_found_where_its_value_stands(path: str, place: tuple[int, int]) -> None:
    """Sections, list entries and partners, whose names have dots of their own."""
    found = place_of(TEXT, path)
    assert found and (found.line, found.column) == place


@pytest.mark.parametrize("path", [
    "milter.socket", "certificates.anchors[9]", "certificates.anchors.x", "organisation.domains[0].x", "partners.mak"])
def test_a_key_at_its_default_has_no_place(path: str) -> None:
    """What the file does not say cannot be pointed at."""
    assert place_of(TEXT, path) is None

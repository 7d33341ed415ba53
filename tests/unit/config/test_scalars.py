"""The YAML 1.2 core schema."""

from __future__ import annotations

import pytest

from smime_milter.config.document import Scalar
from smime_milter.config.scalars import ScalarType, type_of


@pytest.mark.parametrize("text, expected", [
    ("", ScalarType.NOTHING), ("~", ScalarType.NOTHING), ("null", ScalarType.NOTHING),
    ("true", ScalarType.BOOLEAN), ("FALSE", ScalarType.BOOLEAN),
    ("yes", ScalarType.TEXT), ("No", ScalarType.TEXT), ("on", ScalarType.TEXT), ("tRue", ScalarType.TEXT),
    ("12", ScalarType.NUMBER), ("-1.5e3", ScalarType.NUMBER), ("0x1F", ScalarType.NUMBER), ("0o17", ScalarType.NUMBER),
    (".inf", ScalarType.NUMBER), ("0", ScalarType.NUMBER),
    ("0660", ScalarType.OCTAL_LOOKING), ("-007", ScalarType.OCTAL_LOOKING),
    ("12:30", ScalarType.TEXT), ("1_000", ScalarType.TEXT), ("12-24", ScalarType.TEXT), ("127.0.0.1", ScalarType.TEXT),
])
def test_an_unquoted_value_has_the_type_of_yaml_1_2(text: str, expected: ScalarType) -> None:
    """What YAML 1.1 read as boolean, clock or grouped number is text; a leading zero is its own case."""
    assert type_of(Scalar(1, 1, text, True)) is expected


@pytest.mark.parametrize("text", ["", "true", "12", "0660", "null"])
def test_a_quoted_value_is_text(text: str) -> None:
    """Quotation marks make everything text."""
    assert type_of(Scalar(1, 1, text, False)) is ScalarType.TEXT

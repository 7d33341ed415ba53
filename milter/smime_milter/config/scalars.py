"""What an unquoted value is: the YAML 1.2 core schema, in which `no`, `on` and `12:30` are text."""

from __future__ import annotations

import re
from enum import Enum

from smime_milter.config.document import Scalar


class ScalarType(Enum):
    TEXT = "text"
    NOTHING = "nothing"
    BOOLEAN = "true or false"
    NUMBER = "a number"
    OCTAL_LOOKING = "a number with a leading zero"


# YAML 1.2.2 §10.3.2
_CORE = (
    (ScalarType.NOTHING, re.compile(r"null|Null|NULL|~|")),
    (ScalarType.BOOLEAN, re.compile(r"true|True|TRUE|false|False|FALSE")),
    (ScalarType.OCTAL_LOOKING, re.compile(r"[-+]?0[0-9]+")),
    (ScalarType.NUMBER, re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")),
    (ScalarType.NUMBER, re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")),
    (ScalarType.NUMBER, re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN")),
)


def type_of(scalar: Scalar) -> ScalarType:
    """The type of a value; everything in quotation marks is text."""
    if not scalar.is_plain:
        return ScalarType.TEXT
    return next((kind for kind, pattern in _CORE if pattern.fullmatch(scalar.text)), ScalarType.TEXT)

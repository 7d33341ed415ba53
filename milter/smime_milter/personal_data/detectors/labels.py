"""Labels that several detectors ask for."""

from __future__ import annotations

import re

PHONE_LABEL = re.compile(
    r"\b(?:tel(?:efon|efax|\.)?|fon|phone|handy|mobil\w*|mob\.|fax|hotline|r(?:ü|ue)ckruf|durchwahl|dw)\b"
)


def says(label: re.Pattern[str], window: str) -> bool:
    """Whether the label stands in the window."""
    return label.search(window) is not None

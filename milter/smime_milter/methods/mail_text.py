"""What the recognisers of refused methods look at: one message, decoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class MailText:
    """`media_type` and `parameters` (names in lower case) are those of the root.

    `headers` are lower-case names and decoded values; `texts` the decoded plain parts and HTML
    as text with href values on lines of their own; `leading` the first 64 decoded bytes of each
    leaf that is no text.
    """

    media_type: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    part_types: tuple[str, ...] = ()
    filenames: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    texts: tuple[str, ...] = ()
    leading: tuple[bytes, ...] = ()

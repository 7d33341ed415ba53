"""How much structure a message may have before the answer is "undecidable"."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes are bytes; `text` counts characters of decoded text per message."""

    header: int = 1024 * 1024
    field: int = 64 * 1024
    fields: int = 1_000
    addresses: int = 2_000
    parameters: int = 100
    depth: int = 20
    parts: int = 1_000
    text: int = 4 * 1024 * 1024


LIMITS = Limits()

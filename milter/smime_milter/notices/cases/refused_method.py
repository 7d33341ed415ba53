"""To a partner: this way of encrypting is not accepted, S/MIME is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smime_milter.model.method import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedMethod:
    NAME: ClassVar[str] = "refused-method"

    method: Method
    page: str

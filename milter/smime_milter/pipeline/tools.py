"""The ports one message is processed with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smime_milter.ports import CertificateSource, CertificateStore, Clock, HeldStore, Inspector, Journal, Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """`new_trace` gives our own reference for a message: 8 characters, readable on the telephone."""

    clock: Clock
    inspector: Inspector
    certificates: CertificateSource
    keys: Keys
    held: HeldStore
    learned: CertificateStore
    journal: Journal
    new_trace: Callable[[], str]

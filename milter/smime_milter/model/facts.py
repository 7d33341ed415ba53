"""All that the policy may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smime_milter.model.certificate import Certificate, Unfit
from smime_milter.model.inspection import Direction, Inspection
from smime_milter.model.message import Envelope


@dataclass(frozen=True, slots=True)
class NoCertificate:
    """Nobody gave us a certificate that fits; `refused` says why each candidate was passed over."""

    refused: Mapping[str, Unfit] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was found out about one message.

    `certificates` has an entry for every envelope recipient that is not ours, by `Recipient.key`.
    `inspection` is None if the worker did not answer: unknown, which is never "clean".
    """

    envelope: Envelope
    direction: Direction
    inspection: Inspection | None
    certificates: Mapping[str, Certificate | NoCertificate] = field(default_factory=dict)
    has_signing_key: bool = False
    size: int = 0

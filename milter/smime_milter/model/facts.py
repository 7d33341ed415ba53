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

    `certificates` has an entry for every envelope recipient that is not ours, by `Recipient.key`:
    several where one person reads on several devices.
    `announced` says what the holders of those certificates take, by fingerprint.
    `inspection` is None if the worker did not answer: unknown, which is never "clean".
    `can_split` says that the way to the splitter was tried and works, `is_returning` that this is
    a copy of ours that came back to us.
    """

    envelope: Envelope
    direction: Direction
    inspection: Inspection | None
    certificates: Mapping[str, tuple[Certificate, ...] | NoCertificate] = field(default_factory=dict)
    announced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    has_signing_key: bool = False
    size: int = 0
    can_split: bool = False
    is_returning: bool = False

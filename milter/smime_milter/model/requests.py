"""What daemon and worker say to each other: one closed set of messages.

The daemon sends `Start` once and the worker answers `Ready`; then the daemon sends one request at a
time. While it works on one the worker may ask (sign, unwrap,
issuers); it ends with a result or `Failed`.
"""

from __future__ import annotations

from dataclasses import dataclass

from smime_milter.model.certificate import TrustAnchor
from smime_milter.model.inspection import Inspection, Wanted
from smime_milter.model.keys import KeyTransport
from smime_milter.model.recipe import Built, Recipe
from smime_milter.model.spool import Spool


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What stays the same for all messages under one configuration. Sizes are bytes, times seconds."""

    anchors: tuple[TrustAnchor, ...]
    own_domains: tuple[str, ...]
    policy_numbers: tuple[str, ...]
    allow: tuple[str, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    thresholds: tuple[tuple[str, float], ...] = ()
    subject_marks: tuple[str, ...]
    exempt_correspondents: bool
    memory_limit: int
    cpu_limit: int
    message_size_limit: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has confined itself and waits for the first message."""

    process: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectRequest:
    """`field_ends` are the offsets in `raw` at which each header field ends, as the MTA counted them."""

    raw: Spool
    field_ends: tuple[int, ...]
    wanted: Wanted
    authserv_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    raw: Spool
    recipe: Recipe


@dataclass(frozen=True, slots=True)
class SignAsk:
    attributes: bytes
    signature: str = "rsa"


@dataclass(frozen=True, slots=True)
class UnwrapAsk:
    transports: tuple[KeyTransport, ...]


@dataclass(frozen=True, slots=True)
class IssuersAsk:
    subject_der: bytes


@dataclass(frozen=True, slots=True)
class BytesAnswer:
    """The answer to SignAsk and UnwrapAsk; None means there is no such key."""

    value: bytes | None


@dataclass(frozen=True, slots=True)
class IssuersAnswer:
    certificates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Inspected:
    inspection: Inspection


@dataclass(frozen=True, slots=True)
class BuildDone:
    built: Built


@dataclass(frozen=True, slots=True)
class Failed:
    """The worker could not do it; `code` is the name of an exception class, never its text."""

    code: str


Ask = SignAsk | UnwrapAsk | IssuersAsk
Answer = BytesAnswer | IssuersAnswer
Result = Inspected | BuildDone | Failed
Frame = Start | Ready | InspectRequest | BuildRequest | Ask | Answer | Result
FRAMES: tuple[type, ...] = (Start, Ready, InspectRequest, BuildRequest, SignAsk, UnwrapAsk, IssuersAsk,
                            BytesAnswer, IssuersAnswer, Inspected, BuildDone, Failed)

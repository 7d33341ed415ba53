"""What daemon and worker say to each other: one closed set of messages.

The daemon sends `Start` once and the worker answers `Ready`; then the daemon sends one request at a
time. While it works on one the worker may ask (sign, unwrap, issuers, revocation); it ends with a result or
`Failed`. The fetcher, a process for one request to one server, hears `GetRequest` and answers `GetDone`.
"""

from __future__ import annotations

from dataclasses import dataclass

from smime_milter.model.certificate import TrustAnchor
from smime_milter.model.inspection import Inspection, Wanted
from smime_milter.model.keys import KeyTransport
from smime_milter.model.recipe import Built, Recipe
from smime_milter.model.revocation import Fetched, IssuerAnswer, RevocationState, SourceKind, StatusAnswer, StatusQuestion
from smime_milter.model.settings import RevocationMode
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
    revocation: RevocationMode = RevocationMode.OFF


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


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRequest:
    """Check what a list or a responder said. `issuer` is the SHA-256 of the issuer's name, `issuers` are certificates of it.

    `certificate` is the one in question for OCSP; `at` is seconds since the epoch.
    """

    kind: SourceKind
    raw: Spool
    issuer: str
    issuers: tuple[bytes, ...]
    certificate: bytes
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerRequest:
    """Check what may be the issuer of `certificate`; `found` are CA certificates from further down the same path."""

    raw: Spool
    certificate: bytes
    found: tuple[bytes, ...]
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetRequest:
    """Ask one server once; with `body` it is a POST. `timeout` in seconds; `proxy` is "" or http://HOST:PORT.

    With `is_local_allowed` addresses that are not public are fine: tests only.
    """

    url: str
    body: bytes
    size_limit: int
    timeout: float
    proxy: str
    is_local_allowed: bool


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
class RevocationAsk:
    questions: tuple[StatusQuestion, ...]


@dataclass(frozen=True, slots=True)
class BytesAnswer:
    """The answer to SignAsk and UnwrapAsk; None means there is no such key."""

    value: bytes | None


@dataclass(frozen=True, slots=True)
class IssuersAnswer:
    certificates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class RevocationAnswer:
    """One state for each question, in their order."""

    states: tuple[RevocationState, ...]


@dataclass(frozen=True, slots=True)
class StatusDone:
    answer: StatusAnswer


@dataclass(frozen=True, slots=True)
class IssuerDone:
    answer: IssuerAnswer


@dataclass(frozen=True, slots=True)
class GetDone:
    fetched: Fetched


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


Request = InspectRequest | BuildRequest | StatusRequest | IssuerRequest
Ask = SignAsk | UnwrapAsk | IssuersAsk | RevocationAsk
Answer = BytesAnswer | IssuersAnswer | RevocationAnswer
Result = Inspected | BuildDone | StatusDone | IssuerDone | Failed
Frame = Start | Ready | Request | Ask | Answer | Result | GetRequest | GetDone
FRAMES: tuple[type, ...] = (
    Start, Ready, InspectRequest, BuildRequest, StatusRequest, IssuerRequest, SignAsk, UnwrapAsk, IssuersAsk, RevocationAsk,
    BytesAnswer, IssuersAnswer, RevocationAnswer, Inspected, BuildDone, StatusDone, IssuerDone, Failed, GetRequest, GetDone)

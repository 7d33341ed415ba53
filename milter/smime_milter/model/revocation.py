"""Whether an issuer has taken a certificate back: questions, answers, and where answers are fetched."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from smime_milter.model.certificate import Certificate
from smime_milter.model.spool import Spool


class RevocationState(Enum):
    """What the cache knows; `STALE` is an answer after its end, but not so long that nobody believes it any more."""

    NOT_ASKED = "not-asked"
    GOOD = "good"
    STALE = "stale"
    UNKNOWN = "unknown"
    REVOKED = "revoked"


def worst(states: tuple[RevocationState, ...]) -> RevocationState:
    """What holds for a whole path."""
    order = list(RevocationState)
    return max(states, key=order.index, default=RevocationState.GOOD)


class SourceKind(Enum):
    CRL = "crl"
    OCSP = "ocsp"
    ISSUER = "issuer"   # AIA caIssuers: no status, a missing intermediate


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusQuestion:
    """One certificate. `issuer` is the SHA-256 of its issuer's name, `issuer_key` of that one's key ("" if not known)."""

    issuer: str
    issuer_key: str
    serial: str
    is_ca: bool
    crl_urls: tuple[str, ...]
    ocsp_urls: tuple[str, ...]


def question_about(certificate: Certificate, issuer_key: str = "") -> StatusQuestion:
    return StatusQuestion(
        issuer=name_digest(certificate.issuer_der), issuer_key=issuer_key, serial=certificate.serial, is_ca=certificate.is_ca,
        crl_urls=certificate.crl_urls, ocsp_urls=certificate.ocsp_urls)


def name_digest(name_der: bytes) -> str:
    return hashlib.sha256(name_der).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What should be fetched; `certificate` is the DER of the one in question where the answer is about one alone."""

    kind: SourceKind
    url: str
    issuer: str
    serial: str = ""
    certificate: bytes = b""


def wishes_for(certificate: Certificate) -> tuple[Wish, ...]:
    """The lists that tell its status; without any, who can be asked (RFC 6960)."""
    issuer = name_digest(certificate.issuer_der)
    lists = tuple(Wish(kind=SourceKind.CRL, url=url, issuer=issuer) for url in certificate.crl_urls)
    return lists or tuple(
        Wish(kind=SourceKind.OCSP, url=url, issuer=issuer, serial=certificate.serial[:64], certificate=certificate.der)
        for url in certificate.ocsp_urls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A wish as it is kept: `attempts` have failed since the last answer."""

    number: int
    wish: Wish
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAnswer:
    """What a list or a responder said, checked. `code` is "read" or why it is of no use.

    `serials` are the revoked numbers, 20 octets each, sorted by last octet and value. `scope` is "", "ca" or "user".
    `issuer_key` is the SHA-256 of the key that answers for.
    """

    code: str
    issuer_key: str = ""
    scope: str = ""
    this_update: datetime | None = None
    next_update: datetime | None = None
    serials: Spool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerAnswer:
    """CA certificates that were found behind a URL. `code` "read": with them the path ends at an anchor.

    "incomplete": they fit, but the next one is missing; `more` are the URLs where it may be.
    """

    code: str
    certificates: tuple[bytes, ...] = ()
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What became of one request. `code` is "fetched", "redirected" (then `location` says where to) or why not."""

    code: str
    location: str = ""
    content: Spool | None = None

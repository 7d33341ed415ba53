"""What the rest of the program knows of an X.509 certificate once it has been read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class CertificateClass(Enum):
    """What the issuer proved, from the CA/Browser Forum policy OIDs (arc 2.23.140.1.5)."""

    MAILBOX = "mailbox"
    ORGANISATION = "organisation"
    SPONSOR = "sponsor"
    INDIVIDUAL = "individual"
    UNCLASSIFIED = "unclassified"


class KeyKind(Enum):
    RSA = "rsa"
    EC = "ec"
    ED25519 = "ed25519"
    X25519 = "x25519"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One certificate, read once.

    `der` is the certificate, `sha256` its fingerprint in lower-case hex. `addresses` are the
    mailboxes of its subjectAltName in comparable form (`EmailAddress.key`); one that holds a
    control character or white space is not among them but sets `has_bad_address`.
    `usages` and `purposes` are empty sets where the extension is missing. The URLs (http and https, at most
    four of each kind) are where lists of revoked certificates, answers about this one, and its issuer's are found.
    """

    der: bytes
    sha256: str
    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    addresses: tuple[str, ...]
    domains: tuple[str, ...] = ()
    has_bad_address: bool = False
    key_kind: KeyKind = KeyKind.OTHER
    key_bits: int = 0
    key_exponent: int = 0
    has_usage: bool = False
    usages: frozenset[str] = frozenset()
    has_purpose: bool = False
    purposes: frozenset[str] = frozenset()
    is_ca: bool = False
    certificate_class: CertificateClass = CertificateClass.UNCLASSIFIED
    signature_hash: str = ""
    subject_key_id: bytes = b""
    subject_der: bytes = b""
    issuer_der: bytes = b""
    crl_urls: tuple[str, ...] = ()
    ocsp_urls: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()


class Unfit(Enum):
    """Why a certificate is not used to encrypt to an address, or not accepted as a signer's."""

    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    NO_ADDRESS = "no-address"
    OTHER_ADDRESS = "other-address"
    BAD_ADDRESS = "bad-address"
    NO_EMAIL_PURPOSE = "no-email-purpose"
    WRONG_USAGE = "wrong-usage"
    WEAK_KEY = "weak-key"
    WEAK_SIGNATURE = "weak-signature"
    UNSUPPORTED_KEY = "unsupported-key"
    IS_CA = "is-ca"
    NOT_ACTIVE = "not-active"
    NOT_YET_USABLE = "not-yet-usable"
    STATUS_UNKNOWN = "status-unknown"
    UNREADABLE = "unreadable"


class CertificateState(Enum):
    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"
    DISTRUSTED = "distrusted"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCertificate:
    """A partner's certificate and where we have it from.

    `address` is the one mailbox it is used for (comparable form); a domain certificate has
    `domain` instead. `learned_from` is a Message-ID. All times are UTC. `capabilities` are what its
    holder announced in a verified signature (names of `cms.algorithms`).
    """

    certificate: Certificate
    address: str | None
    domain: str | None
    state: CertificateState
    usable_from: datetime
    source: str
    learned_from: str = ""
    learned_at: datetime
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrustAnchor:
    """A root of Mozilla's e-mail list or of the configuration.

    An end entity issued after `distrust_after` is not trusted below it.
    """

    der: bytes
    distrust_after: datetime | None = None

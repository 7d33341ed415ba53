"""What the worker is asked about a message, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.certificate import Certificate
from smime_milter.model.finding import Finding, Level, Unreadable
from smime_milter.model.message import HeaderField
from smime_milter.model.method import Method
from smime_milter.model.revocation import Wish
from smime_milter.model.signature import Signature
from smime_milter.model.spool import Spool


class Direction(Enum):
    """Where a message goes, from listener, network and login alone."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"
    INTERNAL = "internal"
    RELAYED = "relayed"


class Protection(Enum):
    """What S/MIME the root of a message really is, whatever its label says."""

    NONE = "none"
    ENVELOPED = "enveloped"
    SIGNED = "signed"
    OTHER = "other"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to find out. Addresses are in comparable form.

    `exempt` are the correspondents whose own data does not count; `decrypt` allows the worker
    to ask for the content key; `at` is the time of verification, seconds since the epoch.
    """

    scan: bool
    verify: bool
    decrypt: bool
    exempt: tuple[str, ...] = ()
    at: int = 0


@dataclass(frozen=True, slots=True)
class Author:
    """One mailbox of the From field: comparable address (empty if outside the grammar)."""

    address: str
    domain: str


class Opening(Enum):
    """What became of the attempt to open an encrypted message."""

    NOT_ENCRYPTED = "not-encrypted"
    NOT_TRIED = "not-tried"
    OPENED = "opened"
    NO_KEY = "no-key"                # none of our keys for all recipients is among the RecipientInfos
    FAILED = "failed"                # one answer for every cryptographic failure
    UNSUPPORTED = "unsupported"      # an algorithm nobody here knows
    AES_CCM = "aes-ccm"
    WEAK_CIPHER = "weak-cipher"      # RC2, single DES, RC4
    SHARED_KEY = "shared-key"        # only for a key that was agreed on beforehand
    PASSWORD = "password"            # only for a password
    BAD_PARAMETERS = "bad-parameters"   # of RSA-OAEP: never taken for PKCS #1 v1.5
    LIMIT = "limit"                  # too many layers
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The entity that was inside an encrypted message: its own header fields and its body."""

    fields: tuple[HeaderField, ...]
    body: Spool


@dataclass(frozen=True, slots=True)
class ProtectedField:
    """A header field from inside a signature or an envelope, as a reader sees it (RFC 9788)."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Everything the worker found out. `visible` are the addresses in To and Cc, comparable.

    `candidates` are end-entity certificates that passed every rule of learning which needs no
    store. `capabilities` are what the verified signer announced (names of `cms.algorithms`), `signed_at`
    its signing time, seconds since the epoch. `method_score` is reached by adding indications; `method` is set from 4 on.
    """

    authors: tuple[Author, ...] = ()
    visible: tuple[str, ...] = ()
    message_id: str = ""
    ambiguities: tuple[Ambiguity, ...] = ()
    protection: Protection = Protection.NONE
    signature: Signature | None = None
    opening: Opening = Opening.NOT_ENCRYPTED
    opened: Opened | None = None
    findings: tuple[Finding, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    level: Level = Level.NONE
    method: Method | None = None
    method_score: int = 0
    candidates: tuple[Certificate, ...] = ()
    intermediates: tuple[bytes, ...] = ()
    capabilities: tuple[str, ...] = ()
    signed_at: int | None = None
    is_automatic: bool = False       # list mail or auto-submitted: nothing is learned from it
    forged_fields: tuple[int, ...] = ()   # indexes of fields that imitate ours
    clean_subject: str | None = None      # encoded, where marks that imitate ours were taken out
    protected: tuple[ProtectedField, ...] = ()   # only of a verified or opened message
    protected_subject: str | None = None  # encoded, without marks that imitate ours; only of an opened message
    wishes: tuple[Wish, ...] = ()         # answers about the signer's path that nobody here has yet
    has_misleading_name: bool = False     # an author's display name claims to be ours

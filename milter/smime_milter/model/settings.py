"""The configuration once it has been read: complete, typed, immutable.

Names and meanings are those of the YAML file; `config` reads it, `smime-milter.yaml(5)` is made
from `config.schema`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

Network = IPv4Network | IPv6Network


class Oversize(Enum):
    TEMPFAIL = "tempfail"
    REFUSE = "refuse"
    HOLD = "hold"


class Mode(Enum):
    ENFORCE = "enforce"
    OBSERVE = "observe"


class Encrypt(Enum):
    WHEN_POSSIBLE = "when-possible"
    PERSONAL_DATA = "personal-data"


class WithoutCertificate(Enum):
    PSEUDONYMISE = "pseudonymise"
    HOLD = "hold"
    REFUSE = "refuse"


class CompleteRecords(Enum):
    HOLD = "hold"
    REFUSE = "refuse"


class UnreadableAttachments(Enum):
    HOLD = "hold"
    REMOVE = "remove"
    PASS = "pass"


class ForeignSender(Enum):
    REFUSE = "refuse"
    MARK = "mark"
    PASS = "pass"


class ProtectSubject(Enum):
    WHEN_PERSONAL = "when-personal"
    ALWAYS = "always"
    NEVER = "never"


class MethodPolicy(Enum):
    REFUSE = "refuse"
    MARK = "mark"
    ACCEPT = "accept"


class Activation(Enum):
    NEXT_WORKING_DAY = "next-working-day"
    IMMEDIATELY = "immediately"


class RevocationMode(Enum):
    OFF = "off"
    SOFT = "soft"
    HARD = "hard"


class ShownAddresses(Enum):
    PLAIN = "plain"
    DOMAIN = "domain"
    HASH = "hash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    domains: tuple[str, ...]
    networks: tuple[Network, ...]
    listeners: tuple[str, ...] = ()
    authserv_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MilterSettings:
    """`workers` 0 is auto: one per core. Sizes are bytes."""

    socket: str = "auto"
    split: str = "auto"
    submit: str = "smtp:127.0.0.1:10026"
    workers: int = 0
    message_size_limit: int = 64 * 1024 * 1024
    oversize: Oversize = Oversize.TEMPFAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """`held_deadline` counts working days, `held_quota` bytes, `held_retention` seconds."""

    mode: Mode = Mode.ENFORCE
    encrypt: Encrypt = Encrypt.WHEN_POSSIBLE
    without_certificate: WithoutCertificate = WithoutCertificate.PSEUDONYMISE
    complete_records: CompleteRecords = CompleteRecords.HOLD
    unreadable_attachments: UnreadableAttachments = UnreadableAttachments.HOLD
    foreign_sender: ForeignSender = ForeignSender.REFUSE
    sign: bool = True
    subject: ProtectSubject = ProtectSubject.WHEN_PERSONAL
    legacy_display: bool = False
    held_deadline: int = 3
    held_quota: int = 1024 * 1024 * 1024
    held_retention: float = 30 * 86400
    four_eyes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedMethods:
    pgp: MethodPolicy = MethodPolicy.REFUSE
    cryptshare: MethodPolicy = MethodPolicy.REFUSE
    ftapi: MethodPolicy = MethodPolicy.REFUSE
    scp: MethodPolicy = MethodPolicy.REFUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    decrypt: bool = True
    refuse: RefusedMethods = RefusedMethods()
    claimed_own_sender: ForeignSender = ForeignSender.MARK
    subject_marks: Mapping[str, str] = field(default_factory=dict)
    restore_subject: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """`extra` and `except_` are MM-DD or YYYY-MM-DD."""

    calendars: tuple[str, ...] = ("DE-BY", "AT")
    extra: tuple[str, ...] = ("12-24", "12-31")
    except_: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """`stale` is how long, in seconds, an answer counts after its end in mode hard; `proxy` is "" or http://HOST:PORT."""

    mode: RevocationMode = RevocationMode.SOFT
    timeout: float = 5.0
    stale: float = 3 * 86400
    proxy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    store: str = "sqlite:////var/lib/smime-milter/certificates.db"
    anchors: tuple[str, ...] = ("mozilla-email",)
    activation: Activation = Activation.NEXT_WORKING_DAY
    holidays: Holidays = Holidays()
    intake: tuple[str, ...] = ()
    lookup: tuple[str, ...] = ()
    revocation: Revocation = Revocation()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    directory: Path = Path("/etc/smime-milter/keys")
    passphrase_credential: str = "keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalData:
    """`weights` and `thresholds` hold only what differs from the defaults of the weighing."""

    exempt_correspondents: bool = True
    policy_numbers: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """`digest` is HH:MM of a working day; `texts` is the folder of edited texts."""

    enabled: bool = True
    languages: tuple[str, ...] = ("de", "en")
    postmaster: str = ""
    page: str = ""
    digest: str = "07:00"
    texts: Path = Path("/etc/smime-milter/notices")


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    journal: bool = True
    addresses: ShownAddresses = ShownAddresses.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """What differs for one domain or address; None means "as for everybody"."""

    encrypt: Encrypt | None = None
    without_certificate: WithoutCertificate | None = None
    complete_records: CompleteRecords | None = None
    unreadable_attachments: UnreadableAttachments | None = None
    sign: bool | None = None
    signature_form: str | None = None
    content: str | None = None
    key_transport: str | None = None
    signature: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    organisation: Organisation
    milter: MilterSettings = MilterSettings()
    outbound: Outbound = Outbound()
    inbound: Inbound = Inbound()
    certificates: Certificates = Certificates()
    keys: KeySettings = KeySettings()
    personal_data: PersonalData = PersonalData()
    notices: Notices = Notices()
    logging: Logging = Logging()
    partners: Mapping[str, Partner] = field(default_factory=dict)
    sha256: str = ""

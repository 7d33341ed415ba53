"""What a scan of a message found, without the values it found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Category(Enum):
    """The kinds of personal data; the words are part of the fixed surface."""

    PERSON = "person"
    BIRTH_DATE = "birth-date"
    ADDRESS = "address"
    CITY = "city"
    PHONE = "phone"
    EMAIL = "email"
    IBAN = "iban"
    CARD = "card"
    TAX_ID = "tax-id"
    SOCIAL_SECURITY = "social-security"
    HEALTH_INSURANCE = "health-insurance"
    ID_DOCUMENT = "id-document"
    DRIVING_LICENCE = "driving-licence"
    VEHICLE = "vehicle"
    VIN = "vin"
    POLICY = "policy"
    INCOME = "income"
    OCCUPATION = "occupation"
    HEALTH = "health"
    FAMILY = "family"
    RELIGION = "religion"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One piece of personal data: its kind and place, and a mask that tells nobody who it is.

    `where` is "subject", "header NAME", "part 1.2" or "file name of part 2".
    `start` and `end` count characters of that segment's decoded text. Findings of one category
    with the same `value_no` hold the same value: it counts once however often it is repeated.
    `is_weak` marks what tells little by itself, such as a lone first name.
    """

    category: Category
    where: str
    start: int
    end: int
    masked: str
    value_no: int = 0
    is_weak: bool = False


class UnreadableReason(Enum):
    UNKNOWN_FORMAT = "unknown-format"
    ENCRYPTED = "encrypted"
    LIMIT = "limit"
    BAD_ENCODING = "bad-encoding"
    UNKNOWN_CHARSET = "unknown-charset"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A part whose content nobody could read: undecidable, never clean."""

    where: str
    why: UnreadableReason


class Level(Enum):
    """How much a message tells about a person; PERSONAL and above count as personal data."""

    NONE = 0
    TRACE = 1
    PERSONAL = 2
    SENSITIVE = 3
    COMPLETED_RECORD = 4

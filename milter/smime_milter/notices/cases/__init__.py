"""Everything we tell people by mail: a case is a file here, a line in CASES, and a text in `texts/`.

A case is a value object. It holds codes, counts, places and dates, and addresses without what
tells one person from another; no word of the mail it speaks of.
"""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from smime_milter.notices.cases.cannot_decrypt import CannotDecrypt
from smime_milter.notices.cases.completed_record import CompletedRecord
from smime_milter.notices.cases.digest_sender import DigestSender
from smime_milter.notices.cases.digest_team import DigestTeam
from smime_milter.notices.cases.expiring_own import ExpiringOwn
from smime_milter.notices.cases.expiring_partner import ExpiringPartner
from smime_milter.notices.cases.first_certificate import FirstCertificate
from smime_milter.notices.cases.foreign_sender import ForeignSender
from smime_milter.notices.cases.held_for_key import HeldForKey
from smime_milter.notices.cases.held_for_person import HeldForPerson
from smime_milter.notices.cases.invitation import Invitation
from smime_milter.notices.cases.pseudonymised import Pseudonymised
from smime_milter.notices.cases.refused import Refused
from smime_milter.notices.cases.refused_method import RefusedMethod
from smime_milter.notices.cases.returned import Returned
from smime_milter.notices.cases.sent import Sent
from smime_milter.notices.cases.unreadable_attachment import UnreadableAttachment


class Case(Protocol):
    """What every value object has: `NAME` is the stem of its text."""

    NAME: ClassVar[str]


CASES: tuple[type[Any], ...] = (
    HeldForKey,
    CompletedRecord,
    UnreadableAttachment,
    HeldForPerson,
    Pseudonymised,
    Refused,
    ForeignSender,
    RefusedMethod,
    Returned,
    Sent,
    CannotDecrypt,
    FirstCertificate,
    ExpiringPartner,
    ExpiringOwn,
    Invitation,
    DigestSender,
    DigestTeam,
)

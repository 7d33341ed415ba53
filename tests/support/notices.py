"""A value object for every notice, with everything it may hold and with nothing it need not hold."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from smime_milter.model.decision import Reason
from smime_milter.model.finding import Category
from smime_milter.model.method import Method
from smime_milter.model.notice import Notice
from smime_milter.notices.cases.cannot_decrypt import CannotDecrypt
from smime_milter.notices.cases.completed_record import CompletedRecord
from smime_milter.notices.cases.digest_sender import DigestSender
from smime_milter.notices.cases.digest_team import DigestTeam
from smime_milter.notices.cases.expiring_own import ExpiringOwn
from smime_milter.notices.cases.expiring_partner import ExpiringPartner
from smime_milter.notices.cases.first_certificate import FirstCertificate
from smime_milter.notices.cases.foreign_sender import ForeignSender
from smime_milter.notices.cases.found import Found
from smime_milter.notices.cases.held_for_key import HeldForKey
from smime_milter.notices.cases.held_for_person import HeldForPerson
from smime_milter.notices.cases.invitation import Invitation
from smime_milter.notices.cases.pseudonymised import Pseudonymised
from smime_milter.notices.cases.refused import Refused
from smime_milter.notices.cases.refused_method import RefusedMethod
from smime_milter.notices.cases.returned import Returned
from smime_milter.notices.cases.sent import Sent
from smime_milter.notices.cases.unreadable_attachment import UnreadableAttachment
from smime_milter.notices.cases.waiting import Waiting
from smime_milter.notices.telling import written

THURSDAY = datetime(2026, 11, 26, 11, 0, tzinfo=timezone.utc)
PARTNER = ("p…@makler.example",)
MANY = tuple(f"{letter}…@ein-sehr-langer-name-einer-kanzlei-in-xy.example" for letter in "abcdefgh")
FOUND = (Found(category=Category.IBAN, count=2, places=("subject", "part 1.2", "file name of part 2")),
         Found(category=Category.HEALTH_INSURANCE, count=1, places=("header X-Vertrag",)))
EVERYTHING = tuple(
    Found(category=c, count=9, places=("subject", "part 1.2.3.4", "file name of part 12")) for c in list(Category)[:8])
PAGE = "https://www.wwk.de/vermittler/e-mails-verschluesselung"
HELD: dict[str, Any] = {"deadline": THURSDAY}
SHORT: dict[str, Any] = {"recipients": PARTNER, "found": FOUND}
LONG: dict[str, Any] = {"recipients": MANY, "found": EVERYTHING}
BARE: dict[str, Any] = {"recipients": PARTNER, "found": ()}


def rows(count: int) -> tuple[Waiting, ...]:
    return tuple(
        Waiting(reference="7FK39QWB", since=THURSDAY - timedelta(days=n), deadline=THURSDAY, recipients=MANY[: n % 8 + 1],
                is_for_person=n % 2 == 0) for n in range(count))


SAMPLES: tuple[Any, ...] = (
    *(HeldForKey(reason=Reason.NO_CERTIFICATE, **HELD, **some) for some in (SHORT, LONG)),
    HeldForKey(reason=Reason.AMBIGUOUS_MESSAGE, **HELD, **BARE),
    *(CompletedRecord(reason=Reason.COMPLETED_RECORD, **HELD, **some) for some in (SHORT, LONG)),
    *(UnreadableAttachment(reason=Reason.UNREADABLE_CONTENT, **HELD, **some) for some in (BARE, LONG)),
    *(HeldForPerson(reason=reason, **HELD, **SHORT) for reason in Reason),
    *(Pseudonymised(**some) for some in (SHORT, LONG)),
    *(Refused(reason=reason, **some) for reason in Reason for some in (SHORT, LONG, BARE)),
    Refused(reason=Reason.TOO_LARGE, recipients=(), found=()),
    ForeignSender(reason=Reason.FOREIGN_SENDER),
    *(RefusedMethod(method=method, page=page) for method in Method for page in ("", PAGE)),
    *(Returned(recipients=MANY, reason=reason, has_original=has, is_by_hand=by)
      for reason in Reason for has in (True, False) for by in (True, False)),
    *(Sent(recipients=some, is_encrypted=is_encrypted) for some in (PARTNER, MANY) for is_encrypted in (True, False)),
    *(CannotDecrypt(used_issuer=issuer, used_expired=expired, page=PAGE)
      for issuer in ("", "GlobalSign GCC R6 SMIME CA 2023") for expired in (True, False)),
    FirstCertificate(usable_from=datetime(2026, 11, 25, 23, 0, tzinfo=timezone.utc), valid_until=THURSDAY),
    FirstCertificate(usable_from=THURSDAY, valid_until=THURSDAY),
    ExpiringPartner(valid_until=THURSDAY),
    *(ExpiringOwn(name=name, valid_until=THURSDAY) for name in ("erika.berger@wwk.de", "wwk.at")),
    *(Invitation(page=page) for page in ("", PAGE)),
    *(DigestSender(rows=rows(n), count=count) for n, count in ((1, 1), (50, 51))),
    *(DigestTeam(rows=rows(n), count=count, senders=3) for n, count in ((1, 1), (50, 999))),
)


def notice(values: Any, **changes: Any) -> Notice:
    """A notice to Erika about one mail of hers."""
    given = {"to": "erika.berger@wwk.de", "subject": "Antrag", "in_reply_to": "<1@wwk.de>", "reference": "7FK39QWB"}
    filled: dict[str, Any] = given | changes
    return Notice(case=values.NAME, values=written(values), **filled)

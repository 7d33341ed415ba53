"""What is told once a working day, at its time, once however often the program starts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from smime_milter.model.certificate import Certificate, CertificateState, StoredCertificate
from smime_milter.model.keys import OwnKey
from smime_milter.model.notice import Notice
from smime_milter.notices.rendering import values_of
from smime_milter.pipeline.daily import Daily
from tests.support.office import CLERK, COLLEAGUE, PARTNERS, TELLING, Office, certificate_of, personal

ALICE, BERT, CLEO = PARTNERS
MORNING = datetime(2026, 11, 25, 5, 59, tzinfo=timezone.utc)   # Wednesday, 6:59 in Munich
TEAM = "postmaster@wwk.de"


@pytest.fixture
def office() -> Office:
    made = Office(settings=replace(TELLING, notices=replace(TELLING.notices, digest="07:00")))
    made.clock.at = MORNING - timedelta(days=1)
    return made


def test_digest_comes_at_its_time_and_once(office: Office) -> None:
    """To each sender their own, to the team all; not a minute early, not again after a restart, again the next day."""
    office.receive(ALICE)
    office.receive(BERT, number=2, sender="anna@wwk.de")
    office.clock.at = MORNING
    office.rounds.go()
    assert not office.notices("digest-team", TEAM)
    for _ in range(3):
        office.later(minutes=1)
        office.rounds.go()
        office.start()
    (team,), (own,) = office.notices("digest-team", TEAM), office.notices("digest-sender")
    assert b"a=E2=80=A6@makler.example" in own.raw and b"kanzlei" not in own.raw
    assert b"kanzlei" in team.raw and b"makler" in team.raw
    assert len(office.notices("digest-sender", "anna@wwk.de")) == 1
    office.later(days=1)
    office.rounds.go()
    assert len(office.notices("digest-team", TEAM)) == 2


def test_nothing_waits_and_nobody_is_told(office: Office) -> None:
    """No empty mail."""
    office.later(days=1, hours=5)
    office.rounds.go()
    assert office.copies == []


@pytest.mark.parametrize("day", [datetime(2026, 11, 28, 9, tzinfo=timezone.utc), datetime(2026, 12, 24, 9, tzinfo=timezone.utc)])
def test_no_digest_on_a_day_off(office: Office, day: datetime) -> None:
    """Saturday, and Christmas Eve as set."""
    office.clock.at = day - timedelta(hours=1)
    office.receive(ALICE)
    office.rounds.go()
    office.clock.at = day
    office.rounds.go()
    assert not office.notices("digest-team", TEAM)


def test_problems_stand_first_and_rows_are_bounded(office: Office) -> None:
    """What needs a person before what needs a key; fifty rows, and the number of all."""
    for number in range(60):
        office.receive(ALICE, number=number)
    outcome = office.decide(ALICE, number=99)
    assert outcome.held
    office.held.keep(replace(outcome.held, key="x", reasons=(outcome.held.reason.HIDDEN_RECIPIENT,), received_at=MORNING))
    office.clock.at = MORNING + timedelta(hours=1)
    office.daily.tell(office.desk())
    posted = [p.notice for p in office.outbox.due()] + _rest(office)
    values = values_of(next(n for n in posted if n.case == "digest-team"))
    assert (len(values.rows), values.count, values.rows[0].is_for_person, values.rows[1].is_for_person) == (50, 61, True, False)


def _rest(office: Office) -> list[Notice]:
    found: list[Notice] = []
    while due := office.outbox.due():
        for posted in due:
            found.append(posted.notice)
            office.outbox.sent(posted.number)
    return found


def stored(address: str, days: int, state: CertificateState = CertificateState.ACTIVE, sha256: str = "") -> StoredCertificate:
    return StoredCertificate(
        certificate=_ending(address, days, sha256), address=address, domain=None, state=state, usable_from=MORNING,
        source="learned", learned_at=MORNING)


def _ending(address: str, days: int, sha256: str = "") -> Certificate:
    return replace(certificate_of(ALICE), not_after=MORNING + timedelta(days=days), sha256=sha256 or f"{address} {days}")


def test_certificates_that_end_soon_are_told_of_once(office: Office) -> None:
    """A partner within thirty days, not one with the next one, not what is out of use; once, however many days go by."""
    partners = (stored(ALICE, 20), stored(BERT, 20), stored(BERT, 300), stored(CLEO, 40),
                stored("dora@makler.example", 10, CertificateState.SUPERSEDED), stored("emil@makler.example", -1))
    own = tuple(OwnKey(name=name, certificate=_ending(name, days), chain=())
                for name, days in ((CLERK, 20), ("wwk.de", 20), (COLLEAGUE, 20), (COLLEAGUE, 400)))
    for day in range(3):
        office.clock.at = MORNING + timedelta(days=day, hours=1)
        Daily(partners=lambda: partners, own=lambda: own).tell(office.desk())
    told = sorted((p.notice.case, p.notice.to) for p in office.outbox.due())
    assert told == [("expiring-own", CLERK), ("expiring-own", TEAM), ("expiring-partner", ALICE)]


def test_never_is_never(office: Office) -> None:
    """digest: never switches both off."""
    office.settings = TELLING
    office.inspector.found = personal()
    office.receive(ALICE)
    Daily(partners=lambda: (stored(ALICE, 20),), own=tuple).tell(office.desk())
    assert {p.notice.case for p in office.outbox.due()} == {"held-for-key", "invitation"}

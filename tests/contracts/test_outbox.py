"""The port Outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from smime_milter.adapters.stores import Store
from smime_milter.model.notice import Notice
from smime_milter.ports import Outbox
from tests.support.fakes import FakeClock
from tests.support.fakes_held import FakeOutbox

NOTICE = Notice(case="sent", to="erika@wwk.de", values="[]", subject="Antrag", in_reply_to="<1@wwk.de>")


@pytest.fixture(params=["fake", "sqlite"])
def outbox(request: pytest.FixtureRequest, sqlite: Store, clock: FakeClock) -> Outbox:
    if request.param == "fake":
        return FakeOutbox(clock.now)
    return sqlite.outbox


def test_what_is_posted_is_due_until_sent(outbox: Outbox) -> None:
    """Whole, in order, with a reference."""
    outbox.post([NOTICE, replace(NOTICE, case="returned", reference="7FK39QWB")])
    first, second = outbox.due()
    assert replace(first.notice, reference="") == NOTICE and len(first.notice.reference) == 8
    assert second.notice.reference == "7FK39QWB"
    outbox.sent(first.number)
    assert [posted.number for posted in outbox.due()] == [second.number]


def test_a_notice_is_claimed_once(outbox: Outbox, clock: FakeClock) -> None:
    """For ten minutes; what was sent never again."""
    outbox.post([NOTICE])
    number = outbox.due()[0].number
    assert [outbox.claim(number) for _ in range(2)] == [True, False]
    assert not outbox.due()
    clock.advance(timedelta(minutes=11))
    assert outbox.due() and outbox.claim(number)
    outbox.sent(number)
    assert not outbox.claim(number)


def test_put_off_means_later_each_time(outbox: Outbox, clock: FakeClock) -> None:
    """A minute, then two."""
    outbox.post([NOTICE])
    for minutes in (1, 2, 4):
        (posted,) = outbox.due()
        assert outbox.claim(posted.number)
        outbox.put_off(posted.number)
        clock.advance(timedelta(minutes=minutes, seconds=-1))
        assert not outbox.due()
        clock.advance(timedelta(seconds=1))
    assert outbox.due()[0].attempts == 3


def test_once_is_once_in_its_time(outbox: Outbox, clock: FakeClock) -> None:
    """By case and words, sent or not."""
    said = replace(NOTICE, once="makler", once_for=timedelta(days=7))
    outbox.post([said, said, replace(said, case="returned"), replace(said, once="kanzlei")])
    assert len(outbox.due()) == 3
    clock.advance(timedelta(days=8))
    outbox.post([said])
    assert len(outbox.due()) == 4


def test_no_address_is_flooded(outbox: Outbox) -> None:
    """Twenty an hour."""
    outbox.post([NOTICE] * 30 + [replace(NOTICE, to="jonas@wwk.de")])
    assert len(outbox.due()) == 21


def test_purge_keeps_what_must_not_be_said_again(outbox: Outbox, clock: FakeClock) -> None:
    """And what was not sent."""
    outbox.post([NOTICE, replace(NOTICE, once="x", once_for=timedelta(days=90)), replace(NOTICE, case="returned")])
    for posted in outbox.due()[:2]:
        outbox.sent(posted.number)
    clock.advance(timedelta(days=40))
    assert outbox.purge(clock.now() - timedelta(days=30)) == 1
    outbox.post([replace(NOTICE, once="x")])
    assert [posted.notice.case for posted in outbox.due()] == ["returned"]


def test_marks_differ(outbox: Outbox) -> None:
    """One for each Message-ID, the same each time."""
    assert outbox.mark("<1@wwk.de>") == outbox.mark("<1@wwk.de>") != outbox.mark("<2@wwk.de>")

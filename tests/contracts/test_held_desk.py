"""The port HeldDesk, and that what is posted with a change comes with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from smime_milter.adapters.stores import open_store
from smime_milter.model.decision import Reason
from smime_milter.model.errors import Unavailable
from smime_milter.model.held import HeldState
from smime_milter.model.notice import Notice
from smime_milter.model.outcome import HeldMail
from smime_milter.model.spool import Spool
from smime_milter.ports import HeldDesk, HeldStore, Outbox
from tests.support.fakes import NOON, FakeClock
from tests.support.fakes_held import FakeHeldDesk, FakeOutbox

KEY, PERSON, SENT = HeldState.WAITING_FOR_KEY, HeldState.WAITING_FOR_PERSON, HeldState.SENT
MAIL = HeldMail(
    key="1", sender="erika@wwk.de", recipients=("a@makler.example", "b@makler.example"), reason=Reason.MIXED_RECIPIENTS,
    reasons=(Reason.MIXED_RECIPIENTS, Reason.NO_CERTIFICATE), raw=Spool.of(b"x" * 1000), message_id="<1@wwk.de>",
    findings="iban:1", received_at=NOON, deadline=NOON + timedelta(days=3), client="127.0.0.1")
NOTICE = Notice(case="sent", to="erika@wwk.de", values="[]")


class Held(HeldStore, HeldDesk, Protocol):
    """Both ports, and what a person alone does."""

    def discard(self, reference: str) -> bool: ...


Pair = tuple[Held, Outbox]


@pytest.fixture(params=["fake", "sqlite"])
def pair(request: pytest.FixtureRequest, clock: FakeClock, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    if request.param == "fake":
        outbox = FakeOutbox(clock.now)
        return FakeHeldDesk(clock.now, outbox, quota=2500), outbox
    folder = tmp_path_factory.mktemp("store")
    store = open_store(f"sqlite:///{folder}/store.db", held_key=b"k" * 32, now=clock.now, quota=2500)
    request.addfinalizer(store.close)
    return store.held, store.outbox


def due(outbox: Outbox) -> Sequence[str]:
    return [posted.notice.reference for posted in outbox.due()]


def test_what_is_kept_is_listed_and_loaded(pair: Pair) -> None:
    """Everything but the content in the list; the notice came with it, once."""
    held, outbox = pair
    reference = held.keep(MAIL, [NOTICE])
    assert held.keep(MAIL, [NOTICE]) == reference
    (entry,) = held.list()
    assert (entry.states, entry.reasons, entry.deadline, entry.size) == ((KEY, KEY), MAIL.reasons, MAIL.deadline, 1000)
    assert (entry.sender, entry.recipients, entry.message_id, entry.is_from_us) == (
        MAIL.sender, MAIL.recipients, MAIL.message_id, True)
    loaded = held.load(reference)
    assert loaded and loaded[0].raw.octets()[:] == b"x" * 1000
    assert (loaded[0].deadline, loaded[0].reasons, loaded[1]) == (MAIL.deadline, MAIL.reasons, (KEY, KEY))
    assert due(outbox) == [reference]


def test_a_claim_is_one_s_own_until_it_is_stale(pair: Pair, clock: FakeClock) -> None:
    """Given back it is free at once; nothing under an unknown reference or number."""
    held, _ = pair
    reference = held.keep(MAIL)
    assert [held.claim(reference, 0), held.claim(reference, 0), held.claim(reference, 1)] == [True, False, True]
    held.give_back(reference, 0)
    assert held.claim(reference, 0)
    clock.advance(timedelta(minutes=11))
    assert held.claim(reference, 0)
    assert not held.claim("ZZZZZZZZ", 0) and not held.claim(reference, 2)


def test_a_final_state_stays_and_posts_once(pair: Pair) -> None:
    """Who comes second changes nothing."""
    held, outbox = pair
    reference = held.keep(MAIL)
    assert held.settle(reference, [0], SENT, [NOTICE])
    assert not held.settle(reference, [0], HeldState.RETURNED, [NOTICE])
    held.give_back(reference, 0)
    assert not held.claim(reference, 0)
    assert held.list()[0].states == (SENT, KEY)
    assert due(outbox) == [reference]


def test_several_recipients_are_settled_together(pair: Pair) -> None:
    """With the last open one the content goes and the mail is settled."""
    held, _ = pair
    reference = held.keep(MAIL)
    assert held.settle(reference, [0, 1], HeldState.RETURNED)
    assert held.load(reference) is None and not held.list()
    assert held.list(settled=True)[0].states == (HeldState.RETURNED,) * 2


def test_another_open_state_frees_the_claim(pair: Pair) -> None:
    """It waits for a person now, and a person can take it."""
    held, _ = pair
    reference = held.keep(MAIL)
    assert held.claim(reference, 0)
    assert held.settle(reference, [0], PERSON)
    assert held.list()[0].states == (PERSON, KEY) and held.claim(reference, 0)


def test_discarding_spares_who_is_being_sent_to(pair: Pair) -> None:
    """The others are given up."""
    held, _ = pair
    reference = held.keep(MAIL)
    assert held.claim(reference, 0)
    assert held.discard(reference) and not held.discard(reference)
    assert held.list()[0].states == (KEY, HeldState.DISCARDED)


def test_quota_counts_what_waits(pair: Pair) -> None:
    """Full is Unavailable; room comes back when something has gone."""
    held, _ = pair
    first = held.keep(MAIL)
    held.keep(replace(MAIL, key="2"))
    with pytest.raises(Unavailable):
        held.keep(replace(MAIL, key="3"))
    held.discard(first)
    assert held.keep(replace(MAIL, key="3"))


def test_purge_forgets_the_settled_alone(pair: Pair, clock: FakeClock) -> None:
    """Not within a week, in which a client may send the same mail again."""
    held, _ = pair
    old, stays = held.keep(MAIL), held.keep(replace(MAIL, key="2"))
    held.discard(old)
    clock.advance(timedelta(days=6))
    assert held.purge(_far(clock)) == 0
    clock.advance(timedelta(days=2))
    assert held.purge(_far(clock)) == 1
    assert [entry.reference for entry in held.list(settled=True)] == [stays]


def _far(clock: FakeClock) -> datetime:
    return clock.now() + timedelta(days=1)

"""The outbox: nothing readable in the file, no notice lost, none taken twice, nobody flooded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from smime_milter.adapters.stores import Store, open_store
from smime_milter.adapters.stores.outbox import RATE
from smime_milter.model.decision import Reason
from smime_milter.model.errors import Unavailable
from smime_milter.model.held import HeldState
from smime_milter.model.notice import Notice
from smime_milter.model.outcome import HeldMail
from smime_milter.model.spool import Spool
from tests.support.fakes import NOON, FakeClock

CANARY = "kanarienvogel"
NOTICE = Notice(case="sent", to=f"{CANARY}@wwk.de", values=f'["{CANARY}"]', subject=CANARY, in_reply_to=f"<{CANARY}@wwk.de>")
MAIL = HeldMail(
    key="1", sender="erika@wwk.de", recipients=("a@makler.example", "b@makler.example"), reason=Reason.MIXED_RECIPIENTS,
    reasons=(Reason.MIXED_RECIPIENTS, Reason.NO_CERTIFICATE), raw=Spool.of(b"x" * 1000), message_id="<1@wwk.de>", findings="",
    received_at=NOON, deadline=NOON + timedelta(days=3))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.db", held_key=b"k" * 32, now=clock.now, quota=2500)
    yield store
    store.close()


def test_what_is_posted_comes_back_until_it_was_sent(store: Store) -> None:
    """Every word of it, with a reference; once it is with the MTA it is due no more."""
    store.outbox.post([NOTICE])
    (posted,) = store.outbox.due()
    assert replace(posted.notice, reference="") == NOTICE
    assert len(posted.notice.reference) == 8
    store.outbox.sent(posted.number)
    assert store.outbox.due() == ()


def test_nothing_of_a_notice_is_readable_in_the_file(store: Store, tmp_path: Path) -> None:
    """Whom it tells what is sealed: a stolen file tells the kind of notice."""
    store.outbox.post([replace(NOTICE, once=CANARY)])
    store.close()
    for file in tmp_path.iterdir():
        assert CANARY.encode() not in file.read_bytes()


def test_another_key_sends_nothing(store: Store, tmp_path: Path) -> None:
    """A notice that does not open is left where it is."""
    store.outbox.post([NOTICE])
    other = open_store(f"sqlite:///{tmp_path}/store.db", held_key=b"x" * 32)
    assert other.outbox.due() == ()
    other.close()
    assert len(store.outbox.due()) == 1


def test_one_sender_takes_a_notice(store: Store, clock: FakeClock) -> None:
    """Two runners at one moment: one sends. Who died half-way loses it after ten minutes."""
    store.outbox.post([NOTICE])
    number = store.outbox.due()[0].number
    assert [store.outbox.claim(number) for _ in range(2)] == [True, False]
    assert store.outbox.due() == ()
    clock.advance(timedelta(minutes=11))
    assert len(store.outbox.due()) == 1
    assert store.outbox.claim(number)
    store.outbox.sent(number)
    assert not store.outbox.claim(number)


def test_an_mta_that_does_not_answer_is_asked_less_and_less(store: Store, clock: FakeClock) -> None:
    """A minute, two, four; never less than every six hours, and the notice is still there."""
    store.outbox.post([NOTICE])
    waits = []
    for _ in range(12):
        (posted,) = store.outbox.due()
        assert store.outbox.claim(posted.number)
        store.outbox.put_off(posted.number)
        before = clock.now()
        while not store.outbox.due():
            clock.advance(timedelta(minutes=1))
        waits.append((clock.now() - before) // timedelta(minutes=1))
    assert waits[:3] == [1, 2, 4]
    assert max(waits) == waits[-1] == 360


def test_what_is_said_once_is_said_once(store: Store, clock: FakeClock) -> None:
    """An invitation to a partner: one in seven days, counted from the last one, sent or not."""
    invitation = replace(NOTICE, case="invitation", once="makler")
    store.outbox.post([invitation])
    store.outbox.sent(store.outbox.due()[0].number)
    clock.advance(timedelta(days=6))
    store.outbox.post([invitation, replace(invitation, once="kanzlei")])
    assert len(store.outbox.due()) == 1
    clock.advance(timedelta(days=2))
    store.outbox.post([invitation, invitation])
    assert len(store.outbox.due()) == 2


def test_one_address_is_not_flooded(store: Store, clock: FakeClock) -> None:
    """Twenty notices within an hour to one address, however it is written; other people get theirs."""
    store.outbox.post([NOTICE] * RATE + [replace(NOTICE, to=NOTICE.to.upper()), replace(NOTICE, to="other@wwk.de")])
    assert len(store.outbox.due()) == RATE + 1
    clock.advance(timedelta(hours=2))
    store.outbox.post([NOTICE])
    assert len(store.outbox.due()) == RATE + 2


def test_purge_forgets_what_need_not_be_remembered(store: Store, clock: FakeClock) -> None:
    """Sent ones go after their time; those said once stay as long as they must not be said again, unsent ones always."""
    store.outbox.post([NOTICE, replace(NOTICE, once="greeting", once_for=timedelta(days=100))])
    for posted in store.outbox.due():
        store.outbox.sent(posted.number)
    store.outbox.post([NOTICE])
    clock.advance(timedelta(days=50))
    assert store.outbox.purge(clock.now() - timedelta(days=30)) == 1
    clock.advance(timedelta(days=60))
    assert store.outbox.purge(clock.now() - timedelta(days=30)) == 1
    assert len(store.outbox.due()) == 1


def test_a_notice_is_committed_with_its_held_mail(store: Store) -> None:
    """One transaction: with the mail's reference, once however often the client sends, and not without the mail."""
    reference = store.held.keep(MAIL, [NOTICE])
    assert store.held.keep(MAIL, [NOTICE]) == reference
    (posted,) = store.outbox.due()
    assert posted.notice.reference == reference
    with pytest.raises(Unavailable, match="quota"):
        store.held.keep(replace(MAIL, key="2", raw=Spool.of(b"x" * 1501)), [NOTICE])
    assert len(store.outbox.due()) == 1


def test_a_full_quota_is_an_answer_not_a_loss(store: Store) -> None:
    """The client keeps what does not fit; when something has gone there is room again."""
    reference = store.held.keep(MAIL)
    store.held.keep(replace(MAIL, key="2"))
    third = replace(MAIL, key="3")
    with pytest.raises(Unavailable, match="quota"):
        store.held.keep(third)
    assert store.held.keep(MAIL) == reference
    store.held.discard(reference)
    assert store.held.keep(third)


def test_who_waits_because_of_others_waits_for_the_same(store: Store, clock: FakeClock) -> None:
    """Each recipient keeps their own reason; a mail where no certificate is missing waits for a person."""
    store.held.keep(MAIL)
    clock.advance(timedelta(minutes=1))
    store.held.keep(replace(MAIL, key="2", reasons=(Reason.MIXED_RECIPIENTS, Reason.HIDDEN_RECIPIENT)))
    first, second = store.held.list()
    assert (first.states, first.reasons) == ((HeldState.WAITING_FOR_KEY,) * 2, MAIL.reasons)
    assert second.states == (HeldState.WAITING_FOR_PERSON,) * 2
    assert first.deadline == MAIL.deadline


def test_a_settled_recipient_posts_nothing_more(store: Store) -> None:
    """Two who settle the same recipient: one notice."""
    reference = store.held.keep(MAIL)
    assert store.held.settle(reference, [0], HeldState.SENT, [NOTICE])
    assert not store.held.settle(reference, [0], HeldState.RETURNED, [NOTICE])
    assert len(store.outbox.due()) == 1


def test_two_persons_are_two_names(store: Store, clock: FakeClock) -> None:
    """The same person twice is one; yesterday's word does not count."""
    reference = store.held.keep(MAIL)
    assert store.held.approve(reference, "anna") == ("anna",)
    assert store.held.approve(reference, "anna") == ("anna",)
    assert store.held.approve(reference, "bert") == ("anna", "bert")
    clock.advance(timedelta(days=2))
    assert store.held.approve(reference, "carl") == ("carl",)


def test_purge_forgets_settled_mail_after_its_time(store: Store, clock: FakeClock) -> None:
    """What waits stays however old; what a client may still send again is known for a week."""
    old, waiting = store.held.keep(MAIL), store.held.keep(replace(MAIL, key="2"))
    store.held.discard(old)
    clock.advance(timedelta(days=6))
    assert store.held.purge(clock.now()) == 0
    clock.advance(timedelta(days=30))
    assert store.held.purge(clock.now() - timedelta(days=30)) == 1
    assert [entry.reference for entry in store.held.list(settled=True)] == [waiting]


def test_the_loop_mark_is_keyed(store: Store, tmp_path: Path) -> None:
    """Nobody who does not hold our key can make one, and it is for one message."""
    other = open_store(f"sqlite:///{tmp_path}/store.db", held_key=b"x" * 32)
    marks = {store.outbox.mark("<1@wwk.de>"), store.outbox.mark("<2@wwk.de>"), other.outbox.mark("<1@wwk.de>")}
    other.close()
    assert len(marks) == 3
    assert store.outbox.mark("<1@wwk.de>") in marks

"""Held mail: nothing of it readable in the file, sent at most once, gone when it is settled."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from smime_milter.adapters.stores import Store, open_store
from smime_milter.adapters.stores.held import PIECE
from smime_milter.model.decision import Reason
from smime_milter.model.errors import Unavailable
from smime_milter.model.held import HeldState
from smime_milter.model.outcome import HeldMail
from smime_milter.model.spool import Spool
from tests.support.fakes import NOON, FakeClock

CANARY = "kanarienvogel"
WAITING, SENT = HeldState.WAITING_FOR_KEY, HeldState.SENT


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.db", held_key=b"k" * 32, now=clock.now)
    yield store
    store.close()


def mail(raw: bytes = CANARY.encode(), key: str = CANARY + "1") -> HeldMail:
    return HeldMail(
        key=key, sender=f"{CANARY}2@wwk.de", recipients=(f"{CANARY}3@makler.example", "b\udcff@kanzlei.example"),
        reason=Reason.NO_CERTIFICATE, raw=Spool.of(raw), message_id=f"<{CANARY}4@wwk.de>", findings=f"{CANARY}5",
        received_at=NOON, client=f"{CANARY}6",
    )


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7])
def test_what_is_kept_comes_back(store: Store, size: int) -> None:
    """Every byte and every word, at the borders of the pieces and with bytes no character stands for."""
    raw = random.Random(size).randbytes(size)
    kept = mail(raw)
    loaded = store.held.load(store.held.keep(kept))
    assert loaded
    found, states = loaded
    assert found.raw.octets()[:] == raw
    fields = ("key", "sender", "recipients", "reason", "message_id", "findings", "received_at", "client")
    assert [getattr(found, field) for field in fields] == [getattr(kept, field) for field in fields]
    assert states == (WAITING, WAITING)


def test_nothing_in_the_file_is_readable(store: Store, tmp_path: Path) -> None:
    """Content, addresses, Message-ID, findings and key are sealed: a stolen file tells the reason and the size."""
    store.held.keep(mail())
    store.close()
    files = list(tmp_path.iterdir())
    assert files
    for file in files:
        assert CANARY.encode() not in file.read_bytes()


def test_another_key_opens_nothing(store: Store, tmp_path: Path) -> None:
    """Without its key a held mail is unavailable; the list still names it."""
    reference = store.held.keep(mail())
    other = open_store(f"sqlite:///{tmp_path}/store.db", held_key=b"x" * 32)
    with pytest.raises(Unavailable, match="does not open with this key"):
        other.held.load(reference)
    (entry,) = other.held.list()
    other.close()
    assert (entry.reference, entry.is_readable, entry.recipients) == (reference, False, ())


@pytest.mark.parametrize("harm", [
    "UPDATE held_content SET number = 1 - number",
    "DELETE FROM held_content WHERE number = 1",
    "UPDATE held SET size = size - 1048576",
    "UPDATE held_content SET sealed = zeroblob(length(sealed)) WHERE number = 0",
    "UPDATE held_content SET reference = 'ZZZZZZZZ'",
])
def test_altered_content_is_not_sent(store: Store, tmp_path: Path, harm: str) -> None:
    """Pieces exchanged, missing, shortened or overwritten: unavailable, never a part of the mail."""
    reference = store.held.keep(mail(b"x" * (PIECE + 1)))
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
        other.execute("UPDATE held_content SET number = number + 10").close() if "1 - number" in harm else None
        other.execute(harm.replace("1 - number", "11 - number")).close()
    with pytest.raises(Unavailable):
        store.held.load(reference)


def test_a_recipient_is_claimed_once(store: Store, clock: FakeClock) -> None:
    """Release pressed twice sends once; a sender that died half-way loses its claim after ten minutes."""
    reference = store.held.keep(mail())
    assert [store.held.claim(reference, 0) for _ in range(2)] == [True, False]
    assert store.held.claim(reference, 1)
    clock.advance(timedelta(minutes=9))
    assert not store.held.claim(reference, 0)
    clock.advance(timedelta(minutes=2))
    assert store.held.claim(reference, 0)
    assert not store.held.claim("ZZZZZZZZ", 0)
    assert not store.held.claim(reference, 2)


def test_content_goes_with_the_last_recipient(store: Store, tmp_path: Path) -> None:
    """As long as one waits the mail is there; then its content leaves the file."""
    reference = store.held.keep(mail())
    assert store.held.claim(reference, 0)
    store.held.settle(reference, [0], SENT)
    loaded = store.held.load(reference)
    assert loaded and loaded[1] == (SENT, WAITING)
    assert store.held.claim(reference, 1)
    store.held.settle(reference, [1], HeldState.RELEASED)
    assert store.held.load(reference) is None
    assert store.held.list() == ()
    (entry,) = store.held.list(settled=True)
    assert entry.states == (SENT, HeldState.RELEASED)
    with closing(sqlite3.connect(tmp_path / "store.db")) as other:
        assert other.execute("SELECT count(*) FROM held_content").fetchone() == (0,)


def test_a_settled_mail_is_still_known_to_its_key(store: Store) -> None:
    """The client that sends again after the mail has gone out does not send it twice."""
    reference = store.held.keep(mail())
    assert store.held.discard(reference)
    assert store.held.keep(mail()) == reference


def test_a_claim_can_be_given_back(store: Store) -> None:
    """The MTA did not take it: the recipient waits again."""
    reference = store.held.keep(mail())
    assert store.held.claim(reference, 0)
    store.held.give_back(reference, 0)
    assert store.held.claim(reference, 0)


def test_a_final_state_stays(store: Store) -> None:
    """What was sent cannot become discarded or wait again."""
    reference = store.held.keep(mail())
    store.held.claim(reference, 0)
    assert store.held.settle(reference, [0], SENT)
    assert not store.held.settle(reference, [0], WAITING)
    store.held.give_back(reference, 0)
    assert not store.held.claim(reference, 0)
    assert store.held.discard(reference)
    (entry,) = store.held.list(settled=True)
    assert entry.states == (SENT, HeldState.DISCARDED)


def test_discarding_waits_for_who_is_being_sent_to(store: Store) -> None:
    """A recipient in flight is not torn away; the others are given up. Nothing to give up is False."""
    reference = store.held.keep(mail())
    store.held.claim(reference, 0)
    assert store.held.discard(reference)
    (entry,) = store.held.list()
    assert entry.states == (WAITING, HeldState.DISCARDED)
    assert not store.held.discard(reference)
    assert not store.held.discard("ZZZZZZZZ")


def test_an_unknown_reference_is_none(store: Store) -> None:
    """Nothing is held under it: an answer, not an error."""
    assert store.held.load("ZZZZZZZZ") is None

"""The port Receipts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smime_milter.adapters.stores import Store
from smime_milter.model.errors import Unavailable
from smime_milter.model.sealed import ReceiptState
from smime_milter.ports import Receipts
from tests.support.fakes import FakeClock, FakeReceipts

BEGUN, DONE = ReceiptState.BEGUN, ReceiptState.DONE


@pytest.fixture(params=["fake", "sqlite"])
def receipts(request: pytest.FixtureRequest, sqlite: Store, clock: FakeClock) -> Receipts:
    if request.param == "fake":
        return FakeReceipts(clock)
    return sqlite.receipts


def test_what_nobody_noted_is_not_known(receipts: Receipts) -> None:
    """No receipt is no state, also among others."""
    assert receipts.known([]) == {}
    receipts.begin(["a"])
    assert receipts.known(["a", "b"]) == {"a": BEGUN}


def test_begun_becomes_done(receipts: Receipts) -> None:
    """A copy is begun, perhaps several times, and done; each key for itself."""
    receipts.begin(["a", "b", "a"])
    receipts.begin(["a"])
    receipts.finish(["a"], "encrypted")
    receipts.finish(["c"], "held")
    assert receipts.known(["a", "b", "c"]) == {"a": DONE, "b": BEGUN, "c": DONE}


def test_it_is_remembered_for_seven_days(receipts: Receipts, clock: FakeClock) -> None:
    """As long as a client comes again; then it is forgotten."""
    receipts.finish(["a"], "signed")
    clock.advance(timedelta(days=7))
    assert receipts.known(["a"]) == {"a": DONE}
    clock.advance(timedelta(seconds=1))
    assert receipts.known(["a"]) == {}
    receipts.begin(["a"])
    assert receipts.known(["a"]) == {"a": BEGUN}


def test_many_recipients_at_once(receipts: Receipts) -> None:
    """A thousand recipients are one message, too."""
    keys = [str(number) for number in range(1001)]
    receipts.finish(keys, "signed")
    assert receipts.known(keys) == dict.fromkeys(keys, DONE)


def test_a_store_out_of_reach_is_no_answer(receipts: Receipts, sqlite: Store) -> None:
    """Unavailable, never "nothing known"."""
    if isinstance(receipts, FakeReceipts):
        receipts.is_down = True
    else:
        with sqlite.database.writing() as connection:
            connection.exec_driver_sql("DROP TABLE receipts")
    with pytest.raises(Unavailable):
        receipts.known(["a"])
    with pytest.raises(Unavailable):
        receipts.begin(["a"])
    with pytest.raises(Unavailable):
        receipts.finish(["a"], "held")

"""The port HeldStore."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from smime_milter.adapters.stores import Store
from smime_milter.model.decision import Reason
from smime_milter.model.outcome import HeldMail
from smime_milter.model.spool import Spool
from smime_milter.ports import HeldStore
from tests.support.fakes import NOON, FakeClock, FakeHeld

MAIL = HeldMail(
    key="key", sender="kunde@wwk.de", recipients=("alice@makler.example",), reason=Reason.NO_CERTIFICATE,
    raw=Spool.of(b"Subject: Angebot\r\n\r\nText\r\n"), message_id="<1@wwk.de>", findings="iban:1", received_at=NOON,
)


@pytest.fixture(params=["fake", "sqlite"])
def held(request: pytest.FixtureRequest, sqlite: Store, clock: FakeClock) -> HeldStore:
    if request.param == "fake":
        return FakeHeld(clock)
    return sqlite.held


def test_a_reference_can_be_read_out(held: HeldStore) -> None:
    """Eight characters, none of which is taken for another."""
    reference = held.keep(MAIL)
    assert len(reference) == 8
    assert set(reference) <= set("23456789ABCDEFGHJKLMNPQRSTUVWXYZ")


def test_the_same_mail_again_has_the_same_reference(held: HeldStore, clock: FakeClock) -> None:
    """A client that did not hear our 250 and sends again does not double the mail."""
    reference = held.keep(MAIL)
    clock.advance(timedelta(days=6))
    assert held.keep(MAIL) == reference


def test_another_mail_has_another_reference(held: HeldStore) -> None:
    """Only the key decides whether two mails are one."""
    assert held.keep(MAIL) != held.keep(replace(MAIL, key="other"))


def test_after_a_week_the_same_key_is_a_new_mail(held: HeldStore, clock: FakeClock) -> None:
    """No client tries longer; what comes then was sent anew."""
    reference = held.keep(MAIL)
    clock.advance(timedelta(days=8))
    again = held.keep(MAIL)
    assert again != reference
    assert held.keep(MAIL) == again

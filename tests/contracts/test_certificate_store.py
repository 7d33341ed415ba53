"""The ports CertificateSource and CertificateStore."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

import pytest

from smime_milter.adapters.stores import Store
from smime_milter.adapters.stores.continuity import CANDIDATES_PER_ADDRESS, NEW_PER_DOMAIN_AND_DAY
from smime_milter.certs.reading import read
from smime_milter.model.certificate import Certificate, CertificateState
from smime_milter.model.outcome import Lesson
from smime_milter.ports import CertificateSource, CertificateStore
from tests.support.fakes import NOON, FakeCertificates, FakeClock
from tests.support.pki import START, Authority, new_key

ALICE = "alice@makler.example"
TOMORROW = NOON + timedelta(days=1)


def announcing(certificate: Certificate, names: tuple[str, ...], signed_at: datetime | None) -> Lesson:
    return Lesson(certificate=certificate, address=ALICE, message_id="<1@makler.example>", capabilities=names,
                  signed_at=int(signed_at.timestamp()) if signed_at else None)


def test_what_was_announced_last_is_kept(store: Both, authority: Authority) -> None:
    """By signing time, not by arrival; without a time, or with one that lies ahead, nothing is believed."""
    certificate = made(authority)

    def kept() -> tuple[str, ...]:
        return store.certificates_for(ALICE, "makler.example")[0].capabilities

    for names, signed_at, expected in (
        (("aes-128-cbc",), NOON, ("aes-128-cbc",)),
        (("aes-256-gcm", "oaep"), NOON + timedelta(minutes=5), ("aes-256-gcm", "oaep")),
        (("aes-128-cbc",), NOON + timedelta(minutes=1), ("aes-256-gcm", "oaep")),
        (("aes-128-cbc",), NOON + timedelta(days=2), ("aes-256-gcm", "oaep")),
        (("aes-128-cbc",), None, ("aes-256-gcm", "oaep")),
        ((), NOON + timedelta(minutes=30), ("aes-256-gcm", "oaep")),
        (("pss",), NOON + timedelta(minutes=30), ("pss",)),
    ):
        store.learn(announcing(certificate, names, signed_at), usable_from=TOMORROW, at=NOON)
        assert kept() == expected


class Both(CertificateSource, CertificateStore, Protocol):
    """The two ports one store serves."""


@pytest.fixture(params=["fake", "sqlite"])
def store(request: pytest.FixtureRequest, sqlite: Store, clock: FakeClock) -> Both:
    if request.param == "fake":
        return FakeCertificates(clock)
    return sqlite.certificates


def made(authority: Authority, address: str = ALICE, day: int = 0, not_after: datetime | None = None) -> Certificate:
    begin = START + timedelta(days=day)
    certificate = read(authority.issue(address, not_before=begin, not_after=not_after).der)
    assert certificate
    return certificate


def lesson(certificate: Certificate, address: str = ALICE) -> Lesson:
    return Lesson(certificate=certificate, address=address, message_id="<1@makler.example>")


def states(store: Both, address: str = ALICE) -> dict[str, CertificateState]:
    found = store.certificates_for(address, address.rpartition("@")[2])
    return {stored.certificate.sha256: stored.state for stored in found}


def test_nothing_is_found_where_nothing_was_learned(store: Both) -> None:
    """An unknown address is an empty answer, not an error."""
    assert list(store.certificates_for(ALICE, "makler.example")) == []


def test_the_first_certificate_is_learned_and_found(store: Both, authority: Authority) -> None:
    """H7: what was learned comes back whole, with where it is from and from when it is usable."""
    certificate = made(authority)
    assert store.learn(lesson(certificate), usable_from=TOMORROW, at=NOON) == "learned"
    (found,) = store.certificates_for(ALICE, "makler.example")
    assert found.certificate == certificate
    assert (found.address, found.domain) == (ALICE, None)
    assert (found.usable_from, found.learned_at) == (TOMORROW, NOON)
    assert found.learned_from == "<1@makler.example>"
    assert found.state is CertificateState.ACTIVE


def test_a_certificate_is_for_its_address_alone(store: Both, authority: Authority) -> None:
    """H2: a colleague in the same domain gets nothing."""
    store.learn(lesson(made(authority)), usable_from=NOON, at=NOON)
    assert not store.certificates_for("bob@makler.example", "makler.example")


def test_bytes_that_are_no_text_harm_nothing(store: Both, authority: Authority) -> None:
    """A recipient in raw 8-bit has no certificate, and a Message-ID of rubbish is no reason not to learn."""
    assert not store.certificates_for("al\udcffce@makler.example", "makler.example")
    odd = Lesson(certificate=made(authority), address=ALICE, message_id="<\udcff\0" + "x" * 5000)
    assert store.learn(odd, usable_from=NOON, at=NOON) == "learned"
    assert len(store.certificates_for(ALICE, "makler.example")) == 1


def test_the_same_certificate_again_is_known(store: Both, authority: Authority) -> None:
    """A second mail with the same certificate changes nothing, not even the day it is usable."""
    certificate = made(authority)
    store.learn(lesson(certificate), usable_from=NOON, at=NOON)
    assert store.learn(lesson(certificate), usable_from=TOMORROW, at=NOON) == "known"
    (found,) = store.certificates_for(ALICE, "makler.example")
    assert found.usable_from == NOON


def test_another_issuer_s_certificate_waits(store: Both, authority: Authority, other_authority: Authority) -> None:
    """H8: a stranger's certificate for a partner's address becomes a candidate; the old one stays in use."""
    old, foreign = made(authority), made(other_authority, day=9)
    store.learn(lesson(old), usable_from=NOON, at=NOON)
    assert store.learn(lesson(foreign), usable_from=NOON, at=NOON) == "H8"
    assert states(store) == {old.sha256: CertificateState.ACTIVE, foreign.sha256: CertificateState.PENDING}
    assert store.learn(lesson(foreign), usable_from=NOON, at=NOON) == "known"


def test_an_older_certificate_of_the_same_issuer_waits(store: Both, authority: Authority) -> None:
    """H8: going back in time is no renewal."""
    new, old = made(authority, day=9), made(authority)
    store.learn(lesson(new), usable_from=NOON, at=NOON)
    assert store.learn(lesson(old), usable_from=NOON, at=NOON) == "H8"


def test_a_renewal_takes_over_once_it_is_usable(store: Both, authority: Authority, clock: FakeClock) -> None:
    """H8: same issuer, later begin, at the end of the old one's life: that is used until the night, then superseded."""
    old, new = made(authority, not_after=START + timedelta(days=340)), made(authority, day=300)
    store.learn(lesson(old), usable_from=NOON, at=NOON)
    assert store.learn(lesson(new), usable_from=TOMORROW, at=NOON) == "learned"
    assert states(store)[old.sha256] is CertificateState.ACTIVE
    clock.advance(timedelta(days=1))
    assert states(store) == {old.sha256: CertificateState.SUPERSEDED, new.sha256: CertificateState.ACTIVE}


def test_a_second_device_is_no_renewal(store: Both, authority: Authority, clock: FakeClock) -> None:
    """Two certificates of one issuer, the first far from its end: both stay in use, nobody is locked out of a device."""
    first, second = made(authority), made(authority, day=9)
    store.learn(lesson(first), usable_from=NOON, at=NOON)
    assert store.learn(lesson(second), usable_from=NOON, at=NOON) == "learned"
    clock.advance(timedelta(days=1))
    assert states(store) == {first.sha256: CertificateState.ACTIVE, second.sha256: CertificateState.ACTIVE}


def test_a_candidate_is_learned_when_nothing_works_any_more(
    store: Both, authority: Authority, other_authority: Authority
) -> None:
    """H8 ends with the old certificate: the next mail with the new one makes it the address's own."""
    old = made(authority, not_after=NOON + timedelta(days=2))
    new = made(other_authority)
    store.learn(lesson(old), usable_from=NOON, at=NOON)
    store.learn(lesson(new), usable_from=NOON, at=NOON)
    later = NOON + timedelta(days=3)
    assert store.learn(lesson(new), usable_from=later, at=later) == "learned"
    assert states(store)[new.sha256] is CertificateState.ACTIVE


def test_an_expired_certificate_says_so(store: Both, authority: Authority, clock: FakeClock) -> None:
    """Nobody has to run anything at midnight: expiry is judged when the store is asked."""
    certificate = made(authority, not_after=NOON + timedelta(hours=1))
    store.learn(lesson(certificate), usable_from=NOON, at=NOON)
    clock.advance(timedelta(hours=2))
    assert states(store) == {certificate.sha256: CertificateState.EXPIRED}


def test_candidates_for_one_address_are_limited(store: Both, authority: Authority) -> None:
    """H10: with 20 candidates waiting, nothing more is kept."""
    store.learn(lesson(made(authority, day=60)), usable_from=NOON, at=NOON)
    key = new_key("p256")
    waiting = [read(authority.issue(ALICE, key=key, not_before=START).der) for _ in range(CANDIDATES_PER_ADDRESS + 1)]
    answers = [store.learn(lesson(c), usable_from=NOON, at=NOON) for c in waiting if c]
    assert answers == ["H8"] * CANDIDATES_PER_ADDRESS + ["H10"]


def test_new_certificates_of_one_domain_are_limited_per_day(store: Both, authority: Authority) -> None:
    """H10: 200 in a day; the next day there is room again, and other domains never lost theirs."""
    certificate = made(authority)
    people = [f"person{number}@makler.example" for number in range(NEW_PER_DOMAIN_AND_DAY)]
    answers = {store.learn(lesson(certificate, person), usable_from=NOON, at=NOON) for person in people}
    assert answers == {"learned"}
    assert store.learn(lesson(certificate), usable_from=NOON, at=NOON) == "H10"
    assert store.learn(lesson(certificate, "a@kanzlei.example"), usable_from=NOON, at=NOON) == "learned"
    assert store.learn(lesson(certificate), usable_from=TOMORROW, at=TOMORROW) == "learned"

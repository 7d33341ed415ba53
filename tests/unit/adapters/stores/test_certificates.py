"""What an administrator does to partners' certificates, and the history of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from smime_milter.adapters.stores import Store, open_store
from smime_milter.adapters.stores.certificates import Certificates
from smime_milter.certs.reading import read
from smime_milter.model.certificate import Certificate, CertificateState
from smime_milter.model.outcome import Lesson
from tests.support.fakes import NOON, FakeClock
from tests.support.pki import START, Authority

ALICE, DOMAIN = "alice@makler.example", "makler.example"
TOMORROW = NOON + timedelta(days=1)
ACTIVE, PENDING, DISTRUSTED, SUPERSEDED = (
    CertificateState.ACTIVE, CertificateState.PENDING, CertificateState.DISTRUSTED, CertificateState.SUPERSEDED,
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.db", held_key=b"k" * 32, now=clock.now)
    yield store
    store.close()


@pytest.fixture
def certificates(store: Store) -> Certificates:
    return store.certificates


@pytest.fixture(scope="module")
def old() -> Certificate:
    return made(Authority("Old"))


@pytest.fixture(scope="module")
def foreign() -> Certificate:
    return made(Authority("Foreign"), day=-9)


def made(authority: Authority, day: int = 0, until: int = 730) -> Certificate:
    begin, end = START + timedelta(days=day), START + timedelta(days=until)
    certificate = read(authority.issue(ALICE, not_before=begin, not_after=end).der)
    assert certificate
    return certificate


def lesson(certificate: Certificate) -> Lesson:
    return Lesson(certificate=certificate, address=ALICE, message_id="<1@makler.example>")


def learn(certificates: Certificates, *several: Certificate) -> list[str]:
    return [certificates.learn(lesson(one), usable_from=NOON, at=NOON) for one in several]


def states(certificates: Certificates) -> dict[str, CertificateState]:
    return {entry.certificate.sha256: entry.state for entry in certificates.list()}


def events(certificates: Certificates, certificate: Certificate) -> list[tuple[str, str]]:
    return [(event, rule) for _, event, rule in certificates.history(certificate.sha256)]


def test_approving_a_candidate_replaces_the_old(certificates: Certificates, old: Certificate, foreign: Certificate) -> None:
    """A person decides against rule H8: the new one is used at once, the old one no more."""
    learn(certificates, old, foreign)
    assert certificates.approve(foreign.sha256) == 1
    assert states(certificates) == {old.sha256: SUPERSEDED, foreign.sha256: ACTIVE}
    assert certificates.approve(foreign.sha256) == 0
    assert events(certificates, old) == [("learned", ""), ("superseded", "H8")]
    assert events(certificates, foreign) == [("candidate", "H8"), ("approved", "")]


def test_the_approved_can_be_exchanged_again(certificates: Certificates, old: Certificate, foreign: Certificate) -> None:
    """Back and forth: always exactly one in use."""
    learn(certificates, old, foreign)
    certificates.approve(foreign.sha256)
    certificates.approve(old.sha256)
    assert states(certificates) == {old.sha256: ACTIVE, foreign.sha256: SUPERSEDED}


def test_approving_ends_the_wait_for_the_night(certificates: Certificates, old: Certificate) -> None:
    """Usable from tomorrow becomes usable now."""
    certificates.learn(lesson(old), usable_from=TOMORROW, at=NOON)
    assert certificates.approve(old.sha256) == 1
    assert [entry.usable_from for entry in certificates.list()] == [NOON]


def test_distrusted_stays_distrusted(certificates: Certificates, old: Certificate) -> None:
    """The next mail signed with it changes nothing; only a person takes it back."""
    learn(certificates, old)
    assert certificates.distrust(old.sha256) == 1
    assert certificates.distrust(old.sha256) == 0
    assert learn(certificates, old) == ["known"]
    assert states(certificates) == {old.sha256: DISTRUSTED}
    assert certificates.approve(old.sha256) == 1
    assert states(certificates) == {old.sha256: ACTIVE}


def test_distrusting_the_new_one_brings_the_old_one_back(
    certificates: Certificates, old: Certificate, foreign: Certificate
) -> None:
    """A key approved by mistake does not leave the partner without any."""
    learn(certificates, old, foreign)
    certificates.approve(foreign.sha256)
    certificates.distrust(foreign.sha256)
    assert states(certificates) == {old.sha256: ACTIVE, foreign.sha256: DISTRUSTED}


def test_a_chain_of_renewals_leaves_one_in_use(certificates: Certificates) -> None:
    """Three years, three certificates; the middle one distrusted does not revive the first."""
    authority = Authority("Years")
    first, second, third = (made(authority, day, until) for day, until in ((0, 160), (101, 162), (103, 700)))
    assert learn(certificates, first, second, third) == ["learned"] * 3
    certificates.distrust(second.sha256)
    assert states(certificates) == {first.sha256: SUPERSEDED, second.sha256: DISTRUSTED, third.sha256: ACTIVE}


def test_removed_is_forgotten(certificates: Certificates, old: Certificate) -> None:
    """Nothing is found any more, the history stays, and a mail may teach it anew."""
    learn(certificates, old)
    assert certificates.remove(old.sha256) == 1
    assert certificates.remove(old.sha256) == 0
    assert certificates.list() == ()
    assert events(certificates, old) == [("learned", ""), ("removed", "")]
    assert learn(certificates, old) == ["learned"]


def test_imported_for_a_domain(certificates: Certificates, old: Certificate) -> None:
    """H11: a domain certificate comes from a person, and is found for every address there, and nowhere else."""
    assert certificates.import_(old, DOMAIN.upper(), source="import") == "imported"
    assert certificates.import_(old, DOMAIN, source="import") == "known"
    (found,) = certificates.certificates_for("anyone@makler.example", DOMAIN)
    assert (found.address, found.domain, found.source, found.usable_from) == (None, DOMAIN, "import", NOON)
    assert not certificates.certificates_for("anyone@kanzlei.example", "kanzlei.example")


def test_importing_a_candidate_is_a_decision(certificates: Certificates, old: Certificate) -> None:
    """A person's word stands above rule H8: the newer certificate replaces, whoever issued it."""
    new = made(Authority("New"), day=5)
    assert learn(certificates, old, new) == ["learned", "H8"]
    assert certificates.import_(new, ALICE, source="import") == "imported"
    assert states(certificates) == {old.sha256: SUPERSEDED, new.sha256: ACTIVE}


def test_importing_an_older_one_takes_nothing_away(certificates: Certificates, old: Certificate, foreign: Certificate) -> None:
    """A folder of files in any order ends with the newest in use."""
    learn(certificates, old)
    certificates.import_(foreign, ALICE, source="import")
    assert states(certificates)[old.sha256] is ACTIVE


def test_a_prefix_finds(certificates: Certificates, old: Certificate) -> None:
    """Upper case and colons, as openssl prints; rubbish finds nothing."""
    learn(certificates, old)
    shown = ":".join(old.sha256[at:at + 2] for at in range(0, 12, 2)).upper()
    for prefix in (old.sha256, old.sha256[:1], shown):
        assert [entry.certificate.sha256 for entry in certificates.get(prefix)] == [old.sha256]
    for prefix in ("", "zz", "%", "_" * 64, old.sha256 + "0"):
        assert certificates.get(prefix) == ()


def test_the_list_can_be_narrowed(certificates: Certificates, old: Certificate, foreign: Certificate) -> None:
    """By address in any spelling, and by state."""
    learn(certificates, old, foreign)
    assert len(certificates.list(address="Alice@MAKLER.example")) == 2
    assert certificates.list(address="bob@makler.example") == ()
    assert [entry.certificate for entry in certificates.list(state=PENDING)] == [foreign]


def test_intermediates_come_with_the_lesson(store: Store) -> None:
    """What completes the path next time is kept in the same transaction."""
    authority = Authority("Chain")
    issued = authority.issue(ALICE)
    certificate = read(issued.der)
    assert certificate
    taught = Lesson(certificate=certificate, address=ALICE, message_id="", intermediates=issued.chain[1:])
    store.certificates.learn(taught, usable_from=NOON, at=NOON)
    assert list(store.issuers.issuers_named(certificate.issuer_der)) == [authority.issuing_der]


def test_with_an_address_key_the_history_names_nobody(tmp_path: Path, old: Certificate) -> None:
    """The history outlives the partner: addresses in it are keyed hashes if the operator wants."""
    store = open_store(f"sqlite:///{tmp_path}/hashed.db", held_key=b"k" * 32, address_key=b"a" * 32)
    learn(store.certificates, old)
    with store.database.reading() as connection:
        shown = connection.exec_driver_sql("SELECT address FROM certificate_events").scalars().all()
    store.close()
    assert len(shown) == 1
    assert len(bytes.fromhex(shown[0])) == 8

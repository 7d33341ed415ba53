"""`smime-milter held` over a real store, with a submission port of the test's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from smime_milter.adapters.stores import Store, open_store
from smime_milter.certs.reading import read
from smime_milter.cli import main
from smime_milter.config import wiring
from smime_milter.model.decision import Reason
from smime_milter.model.errors import Unavailable
from smime_milter.model.outcome import HeldMail, Lesson
from smime_milter.model.spool import Spool
from tests.support.fakes import FakeSubmit
from tests.support.mails import mail, plain
from tests.support.opened import decrypted
from tests.support.pki import Issued
from tests.support.places import Places
from tests.unit.cli.calling import NOW, Answer, call

CLERK, BROKER, LAWYER = "erika.berger@wwk.de", "sabine.thaler@makler.example", "kanzlei@kanzlei.example"
LETTER = mail(CLERK, f"{BROKER}, {LAWYER}", plain(
    "Versicherte: Erika Beispiel, geboren am 12.03.1975, IBAN DE02120300000000202051\n"))
WAITING = "waiting-for-key"
KEY = b"k" * 32


class Postman(FakeSubmit):
    """Refuses the recipients in `refuses`, as an MTA does a mailbox that is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses: set[str] = set()

    def submit(self, sender: str, recipients: Any, raw: Spool, options: Any = None) -> None:
        if self.refuses.intersection(recipients):
            raise Unavailable("submit", "550")
        super().submit(sender, recipients, raw)


@pytest.fixture
def postman(monkeypatch: pytest.MonkeyPatch) -> Postman:
    made = Postman()
    monkeypatch.setattr(wiring.Wired, "submit", lambda self: made)
    return made


@pytest.fixture
def store(places: Places) -> Iterator[Store]:
    (places.home / "credentials/held").write_bytes(KEY)
    opened = open_store(places.store, held_key=KEY)
    yield opened
    opened.close()


def hold(store: Store, *recipients: str, key: str = "1") -> str:
    return store.held.keep(HeldMail(
        key=key, sender=CLERK, recipients=recipients or (BROKER,), reason=Reason.NO_CERTIFICATE, raw=Spool.of(LETTER),
        message_id="<1@wwk.de>", findings="iban:1", received_at=NOW, client="127.0.0.1"))


def know(store: Store, issued: Issued, address: str) -> None:
    certificate = read(issued.der)
    assert certificate is not None
    lesson = Lesson(certificate=certificate, address=address, message_id="")
    store.certificates.learn(lesson, usable_from=NOW - timedelta(1), at=NOW)


def held(places: Places, *arguments: str) -> Answer:
    return call(main, "--config", str(places.config), "held", *arguments)


def states(store: Store) -> dict[str, list[str]]:
    return {entry.reference: [state.value for state in entry.states] for entry in store.held.list(settled=True)}


def events(answer: Answer) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.err.splitlines() if line.startswith("{")]


def test_list(places: Places, store: Store) -> None:
    """Who waits for whom and why, never what it says; settled mail only when asked for."""
    reference, done = hold(store), hold(store, key="2")
    store.held.discard(done)
    answer = held(places, "list")
    assert answer.status == 0 and answer.out.count("\n") == 1
    assert reference in answer.out and f"{CLERK} -> {BROKER}" in answer.out and "no-certificate" in answer.out
    assert "Beispiel" not in answer.out
    listed = json.loads(held(places, "list", "--json").out)
    assert [row["reference"] for row in listed] == [reference] and listed[0]["findings"] == "iban:1"
    assert len(json.loads(held(places, "list", "--settled", "--json").out)) == 2


def test_show(places: Places, store: Store) -> None:
    """One mail, in either case of its reference; an unknown one is one line."""
    reference = hold(store)
    row = json.loads(held(places, "show", reference.lower(), "--json").out)
    assert (row["reference"], row["recipients"], row["states"]) == (reference, [BROKER], [WAITING])
    assert row["message_id"] == "<1@wwk.de>" and row["size"] == len(LETTER)
    assert "Beispiel" not in held(places, "show", reference).out
    answer = held(places, "show", "NOTTHERE")
    assert answer.status == 1 and len(answer.err.splitlines()) == 1 and "NOTTHERE" in answer.err


def test_retry_sends_who_can_have_it(places: Places, store: Store, postman: Postman, broker: Issued) -> None:
    """The one with a certificate gets it, encrypted, alone; the other waits on, and that is a no."""
    reference = hold(store, BROKER, LAWYER)
    know(store, broker, BROKER)
    answer = held(places, "retry", reference)
    assert answer.status == 1 and states(store) == {reference: ["sent", WAITING]}
    ((sender, recipients, octets),) = postman.sent
    assert (sender, recipients) == (CLERK, (BROKER,)) and b"Beispiel" in decrypted(octets, broker)
    assert [(e["SMIME_EVENT"], e["SMIME_HELD"]) for e in events(answer)] == [("held.sent", reference)]
    assert f"{LAWYER} held (no-certificate)" in answer.out
    assert held(places, "retry", reference).status == 1 and len(postman.sent) == 1, "nobody gets it twice"


def test_retry_of_everything(places: Places, store: Store, postman: Postman, broker: Issued) -> None:
    """Exit status 0 when nothing waits any more."""
    for number in range(3):
        hold(store, key=str(number))
    know(store, broker, BROKER)
    answer = held(places, "retry", "--all")
    assert answer.status == 0 and len(postman.sent) == 3 and all(state == ["sent"] for state in states(store).values())
    assert held(places, "retry", "--all").status == 0


def test_a_recipient_who_is_refused_keeps_nobody_waiting(places: Places, store: Store, postman: Postman, broker: Issued,
                                                         clerk: Issued) -> None:
    """One mailbox that is gone stays waiting with one line; later mail is sent all the same."""
    first, second = hold(store, "weg@makler.example", key="1"), hold(store, BROKER, key="2")
    know(store, broker, BROKER)
    postman.refuses = {"weg@makler.example"}
    places.write("outbound:\n  without_certificate: hold\npartners:\n  weg@makler.example: {encrypt: personal-data}\n")
    answer = held(places, "retry", "--all")
    assert answer.status == 1 and states(store) == {first: [WAITING], second: ["sent"]}
    postman.refuses = {BROKER}
    third = hold(store, BROKER, LAWYER, key="3")
    answer = held(places, "retry", third)
    assert answer.status == 1 and states(store)[third] == [WAITING, WAITING]
    plain_errors = [line for line in answer.err.splitlines() if not line.startswith("{")]
    assert plain_errors == [f"{third}: {BROKER}: submit unavailable: 550"]


def test_release_sends_the_original(places: Places, store: Store, postman: Postman) -> None:
    """As it was written, to every recipient that waits, with who, why and what in the journal."""
    reference = hold(store, BROKER, LAWYER)
    answer = held(places, "release", reference.lower(), "--as", "original", "--reason", "schriftlich vereinbart")
    assert answer.status == 0 and states(store) == {reference: ["released", "released"]}
    assert [(recipients, octets) for _, recipients, octets in postman.sent] == [((BROKER,), LETTER), ((LAWYER,), LETTER)]
    assert {(e["SMIME_EVENT"], e["SMIME_RELEASE_REASON"], e["SMIME_DECISION"]) for e in events(answer)} == {
        ("held.released", "schriftlich vereinbart", "original")}
    assert all(e["SMIME_OPERATOR"] for e in events(answer))
    assert held(places, "release", reference, "--as", "original", "--reason", "x").status == 1


def test_release_encrypted_only_if_it_can_be(places: Places, store: Store, postman: Postman) -> None:
    """Without a certificate nothing leaves."""
    reference = hold(store)
    assert held(places, "release", reference, "--as", "encrypted", "--reason", "x").status == 1
    assert postman.sent == [] and states(store) == {reference: [WAITING]}


def test_a_failing_release_leaves_it_waiting(places: Places, store: Store, postman: Postman) -> None:
    """What the MTA does not take is not gone."""
    reference = hold(store)
    postman.is_down = True
    answer = held(places, "release", reference, "--as", "original", "--reason", "x")
    assert answer.status == 1 and states(store) == {reference: [WAITING]}
    assert answer.err == "smime-milter: submit unavailable\n"


def test_somebody_else_is_sending(places: Places, store: Store, postman: Postman, broker: Issued) -> None:
    """Two people at once: exactly one delivery."""
    reference = hold(store)
    know(store, broker, BROKER)
    assert store.held.claim(reference, 0)
    assert held(places, "retry", reference).status == 1
    assert held(places, "release", reference, "--as", "original", "--reason", "x").status == 1
    assert postman.sent == [] and states(store) == {reference: [WAITING]}


def test_discard(places: Places, store: Store, postman: Postman) -> None:
    """Gone for good, after a question; a second time there is nothing."""
    reference = hold(store)
    assert held(places, "discard", reference).status == 1, "no answer is no"
    assert states(store) == {reference: [WAITING]}
    answer = held(places, "discard", reference, "--yes")
    assert answer.status == 0 and states(store) == {reference: ["discarded"]} and store.held.load(reference) is None
    assert [e["SMIME_EVENT"] for e in events(answer)] == ["held.discarded"]
    again = held(places, "discard", reference, "--yes")
    assert again.status == 1 and len(again.err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [
    ("retry",), ("retry", "ABCDEFGH", "--all"), ("release", "ABCDEFGH", "--as", "encrypted"), ("nonsense",)])
def test_usage(arguments: tuple[str, ...], places: Places) -> None:
    """A command that is not complete is one line, exit status 2."""
    answer = held(places, *arguments)
    assert answer.status == 2 and len(answer.err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("retry", "ABCDEFGH"), ("release", "ABCDEFGH", "--as", "original", "--reason", "x")])
def test_unknown_references(arguments: tuple[str, ...], places: Places, store: Store, postman: Postman) -> None:
    """Nothing waits under it: one line, exit status 1."""
    answer = held(places, *arguments)
    assert answer.status == 1 and answer.err == "smime-milter: ABCDEFGH: nothing waits under this reference\n"

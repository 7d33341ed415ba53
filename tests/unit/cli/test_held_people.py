"""`smime-milter held` where people decide: masked findings, giving back, a second person; and what the sender is told."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from smime_milter.adapters.stores import Store
from smime_milter.cli import held as commands
from smime_milter.config.reading import load
from smime_milter.config.wiring import wire
from smime_milter.model.errors import Unavailable
from smime_milter.model.settings import Settings
from tests.support.pki import Issued
from tests.support.places import Places
from tests.unit.cli.test_held import BROKER, CLERK, LAWYER, LETTER, Postman, events, held, hold, know, postman, states, store

__all__ = ["postman", "store"]   # fixtures
NOTICES = "notices: {postmaster: postmaster@wwk.de}\n"


@pytest.fixture(autouse=True)
def _telling(places: Places) -> None:
    places.write(NOTICES)


def cases(store: Store) -> list[tuple[str, str]]:
    return sorted((posted.notice.case, posted.notice.to) for posted in store.outbox.due())


def test_show_masks_what_it_found(places: Places, store: Store) -> None:
    """Kind and place of every finding, each masked; a settled mail has none any more."""
    reference = hold(store)
    row = json.loads(held(places, "show", reference, "--json").out)
    assert {found["category"] for found in row["found"]} >= {"iban", "birth-date"}
    answer = held(places, "show", reference)
    assert answer.status == 0 and "iban" in answer.out and "waiting-for-key" in answer.out
    for secret in ("DE02120300000000202051", "12.03.1975", "Beispiel"):
        assert secret not in answer.out and secret not in json.dumps(row)
    store.held.discard(reference)
    assert json.loads(held(places, "show", reference, "--json").out)["found"] == []


def test_retry_tells_the_sender(places: Places, store: Store, postman: Postman, broker: Issued) -> None:
    """What a person lets go is told like what goes by itself."""
    reference = hold(store, BROKER)
    know(store, broker, BROKER)
    assert held(places, "retry", reference).status == 0
    assert cases(store) == [("sent", CLERK)]


def test_return_gives_it_back(places: Places, store: Store, postman: Postman) -> None:
    """To the sender, from nobody, with the original; for all who still wait; once."""
    reference = hold(store, BROKER, LAWYER)
    answer = held(places, "return", reference.lower())
    assert answer.status == 0 and answer.out.count("returned to its sender") == 2
    ((sender, recipients, raw),) = postman.sent
    assert (sender, recipients) == ("", (CLERK,)) and b"original.eml" in raw
    assert states(store) == {reference: ["returned", "returned"]}
    (event,) = events(answer)
    assert (event["SMIME_EVENT"], event["SMIME_COUNT"]) == ("held.returned", "2") and event["SMIME_OPERATOR"]
    assert held(places, "return", reference).status == 1 and len(postman.sent) == 1


def test_return_spares_who_is_being_sent_to(places: Places, store: Store, postman: Postman) -> None:
    """Somebody sends to the first at this moment: the second comes back alone."""
    reference = hold(store, BROKER, LAWYER)
    assert store.held.claim(reference, 0)
    answer = held(places, "return", reference)
    assert answer.status == 1 and "being sent by somebody else" in answer.err
    assert states(store) == {reference: ["waiting-for-key", "returned"]}


def test_return_needs_somebody_to_return_to(places: Places, store: Store, postman: Postman) -> None:
    """Without notices.postmaster it stays, and the command says what is missing."""
    places.write("")
    reference = hold(store)
    answer = held(places, "return", reference)
    assert answer.status == 1 and "notices.postmaster" in answer.err and len(answer.err.splitlines()) == 1
    assert not postman.sent and states(store) == {reference: ["waiting-for-key"]}


def test_return_that_the_mta_refuses_changes_nothing(places: Places, store: Store, postman: Postman) -> None:
    """It waits as before."""
    reference = hold(store)
    postman.refuses = {CLERK}
    assert held(places, "return", reference).status == 1
    assert states(store) == {reference: ["waiting-for-key"]}
    postman.refuses = set()
    assert held(places, "return", reference).status == 0


def test_four_eyes(places: Places, store: Store, postman: Postman, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first person is noted, and again; the second releases; both words and the release are in the journal."""
    places.write(NOTICES + "outbound: {four_eyes: true}\n")
    reference = hold(store)
    arguments = ("release", reference, "--as", "original", "--reason", "schriftlich vereinbart")
    monkeypatch.setattr(commands, "_operator", lambda: "anna")
    for _ in range(2):
        answer = held(places, *arguments)
        assert answer.status == 1 and "second person" in answer.out and not postman.sent
        assert [e["SMIME_EVENT"] for e in events(answer)] == ["held.approved"]
    monkeypatch.setattr(commands, "_operator", lambda: "bert")
    answer = held(places, *arguments)
    assert answer.status == 0 and len(postman.sent) == 1 and postman.sent[0][2] == LETTER
    assert [(e["SMIME_EVENT"], e["SMIME_OPERATOR"]) for e in events(answer)] == [
        ("held.approved", "bert"), ("held.released", "bert")]
    assert cases(store) == [("sent", CLERK)]


def test_four_eyes_ask_only_for_what_leaves_in_clear(places: Places, store: Store, postman: Postman, broker: Issued) -> None:
    """Encrypted needs nobody's word."""
    places.write(NOTICES + "outbound: {four_eyes: true}\n")
    reference = hold(store, BROKER)
    know(store, broker, BROKER)
    assert held(places, "release", reference, "--as", "encrypted", "--reason", "x").status == 0
    assert len(postman.sent) == 1 and LETTER not in postman.sent[0][2]


def test_observe_mode_lets_no_held_mail_out(places: Places, store: Store, postman: Postman) -> None:
    """Where decisions are only written down, retry and release --as encrypted send nothing in clear."""
    places.write(NOTICES + "outbound: {mode: observe}\n")
    reference = hold(store)
    assert held(places, "retry", reference).status == 1
    assert held(places, "release", reference, "--as", "encrypted", "--reason", "x").status == 1
    assert not postman.sent


def test_quota_is_the_setting(places: Places, store: Store) -> None:
    """A store opened by the configuration takes no more than outbound.held_quota."""
    settings = load(places.config)
    assert isinstance(settings, Settings)
    small = replace(settings, outbound=replace(settings.outbound, held_quota=len(LETTER) + 10))
    wired = wire(small, workers=1)
    try:
        assert hold(wired.store, key="a")
        with pytest.raises(Unavailable, match="quota"):
            hold(wired.store, key="b")
    finally:
        wired.close()

"""The proof of the way to the splitter: only what came back counts."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from smime_milter.adapters import route as module
from smime_milter.adapters.route import ASTRAY, Route
from smime_milter.mime.message_file import split_message
from smime_milter.model.outcome import JournalEntry
from tests.support.sink import Sink


@pytest.fixture
def records() -> list[JournalEntry]:
    return []


@pytest.fixture
def route(records: list[JournalEntry], monkeypatch: pytest.MonkeyPatch) -> Route:
    monkeypatch.setattr(module, "TIMEOUT", 0.5)
    return Route(records.append)


def returning(sink: Sink, route: Route) -> Callable[[], None]:
    """What milter and splitter do: know the test message, and say that it has arrived."""
    def watch() -> None:
        for message in sink.wait_for(1):
            route.arrived(route.is_probe(split_message(message.data)))
    threading.Thread(target=watch, daemon=True).start()
    return watch


def test_a_message_that_comes_back_proves_it(route: Route) -> None:
    """Sent from nobody to postmaster, known by its secret, and by nothing after that."""
    with Sink() as sink:
        returning(sink, route)
        assert route.prove([("127.0.0.1", sink.port)]) == ""
        (probe,) = sink.delivered
        assert (probe.sender, probe.recipients) == ("", ("postmaster",))
        assert route.is_probe(split_message(probe.data)) == ""


def test_one_that_does_not_come_back_proves_nothing(route: Route) -> None:
    """The MTA took it, and that is not enough; a guessed secret is not either."""
    with Sink() as sink:
        threading.Timer(0.1, route.arrived, ("0" * 32,)).start()
        assert route.prove([("127.0.0.1", sink.port)]) == ASTRAY
    assert route.prove([]) == route.prove([("127.0.0.1", 1)]) == "no smtpd took a test message"


def test_a_service_that_refuses_is_passed_over(route: Route) -> None:
    """The next one may take it."""
    with Sink(refuse={"postmaster"}) as closed, Sink() as sink:
        returning(sink, route)
        assert route.prove([("127.0.0.1", 1), ("127.0.0.1", closed.port), ("127.0.0.1", sink.port)]) == ""


@pytest.mark.parametrize("fields", [b"", b"X-SMIME-Milter-Probe: \r\n", b"X-SMIME-Milter-Probe: 0000\r\n"])
def test_nothing_else_is_our_probe(route: Route, fields: bytes) -> None:
    """Not while none is on its way, and not without its secret."""
    assert route.is_probe(split_message(fields + b"\r\n")) == ""
    route.arrived("")
    assert not route.is_proven


def test_changes_are_written_down_once(route: Route, records: list[JournalEntry]) -> None:
    """The same flaw three times is one record; another one is news."""
    looks = iter([((), "no line"), ((), "no line"), ((), "no line")])
    stopped = threading.Event()

    def look() -> tuple[tuple[tuple[str, int], ...], str]:
        found = next(looks, None)
        if found is None:
            stopped.set()
            return (), "other"
        route.look_again()
        return found
    route.look_again()
    thread = threading.Thread(target=route.keep_proving, args=(look, stopped), daemon=True)
    thread.start()
    stopped.wait(10)
    route.look_again()
    thread.join(10)
    assert [entry.fields["ROUTE"] for entry in records] == ["missing", "missing"]
    assert [entry.text.rpartition(": ")[2] for entry in records] == ["no line", "other"]


def test_a_way_that_was_proven_is_given_more_time(route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long queue is no reason to hold everybody's mail: what worked a quarter of an hour ago is not given up in a minute."""
    monkeypatch.setattr(module, "PATIENCE", 10.0)
    with Sink() as sink:
        returning(sink, route)
        stopped = threading.Event()
        door = (("127.0.0.1", sink.port),)
        thread = threading.Thread(target=route.keep_proving, args=(lambda: (door, ""), stopped), daemon=True)
        thread.start()
        while not route.is_proven:
            sink.wait_for(1)
        sink.clear()
        route.look_again()
        late = sink.wait_for(1)[0]
        threading.Timer(1.0, lambda: route.arrived(route.is_probe(split_message(late.data)))).start()
        stopped.set()
        route.look_again()
        thread.join(20)
    assert route.is_proven

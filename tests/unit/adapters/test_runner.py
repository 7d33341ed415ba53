"""The thread that goes its rounds: at once when there is news, else by its tick, and orderly to its end."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smime_milter.adapters.runner import Runner


class FakeRounds:
    """Counts; `act` is what happens in a round."""

    def __init__(self) -> None:
        self.count = 0
        self.act: Callable[[], None] = lambda: None
        self.should_stop: Callable[[], bool] = lambda: False
        self.blocked: set[signal.Signals] = set()

    def go(self) -> None:
        self.blocked = {signal.Signals(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())}
        self.count += 1
        self.act()


@pytest.fixture
def rounds() -> FakeRounds:
    return FakeRounds()


@pytest.fixture
def made(rounds: FakeRounds) -> Iterator[Callable[..., Runner]]:
    runners: list[Runner] = []

    def make(news: threading.Event, **times: float) -> Runner:
        given: Any = rounds
        runners.append(Runner(given, news, **times))
        runners[-1].start()
        return runners[-1]
    yield make
    for runner in runners:
        runner.stop()


def reaches(rounds: FakeRounds, count: int) -> bool:
    until = time.monotonic() + 5
    while rounds.count < count and time.monotonic() < until:
        time.sleep(0.005)
    return rounds.count >= count


def test_news_wake_it(rounds: FakeRounds, made: Callable[..., Runner]) -> None:
    """The first round at the start, the next when there is news, none without."""
    news = threading.Event()
    made(news, tick=60, gap=0)
    assert reaches(rounds, 1)
    time.sleep(0.05)
    assert rounds.count == 1
    news.set()
    assert reaches(rounds, 2)


def test_news_of_a_round_under_way_are_not_lost(rounds: FakeRounds, made: Callable[..., Runner]) -> None:
    """What comes while it works is worked on in the next round, at once."""
    news = threading.Event()
    rounds.act = lambda: news.set() if rounds.count == 1 else None
    made(news, tick=60, gap=0)
    assert reaches(rounds, 2)


def test_much_news_is_one_round(rounds: FakeRounds, made: Callable[..., Runner]) -> None:
    """A thousand held mails in a second do not make a thousand rounds."""
    news = threading.Event()
    made(news, tick=60, gap=0.1)
    until = time.monotonic() + 0.35
    while time.monotonic() < until:
        news.set()
        time.sleep(0.001)
    assert 2 <= rounds.count <= 5


def test_tick_goes_by_itself(rounds: FakeRounds, made: Callable[..., Runner]) -> None:
    """A certificate that somebody imported on the command line is found without news."""
    made(threading.Event(), tick=0.02, gap=0)
    assert reaches(rounds, 3)


def test_stop_waits_for_the_round_and_tells_it(rounds: FakeRounds, made: Callable[..., Runner]) -> None:
    """The round sees that it is to stop; when stop() returns no thread works any more."""
    begun, ended = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        while not rounds.should_stop():
            time.sleep(0.005)
        ended.set()
    rounds.act = work
    runner = made(threading.Event(), tick=60, gap=0)
    assert begun.wait(5)
    runner.stop()
    assert ended.is_set() and rounds.count == 1


def test_signals_are_the_main_threads(rounds: FakeRounds, made: Callable[..., Runner]) -> None:
    """SIGTERM that met this thread would wake nobody."""
    made(threading.Event(), tick=60, gap=0)
    assert reaches(rounds, 1)
    assert {signal.SIGHUP, signal.SIGTERM, signal.SIGINT} <= rounds.blocked

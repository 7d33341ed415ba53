"""The thread that goes its rounds: once a minute, and at once when there is news."""

from __future__ import annotations

import signal
import threading

from smime_milter.pipeline.rounds import Rounds

TICK = 60.0       # seconds
_GAP = 0.5        # between two rounds, however much news there is
_PATIENCE = 20.0  # for the mail in hand, when told to stop
_SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)


class Runner:
    """`news` wakes it. Stopping waits for the mail in hand; what is not finished is taken up by the next start."""

    def __init__(self, rounds: Rounds, news: threading.Event, *, tick: float = TICK, gap: float = _GAP) -> None:
        self._rounds = rounds
        self._news = news
        self._tick = tick
        self._gap = gap
        self._stopping = threading.Event()
        rounds.should_stop = self._stopping.is_set
        self._thread = threading.Thread(target=self._run, name="rounds", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._news.set()
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        # They are the main thread's: it sleeps in a lock that only its own signals end.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        while not self._stopping.is_set():
            self._news.clear()
            self._rounds.go()
            self._stopping.wait(self._gap)
            self._news.wait(self._tick)

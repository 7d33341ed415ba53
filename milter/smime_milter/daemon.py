"""The daemon: wire everything, listen, and answer signals until told to stop."""

from __future__ import annotations

import gc
import os
import queue
import signal
import sys
import time
from pathlib import Path

from systemd import daemon as systemd

from smime_milter.adapters.fetching import Fetching
from smime_milter.adapters.milter.listener import listen, serve
from smime_milter.adapters.milter.runtime import Current, Runtime
from smime_milter.adapters.runner import Runner
from smime_milter.config.problem import Problem
from smime_milter.config.reading import load
from smime_milter.config.sockets import milter_socket
from smime_milter.config.wiring import Wired, announcements, wire
from smime_milter.model.errors import SmimeMilterError
from smime_milter.model.outcome import Event, JournalEntry, Priority
from smime_milter.model.settings import Settings
from smime_milter.splitting import Splitting

EX_CONFIG = 78      # sysexits.h; systemd shows it by name and does not restart
_DRAIN = 30.0       # seconds that messages in flight get after SIGTERM


class Daemon:
    """`run` returns the exit status. SIGHUP reloads, SIGTERM and SIGINT finish what is in flight."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self._signals: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._rounds: Runner | None = None
        self._fetching: Fetching | None = None

    def run(self) -> int:
        settings = load(self._config)
        if not isinstance(settings, Settings):
            return _complain([str(problem) for problem in settings])
        try:
            wired = wire(settings)
            address = milter_socket(settings.milter)
            listener = listen(address)
        except SmimeMilterError as error:
            return _complain([str(error)])
        splitting = Splitting(wired.journal.record)
        splitting.listen(settings.milter)
        current = Current(_runtime(wired, splitting))
        self._listen_to_signals()
        self._start_rounds(wired)
        _collect_rarely()
        serve(listener, current, ended=lambda: self._signals.put(signal.SIGABRT))
        self._say_started(wired, address)
        splitting.start(current, ended=lambda: self._signals.put(signal.SIGABRT))
        status = self._until_stopped(current, splitting)
        for socket in (address, splitting.address):
            if socket.startswith("unix:"):
                Path(socket.removeprefix("unix:")).unlink(missing_ok=True)
        return status

    def _start_rounds(self, wired: Wired) -> None:
        """Held mail, notices and lists are looked after by one configuration at a time, from before the first mail."""
        if self._rounds is not None:
            self._rounds.stop()
        self._rounds = wired.runner()
        self._rounds.start()
        self._stop_fetching()
        self._fetching = wired.fetching()
        if self._fetching is not None:
            self._fetching.start()

    def _stop_fetching(self) -> None:
        if self._fetching is not None:
            self._fetching.stop()

    def _listen_to_signals(self) -> None:
        # libmilter's own thread waits for these signals too; the kernel prefers the main thread
        # as long as it does not block them.
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, frame: self._signals.put(received))

    def _say_started(self, wired: Wired, address: str) -> None:
        wired.journal.record(JournalEntry(event=Event.STARTED, text="smime-milter started", fields={"SOCKET": address}))
        _announce(wired)
        systemd.notify(f"READY=1\nSTATUS=listening on {address}")

    def _until_stopped(self, current: Current, splitting: Splitting) -> int:
        while True:
            match self._signals.get():
                case signal.SIGHUP:
                    self._reload(current, splitting)
                case signal.SIGABRT:
                    _record(current, Event.STOPPED, "libmilter or the splitter ended", Priority.FAILED_CLOSED)
                    return 1
                case _:
                    return self._stop(current)

    def _stop(self, current: Current) -> int:
        systemd.notify("STOPPING=1")
        current.is_draining = True
        if self._rounds is not None:
            self._rounds.stop()
        self._stop_fetching()
        return _drain(current)

    def _reload(self, current: Current, splitting: Splitting) -> None:
        """A faulty configuration changes nothing: what ran before goes on."""
        settings = load(self._config)
        if not isinstance(settings, Settings):
            return _reject(current, settings)
        try:
            wired = wire(settings)
        except SmimeMilterError as error:
            return _record(current, Event.CONFIG_REJECTED, f"configuration kept, the new one cannot be used: {error}",
                           Priority.FAILED_CLOSED)
        self._start_rounds(wired)
        current.replace(_runtime(wired, splitting))
        splitting.look_again()
        _announce(wired)
        _record(current, Event.CONFIG_LOADED, "configuration reloaded", Priority.NOTABLE)


def _collect_rarely() -> None:
    """What is loaded stays: looking through it for garbage with every message costs more than it finds."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _runtime(wired: Wired, splitting: Splitting) -> Runtime:
    return Runtime(wired.settings, lambda heartbeat: wired.tools(heartbeat, splitting.route), wired.close,
                   means=wired.means(splitting.turns))


def _announce(wired: Wired) -> None:
    for entry in announcements(wired.settings):
        wired.journal.record(entry)
    for problem in wired.key_problems:
        wired.journal.record(JournalEntry(event=Event.ANNOUNCEMENT, text=problem, priority=Priority.NEEDS_A_LOOK))


def _reject(current: Current, problems: tuple[Problem, ...]) -> None:
    _record(current, Event.CONFIG_REJECTED, f"configuration kept, the new one has {len(problems)} faults, first: {problems[0]}",
            Priority.FAILED_CLOSED)


def _record(current: Current, event: Event, text: str, priority: Priority) -> None:
    current.runtime.tools(lambda: None).journal.record(JournalEntry(event=event, text=text, priority=priority))


def _drain(current: Current) -> int:
    """New messages hear 451 and come back; those in flight get their time."""
    deadline = time.monotonic() + _DRAIN
    while current.runtime.users and time.monotonic() < deadline:
        time.sleep(0.05)
    _record(current, Event.STOPPED, "smime-milter stopped", Priority.ROUTINE)
    current.runtime.retire()
    return 0


def _complain(lines: list[str]) -> int:
    for line in lines:
        sys.stderr.write(f"smime-milter: {line}\n")
    return EX_CONFIG


def leave(status: int) -> None:
    """End the process at once: libmilter's own way out takes up to five seconds and has nothing left to do."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)

"""The splitter within the daemon: its socket, its answers, and the proof that mail finds the way to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence

from smime_milter.adapters.milter.listener import listen
from smime_milter.adapters.milter.runtime import Current, Runtime
from smime_milter.adapters.milter.session import failure_entry
from smime_milter.adapters.route import Route
from smime_milter.adapters.splitter import serve
from smime_milter.config.checks.route import look
from smime_milter.config.sockets import split_socket
from smime_milter.model.errors import Unavailable
from smime_milter.model.outcome import Event, JournalEntry, Priority
from smime_milter.model.reply import Reply
from smime_milter.model.sealed import Forwarded
from smime_milter.model.settings import MilterSettings
from smime_milter.notices.replies import later
from smime_milter.pipeline.split import Turns, hand_out


class Splitting:
    """One for the life of the process: what is on its way survives a new configuration."""

    def __init__(self, record: Callable[[JournalEntry], None]) -> None:
        self._record = record
        self.route = Route(record)
        self.turns = Turns()
        self.address = ""
        self._listener: socket.socket | None = None

    def listen(self, settings: MilterSettings) -> None:
        """Open the socket, before any thread runs. Where that goes wrong it is written down, and no message is split."""
        if settings.split == "off":
            return
        address = split_socket(settings)
        try:
            self._listener = listen(address)
        except Unavailable as error:
            self._record(JournalEntry(event=Event.SPLIT_ROUTE, priority=Priority.NEEDS_A_LOOK, fields={"ROUTE": "missing"},
                                      text=f"no message is split, the strictest treatment holds for all: {error}"))
        else:
            self.address = address

    def start(self, current: Current, ended: Callable[[], None]) -> None:
        """Answer, and try the way here; nothing where there is no socket."""
        if self._listener is None:
            return
        serve(self._listener, lambda forwarded: _answers(current, forwarded), ended)
        threading.Thread(target=self.route.keep_proving, args=(lambda: look(current.runtime.settings), threading.Event()),
                         name="route", daemon=True).start()

    def look_again(self) -> None:
        """The settings, or those of the MTA, may have changed."""
        self.route.look_again()


def _answers(current: Current, forwarded: Forwarded) -> Sequence[Reply]:
    """Never raises: what nobody foresaw is 451 for everybody, and the MTA keeps the message."""
    nobody_done = (later(),) * len(forwarded.recipients)
    try:
        runtime = current.acquire()
    except Unavailable:
        return nobody_done
    try:
        return _handed_out(runtime, forwarded) or nobody_done
    finally:
        runtime.release()


def _handed_out(runtime: Runtime, forwarded: Forwarded) -> Sequence[Reply]:
    tools = runtime.tools(lambda: None)
    if runtime.means is None:
        return ()
    try:
        return hand_out(runtime.settings, forwarded, tools, runtime.means)
    except Exception as error:
        tools.journal.record(failure_entry(error, ""))
        return ()

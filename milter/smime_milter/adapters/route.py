"""Whether sealed messages really find their way through the MTA to our splitter: tried with a message of our own."""

from __future__ import annotations

import hmac
import secrets
import smtplib
import threading
import time
from collections.abc import Callable, Sequence

from smime_milter.model.message import Message
from smime_milter.model.outcome import Event, JournalEntry, Priority
from smime_milter.model.own_names import PROBE

Entrance = tuple[str, int]   # host and port of an SMTP service that asks our milter

TIMEOUT = 60.0               # seconds until the test message must have arrived;
PATIENCE = 300.0             # where it did before: the queue may be long
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 3600.0       # where test messages go astray: each is mail in somebody's box
_GLANCE = 60.0               # seconds after which the settings are looked at again,
_AGAIN = 900.0               # and after which a proven way is tried again
ASTRAY = "a test message did not come back"
_FIELD = PROBE.lower().encode("ascii")
# Nobody gets it, unless the way does not lead where it should.
_TEXT = """\
From: <postmaster>
To: <postmaster>
Subject: smime-milter tries the way to its splitter
Auto-Submitted: auto-generated
{field}: {secret}

Whoever reads this: Postfix does not hand sealed mail to smime-milter.
The lines that smime-milter mta postfix prints mend it.
"""


class Route:
    """Implement `ports.Route`. Not proven until `prove` says so; nothing is sealed before."""

    def __init__(self, record: Callable[[JournalEntry], None]) -> None:
        self._record = record
        self._secret = ""
        self._seen = threading.Event()
        self._is_proven = False
        self._proven_at = 0.0
        self._flaw: str | None = None
        self._hurry = threading.Event()

    @property
    def is_proven(self) -> bool:
        return self._is_proven

    def is_probe(self, message: Message) -> str:
        found = next((f.value.strip() for f in message.fields if f.key == _FIELD), b"")
        secret = self._secret
        return secret if secret and hmac.compare_digest(found, secret.encode("ascii")) else ""

    def arrived(self, secret: str) -> None:
        if self._secret and hmac.compare_digest(secret.encode("ascii"), self._secret.encode("ascii")):
            self._seen.set()

    def prove(self, entrances: Sequence[Entrance]) -> str:
        """Send a test message through the first service that takes it, and wait until it arrives; "" or what went wrong."""
        try:
            for host, port in entrances:
                self._seen.clear()
                self._secret = secrets.token_hex(16)
                if _sent(host, port, self._secret):
                    return "" if self._seen.wait(PATIENCE if self._is_proven else TIMEOUT) else ASTRAY
            return "no smtpd took a test message"
        finally:
            self._secret = ""

    def keep_proving(self, look: Callable[[], tuple[Sequence[Entrance], str]], stopped: threading.Event) -> None:
        """Try now and again until `stopped`; `look` gives the services, or says why there is no way."""
        wait = _FIRST_WAIT
        while not stopped.is_set():
            entrances, flaw = look()
            self._note(flaw or self._tried(entrances))
            wait = _GLANCE if self._is_proven else min(wait * 2, _LONGEST_WAIT if self._flaw == ASTRAY else _GLANCE)
            if self._hurry.wait(wait):
                self._hurry.clear()
                wait, self._proven_at = _FIRST_WAIT, 0.0

    def _tried(self, entrances: Sequence[Entrance]) -> str:
        """The settings are looked at each time, a test message is sent when the last one is too long ago."""
        if self._is_proven and time.monotonic() - self._proven_at < _AGAIN:
            return ""
        flaw = self.prove(entrances)
        self._proven_at = time.monotonic()
        return flaw

    def look_again(self) -> None:
        """Something has changed: do not wait."""
        self._hurry.set()

    def _note(self, flaw: str) -> None:
        """One record when it changes, not one for each try."""
        self._is_proven = not flaw
        if self._flaw != flaw:
            self._flaw = flaw
            self._record(_entry(flaw))


def _entry(flaw: str) -> JournalEntry:
    if not flaw:
        return JournalEntry(event=Event.SPLIT_ROUTE, text="messages can be split: a test message came back through the MTA",
                            priority=Priority.NOTABLE, fields={"ROUTE": "proven"})
    return JournalEntry(event=Event.SPLIT_ROUTE, text=f"no message is split, the strictest treatment holds for all: {flaw}",
                        priority=Priority.NEEDS_A_LOOK, fields={"ROUTE": "missing"})


def _sent(host: str, port: int, secret: str) -> bool:
    """Whether the MTA took it; RFC 5321 §4.5.1: postmaster is an address everywhere."""
    text = _TEXT.format(field=PROBE, secret=secret).replace("\n", "\r\n")
    try:
        with smtplib.SMTP(host, port, local_hostname="localhost", timeout=20) as session:
            session.sendmail("", ["postmaster"], text)
    except (OSError, smtplib.SMTPException):
        return False
    return True

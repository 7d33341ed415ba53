"""Fetch what the store wishes for, one thing after another, and keep what it said: no mail waits for it.

Each request runs in a process of its own (`fetcher`), what it brings is checked in a worker: whoever reads a stranger's bytes
can open neither a file nor a connection, and whoever connects has read nothing yet.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urljoin

from smime_milter.certs.ocsp import ocsp_request
from smime_milter.certs.reading import read
from smime_milter.model import frames
from smime_milter.model.errors import Unavailable
from smime_milter.model.outcome import Event, JournalEntry, Priority
from smime_milter.model.plain import NotPlain
from smime_milter.model.requests import GetDone, GetRequest, IssuerRequest, StatusRequest
from smime_milter.model.revocation import Fetched, IssuerAnswer, Source, SourceKind, StatusAnswer, name_digest
from smime_milter.ports import Clock, Journal, StatusReader, StatusStore

SIZE_LIMIT = 20 * 1024 * 1024
MOST_REDIRECTS = 3
_MOST_ISSUERS = 3
_TICK = 30.0
_SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)


class Fetcher:
    """Asks servers. `timeout` is how long one may be silent; a download gets twice as long, redirects included."""

    def __init__(self, timeout: float, proxy: str = "", *, is_local_allowed: bool = False, size_limit: int = SIZE_LIMIT) -> None:
        self._timeout, self._proxy, self._size_limit = timeout, proxy, size_limit
        self._is_local_allowed = is_local_allowed

    def get(self, url: str, body: bytes = b"") -> Fetched:
        deadline = time.monotonic() + 2 * self._timeout
        for _ in range(MOST_REDIRECTS + 1):
            fetched = self._ask(url, body, deadline)
            if fetched.code != "redirected":
                return fetched
            url = urljoin(url, fetched.location)
        return Fetched(code="too-many-redirects")

    def _ask(self, url: str, body: bytes, deadline: float) -> Fetched:
        request = GetRequest(url=url, body=body, size_limit=self._size_limit, timeout=self._timeout, proxy=self._proxy,
                             is_local_allowed=self._is_local_allowed)
        ours, theirs = socket.socketpair()
        with ours, _started(theirs) as process:
            try:
                ours.settimeout(self._timeout)
                frames.send(ours, request)
                answer = frames.receive(ours, deadline)
            except TimeoutError:
                return Fetched(code="timeout")
            except (OSError, NotPlain):
                return Fetched(code="fetcher-lost")
            finally:
                process.kill()
        return answer.fetched if isinstance(answer, GetDone) else Fetched(code="fetcher-lost")


def _started(channel: socket.socket) -> subprocess.Popen[bytes]:
    root = Path(__file__).resolve().parents[2]
    with channel:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "smime_milter.fetcher", str(channel.fileno())], pass_fds=[channel.fileno()],
            env={"PYTHONPATH": str(root), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}, cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Fetching:
    """The thread that works off what is due; `run_due` is one round of it."""

    def __init__(self, store: StatusStore, reader: StatusReader, fetcher: Fetcher, *, clock: Clock, journal: Journal,
                 anchors: Sequence[bytes] = (), tick: float = _TICK) -> None:
        self._store, self._reader, self._fetcher = store, reader, fetcher
        self._clock, self._journal, self._tick = clock, journal, tick
        self._anchors = [(name_digest(c.subject_der), c.der) for c in map(read, anchors) if c is not None]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fetching", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        while not self._stopping.is_set():
            try:
                self.run_due()
            except Unavailable as error:
                self._say(f"nothing fetched: {error}", "unavailable", Priority.NEEDS_A_LOOK)
            self._stopping.wait(self._tick)

    def run_due(self) -> int:
        """Fetch everything that is due; return how many sources were asked. Raises Unavailable when the store does not answer."""
        self._store.wish_for_stored()
        done = 0
        while not self._stopping.is_set() and (due := self._store.due()):
            for source in due:
                self._work(source)
                done += 1
        return done

    def _work(self, source: Source) -> None:
        try:
            work: Callable[[Source], str] = self._issuer if source.wish.kind is SourceKind.ISSUER else self._status
            code = work(source)
        except Unavailable as error:
            code = f"{error.what}-unavailable"[:32]
            self._store.failed(source, code)
        priority = Priority.ROUTINE if code == "read" else Priority.NOTABLE if source.attempts else Priority.NEEDS_A_LOOK
        self._say(f"{source.wish.kind.value} fetched: {code}", code, priority, source)

    def _status(self, source: Source) -> str:
        issuers = (*self._store.issuers_of(source), *(der for name, der in self._anchors if name == source.wish.issuer))
        body = _question(source, issuers)
        if body is None:
            return self._store.failed(source, "issuer-unknown")
        fetched = self._fetcher.get(source.wish.url, body)
        if fetched.content is None:
            return self._store.failed(source, fetched.code)
        at = int(self._clock.now().timestamp())
        answer: StatusAnswer = self._reader.read_status(StatusRequest(
            kind=source.wish.kind, raw=fetched.content, issuer=source.wish.issuer, issuers=issuers,
            certificate=source.wish.certificate, at=at))
        if answer.code != "read":
            return self._store.failed(source, answer.code)
        for sha256 in self._store.keep(source, answer):
            self._journal.record(JournalEntry(
                event=Event.CERTIFICATE_CHANGED, text="certificate revoked by its issuer", priority=Priority.NEEDS_A_LOOK,
                fields={"CERT_SHA256": sha256, "CHANGE": "revoked"}))
        return "read"

    def _issuer(self, source: Source) -> str:
        """Up to three levels: each certificate says where the next one is."""
        url, found = source.wish.url, tuple[bytes, ...]()
        for _ in range(_MOST_ISSUERS):
            fetched = self._fetcher.get(url)
            if fetched.content is None:
                return self._store.failed(source, fetched.code)
            answer = self._read_issuer(source, fetched, found)
            if answer.code != "incomplete":
                break
            url, found = answer.more[0], (*found, *answer.certificates)
        if answer.code != "read":
            return self._store.failed(source, answer.code)
        self._store.add_issuers(source, answer.certificates)
        return "read"

    def _read_issuer(self, source: Source, fetched: Fetched, found: tuple[bytes, ...]) -> IssuerAnswer:
        assert fetched.content is not None
        return self._reader.read_issuers(IssuerRequest(
            raw=fetched.content, certificate=source.wish.certificate, found=found, at=int(self._clock.now().timestamp())))

    def _say(self, text: str, code: str, priority: Priority, source: Source | None = None) -> None:
        fields = {"WHY": code}
        if source is not None:
            fields |= {"SOURCE": source.wish.kind.value, "ISSUER_SHA256": source.wish.issuer, "ATTEMPTS": str(source.attempts)}
            if source.wish.kind is not SourceKind.ISSUER:  # a trusted CA wrote it; an issuer's place anybody may have named
                fields["URL"] = source.wish.url
        self._journal.record(JournalEntry(event=Event.STATUS_FETCHED, text=text, priority=priority, fields=fields))


def _question(source: Source, issuers: tuple[bytes, ...]) -> bytes | None:
    """The body of an OCSP request; nothing for a list, None if it cannot be asked."""
    if source.wish.kind is not SourceKind.OCSP:
        return b""
    try:
        return ocsp_request(source.wish.certificate, issuers[0]) if issuers else None
    except ValueError:
        return None

"""Settings to working objects: the one place that says which adapter stands behind which port."""

from __future__ import annotations

import hmac
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event as Signal

from smime_milter import __version__
from smime_milter.adapters.anchors import mozilla_email, pem_file
from smime_milter.adapters.clock import SystemClock
from smime_milter.adapters.fetching import Fetcher, Fetching
from smime_milter.adapters.journal import JsonLines, SystemdJournal
from smime_milter.adapters.keys.files import FileKeys, load
from smime_milter.adapters.runner import Runner
from smime_milter.adapters.sealer import Sealer
from smime_milter.adapters.stores import Store, open_store
from smime_milter.adapters.stores.held_key import KEY_SIZE, held_key
from smime_milter.adapters.submit import SmtpSubmit
from smime_milter.adapters.workers import WorkerInspector, WorkerPool, auto_size
from smime_milter.config.credentials import credential, credentials_directory
from smime_milter.model.certificate import TrustAnchor
from smime_milter.model.errors import SmimeMilterError
from smime_milter.model.outcome import Event, JournalEntry, Priority
from smime_milter.model.requests import Start
from smime_milter.model.revocation import RevocationState, StatusQuestion
from smime_milter.model.settings import RevocationMode, Settings, UnreadableAttachments, WithoutCertificate
from smime_milter.notices.rendering import Texts
from smime_milter.pipeline.daily import Daily
from smime_milter.pipeline.desk import Desk
from smime_milter.pipeline.rounds import Rounds
from smime_milter.pipeline.split import Means, Turns
from smime_milter.pipeline.tools import Tools
from smime_milter.ports import Journal, Route

STATE = Path("/var/lib/smime-milter")
_SQLITE = "sqlite:///"
_REFERENCE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"   # read over the telephone: no 0, O, 1, I
_MEMORY_BASE = 512 * 1024 * 1024
_CPU_SECONDS = 4 * 3600                          # of a worker's whole life; the deadline bounds one message


@dataclass(frozen=True, slots=True)
class Wired:
    """Everything one configuration needs, open. `key_problems` name key files that are of no use.

    `news` is set when there is something to send.
    """

    settings: Settings
    store: Store
    keys: FileKeys
    key_problems: tuple[str, ...]
    pool: WorkerPool
    journal: Journal
    sealer: Sealer
    news: Signal = field(default_factory=Signal)

    def tools(self, heartbeat: Callable[[], None] = lambda: None, route: Route | None = None) -> Tools:
        """The ports of one message. Only with a `route` can it be split."""
        inspector = WorkerInspector(self.pool, self.keys, self.store.issuers, heartbeat=heartbeat, states=self._states,
                                    authserv_id=self.settings.organisation.authserv_id)
        return Tools(clock=SystemClock(), inspector=inspector, certificates=self.store.certificates, keys=self.keys,
                     held=self.store.held, learned=self.store.certificates, journal=self.journal, new_trace=new_trace,
                     outbox=self.store.outbox, wake=self.news.set, sealer=self.sealer, route=route,
                     states=self._states, wish=self.store.revocations.wish)

    def _states(self, questions: Sequence[StatusQuestion]) -> Sequence[RevocationState]:
        return self.store.revocations.states(questions, stale=self.settings.certificates.revocation.stale)

    def means(self, turns: Turns) -> Means:
        return Means(sealer=self.sealer, receipts=self.store.receipts, submit=self.submit(), turns=turns)

    def submit(self) -> SmtpSubmit:
        return SmtpSubmit(self.settings.milter.submit)

    def desk(self, by: str = "") -> Desk:
        """Where held mail is worked on, by a person or by the program itself."""
        notices = self.settings.notices
        return Desk(settings=self.settings, tools=self.tools(), held=self.store.held, outbox=self.store.outbox,
                    submit=self.submit(), texts=cache(lambda: Texts(notices.texts, notices.languages)), by=by)

    def runner(self) -> Runner:
        daily = Daily(partners=self.store.certificates.list, own=self.keys.own_keys)
        return Runner(Rounds(self.desk(), daily), self.news)

    def fetching(self) -> Fetching | None:
        """What gets lists of revoked certificates and missing issuers; nothing in mode off."""
        wanted = self.settings.certificates.revocation
        if wanted.mode is RevocationMode.OFF:
            return None
        reader = WorkerInspector(self.pool, self.keys, self.store.issuers)
        return Fetching(self.store.revocations, reader, Fetcher(wanted.timeout, wanted.proxy), clock=SystemClock(),
                        journal=self.journal, anchors=[anchor.der for anchor in anchors_of(self.settings)])

    def close(self) -> None:
        self.pool.close()
        self.store.close()


def wire(settings: Settings, *, workers: int | None = None) -> Wired:
    """Open keys, store and anchors and start the workers. Raises Unavailable naming what cannot be opened."""
    key = _held_key(settings)
    store = open_store(settings.certificates.store, held_key=key, quota=settings.outbound.held_quota)
    try:
        return _wire(settings, key, store, workers=workers)
    except SmimeMilterError:
        store.close()  # a reload that fails may come often
        raise


def store_of(settings: Settings) -> Store:
    """The store alone, for commands that decide nothing."""
    return open_store(settings.certificates.store, held_key=_held_key(settings))


def _held_key(settings: Settings) -> bytes:
    return held_key(credentials_directory(), state_directory(settings))


@contextmanager
def wired_for_trial(settings: Settings) -> Iterator[Wired]:
    """The same for one message that changes nothing: a store that is not there yet is not made."""
    key = secrets.token_bytes(KEY_SIZE)
    with TemporaryDirectory() as folder:
        url = settings.certificates.store
        is_there = not url.startswith(_SQLITE) or Path(url.removeprefix(_SQLITE)).exists()
        store = open_store(url if is_there else f"{_SQLITE}{folder}/empty.db", held_key=key)
        wired = _wire(settings, key, store, workers=1)
        try:
            yield wired
        finally:
            wired.close()


def _wire(settings: Settings, key: bytes, store: Store, *, workers: int | None) -> Wired:
    journal = journal_of(settings, key)
    keys, problems = load(settings.keys.directory, credential(settings.keys.passphrase_credential))
    size = workers or settings.milter.workers or auto_size()
    pool = WorkerPool(start_of(settings), size, lost=lambda why: journal.record(_lost(why)))
    return Wired(settings, store, keys, problems, pool, journal, Sealer(key))


def state_directory(settings: Settings) -> Path:
    """Where an embedded store lies; the key for held mail is kept beside it."""
    kind, _, path = settings.certificates.store.partition(":///")
    return Path(path).parent if kind == "sqlite" else STATE


def journal_of(settings: Settings, key: bytes) -> Journal:
    hash_key = hmac.digest(key, b"addresses in the journal", "sha256")
    show = settings.logging.addresses
    if settings.logging.journal:
        return SystemdJournal(show, hash_key, version=__version__, config_sha256=settings.sha256)
    return JsonLines(sys.stderr, show, hash_key=hash_key, version=__version__, config_sha256=settings.sha256)


def start_of(settings: Settings) -> Start:
    limit = settings.milter.message_size_limit
    return Start(
        anchors=anchors_of(settings), own_domains=settings.organisation.domains,
        policy_numbers=settings.personal_data.policy_numbers, allow=settings.personal_data.allow,
        weights=tuple(settings.personal_data.weights.items()), thresholds=tuple(settings.personal_data.thresholds.items()),
        subject_marks=tuple(settings.inbound.subject_marks.values()),
        exempt_correspondents=settings.personal_data.exempt_correspondents, memory_limit=_MEMORY_BASE + 8 * limit,
        cpu_limit=_CPU_SECONDS, message_size_limit=limit, revocation=settings.certificates.revocation.mode)


def anchors_of(settings: Settings) -> tuple[TrustAnchor, ...]:
    found: list[TrustAnchor] = []
    for name in settings.certificates.anchors:
        found.extend(mozilla_email() if name == "mozilla-email" else pem_file(Path(name)))
    return tuple(found)


def new_trace() -> str:
    return "".join(secrets.choice(_REFERENCE) for _ in range(8))


def announcements(settings: Settings) -> tuple[JournalEntry, ...]:
    """What a setting does not do yet, said once at every start."""
    texts = []
    if settings.outbound.without_certificate is WithoutCertificate.PSEUDONYMISE:
        texts.append("outbound.without_certificate: pseudonymise holds mail until values can be replaced")
    if settings.outbound.unreadable_attachments is UnreadableAttachments.REMOVE:
        texts.append("outbound.unreadable_attachments: remove holds mail until attachments can be removed")
    return tuple(JournalEntry(event=Event.ANNOUNCEMENT, text=text, priority=Priority.NOTABLE) for text in texts)


def _lost(why: str) -> JournalEntry:
    return JournalEntry(event=Event.WORKER_LOST, text=f"worker killed and replaced: {why}", priority=Priority.NEEDS_A_LOOK,
                        fields={"WHY": why})

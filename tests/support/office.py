"""Held mail and its desk in memory, with an MTA that can refuse, and a program that can be killed at any call."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from functools import cache
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.pool import StaticPool

from smime_milter.adapters.keys.files import FileKeys
from smime_milter.adapters.stores.database import Database
from smime_milter.adapters.stores.held import Held
from smime_milter.adapters.stores.outbox import Outbox
from smime_milter.adapters.stores.sealing import Seal
from smime_milter.adapters.stores.tables import metadata
from smime_milter.certs.reading import read
from smime_milter.model.address import parse_address
from smime_milter.model.certificate import Certificate
from smime_milter.model.errors import Unavailable
from smime_milter.model.finding import Level
from smime_milter.model.inspection import Author, Inspection
from smime_milter.model.message import Client, Envelope, HeaderField, Message, Recipient, message_of
from smime_milter.model.outcome import Outcome
from smime_milter.model.settings import Settings
from smime_milter.model.spool import Spool
from smime_milter.notices.rendering import Texts
from smime_milter.pipeline import process
from smime_milter.pipeline.daily import Daily
from smime_milter.pipeline.desk import Desk
from smime_milter.pipeline.finish import keep, write_down
from smime_milter.pipeline.rounds import Rounds
from smime_milter.pipeline.tools import Tools
from tests.support.facts import NOW, SETTINGS, finding
from tests.support.fake_tools import FakeInspector
from tests.support.fakes import FakeCertificates, FakeClock, FakeJournal
from tests.support.fakes_held import FakeHeldDesk, FakeOutbox
from tests.support.pki import Authority

PARTNERS = ("alice@makler.example", "bert@kanzlei.example", "cleo@gutachter.example")
COLLEAGUE = "jonas@wwk.de"
CLERK = "clerk@wwk.de"
SECRET = b"Kontonummer des Kunden"
TELLING = replace(SETTINGS, notices=replace(SETTINGS.notices, postmaster="postmaster@wwk.de", digest=""))
TEXTS = Texts(None)


class Killed(BaseException):
    """The kernel ends the program here: nothing after it runs."""


@dataclass
class Copy:
    """What the MTA took."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    def field(self, name: str) -> str:
        return str(message_from_bytes(self.raw)[name] or "")


class _Mortal:
    """A port of a program that may have been killed: then no call returns, and none does anything."""

    def __init__(self, port: Any, office: Office) -> None:
        self._port = port
        self._office = office

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def call(*arguments: Any, **named: Any) -> Any:
            self._office.breathe()
            return method(*arguments, **named)
        return call


@dataclass
class Office:
    """`refuse` are recipients the MTA answers 550; `kill` says when: "", "before" or "after" it took the next mail."""

    settings: Settings = TELLING
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    journal: FakeJournal = field(default_factory=FakeJournal)
    inspector: FakeInspector = field(default_factory=lambda: FakeInspector(personal()))
    copies: list[Copy] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)
    is_quick: bool = False    # fakes instead of the store in memory
    texts: Texts = TEXTS
    is_down: bool = False
    kill: str = ""
    is_dead: bool = False
    taken_by_the_dead: list[Copy] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.certificates = FakeCertificates(self.clock)
        self.held, self.outbox = self._fakes() if self.is_quick else self._store()
        self.start()

    def _fakes(self) -> tuple[Any, Any]:
        outbox = FakeOutbox(self.clock.now)
        return FakeHeldDesk(self.clock.now, outbox), outbox

    def _store(self) -> tuple[Any, Any]:
        seal, database = Seal(b"k" * 32), memory_database()
        return Held(database, seal, self.clock.now), Outbox(database, seal, self.clock.now)

    def start(self) -> None:
        """The program, started anew over the same store."""
        self.is_dead = False
        self.daily = Daily(partners=tuple, own=tuple)
        self.rounds = Rounds(self.desk(), self.daily)

    def breathe(self) -> None:
        if self.is_dead:
            raise Killed

    def tools(self) -> Tools:
        return Tools(
            clock=self.clock, inspector=self.inspector, certificates=self.certificates, keys=FileKeys(()), held=self.held,
            learned=self.certificates, journal=self.journal, new_trace=lambda: "TRACE234", outbox=self.outbox)

    def desk(self, by: str = "") -> Desk:
        mortal: Any = _Mortal(self.held, self)
        outbox: Any = _Mortal(self.outbox, self)
        return Desk(
            settings=self.settings, tools=self.tools(), held=mortal, outbox=outbox, submit=self, texts=lambda: self.texts, by=by)

    def submit(self, sender: str, recipients: Sequence[str], raw: Spool, *options: Any) -> None:
        """The MTA behind the milter."""
        self.breathe()
        now, self.meanwhile = self.meanwhile, lambda: None
        now()
        if self.is_down or self.refuse.intersection(recipients):
            raise Unavailable("submit", "550" if not self.is_down else "ConnectionRefusedError")
        if self.kill == "before":
            self._die()
        copy = Copy(sender, tuple(recipients), bytes(raw.octets()[:]))
        self.copies.append(copy)
        if self.kill == "after":
            self.taken_by_the_dead.append(copy)
            self._die()

    def _die(self) -> None:
        self.is_dead, self.kill = True, ""
        raise Killed

    def receive(self, *recipients: str, sender: str = CLERK, number: int = 1, fields: Sequence[tuple[str, str]] = (),
                client: str = "127.0.0.1", message_id: str = "") -> str:
        """A client hands over a mail that will be held; its reference."""
        outcome = self.decide(*recipients, sender=sender, number=number, fields=fields, client=client, message_id=message_id)
        reference = keep(outcome, self.tools())
        write_down(self.settings, outcome, self.tools(), reference=reference)
        return reference

    def decide(self, *recipients: str, sender: str = CLERK, number: int = 1, fields: Sequence[tuple[str, str]] = (),
               client: str = "127.0.0.1", message_id: str = "", hidden: Sequence[str] = ()) -> Outcome:
        message = letter(*recipients, sender=sender, number=number, fields=fields, message_id=message_id)
        found = self.inspector.found
        if isinstance(found, Inspection):
            named = tuple(r.lower() for r in recipients if r not in hidden)
            self.inspector.found = replace(found, visible=named, message_id=message_id or f"<{number}@wwk.de>", authors=(
                Author(sender, sender.rpartition("@")[2]),))
        envelope = Envelope(
            sender=parse_address(sender), sender_given=sender, client=Client(address=client), queue_id="ABC",
            recipients=tuple(Recipient(r, parse_address(r)) for r in recipients))
        return process(self.settings, envelope, message, self.tools())

    def know(self, *partners: str) -> None:
        """Their certificates are here and usable."""
        for partner in partners:
            self.certificates.hold(certificate_of(partner), partner, usable_from=self.clock.now(), at=self.clock.now())

    def states(self, reference: str) -> list[str]:
        return next([s.value for s in e.states] for e in self.held.list(settled=True) if e.reference == reference)

    def notices(self, case: str, to: str = CLERK) -> list[Copy]:
        """Those the MTA has taken, each once however often it was sent."""
        found = [c for c in self.copies if c.sender == "" and c.recipients == (to,) and _is_of(c, case)]
        return list({copy.field("Message-ID"): copy for copy in found}.values())

    def later(self, **step: float) -> None:
        self.clock.advance(timedelta(**step))

    def events(self) -> list[str]:
        return [entry.event.value for entry in self.journal.entries]


def _is_of(copy: Copy, case: str) -> bool:
    text = message_from_bytes(copy.raw)
    parts = [part for part in text.walk() if part.get_content_type() == "text/plain"]
    return any(f"Fall / case: {case}\n".encode() in bytes(p.get_payload(decode=True)).replace(b"\r\n", b"\n") for p in parts)


def personal(**changes: Any) -> Inspection:
    return replace(Inspection(level=Level.PERSONAL, findings=(finding("part 1"),)), **changes)


def letter(*recipients: str, sender: str = CLERK, number: int = 1, fields: Sequence[tuple[str, str]] = (),
           message_id: str = "") -> Message:
    named = [("From", sender), ("To", ", ".join(recipients)), ("Subject", f"Antrag {number}"),
             ("Message-ID", message_id or f"<{number}@wwk.de>"), *fields]
    return message_of(tuple(HeaderField(name.encode(), f" {value}".encode()) for name, value in named), SECRET + b"\r\n")


def memory_database() -> Database:
    """SQLite in memory with the tables of today: a thousand times quicker than a file that is synced."""
    engine = create_engine("sqlite://", poolclass=StaticPool, future=True, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", lambda connection, record: connection.execute("PRAGMA foreign_keys=ON").close())
    metadata.create_all(engine)
    database = Database(engine, identity=lambda: None)
    weakref.finalize(database, engine.dispose)   # Python 3.13 complains of connections nobody closed
    return database


@cache
def certificate_of(address: str) -> Certificate:
    made = _authority().issue(address, key="p256", not_before=NOW - timedelta(days=30), not_after=NOW + timedelta(days=365),
                              usages=("digital_signature", "key_agreement"))
    found = read(made.der)
    assert found is not None
    return found


@cache
def _authority() -> Authority:
    return Authority(key="p256")

"""The ports of one message, all of them fakes, and an inspector that says what a test tells it to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from smime_milter.adapters.keys.files import FileKeys
from smime_milter.adapters.milter.runtime import Runtime
from smime_milter.model.errors import Unavailable
from smime_milter.model.inspection import Inspection, Wanted
from smime_milter.model.keys import OwnKey
from smime_milter.model.message import Envelope, HeaderField, Message
from smime_milter.model.recipe import Built, Recipe
from smime_milter.model.settings import Settings
from smime_milter.model.spool import Spool
from smime_milter.pipeline.tools import Tools
from tests.support.facts import NOW, SETTINGS
from tests.support.fakes import FakeCertificates, FakeClock, FakeHeld, FakeJournal

BUILT_FIELDS = (HeaderField(b"MIME-Version", b" 1.0"), HeaderField(b"Content-Type", b" application/pkcs7-mime"))


class FakeInspector:
    """Answers with `found`, or raises it; `asked` and `ordered` are what it was asked for."""

    def __init__(self, found: Inspection | BaseException | None = None) -> None:
        self.found: Inspection | BaseException = found or Inspection()
        self.build_fails = False
        self.asked: list[Wanted] = []
        self.ordered: list[tuple[Recipe, OwnKey | None]] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def inspect(self, envelope: Envelope, message: Message, wanted: Wanted) -> Inspection:
        self.asked.append(wanted)
        self.meanwhile()
        if isinstance(self.found, BaseException):
            raise self.found
        return self.found

    def build(self, message: Message, recipe: Recipe, signer: OwnKey | None) -> Built:
        self.ordered.append((recipe, signer))
        if self.build_fails:
            raise Unavailable("worker", "deadline")
        return Built(fields=BUILT_FIELDS, body=Spool.of(b"built body\r\n"))


@dataclass
class World:
    """All fakes of one test, and the tools made of them."""

    inspector: FakeInspector = field(default_factory=FakeInspector)
    journal: FakeJournal = field(default_factory=FakeJournal)
    certificates: FakeCertificates = field(default_factory=FakeCertificates)
    held: FakeHeld = field(default_factory=FakeHeld)
    keys: FileKeys = field(default_factory=lambda: FileKeys(()))
    at: datetime = NOW
    closed: int = 0
    heartbeats: list[Callable[[], None]] = field(default_factory=list)

    def tools(self, heartbeat: Callable[[], None] = lambda: None) -> Tools:
        self.heartbeats.append(heartbeat)
        return Tools(
            clock=FakeClock(self.at), inspector=self.inspector, certificates=self.certificates, keys=self.keys, held=self.held,
            learned=self.certificates, journal=self.journal, new_trace=lambda: "TRACE234")

    def runtime(self, settings: Settings = SETTINGS) -> Runtime:
        return Runtime(settings, self.tools, self._close)

    def _close(self) -> None:
        self.closed += 1

    def events(self) -> list[str]:
        return [entry.event.value for entry in self.journal.entries]

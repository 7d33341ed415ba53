"""Fakes of the ports: in memory, without a delay, and every one passes tests/contracts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from smime_milter.adapters.stores import continuity
from smime_milter.adapters.stores.announced import signing_time
from smime_milter.adapters.stores.continuity import Entry
from smime_milter.certs.reading import read
from smime_milter.model.address import parse_address
from smime_milter.model.certificate import Certificate, CertificateState, StoredCertificate
from smime_milter.model.errors import Unavailable
from smime_milter.model.message import Message
from smime_milter.model.notice import Notice
from smime_milter.model.outcome import HeldMail, JournalEntry, Lesson
from smime_milter.model.sealed import DeliveryOptions, ReceiptState
from smime_milter.model.spool import Spool

NOON = datetime(2026, 6, 3, 12, 0, tzinfo=timezone.utc)


class FakeClock:
    """Stands still until a test moves it."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, step: timedelta) -> None:
        self.at += step


class FakeJournal:
    def __init__(self) -> None:
        self.entries: list[JournalEntry] = []

    def record(self, entry: JournalEntry) -> None:
        self.entries.append(entry)


class _Breakable:
    """With `is_down` set every question is answered by `Unavailable`."""

    def __init__(self) -> None:
        self.is_down = False

    def _ask(self, what: str) -> None:
        if self.is_down:
            raise Unavailable(what)


class FakeCertificates(_Breakable):
    """CertificateSource and CertificateStore."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        super().__init__()
        self._clock = clock or FakeClock()
        self.entries: list[Entry] = []
        self.lessons: list[Lesson] = []
        self._announced_at: dict[tuple[str, str], datetime] = {}

    def certificates_for(self, address: str, domain: str) -> Sequence[StoredCertificate]:
        self._ask("store")
        found: list[StoredCertificate] = []
        for target in (address, domain):
            siblings = self._siblings(target)
            found += [continuity.stored(entry, siblings, self._clock.now()) for entry in siblings.values()]
        return tuple(found)

    def learn(self, lesson: Lesson, *, usable_from: datetime, at: datetime) -> str:
        self._ask("store")
        outcome = self._learn(lesson, usable_from, at)
        self._keep_announced(lesson, at)
        return outcome

    def _keep_announced(self, lesson: Lesson, at: datetime) -> None:
        signed_at = signing_time(lesson, at)
        place = (lesson.certificate.sha256, lesson.address)
        entry = self._siblings(lesson.address).get(lesson.certificate.sha256)
        if entry and signed_at and signed_at > self._announced_at.get(place, signed_at - timedelta(1)):
            self._announced_at[place] = signed_at
            self._put(replace(entry, capabilities=lesson.capabilities))

    def _learn(self, lesson: Lesson, usable_from: datetime, at: datetime) -> str:
        siblings = self._siblings(lesson.address)
        working = continuity.heads(siblings, at)
        rule = continuity.speaks_against(lesson.certificate, working)
        own = siblings.get(lesson.certificate.sha256)
        if own and (rule or own.state is not CertificateState.PENDING):
            return "known"
        if own is None and self._is_over_quota(lesson.address, at):
            return continuity.QUOTA
        self.lessons.append(lesson)
        for entry in continuity.replaced(lesson.certificate, working) if not rule else ():
            self._put(replace(entry, superseded_by=lesson.certificate.sha256))
        state = CertificateState.PENDING if rule else CertificateState.ACTIVE
        self.hold(
            lesson.certificate, lesson.address, state=state, rule=rule, usable_from=usable_from, at=at,
            source="learned", learned_from=lesson.message_id,
        )
        return rule or "learned"

    def hold(
        self, certificate: Certificate, target: str, *, state: CertificateState = CertificateState.ACTIVE, rule: str = "",
        usable_from: datetime = NOON, at: datetime = NOON, source: str = "import", learned_from: str = "",
    ) -> None:
        """Put a certificate there for an address or a domain."""
        self._put(Entry(
            target=target, certificate=certificate, state=state, rule=rule, usable_from=usable_from, source=source,
            learned_from=learned_from, learned_at=at, superseded_by=None,
        ))

    def _put(self, new: Entry) -> None:
        kept = [entry for entry in self.entries if (entry.sha256, entry.target) != (new.sha256, new.target)]
        self.entries = [*kept, new]

    def _siblings(self, target: str) -> dict[str, Entry]:
        return {entry.sha256: entry for entry in self.entries if entry.target == target}

    def _is_over_quota(self, address: str, at: datetime) -> bool:
        candidates = sum(entry.state is CertificateState.PENDING for entry in self._siblings(address).values())
        domain, yesterday = address.rpartition("@")[2], at - timedelta(days=1)
        today = sum(e.target.endswith(f"@{domain}") and e.source == "learned" and e.learned_at > yesterday for e in self.entries)
        return candidates >= continuity.CANDIDATES_PER_ADDRESS or today >= continuity.NEW_PER_DOMAIN_AND_DAY


class FakeIssuers(_Breakable):
    def __init__(self) -> None:
        super().__init__()
        self._known: list[Certificate] = []

    def issuers_named(self, subject_der: bytes) -> Sequence[bytes]:
        self._ask("store")
        return tuple(known.der for known in self._known if known.subject_der == subject_der)[:8]

    def add(self, der: bytes) -> bool:
        self._ask("store")
        certificate = read(der)
        if certificate is None or not certificate.is_ca or certificate in self._known:
            return False
        if len(self.issuers_named(certificate.subject_der)) >= 8:
            return False
        self._known.append(certificate)
        return True


class FakeHeld(_Breakable):
    """HeldStore; `kept` are the mails by reference, `notices` what was posted with them."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        super().__init__()
        self._clock = clock or FakeClock()
        self.kept: dict[str, HeldMail] = {}
        self.notices: list[Notice] = []
        self._references: dict[str, tuple[str, datetime]] = {}

    def keep(self, mail: HeldMail, notices: Sequence[Notice] = ()) -> str:
        self._ask("store")
        now = self._clock.now()
        reference, since = self._references.get(mail.key, ("", now))
        if reference and since >= now - timedelta(days=7):
            return reference
        reference = f"FAKE{len(self.kept):04d}".replace("0", "A").replace("1", "B")
        self.kept[reference] = mail
        self.notices += notices
        self._references[mail.key] = (reference, now)
        return reference


class FakeSubmit(_Breakable):
    """`sent` is what was handed over: sender, recipients, bytes; `options` what else the envelope said."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, tuple[str, ...], bytes]] = []
        self.options: list[DeliveryOptions] = []

    def submit(self, sender: str, recipients: Sequence[str], raw: Spool, options: DeliveryOptions = DeliveryOptions()) -> None:
        self._ask("submit")
        if not recipients or any(parse_address(recipient) is None for recipient in recipients):
            raise Unavailable("submit", "an address that cannot be sent")
        self.sent.append((sender, tuple(recipients), bytes(raw.octets()[:])))
        self.options.append(options)


class FakeReceipts(_Breakable):
    """`rows` are states, treatments and times by key."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        super().__init__()
        self._clock = clock or FakeClock()
        self.rows: dict[str, tuple[ReceiptState, str, datetime]] = {}

    def known(self, keys: Sequence[str]) -> Mapping[str, ReceiptState]:
        self._ask("store")
        since = self._clock.now() - timedelta(days=7)
        return {key: self.rows[key][0] for key in keys if key in self.rows and self.rows[key][2] >= since}

    def begin(self, keys: Sequence[str]) -> None:
        self._note(keys, ReceiptState.BEGUN, "")

    def finish(self, keys: Sequence[str], treatment: str) -> None:
        self._note(keys, ReceiptState.DONE, treatment)

    def _note(self, keys: Sequence[str], state: ReceiptState, treatment: str) -> None:
        self._ask("store")
        self.rows |= dict.fromkeys(keys, (state, treatment, self._clock.now()))


class FakeRoute:
    """Proven or not, as a test says; `arrivals` are the secrets the splitter has seen."""

    def __init__(self, is_proven: bool = True) -> None:
        self.is_proven = is_proven
        self.secret = ""
        self.arrivals: list[str] = []

    def is_probe(self, message: Message) -> str:
        return self.secret

    def arrived(self, secret: str) -> None:
        self.arrivals.append(secret)

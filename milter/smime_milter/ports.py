"""What the pipeline asks of the world. Every implementation and every fake passes tests/contracts.

An implementation raises `Unavailable` when it cannot answer; that is never the answer "none".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from smime_milter.model.certificate import StoredCertificate
from smime_milter.model.held import HeldEntry, HeldState
from smime_milter.model.inspection import Inspection, Wanted
from smime_milter.model.keys import KeyTransport, OwnKey
from smime_milter.model.message import Envelope, Message
from smime_milter.model.notice import Notice, PostedNotice
from smime_milter.model.outcome import HeldMail, JournalEntry, Lesson
from smime_milter.model.recipe import Built, Recipe
from smime_milter.model.sealed import DeliveryOptions, ReceiptState, Sealed
from smime_milter.model.requests import IssuerRequest, StatusRequest
from smime_milter.model.revocation import IssuerAnswer, Source, StatusAnswer
from smime_milter.model.spool import Spool


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, UTC."""
        ...


class Journal(Protocol):
    def record(self, entry: JournalEntry) -> None:
        """Write one record; never raises and never blocks longer than a second."""
        ...


class CertificateSource(Protocol):
    def certificates_for(self, address: str, domain: str) -> Sequence[StoredCertificate]:
        """All certificates for an address (comparable form) and the domain certificates of its domain."""
        ...


class IssuerSource(Protocol):
    def issuers_named(self, subject_der: bytes) -> Sequence[bytes]:
        """Intermediate certificates (DER) with exactly this subject name, at most 8."""
        ...


class Keys(Protocol):
    """Our own keys. The only port that reaches private ones."""

    def signer_for(self, address: str, at: datetime) -> OwnKey | None:
        """The key that signs for an address at this time: its own, else its domain's."""
        ...

    def sign(self, key: OwnKey, data: bytes, signature: str = "rsa") -> bytes:
        """RSA ("rsa" is PKCS #1 v1.5, "pss" PSS) or ECDSA with SHA-256, or Ed25519, over the DER signed attributes."""
        ...

    def opens_for(self, recipient: str, transports: Sequence[KeyTransport]) -> bool:
        """Whether a key of this recipient, or of its domain, is among the RecipientInfos."""
        ...

    def unwrap(self, recipients: Sequence[str], transports: Sequence[KeyTransport]) -> bytes | None:
        """The content-encryption key if *every* recipient has a key among the RecipientInfos.

        A padding failure yields random bytes of a plausible length: it must not differ from a
        wrong content key. None means no key of ours.
        """
        ...


class Inspector(Protocol):
    """The worker. A request that dies or outlives its deadline raises `Unavailable`."""

    def inspect(self, envelope: Envelope, message: Message, wanted: Wanted) -> Inspection:
        ...

    def build(self, message: Message, recipe: Recipe, signer: OwnKey | None) -> Built:
        ...


class HeldStore(Protocol):
    def keep(self, mail: HeldMail, notices: Sequence[Notice] = ()) -> str:
        """Store, encrypted and synced, together with the notices, and return the reference.

        The same `key` again returns the first reference and posts nothing. Raises Unavailable when the quota is full.
        """
        ...


class HeldDesk(Protocol):
    """Held mail once it is there. Each method is one transaction."""

    def list(self, *, settled: bool = False) -> Sequence[HeldEntry]:
        """What waits, oldest first; with `settled` also what became of the rest."""
        ...

    def load(self, reference: str) -> tuple[HeldMail, tuple[HeldState, ...]] | None:
        """The mail and its recipients' states, in their order; None if there is none or its content is gone."""
        ...

    def claim(self, reference: str, recipient: int) -> bool:
        """Take an open recipient (number from 0) for sending; True for exactly one caller in 10 minutes."""
        ...

    def give_back(self, reference: str, recipient: int) -> None:
        """Nothing was sent: the recipient waits as before."""
        ...

    def settle(self, reference: str, recipients: Sequence[int], state: HeldState, notices: Sequence[Notice] = ()) -> bool:
        """End claims with a new state, and post the notices with it; False if every state was final already."""
        ...

    def purge(self, before: datetime) -> int:
        """Forget what was settled before this time."""
        ...


class Posting(Protocol):
    """Where notices are handed in."""

    def post(self, notices: Sequence[Notice]) -> None:
        """Keep until sent, synced; what was said before in its time, or is beyond the rate limit, is left out."""
        ...

    def mark(self, message_id: str) -> str:
        """The keyed mark by which a mail of ours is known when it comes back."""
        ...


class Outbox(Posting, Protocol):
    """Notices between the moment they are due and the moment the MTA has taken them."""

    def due(self) -> Sequence[PostedNotice]:
        """What may be tried now, oldest first, a limited number."""
        ...

    def claim(self, number: int) -> bool:
        """Take one for sending; True for exactly one caller in 10 minutes."""
        ...

    def sent(self, number: int) -> None:
        """It is with the MTA (or given up): its content goes."""
        ...

    def put_off(self, number: int) -> None:
        """It could not be sent: again later, and later each time."""
        ...

    def purge(self, before: datetime) -> int:
        """Forget what was sent before this time and need not be remembered any more."""
        ...


class CertificateStore(Protocol):
    def learn(self, lesson: Lesson, *, usable_from: datetime, at: datetime) -> str:
        """Store by rules H1 to H13; "learned", "known", or the code of the rule that speaks against it."""
        ...


class StatusStore(Protocol):
    """Answers about revocation, and what is still to be asked. Times are the store's own."""

    def wish_for_stored(self) -> None:
        """Make sure that what is said of stored certificates is asked for; cheap when it was done lately."""
        ...

    def due(self) -> Sequence[Source]:
        """Claim some sources that are to be asked now."""
        ...

    def issuers_of(self, source: Source) -> tuple[bytes, ...]:
        """CA certificates (DER) with the issuer's name."""
        ...

    def failed(self, source: Source, code: str) -> str:
        """Nothing came of it: again later, and later each time. Returns the code."""
        ...

    def keep(self, source: Source, answer: StatusAnswer) -> Sequence[str]:
        """Keep an answer unless a newer one is there; returns fingerprints of stored certificates that are revoked by it."""
        ...

    def add_issuers(self, source: Source, certificates: Sequence[bytes]) -> None:
        """Keep intermediates that were missing."""
        ...


class StatusReader(Protocol):
    """The worker, for what was fetched. Raises `Unavailable` when it dies or takes too long."""

    def read_status(self, request: StatusRequest) -> StatusAnswer:
        ...

    def read_issuers(self, request: IssuerRequest) -> IssuerAnswer:
        ...


class Submit(Protocol):
    def submit(self, sender: str, recipients: Sequence[str], raw: Spool, options: DeliveryOptions = DeliveryOptions()) -> None:
        """Hand a message to the MTA behind the milter; returns once it was accepted for every recipient.

        `options` the MTA does not offer are left out.
        """
        ...


class Sealer(Protocol):
    """An envelope that only this gateway opens."""

    def seal(self, context: bytes, raw: Spool) -> Sealed:
        """Close both; only with the mark do they open."""
        ...

    def open(self, mark: str, body: Spool, start: int) -> tuple[bytes, Spool]:
        """What was sealed, from the body that begins at `start`. Unavailable if the mark is not ours or a byte is missing."""
        ...

    def token(self, text: str) -> str:
        """A keyed hash that nobody else can make."""
        ...


class Route(Protocol):
    """The way through the MTA to our splitter."""

    @property
    def is_proven(self) -> bool:
        """Whether a message of our own came through lately."""
        ...

    def is_probe(self, message: Message) -> str:
        """The secret of our own test message, which is on its way now; "" for every other message."""
        ...

    def arrived(self, secret: str) -> None:
        """The splitter has seen the test message with this secret."""
        ...


class Receipts(Protocol):
    """What the splitter has done, by keyed hash of message and recipient; remembered for 7 days."""

    def known(self, keys: Sequence[str]) -> Mapping[str, ReceiptState]:
        """What is known of these; nothing of those that are missing."""
        ...

    def begin(self, keys: Sequence[str]) -> None:
        """Note, synced, that these are about to be handed over."""
        ...

    def finish(self, keys: Sequence[str], treatment: str) -> None:
        """Note, synced, that these need never be handed over again."""
        ...

"""What the pipeline asks of the world. Every implementation and every fake passes tests/contracts.

An implementation raises `Unavailable` when it cannot answer; that is never the answer "none".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from smime_milter.model.certificate import StoredCertificate
from smime_milter.model.inspection import Inspection, Wanted
from smime_milter.model.keys import KeyTransport, OwnKey
from smime_milter.model.message import Envelope, Message
from smime_milter.model.outcome import HeldMail, JournalEntry, Lesson
from smime_milter.model.recipe import Built, Recipe
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

    def sign(self, key: OwnKey, data: bytes) -> bytes:
        """RSA PKCS #1 v1.5 or ECDSA with SHA-256 over these bytes (the DER signed attributes)."""
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
    def keep(self, mail: HeldMail) -> str:
        """Store, encrypted and synced, and return the reference; the same `key` again returns the first one."""
        ...


class CertificateStore(Protocol):
    def learn(self, lesson: Lesson, *, usable_from: datetime, at: datetime) -> str:
        """Store by rules H1 to H13; "learned", "known", or the code of the rule that speaks against it."""
        ...


class Submit(Protocol):
    def submit(self, sender: str, recipients: Sequence[str], raw: Spool) -> None:
        """Hand a message to the MTA behind the milter; returns once it was accepted for every recipient."""
        ...

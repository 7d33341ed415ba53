"""What is to happen to a message, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from smime_milter.model.certificate import Certificate
from smime_milter.model.message import Recipient


class Treatment(Enum):
    """What one recipient's message undergoes, from the most lenient to the strictest."""

    UNCHANGED = "unchanged"
    DECRYPTED = "decrypted"
    ALREADY_ENCRYPTED = "already-encrypted"
    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    HELD = "held"
    REFUSED = "refused"
    TEMPFAIL = "tempfail"


class Reason(Enum):
    """Why: one closed list for replies, journal, notices and `explain`."""

    # nothing to do
    INTERNAL = "internal"
    RELAYED = "relayed"
    NO_PERSONAL_DATA = "no-personal-data"
    NO_SIGNING_KEY = "no-signing-key"
    SIGNING_OFF = "signing-off"
    ALREADY_SIGNED = "already-signed"
    DELIVERED = "delivered"
    # protected
    CERTIFICATE_FOUND = "certificate-found"
    ENVELOPED_BY_SENDER = "enveloped-by-sender"
    OWN_KEY_FOUND = "own-key-found"
    # not let out
    NO_CERTIFICATE = "no-certificate"
    COMPLETED_RECORD = "completed-record"
    UNREADABLE_CONTENT = "unreadable-content"
    AMBIGUOUS_MESSAGE = "ambiguous-message"
    HIDDEN_RECIPIENT = "hidden-recipient"
    MIXED_RECIPIENTS = "mixed-recipients"
    PERSONAL_DATA_IN_HEADER = "personal-data-in-header"
    BAD_RECIPIENT = "bad-recipient"
    # refused
    FOREIGN_SENDER = "foreign-sender"
    CLAIMED_OWN_SENDER = "claimed-own-sender"
    METHOD_PGP = "method-pgp"
    METHOD_CRYPTSHARE = "method-cryptshare"
    METHOD_FTAPI = "method-ftapi"
    METHOD_SCP = "method-scp"
    TOO_LARGE = "too-large"
    TOO_COMPLEX = "too-complex"
    LOOP = "loop"
    # our surroundings
    NOT_INSPECTED = "not-inspected"
    UNAVAILABLE = "unavailable"
    INTERNAL_ERROR = "internal-error"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientDecision:
    """One recipient's treatment; `certificates` are those the message is encrypted to."""

    recipient: Recipient
    treatment: Treatment
    reason: Reason
    certificates: tuple[Certificate, ...] = ()


class Mark(Enum):
    """A remark the reader of an inbound message is shown."""

    CLAIMED_OWN_SENDER = "claimed-own-sender"
    FOREIGN_SENDER = "foreign-sender"
    METHOD_PGP = "method-pgp"
    METHOD_CRYPTSHARE = "method-cryptshare"
    METHOD_FTAPI = "method-ftapi"
    METHOD_SCP = "method-scp"
    NOT_DECRYPTED = "not-decrypted"
    MISLEADING_NAME = "misleading-name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The whole message: one entry per envelope recipient, in their order.

    All entries carry the same treatment, unless `splits`: then the message travels sealed to the
    splitter, which decides again for each copy. `sign` says whether what leaves is signed;
    `protected_fields` are lower-case names that go inside an encrypted message; `apply` is False
    in observe mode: the decision is written down, the mail goes as it came.
    """

    recipients: tuple[RecipientDecision, ...]
    sign: bool = False
    protected_fields: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    learn: bool = False
    apply: bool = True
    splits: bool = False

    @property
    def treatment(self) -> Treatment:
        return strictest(r.treatment for r in self.recipients)

    @property
    def reason(self) -> Reason:
        strict = self.treatment
        return next(r.reason for r in self.recipients if r.treatment is strict)


def strictest(treatments: Iterable[Treatment]) -> Treatment:
    """The one nobody may be spared; an empty message is one without recipients: held back."""
    order = list(Treatment)
    return max(treatments, key=order.index, default=Treatment.TEMPFAIL)

"""The tables as queries see them; `migrations` makes them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import (
    Column, DateTime, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, TypeDecorator, UniqueConstraint,
)


# Any: Debian 12 has stubs for SQLAlchemy, Debian 13 has none, and they would disagree.
_Decorator: Any = TypeDecorator


class UtcTime(_Decorator):  # type: ignore[misc]
    """Aware datetimes outside, UTC without a zone in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.astimezone(timezone.utc).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.replace(tzinfo=timezone.utc)


metadata = MetaData()

# `target` is an address in comparable form, or a domain: what the mail path looks up.
# `superseded_by` is the fingerprint that replaces this one for the same target once it is usable.
# `capabilities` are names with a space between them, `capabilities_at` is the signing time they were announced with.
certificates = Table(
    "certificates", metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("target", String(330), nullable=False),
    Column("mail_domain", String(255), nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("rule", String(8), nullable=False),
    Column("usable_from", UtcTime, nullable=False),
    Column("source", String(64), nullable=False),
    Column("learned_from", String(998), nullable=False),
    Column("learned_at", UtcTime, nullable=False),
    Column("superseded_by", String(64)),
    Column("capabilities", String(500)),
    Column("capabilities_at", UtcTime),
    UniqueConstraint("sha256", "target", name="certificates_once"),
    Index("certificates_target", "target"),
    Index("certificates_intake", "mail_domain", "learned_at"),
)

certificate_events = Table(
    "certificate_events", metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("address", String(330), nullable=False),
    Column("event", String(32), nullable=False),
    Column("rule", String(8), nullable=False),
    Index("certificate_events_sha256", "sha256"),
)

issuers = Table(
    "issuers", metadata,
    Column("sha256", String(64), primary_key=True),
    Column("subject_sha256", String(64), nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("learned_at", UtcTime, nullable=False),
    Index("issuers_subject", "subject_sha256"),
)

# `key` is a keyed hash; `details` are sealed: sender, recipients, Message-ID, findings, client.
held = Table(
    "held", metadata,
    Column("reference", String(8), primary_key=True),
    Column("key", String(64), unique=True),
    Column("reason", String(32), nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("kept_at", UtcTime, nullable=False),
    Column("settled_at", UtcTime),
    Column("size", Integer, nullable=False),
    Column("details", LargeBinary, nullable=False),
    Column("deadline_at", UtcTime),
)

held_recipients = Table(
    "held_recipients", metadata,
    Column("reference", String(8), ForeignKey("held.reference", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", String(32), nullable=False),
    Column("claimed_at", UtcTime),
    Column("reason", String(32)),
)

held_content = Table(
    "held_content", metadata,
    Column("reference", String(8), ForeignKey("held.reference", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)

held_approvals = Table(
    "held_approvals", metadata,
    Column("reference", String(8), ForeignKey("held.reference", ondelete="CASCADE"), primary_key=True),
    Column("operator", String(64), primary_key=True),
    Column("at", UtcTime, nullable=False),
)

# `addressee` and `once` are keyed hashes; what the notice says and to whom is sealed, and gone once it was sent.
outbox = Table(
    "outbox", metadata,
    Column("number", Integer, primary_key=True),
    Column("case_name", String(32), nullable=False),
    Column("reference", String(8), nullable=False),
    Column("addressee", String(64), nullable=False),
    Column("once", String(64)),
    Column("once_until", UtcTime),
    Column("posted_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("claimed_at", UtcTime),
    Column("sent_at", UtcTime),
    Column("attempts", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("outbox_due", "sent_at", "due_at"),
    Index("outbox_once", "once"),
    Index("outbox_rate", "addressee", "posted_at"),
)

# `key` is a keyed hash of a message and one recipient.
receipts = Table(
    "receipts", metadata,
    Column("key", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("treatment", String(32), nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("receipts_at", "at"),
)

# `kind` is "crl", "ocsp" or "issuer"; `issuer` the SHA-256 of the issuer's name, `issuer_key` of the key that signed the answer.
# `certificate` is the one in question where the answer is about one alone.
status_sources = Table(
    "status_sources", metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("url", String(512), nullable=False),
    Column("issuer", String(64), nullable=False),
    Column("serial", String(64), nullable=False),
    Column("certificate", LargeBinary, nullable=False),
    Column("wanted_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("issuer_key", String(64), nullable=False),
    Column("scope", String(8), nullable=False),
    Column("this_update", UtcTime),
    Column("next_update", UtcTime),
    UniqueConstraint("kind", "url", "issuer", "serial", name="status_sources_once"),
    Index("status_sources_due", "due_at"),
    Index("status_sources_issuer", "issuer"),
)

# The revoked serial numbers that end in the octet `bucket`: 20 octets each, sorted.
revoked_serials = Table(
    "revoked_serials", metadata,
    Column("source", Integer, ForeignKey("status_sources.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("serials", LargeBinary, nullable=False),
)

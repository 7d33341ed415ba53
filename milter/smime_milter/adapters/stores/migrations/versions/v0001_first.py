"""Certificates with their history, issuers, held mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_certificates()
    _create_issuers()
    _create_held()


def _create_certificates() -> None:
    op.create_table(
        "certificates",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("target", sa.String(330), nullable=False),
        sa.Column("mail_domain", sa.String(255), nullable=False),
        sa.Column("der", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("rule", sa.String(8), nullable=False),
        sa.Column("usable_from", sa.DateTime, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("learned_from", sa.String(998), nullable=False),
        sa.Column("learned_at", sa.DateTime, nullable=False),
        sa.Column("superseded_by", sa.String(64)),
        sa.UniqueConstraint("sha256", "target", name="certificates_once"),
    )
    op.create_index("certificates_target", "certificates", ["target"])
    op.create_index("certificates_intake", "certificates", ["mail_domain", "learned_at"])
    op.create_table(
        "certificate_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("address", sa.String(330), nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("rule", sa.String(8), nullable=False),
    )
    op.create_index("certificate_events_sha256", "certificate_events", ["sha256"])


def _create_issuers() -> None:
    op.create_table(
        "issuers",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("subject_sha256", sa.String(64), nullable=False),
        sa.Column("der", sa.LargeBinary, nullable=False),
        sa.Column("learned_at", sa.DateTime, nullable=False),
    )
    op.create_index("issuers_subject", "issuers", ["subject_sha256"])


def _create_held() -> None:
    op.create_table(
        "held",
        sa.Column("reference", sa.String(8), primary_key=True),
        sa.Column("key", sa.String(64), unique=True),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("received_at", sa.DateTime, nullable=False),
        sa.Column("kept_at", sa.DateTime, nullable=False),
        sa.Column("settled_at", sa.DateTime),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("details", sa.LargeBinary, nullable=False),
    )
    _create_held_child("held_recipients", sa.Column("state", sa.String(16), nullable=False), sa.Column("claimed_at", sa.DateTime))
    _create_held_child("held_content", sa.Column("sealed", sa.LargeBinary, nullable=False))


def _create_held_child(name: str, *columns: sa.Column) -> None:
    op.create_table(
        name,
        sa.Column("reference", sa.String(8), sa.ForeignKey("held.reference", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        *columns,
    )

"""Held mail gets a deadline and a reason for each recipient, notices an outbox, releases their approvals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_KEY_HELPS = "('no-certificate', 'completed-record', 'unreadable-content', 'ambiguous-message')"


def upgrade() -> None:
    op.add_column("held", sa.Column("deadline_at", sa.DateTime))
    _widen_states()
    _map_states()
    op.create_table(
        "held_approvals",
        sa.Column("reference", sa.String(8), sa.ForeignKey("held.reference", ondelete="CASCADE"), primary_key=True),
        sa.Column("operator", sa.String(64), primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    _create_outbox()


def _widen_states() -> None:
    with op.batch_alter_table("held_recipients") as table:
        table.alter_column("state", existing_type=sa.String(16), existing_nullable=False, type_=sa.String(32))
        table.add_column(sa.Column("reason", sa.String(32)))


def _map_states() -> None:
    """`waiting` becomes what is waited for; `sending` was a claim, and its time still says so."""
    # One reason was kept for the whole mail: until now a certificate could help only where it says so.
    op.execute(
        "UPDATE held_recipients SET reason = (SELECT reason FROM held WHERE held.reference = held_recipients.reference)")
    op.execute("UPDATE held_recipients SET claimed_at = NULL WHERE state = 'waiting'")
    op.execute(
        "UPDATE held_recipients SET state = 'waiting-for-key'"
        f" WHERE state IN ('waiting', 'sending') AND reason IN {_KEY_HELPS}")
    op.execute("UPDATE held_recipients SET state = 'waiting-for-person' WHERE state IN ('waiting', 'sending')")


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("case_name", sa.String(32), nullable=False),
        sa.Column("reference", sa.String(8), nullable=False),
        sa.Column("addressee", sa.String(64), nullable=False),
        sa.Column("once", sa.String(64)),
        sa.Column("once_until", sa.DateTime),
        sa.Column("posted_at", sa.DateTime, nullable=False),
        sa.Column("due_at", sa.DateTime, nullable=False),
        sa.Column("claimed_at", sa.DateTime),
        sa.Column("sent_at", sa.DateTime),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("outbox_due", "outbox", ["sent_at", "due_at"])
    op.create_index("outbox_once", "outbox", ["once"])
    op.create_index("outbox_rate", "outbox", ["addressee", "posted_at"])

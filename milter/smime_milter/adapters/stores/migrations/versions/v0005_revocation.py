"""What issuers say of their certificates: where it is fetched, what it said, and which serial numbers are revoked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "status_sources",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("url", sa.String(512), nullable=False),
        sa.Column("issuer", sa.String(64), nullable=False),
        sa.Column("serial", sa.String(64), nullable=False),
        sa.Column("certificate", sa.LargeBinary, nullable=False),
        sa.Column("wanted_at", sa.DateTime, nullable=False),
        sa.Column("due_at", sa.DateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("issuer_key", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(8), nullable=False),
        sa.Column("this_update", sa.DateTime),
        sa.Column("next_update", sa.DateTime),
        sa.UniqueConstraint("kind", "url", "issuer", "serial", name="status_sources_once"),
    )
    op.create_index("status_sources_due", "status_sources", ["due_at"])
    op.create_index("status_sources_issuer", "status_sources", ["issuer"])
    op.create_table(
        "revoked_serials",
        sa.Column("source", sa.Integer, sa.ForeignKey("status_sources.id", ondelete="CASCADE"), primary_key=True,
                  autoincrement=False),
        sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("serials", sa.LargeBinary, nullable=False),
    )

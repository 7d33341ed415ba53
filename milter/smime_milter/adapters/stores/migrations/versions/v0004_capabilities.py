"""A learned certificate comes with what its holder announced, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("certificates", sa.Column("capabilities", sa.String(500)))
    op.add_column("certificates", sa.Column("capabilities_at", sa.DateTime))

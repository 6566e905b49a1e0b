"""Recommendations say how they are delivered, so that what is sent by itself is no card."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column more."""
    op.add_column("recommendations", sa.Column("delivery", sa.String()))


def downgrade() -> None:
    """Without it."""
    with op.batch_alter_table("recommendations") as table:
        table.drop_column("delivery")

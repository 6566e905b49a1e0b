"""Cards say why they stand no longer, and what could be done instead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns more."""
    op.add_column("recommendations", sa.Column("instead", sa.Text()))
    op.add_column("recommendations", sa.Column("ended_because", sa.String()))


def downgrade() -> None:
    """Without them."""
    with op.batch_alter_table("recommendations") as table:
        table.drop_column("ended_because")
        table.drop_column("instead")

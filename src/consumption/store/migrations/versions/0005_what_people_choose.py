"""What people choose to do by themselves is kept beside what was decided for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from consumption.store.columns import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLE = "own_choices"


def upgrade() -> None:
    """One table more."""
    op.create_table(
        TABLE,
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("timestamp", Moment(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("in_own_words", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("idempotency_key", sa.String()),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=f"pk_{TABLE}"),
        sa.UniqueConstraint("decision_id", name=f"uq_{TABLE}_decision_id"),
        sa.UniqueConstraint("actor", "idempotency_key", name=f"uq_{TABLE}_actor_idempotency_key"),
    )
    op.create_index(f"ix_{TABLE}_recorded_at", TABLE, ["recorded_at"])
    op.create_index(f"ix_{TABLE}_account_id_timestamp", TABLE, ["account_id", "timestamp"])


def downgrade() -> None:
    """Without it."""
    op.drop_table(TABLE)

"""What nobody carries out is sent: what waits, what went out, and every try.

What was published before stays out of it: nobody can tell any more whether it was handed out.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from consumption.store.columns import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables more."""
    op.create_table(
        "outbox",
        sa.Column("recommendation_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("as_of", Moment(), nullable=False),
        sa.Column("queued_at", Moment(), nullable=False),
        sa.Column("lapses_at", Moment(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("taken_until", Moment()),
        sa.Column("sent_at", Moment()),
        sa.PrimaryKeyConstraint("recommendation_id", name="pk_outbox"),
        sa.ForeignKeyConstraint(
            ["recommendation_id"],
            ["recommendations.recommendation_id"],
            name="fk_outbox_recommendation_id_recommendations",
        ),
    )
    op.create_index("ix_outbox_sent_at_lapses_at", "outbox", ["sent_at", "lapses_at"])
    op.create_index("ix_outbox_account_id_action", "outbox", ["account_id", "action"])
    op.create_table(
        "deliveries",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("recommendation_id", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("sequence", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ["recommendation_id"], ["outbox.recommendation_id"], name="fk_deliveries_recommendation_id_outbox"
        ),
    )
    op.create_index("ix_deliveries_recommendation_id", "deliveries", ["recommendation_id"])


def downgrade() -> None:
    """Without them."""
    op.drop_table("deliveries")
    op.drop_table("outbox")

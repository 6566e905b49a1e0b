"""Members of the hold-out say which chance of being held out they were drawn with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column more, which the next plan fills from settings where it is empty: they are not known here."""
    op.add_column("holdout", sa.Column("share", sa.Float()))


def downgrade() -> None:
    """Without it."""
    with op.batch_alter_table("holdout") as table:
        table.drop_column("share")

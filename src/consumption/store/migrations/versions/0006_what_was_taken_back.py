"""What people chose by themselves can be taken back: it says since when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from consumption.store.columns import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = "own_choices"


def upgrade() -> None:
    """One column more."""
    op.add_column(TABLE, sa.Column("undone_at", Moment()))


def downgrade() -> None:
    """Without it, and without what was taken back: it would stand again."""
    undone_at = sa.column("undone_at", Moment())
    op.execute(sa.delete(sa.table(TABLE, undone_at)).where(undone_at.is_not(None)))
    with op.batch_alter_table(TABLE) as table:
        table.drop_column("undone_at")

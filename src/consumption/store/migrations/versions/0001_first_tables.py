"""The first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from consumption.store.columns import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Text, String, Float, Integer = sa.Text(), sa.String(), sa.Float(), sa.Integer()
Flag, Date, At = sa.Boolean(), sa.Date(), Moment()


def upgrade() -> None:
    """The first tables."""
    _plans_and_people()
    _accounts()
    _decisions()
    _recommendations()
    _responses()
    _holdout_keys_and_audit()


def downgrade() -> None:
    """Back to nothing."""
    for table in ("audit", "api_keys", "holdout", "responses", "recommendations", "decisions", "accounts"):
        op.drop_table(table)
    for table in ("people", "plans"):
        op.drop_table(table)


def must(kind: Any, *names: str) -> list[sa.Column[Any]]:  # noqa: ANN401  (any type of column)
    """Columns that are always filled."""
    return [sa.Column(name, kind, nullable=False) for name in names]


def may(kind: Any, *names: str) -> list[sa.Column[Any]]:  # noqa: ANN401  (as above)
    """Columns that may be empty."""
    return [sa.Column(name, kind, nullable=True) for name in names]


def key(table: str, column: str) -> sa.PrimaryKeyConstraint:
    """The primary key."""
    return sa.PrimaryKeyConstraint(column, name=f"pk_{table}")


def refers(table: str, column: str, to: str, to_column: str) -> sa.ForeignKeyConstraint:
    """A foreign key."""
    return sa.ForeignKeyConstraint([column], [f"{to}.{to_column}"], name=f"fk_{table}_{column}_{to}")


def index(table: str, *columns: str) -> None:
    """An index, named for its columns."""
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _plans_and_people() -> None:
    op.create_table(
        "plans",
        *must(Integer, "plan_id"),
        *must(At, "as_of", "published_at"),
        *must(Text, "model_versions"),
        *must(String, "policy_version"),
        *must(Integer, "seed"),
        *may(String, "currency"),
        *must(Flag, "money"),
        *must(Text, "summary", "actions", "signals"),
        key("plans", "plan_id"),
        sa.UniqueConstraint("as_of", name="uq_plans_as_of"),
    )
    op.create_table(
        "people",
        *must(String, "email"),
        *may(String, "name", "team", "lead"),
        *must(String, "role"),
        *may(Text, "service_lines", "skills"),
        *may(Float, "hours_week"),
        *may(Date, "away_from", "away_to"),
        key("people", "email"),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        *must(String, "account_id"),
        *must(Integer, "plan_id"),
        *must(At, "as_of"),
        *may(String, "name", "segment", "industry", "region", "owner", "parent_id"),
        *must(String, "top_parent"),
        *must(At, "created_at"),
        *may(Float, "arr"),
        *must(Float, "weight"),
        *may(String, "currency"),
        *may(Date, "renewal_on", "decision_on"),
        *must(Flag, "notice_given"),
        *must(String, "motion"),
        *must(Float, "p_churn", "p_contraction", "p_expansion", "s_contraction", "s_expansion"),
        *must(Float, "help_probability", "expand_probability"),
        *may(Float, "value_at_stake", "value_to_gain"),
        *must(Integer, "help_rank", "expand_rank", "best_rank"),
        *must(String, "ranked_by"),
        *may(String, "why_not"),
        *must(Flag, "held_out"),
        *must(Text, "attributes", "signals", "brief", "alternatives"),
        key("accounts", "account_id"),
        refers("accounts", "plan_id", "plans", "plan_id"),
    )
    index("accounts", "best_rank", "account_id")
    index("accounts", "owner", "best_rank", "account_id")
    index("accounts", "segment", "best_rank", "account_id")


def _decisions() -> None:
    op.create_table(
        "decisions",
        *must(String, "decision_id"),
        *may(Integer, "plan_id"),
        *must(String, "account_id"),
        *must(At, "timestamp"),
        *must(String, "action"),
        *may(Float, "propensity"),
        *may(Text, "propensities"),
        *may(String, "would_be"),
        *must(String, "decided_by"),
        *must(At, "as_of"),
        *may(String, "model_version", "policy_version"),
        *may(Integer, "seed"),
        *must(Flag, "second_pass", "held_out"),
        *must(Text, "context"),
        *must(At, "recorded_at"),
        key("decisions", "decision_id"),
        refers("decisions", "plan_id", "plans", "plan_id"),
    )
    index("decisions", "recorded_at")
    index("decisions", "account_id", "timestamp")


def _recommendations() -> None:
    op.create_table(
        "recommendations",
        *must(String, "recommendation_id"),
        *must(Integer, "plan_id"),
        *must(String, "account_id"),
        *may(String, "account_name", "external_account_id", "segment"),
        *must(At, "as_of"),
        *may(String, "contract_id", "product", "motion"),
        *must(String, "action"),
        *may(String, "title", "service_line"),
        *must(String, "owner"),
        *may(String, "handed_to"),
        *may(Integer, "rank"),
        *must(Integer, "position"),
        *must(Float, "hours"),
        *may(Text, "reason_text"),
        *must(Text, "reasons"),
        *may(Float, "probability", "value_at_stake", "expected_value"),
        *may(String, "currency"),
        *may(Float, "priority"),
        *must(Flag, "mandatory", "shown"),
        *may(String, "why_not"),
        *must(Flag, "held_out"),
        *may(Float, "propensity"),
        *may(String, "would_be", "model_version", "policy_version"),
        *must(Text, "steps", "customer_steps"),
        *must(String, "status"),
        *may(Date, "snoozed_until"),
        *may(At, "expires_at"),
        *must(At, "created_at", "updated_at"),
        key("recommendations", "recommendation_id"),
        refers("recommendations", "recommendation_id", "decisions", "decision_id"),
        refers("recommendations", "plan_id", "plans", "plan_id"),
    )
    index("recommendations", "position", "recommendation_id")
    index("recommendations", "account_id", "position")
    index("recommendations", "owner", "status", "position")
    index("recommendations", "handed_to")
    index("recommendations", "updated_at", "recommendation_id")
    index("recommendations", "status", "position")


def _responses() -> None:
    op.create_table(
        "responses",
        *must(Integer, "sequence"),
        *must(String, "response_id", "recommendation_id", "account_id"),
        *must(At, "timestamp"),
        *must(String, "response"),
        *may(Text, "reason", "action"),
        *may(Date, "until"),
        *may(String, "handed_to"),
        *must(String, "actor"),
        *may(String, "idempotency_key"),
        key("responses", "sequence"),
        refers("responses", "recommendation_id", "recommendations", "recommendation_id"),
        sa.UniqueConstraint("response_id", name="uq_responses_response_id"),
        sa.UniqueConstraint("actor", "idempotency_key", name="uq_responses_actor_idempotency_key"),
    )
    index("responses", "timestamp")
    index("responses", "recommendation_id")
    index("responses", "account_id", "timestamp")


def _holdout_keys_and_audit() -> None:
    op.create_table(
        "holdout",
        *must(String, "account_id", "top_parent", "arm"),
        *may(String, "stratum"),
        *must(At, "drawn_at"),
        key("holdout", "account_id"),
    )
    op.create_table(
        "api_keys",
        *must(String, "key_id", "name", "digest", "scopes"),
        *may(String, "person"),
        *must(At, "created_at"),
        *may(At, "expires_at", "revoked_at", "last_used_at"),
        key("api_keys", "key_id"),
    )
    op.create_table(
        "audit",
        *must(Integer, "sequence"),
        *must(At, "at"),
        *must(String, "actor", "verb", "subject"),
        *may(Text, "detail"),
        key("audit", "sequence"),
    )
    index("audit", "at")
    index("audit", "actor", "at")

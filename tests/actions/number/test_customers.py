"""Whose an account is after a merge."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl

from consumption.actions.number.customers import as_customers

JAN = datetime(2026, 1, 5, tzinfo=UTC)


def members(**drawn: tuple[str, str]) -> pl.DataFrame:
    """Accounts with their top parent and arm."""
    return pl.DataFrame(
        [(a, parent, arm, "1|?", JAN) for a, (parent, arm) in drawn.items()],
        schema=["account_id", "top_parent", "arm", "stratum", "drawn_at"],
        orient="row",
    )


def counts(*rows: tuple[str, str]) -> pl.DataFrame:
    """Accounts with the arm that the log gives them."""
    return pl.DataFrame(rows, schema=["account_id", "arm"], orient="row").with_columns(since=pl.lit(date(2026, 1, 5)))


def merged(**to: str) -> pl.DataFrame:
    """Merges known at the moment asked."""
    return pl.DataFrame({"account_id": list(to), "to": list(to.values())}, schema_overrides={"to": pl.String})


def told(rows: pl.DataFrame) -> dict[str, tuple[str, str]]:
    """Account to customer and arm."""
    return {a: (p, arm) for a, p, arm in rows.select("account_id", "top_parent", "arm").iter_rows()}


def test_accounts_of_a_merged_parent_are_the_survivors() -> None:
    """Its children, too; nobody is dropped because a merge names it."""
    drawn = members(ash=("ash", "treated"), twig=("oak", "treated"), elm=("elm", "holdout"))
    found = as_customers(
        counts(("ash", "treated"), ("twig", "treated"), ("elm", "holdout")), drawn, merged(oak="ash")
    )
    assert told(found) == {"ash": ("ash", "treated"), "twig": ("ash", "treated"), "elm": ("elm", "holdout")}


def test_a_survivor_stays_in_the_arm_its_customer_was_drawn_into() -> None:
    """Whichever of the two was chosen first; where its customer is exempt it counts in neither arm."""
    drawn = members(ash=("fir", "holdout"), oak=("oak", "treated"), elm=("elm", "exempt"))
    assert told(as_customers(counts(("ash", "treated")), drawn, merged(oak="ash"))) == {"ash": ("fir", "holdout")}
    assert told(as_customers(counts(("elm", "treated")), drawn, merged(oak="elm"))) == {}


def test_without_a_merge_the_log_tells_the_arm() -> None:
    """What was logged before anyone acted stands; an account that is no member is its own customer."""
    drawn = members(ash=("fir", "holdout"))
    rows = as_customers(counts(("ash", "treated"), ("new", "holdout")), drawn, merged())
    assert told(rows) == {"ash": ("fir", "treated"), "new": ("new", "holdout")}

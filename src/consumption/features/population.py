"""Who is ranked at a moment: customers with a contract in force then, as known then."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl

from consumption.features.currency import in_base
from consumption.features.in_force import arr_in_force, decision_on, in_force
from consumption.features.routes import ancestors
from consumption.features.tiles import day_of
from consumption.lake.history import History
from consumption.tables import POPULATION


def population(
    history: History, as_of: datetime, *, money: bool | None = None, currency: str | None = None
) -> pl.DataFrame:
    """One row an account to rank at `as_of`: the POPULATION frame, sorted by account.

    With contracts: customers with a contract in force that is worth something, as known before `as_of`. Without
    (`money` False; by default where no contract at all was known before `as_of`): customers created before `as_of`
    with no churn outcome before it, each counting 1. An account merged into another is ranked no more; its children
    are the survivor's. Parents are followed within `history`, so give it all accounts. Money is told in `currency`,
    at the last rate known; contracts without a rate add nothing (see `without_rate`). Without `currency` it is taken
    as it stands.
    """
    moved = history.moved(as_of)
    tables = ("accounts", "contracts", "outcomes", "rates")
    accounts, contracts, outcomes, rates = pl.collect_all([history.known(name, as_of, moved) for name in tables])
    if money is None:
        # Contracts that came in later change nothing about who was ranked then.
        money = not contracts.is_empty()
    customers = (
        accounts.filter(pl.col("kind").fill_null("customer") == "customer")
        .join(moved, on="account_id", how="anti")
        .join(_top_parents(accounts, moved), on="account_id", how="left")
    )
    ranked = (
        _with_contracts(customers, in_base(contracts, rates, currency), day_of(as_of))
        if money
        else _without_contracts(customers, outcomes)
    )
    return POPULATION.check(ranked.sort("account_id"))


def _with_contracts(customers: pl.DataFrame, contracts: pl.DataFrame, day: date) -> pl.DataFrame:
    running = contracts.filter(in_force(day)).with_columns(decision_on().alias("decision_on"))
    terms = running.group_by("account_id").agg(
        pl.col("ends_on").min().alias("renewal_on"),
        pl.col("decision_on").filter(pl.col("decision_on") >= day).min(),
        pl.col("notice_given_on").is_not_null().any().alias("notice_given"),
    )
    worth = arr_in_force(contracts, day).filter(pl.col("arr") > 0).with_columns(pl.col("arr").alias("weight"))
    return customers.join(worth, on="account_id").join(terms, on="account_id")


def _without_contracts(customers: pl.DataFrame, outcomes: pl.DataFrame) -> pl.DataFrame:
    left = outcomes.filter(pl.col("kind") == "churn")
    return customers.join(left, on="account_id", how="anti").with_columns(
        pl.lit(None, dtype=pl.Float64).alias("arr"),
        pl.lit(1.0).alias("weight"),
        pl.lit(None, dtype=pl.Date).alias("renewal_on"),
        pl.lit(None, dtype=pl.Date).alias("decision_on"),
        pl.lit(value=False).alias("notice_given"),
    )


def _top_parents(accounts: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """One row an account: account_id, top_parent: the furthest above it that is known, or itself."""
    above = ancestors(accounts, moved).group_by("account_id").agg(pl.col("to").get(pl.col("steps").arg_max()))
    named = accounts.select("account_id").join(above, on="account_id", how="left")
    return named.select("account_id", pl.coalesce("to", "account_id").alias("top_parent"))

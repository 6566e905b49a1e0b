"""What accounts were worth a year, on any day, by what is known at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from consumption.actions.number.arms import ROWS
from consumption.features.coverage import covered
from consumption.features.currency import in_base
from consumption.lake.history import History

LEAST_CHANGE, MOST_CHANGE = -1.0, 2.0
"""As in labels: one account that grows tenfold must not outweigh all others."""
HALF_A_YEAR = 182
_SHARES = {"churn": -1.0, "contraction": -0.25, "expansion": 0.25}


@dataclass(frozen=True)
class Worth:
    """Yearly value as steps: account_id, day, worth (from that day on), by account and day.

    `money` is false where there are no contracts: each account is then worth 1, and outcomes change that.
    """

    steps: pl.DataFrame
    money: bool

    @staticmethod
    def known(history: History, as_of: datetime, *, currency: str | None, gap_days: int) -> Worth:
        """From contracts as known before `as_of`, short gaps closed, all at the rates known then.

        Where no contract at all is known: from outcomes.
        """
        known = history.before(as_of)
        contracts, rates, outcomes = pl.collect_all([known.contracts, known.rates, known.outcomes])
        if contracts.is_empty():
            return Worth(_outcome_steps(outcomes), money=False)
        spells = covered(in_base(contracts, rates, currency), gap_days).filter(pl.col("arr") > 0)
        return Worth(_contract_steps(spells), money=True)

    def on(self, asked: pl.DataFrame) -> pl.Series:
        """For each row (account_id, day) what the account was worth on that day; 0 where nothing was in force."""
        rows = asked.select("account_id", "day").with_row_index("place").sort("day")
        found = rows.join_asof(
            self.steps.sort("day"), on="day", by="account_id", strategy="backward", check_sortedness=False
        ).sort("place")
        return found["worth"].fill_null(0.0 if self.money else 1.0)

    def in_force(self, day: date) -> pl.DataFrame:
        """One row an account that was worth something on a day, as far as steps tell: account_id, worth."""
        accounts = self.steps.select("account_id").unique(maintain_order=True).with_columns(day=pl.lit(day))
        return accounts.select("account_id", worth=self.on(accounts)).filter(pl.col("worth") > 0)


@dataclass(frozen=True)
class Span:
    """Days `[since, until)`; `since` None: from when each account began to count."""

    since: date | None
    until: date


def changes(counted: pl.DataFrame, worth: Worth, span: Span) -> pl.DataFrame:
    """What each account that counts brought in a span: ROWS, one row an account that counted before its end.

    `counted`: as `counted.counted`, with top_parent. What changes on a day counts from the day after, so spans add
    up. Accounts that were worth nothing when they began to count are left out, in both arms.
    """
    rows = counted.filter(pl.col("since") < span.until)
    start = worth.on(rows.select("account_id", day="since"))
    before = rows["since"] if span.since is None else _later(rows["since"], span.since - timedelta(days=1))
    at_start, at_end = (_change(rows, start, days, worth) for days in (before, _all(rows, span.until)))
    followed = (pl.lit(span.until) - pl.col("before")).dt.total_days().cast(pl.Float64)
    return (
        rows.with_columns(worth=start, change=at_end - at_start, before=before)
        .with_columns(expected=pl.col("expected") * pl.col("worth") * followed / HALF_A_YEAR)
        .filter(pl.col("worth") > 0)
        .select(ROWS.names())
    )


def _later(days: pl.Series, day: date) -> pl.Series:
    return days.to_frame("d").select(pl.max_horizontal("d", pl.lit(day)))["d"]


def _all(rows: pl.DataFrame, until: date) -> pl.Series:
    """The last day before the end, but never before the account began to count."""
    return _later(rows["since"], until - timedelta(days=1))


def _change(rows: pl.DataFrame, start: pl.Series, days: pl.Series, worth: Worth) -> pl.Series:
    """By how much an account's worth has moved since it began to count, within what labels allow."""
    now = worth.on(rows.select("account_id", day=days))
    moved = pl.DataFrame({"now": now, "start": start})
    change = (pl.col("now") - pl.col("start")).clip(LEAST_CHANGE * pl.col("start"), MOST_CHANGE * pl.col("start"))
    return moved.select(change.round(6))["now"]


def _contract_steps(spells: pl.DataFrame) -> pl.DataFrame:
    ups = spells.select("account_id", day="starts_on", step="arr")
    downs = spells.select("account_id", day="stops_on", step=-pl.col("arr"))
    steps = pl.concat([ups, downs]).group_by("account_id", "day").agg(pl.col("step").sum()).sort("account_id", "day")
    # Rounded to millionths: what began and ended again leaves nothing behind.
    return steps.select("account_id", "day", worth=pl.col("step").cum_sum().over("account_id").round(6))


def _outcome_steps(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Each account begins at 1; a churn outcome leaves nothing, and nothing comes after it."""
    rows = outcomes.select(
        "account_id",
        day="occurred_on",
        step=pl.col("kind").replace_strict(_SHARES, default=0.0, return_dtype=pl.Float64),
        left=pl.col("kind") == "churn",
    ).sort("account_id", "day")
    left = pl.col("left").cum_max().over("account_id")
    worth = pl.when(left).then(0.0).otherwise(1.0 + pl.col("step").cum_sum().over("account_id")).clip(0.0)
    return (
        rows.with_columns(worth=worth).group_by("account_id", "day", maintain_order=True).agg(pl.col("worth").last())
    )

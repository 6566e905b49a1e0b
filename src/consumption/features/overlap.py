"""Overlap: which signals say the same as another one, by rank correlation over the accounts that know both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations_with_replacement

import numpy as np
import polars as pl
import polars.selectors as cs

LIMIT = 0.98
_NAMED = re.compile(r"feature_.*_364d$")
# Over fewer accounts, or with fewer that differ from the rest, two unlike signals may agree by chance.
FEWEST = 200
FEWEST_APART = 20

OVERLAPS = pl.Schema({
    "signal": pl.String(), "other": pl.String(), "correlation": pl.Float64(), "accounts": pl.Int64(),
})  # fmt: skip

# Pairs that are meant to be as close as they are, and why both stay.
REASONS: Mapping[frozenset[str], str] = {
    frozenset({"active_users_28d", "daily_active_users_28d"}): (
        "the people of four weeks and of a usual day part where few come daily, which is what stickiness tells"
    ),
    frozenset({"unpaid_amount", "unpaid_days"}): (
        "most accounts owe nothing; among those that do, how much and since when go their own ways"
    ),
    frozenset({"seat_utilisation_28d", "seat_utilisation_28d_percentile"}): (
        "a place among peers is the value itself where segments are alike, and its context where they are not"
    ),
    frozenset({"events_trend_28d", "events_trend_28d_percentile"}): (
        "a place among peers is the value itself where segments are alike, and its context where they are not"
    ),
    frozenset({"events_trend_28d", "events_trend_28d_against_segment"}): (
        "they part when a whole segment falls or rises, which is what the second is for"
    ),
    frozenset({"steps_missed", "steps_passed"}): (
        "what is not passed is missed once it is due: they part as long as accounts are young"
    ),
    frozenset({"days_to_exhaustion", "days_to_exhaustion_low"}): (
        "where weeks are alike the interval is narrow, and its ends say how sure the day is"
    ),
    frozenset({"days_to_exhaustion", "days_to_exhaustion_high"}): (
        "where weeks are alike the interval is narrow, and its ends say how sure the day is"
    ),
    frozenset({"days_to_exhaustion_high", "days_to_exhaustion_low"}): (
        "where weeks are alike the interval is narrow, and its ends say how sure the day is"
    ),
    frozenset({"pacing", "projected_utilisation"}): (
        "pace looks back over the period, projection ahead at the last four weeks: they part when use turns"
    ),
    frozenset({"quantity_28d", "run_hours_28d"}): (
        "where machines tell nothing but their hours; elsewhere quantities count other things too"
    ),
    frozenset({"level_utilisation", "reporting_asset_share"}): (
        "where contracts count the very machines that are installed; elsewhere seats and gauges are levels too"
    ),
    frozenset({"events_trend_28d_against_segment", "events_trend_28d_percentile"}): (
        "how far beyond its segment an account fell is told to people; how many fell less compares segments"
    ),
}


def overlaps(snapshots: Sequence[pl.DataFrame], limit: float = LIMIT) -> pl.DataFrame:
    """One row a pair of numeric signals whose ranks correlate by more than `limit`, up or down; the closest first.

    Columns: signal, other (later by name), correlation (Spearman, ties at their mean rank), accounts (distinct ones
    with both known). Rows of all snapshots are ranked together: give those in force, since accounts that did nothing
    agree on everything. Pairs known together for fewer than 200 accounts are left out, and signals that are the same
    for all but 20 rows.
    """
    rows = pl.concat(snapshots, how="diagonal_relaxed")
    pairs = [pair for ones, others in _together(rows) for pair in _close(rows, ones, others, limit)]
    found = pl.DataFrame(pairs, schema=OVERLAPS, orient="row")
    return found.sort(pl.col("correlation").abs(), "signal", "other", descending=[True, False, False])


def unexplained(
    snapshots: Sequence[pl.DataFrame],
    limit: float = LIMIT,
    reasons: Mapping[frozenset[str], str] = REASONS,
) -> pl.DataFrame:
    """The overlaps that no reason allows."""
    found = overlaps(snapshots, limit)
    pairs = found.select("signal", "other").rows()
    # Settings name the events of these; how many and how much are the same where each counts for one.
    named = [all(_NAMED.match(name) for name in pair) for pair in pairs]
    allowed = [own or frozenset(pair) in reasons for own, pair in zip(named, pairs, strict=True)]
    return found.filter(~pl.Series(allowed, dtype=pl.Boolean))


def _together(rows: pl.DataFrame) -> Iterator[tuple[list[str], list[str]]]:
    """Pairs of groups of signals, each group unknown for the same rows: their common rows are ranked once."""
    groups: dict[bytes, list[str]] = {}
    for name in sorted(rows.select(cs.numeric()).columns):
        groups.setdefault(rows[name].is_null().to_numpy().tobytes(), []).append(name)
    return combinations_with_replacement(groups.values(), 2)


def _close(
    rows: pl.DataFrame, ones: list[str], others: list[str], limit: float
) -> Iterator[tuple[str, str, float, int]]:
    both = rows.filter(pl.col(ones[0]).is_not_null(), pl.col(others[0]).is_not_null())
    accounts = both["account_id"].n_unique()
    if accounts < FEWEST:
        return
    first, second = (_standardised(both, names) for names in (ones, others))
    if first.is_empty() or second.is_empty():
        return
    correlations = first.to_numpy().T @ second.to_numpy()
    for i, j in np.argwhere(np.abs(correlations) > limit):
        signal, other = first.columns[i], second.columns[j]
        if signal < other or (ones is not others and signal != other):
            low, high = sorted((signal, other))
            yield low, high, float(correlations[i, j]), accounts


def _standardised(rows: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Ranks less their mean, of length 1; signals that hardly vary are left out."""
    commonest = rows.select(pl.col(name).unique_counts().max() for name in names).row(0)
    varied = [name for name, count in zip(names, commonest, strict=True) if rows.height - count > FEWEST_APART]
    ranks = rows.select(pl.col(varied).rank())
    apart = ranks.select(pl.all() - pl.all().mean())
    return apart.select(pl.all() / pl.all().pow(2).sum().sqrt())

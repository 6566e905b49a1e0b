"""The rows a model learns from: snapshots with what became of each account, split by time and purged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from consumption.errors import ConsumptionError
from consumption.features.rules import UsageRules
from consumption.features.signal import Signal
from consumption.features.signal_set import fingerprints
from consumption.models.horizon import Horizon, Split
from consumption.models.rows import scoring_rows

PARTS = ("train", "valid", "test")


class NoLabels(ConsumptionError):
    """No snapshot has a label window that is past."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            problem="no account has a label yet: every label window is still open",
            remedy="rank by the rule until the history is longer, or set labels.horizon_days in consumption.toml",
        )


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """What training reads.

    `rows`: a row an account and snapshot, ordered by as_of and account_id: account_id, as_of, what `rows.KNOWN`
    names, age_days, row_weight (1 / the account's overlapping label windows), y, outcome, part (train, valid, test,
    unused) and a column a signal. `left_out`: rows that are no training rows, counted by reason (in words).
    `directions`: the sign that business law gives a signal (1: more is good for the customer staying). `versions`:
    the data it was made from.
    """

    rows: pl.DataFrame
    signals: tuple[str, ...]
    horizon: Horizon
    as_of: datetime
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    directions: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)

    def part(self, name: str) -> pl.DataFrame:
        """The rows of one part."""
        return self.rows.filter(pl.col("part") == name)

    def accounts(self, outcome: str, part: str = "train") -> int:
        """Distinct accounts with this outcome in a part."""
        return self.part(part).filter(pl.col("outcome") == outcome)["account_id"].n_unique()


def build(
    snapshots: Sequence[pl.DataFrame],
    labels: Sequence[pl.DataFrame],
    populations: Sequence[pl.DataFrame],
    *,
    horizon: Horizon,
    signals: Sequence[Signal],
    as_of: datetime,
    rules: UsageRules | None = None,
    versions: Mapping[str, int] | None = None,
) -> TrainingSet:
    """Snapshots (SNAPSHOT), labels (LABELS) and populations (POPULATION) of the same dates, in the same order.

    Only accounts of the population count. Accounts that moved inside the lead, and those that had given notice, teach
    nothing that could still be acted on: they are left out, and counted apart. `rules`: the settings that signals
    were computed with, as part of their fingerprints; `versions`: of the lake's tables, for the record.
    """
    if not snapshots or not any(frame.height for frame in labels):
        raise NoLabels
    names = tuple(s.name for s in signals)
    dated = zip(snapshots, labels, populations, strict=True)
    joined = [_labelled(snapshot, known, people, names) for snapshot, known, people in dated]
    rows = pl.concat(joined, how="vertical_relaxed")
    kept = rows.filter(~pl.col("moved_in_lead") & ~pl.col("notice_given"))
    parted = with_parts(kept.sort("as_of", "account_id"), horizon.split)
    return TrainingSet(
        rows=with_row_weights(parted, horizon.days),
        signals=names,
        horizon=horizon,
        as_of=as_of,
        fingerprints=fingerprints(signals, rules),
        directions={s.name: s.direction for s in signals if s.direction},
        left_out=_left_out(rows),
        versions=dict(versions or {}),
    )


def with_parts(rows: pl.DataFrame, split: Split) -> pl.DataFrame:
    """Rows with the part that their snapshot belongs to."""
    parts = {date: split.part(date) for date in split.dates}
    return rows.with_columns(
        pl.col("as_of").replace_strict(parts, default="unused", return_dtype=pl.String).alias("part")
    )


def with_row_weights(rows: pl.DataFrame, horizon_days: int) -> pl.DataFrame:
    """Rows with `row_weight`: 1 / the label windows of the same account and part that overlap the row's own.

    Needs account_id, as_of and part. Windows all have the same length, so two overlap where their snapshots are
    less than that apart; a row's own window counts.
    """
    each = rows.select("account_id", "part", "as_of").with_row_index("row")
    pairs = each.join(each, on=["account_id", "part"], suffix="_other")
    apart = (pl.col("as_of") - pl.col("as_of_other")).abs()
    overlapping = (apart < pl.duration(days=horizon_days)).sum().alias("windows")
    counted = pairs.group_by("row").agg(overlapping).sort("row")
    return rows.with_columns((1.0 / counted["windows"]).alias("row_weight"))


def _labelled(
    snapshot: pl.DataFrame, labels: pl.DataFrame, population: pl.DataFrame, names: Sequence[str]
) -> pl.DataFrame:
    """Accounts of the population with their signals and their label."""
    missing = [pl.lit(None, dtype=pl.Float64).alias(n) for n in names if n not in snapshot.columns]
    rows = scoring_rows(snapshot.with_columns(missing).select("account_id", "as_of", *names), population)
    known = labels.select("account_id", "as_of", "window_end", "y", "outcome", "moved_in_lead")
    return rows.join(known, on=["account_id", "as_of"], how="inner")


def _left_out(rows: pl.DataFrame) -> dict[str, int]:
    """Rows that are no training rows, by reason."""
    return {
        "moved inside the lead": rows.filter("moved_in_lead").height,
        "had given notice": rows.filter(pl.col("notice_given") & ~pl.col("moved_in_lead")).height,
    }

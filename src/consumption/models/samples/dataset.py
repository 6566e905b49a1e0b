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
from consumption.models.leaks.leak import Leak
from consumption.models.leaks.own_actions import own_actions
from consumption.models.motion import Outcome
from consumption.models.rows import scoring_rows
from consumption.models.samples.horizon import Horizon
from consumption.models.samples.split import Split
from consumption.models.scored import LOST_ON

PARTS = ("train", "valid", "test")
# What a row counts whose account we did something for in the lead: it tells less of what happens by itself.
# Such rows are not left out. They may be most of the rows with a risk, and the rest would be the accounts at ease.
# Only the lead is asked, which every account here lives through. Of those that leave early in the window fewer are
# reached in it: weighed by that, they would count for too much, and every probability would be too high.
TREATED_WEIGHT = 0.25
# Signals of terms that were signed long before: they may tell as much as they can.
_TERMS = "renewal_near"


class NoLabels(ConsumptionError):
    """No snapshot has a label window that is past."""

    status = 409

    def __init__(self, why: str = "every label window is still open", when: datetime | None = None) -> None:
        until = f"until {when:%Y-%m-%d}, then train again" if when else "until the history is longer"
        super().__init__(
            problem=f"no account has a label yet: {why}",
            remedy=f"rank by the rule {until}: consumption run does so by itself; what is ranked by now goes on",
        )


@dataclass(frozen=True)
class Thresholds:
    """What counts as a move: `churn` leaves at most that share, the others move by at least theirs."""

    churn: float = 0.05
    contraction: float = 0.10
    expansion: float = 0.10

    def sizes(self, outcome: Outcome) -> tuple[float, float]:
        """The smallest and the largest that a move of this kind can be, as a share."""
        return (self.expansion, 2.0) if outcome == "expansion" else (self.contraction, 1.0 - self.churn)


USUAL_THRESHOLDS = Thresholds()


@dataclass(frozen=True, eq=False)
class Beside:
    """What is known of the rows beside snapshots, labels and populations.

    `losses`: account_id, lost_on, a row a loss, so that evaluation can tell how long ahead it was seen. `served`:
    account_id, timestamp, a row a thing that we set out to do for an account. `thresholds`: what labels took for a
    move. `trusted`: signals and columns that settings let through knowingly (see `leaks`). `source`: what told
    outcomes.
    """

    losses: pl.DataFrame | None = None
    served: pl.DataFrame | None = None
    thresholds: Thresholds = USUAL_THRESHOLDS
    trusted: tuple[str, ...] = ()
    source: str = "contracts"


NOTHING_BESIDE = Beside()


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """What training reads.

    `rows`: a row an account and snapshot, ordered by as_of and account_id: account_id, as_of, what `rows.KNOWN`
    names, age_days, row_weight (1 / the account's overlapping label windows, less where it is `treated`), y, outcome,
    lost_on, treated (we did something for the account in the lead), part (train, valid, test, unused) and a
    column a signal. `signals`: those that models learn from; what we did ourselves is none of them. `left_out`: rows
    that are no training rows, counted by reason (in words). `directions`: the sign that business law gives a signal
    (1: more is good for the customer staying). `terms`: signals of terms signed before. `versions`: the data it was
    made from. `leaks`: what the history told of leaks, `trusted` ones among them. `source`: what told outcomes.
    """

    rows: pl.DataFrame
    signals: tuple[str, ...]
    horizon: Horizon
    as_of: datetime
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    directions: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)
    thresholds: Thresholds = USUAL_THRESHOLDS
    terms: frozenset[str] = frozenset()
    trusted: tuple[str, ...] = ()
    leaks: tuple[Leak, ...] = ()
    source: str = "contracts"

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
    beside: Beside = NOTHING_BESIDE,
) -> TrainingSet:
    """Snapshots (SNAPSHOT), labels (LABELS) and populations (POPULATION) of the same dates, in the same order.

    Only accounts of the population count. Accounts that moved inside the lead, and those that had given notice, teach
    nothing that could still be acted on: they are left out, and counted apart. `rules`: the settings that signals
    were computed with, as part of their fingerprints; `versions`: of the lake's tables, for the record. The horizon
    comes out with the accounts that its rows really have.
    """
    if not snapshots or not any(frame.height for frame in labels):
        raise NoLabels
    ours = {name for name in own_actions(signals) if name not in beside.trusted}
    names = tuple(s.name for s in signals if s.name not in ours)
    dated = zip(snapshots, labels, populations, strict=True)
    joined = [labelled(snapshot, known, people, names) for snapshot, known, people in dated]
    rows = pl.concat(joined, how="vertical_relaxed")
    kept = rows.filter(~pl.col("moved_in_lead") & ~pl.col("notice_given"))
    parted = with_parts(with_losses(kept, beside.losses).sort("as_of", "account_id"), horizon.split)
    weighed = with_treated(with_row_weights(parted, horizon.days), beside.served, horizon.windows.lead)
    lost = weighed.filter(pl.col("part") == "train", pl.col("outcome") == "churn")["account_id"].n_unique()
    return TrainingSet(
        rows=weighed,
        signals=names,
        horizon=horizon.counted(lost),
        as_of=as_of,
        fingerprints=fingerprints(signals, rules),
        directions={s.name: s.direction for s in signals if s.direction},
        left_out=_left_out(rows),
        versions=dict(versions or {}),
        thresholds=beside.thresholds,
        terms=frozenset(s.name for s in signals if s.driver == _TERMS),
        trusted=beside.trusted,
        source=beside.source,
    )


def with_parts(rows: pl.DataFrame, split: Split) -> pl.DataFrame:
    """Rows with the part that their snapshot belongs to."""
    parts = {date: split.part(date) for date in split.dates}
    return rows.with_columns(
        pl.col("as_of").replace_strict(parts, default="unused", return_dtype=pl.String).alias("part")
    )


def with_losses(rows: pl.DataFrame, losses: pl.DataFrame | None) -> pl.DataFrame:
    """Rows with `lost_on`: the day in its label window on which an account that left was lost; null if not known."""
    if losses is None:
        return rows.with_columns(pl.lit(None, dtype=pl.Date).alias(LOST_ON))
    days = losses.select("account_id", pl.col(LOST_ON).cast(pl.Date)).sort(LOST_ON)
    dated = rows.with_columns(pl.col("as_of").dt.date().alias("_day")).sort("_day")
    found = dated.join_asof(
        days, left_on="_day", right_on=LOST_ON, by="account_id", strategy="forward", check_sortedness=False
    )
    within = (pl.col("outcome") == "churn") & (pl.col(LOST_ON) <= pl.col("window_end").dt.date())
    return found.with_columns(pl.when(within).then(LOST_ON).alias(LOST_ON)).drop("_day")


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


def with_treated(rows: pl.DataFrame, served: pl.DataFrame | None, lead_days: int) -> pl.DataFrame:
    """Rows with `treated`, and less weight where it is true; each part keeps the weight that it had.

    Treated: a row of `served` (account_id, timestamp) falls within the lead, from the snapshot to its label window.
    """
    if served is None or served.is_empty():
        return rows.with_columns(treated=pl.lit(value=False))
    times = served.select("account_id", pl.col("timestamp").alias("_served")).sort("_served")
    dated = rows.with_row_index("_row").sort("as_of")
    found = dated.join_asof(
        times, left_on="as_of", right_on="_served", by="account_id", strategy="forward", check_sortedness=False
    ).sort("_row")
    treated = (pl.col("_served") < pl.col("as_of") + pl.duration(days=lead_days)).fill_null(value=False)
    less = pl.col("row_weight") * pl.when("treated").then(TREATED_WEIGHT).otherwise(1.0)
    whole = pl.col("row_weight").sum().over("part") / less.sum().over("part")
    return found.with_columns(treated=treated).with_columns(row_weight=less * whole).drop("_row", "_served")


def labelled(
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

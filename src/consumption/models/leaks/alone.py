"""What one signal tells by itself: too much, or too late."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import rankdata

from consumption.models.leaks.leak import LATE_ALARM, TOO_GOOD, Kind, Leak
from consumption.models.motion import MOVES, Motion
from consumption.models.rows import Floats
from consumption.models.scored import LOST_ON

TOO_GOOD_AUC = 0.90
LATE_JUMP = 0.10
NEAR_DAYS = 21
# An AUC of fewer accounts says little; more rows than this say no more.
FEWEST = 10
MOST_ROWS = 5_000
# The jump has to be beyond doubt, for one signal of a hundred and more.
_DOUBTS = 2.0


@dataclass(frozen=True)
class Told:
    """How well one signal tells positives from negatives: the AUC, whichever way it points, and its error."""

    auc: float
    error: float


def telling(motion: Motion, rows: pl.DataFrame, signals: Sequence[str], *, known: Collection[str] = ()) -> list[Leak]:
    """Leaks 2 and 3 among training rows (`dataset.TrainingSet`, the part `train`).

    `known`: signals of terms that were signed long before, such as the day a contract ends; they may tell as much as
    they can.
    """
    names = [name for name in signals if name not in known]
    lost = pl.col("outcome") == "churn"
    found = _too_good(rows, lost, names, "who leaves")
    moved = rows.filter(~lost)
    what = "who shrinks" if MOVES[motion] == "contraction" else "who grows"
    found += _too_good(moved, pl.col("outcome") == MOVES[motion], names, what)
    return [*found, *_late(rows, names)]


def auc(values: pl.Series, happened: Floats, accounts: pl.Series | None = None) -> Told:
    """The AUC of a signal alone; the unknown count as lowest or highest, whichever tells more.

    A word counts as the rate of its value in the other half of the `accounts` (of the rows, without them).
    """
    if values.dtype == pl.String:
        half = accounts.rank("dense") if accounts is not None else pl.Series(np.arange(len(values)))
        values = _rates(values, happened, half % 2)
    numbers = values.cast(pl.Float64).to_numpy()
    sides = [np.where(np.isnan(numbers), side, numbers) for side in (-np.inf, np.inf)]
    best = max((_auc(side, happened) for side in sides), key=lambda found: abs(found - 0.5))
    told = max(best, 1.0 - best)
    positives, negatives = float(happened.sum()), float((1.0 - happened).sum())
    return Told(told, _error(told, positives, negatives))


def _too_good(rows: pl.DataFrame, happened: pl.Expr, names: Sequence[str], what: str) -> list[Leak]:
    sample = _sample(rows, happened)
    if _accounts(sample, positive=True) < FEWEST or _accounts(sample, positive=False) < FEWEST:
        return []
    truth = sample["_happened"].to_numpy()
    found = {name: auc(sample[name], truth, sample["account_id"]).auc for name in names}
    return list(_leaks(TOO_GOOD, {n: v for n, v in found.items() if v > TOO_GOOD_AUC}, f"alone it tells {what} with"))


def _late(rows: pl.DataFrame, names: Sequence[str]) -> Iterator[Leak]:
    """Losses under 21 days away against later ones, both against accounts that were not lost."""
    lost, dated = pl.col("outcome") == "churn", pl.col(LOST_ON).is_not_null()
    rows = rows.filter(~lost | dated)
    near = (pl.col(LOST_ON) - pl.col("as_of").dt.date()) < pl.duration(days=NEAR_DAYS)
    parts = [_sample(rows.filter(~lost | side), lost) for side in (near, ~near)]
    if min(_accounts(part, positive=True) for part in parts) < FEWEST:
        return
    truths = [part["_happened"].to_numpy() for part in parts]
    jumps = {}
    for name in names:
        soon, later = (auc(part[name], truth, part["account_id"]) for part, truth in zip(parts, truths, strict=True))
        doubt = _DOUBTS * float(np.hypot(soon.error, later.error))
        if soon.auc - later.auc - doubt > LATE_JUMP:
            jumps[name] = soon.auc
    yield from _leaks(LATE_ALARM, jumps, f"alone it tells losses under {NEAR_DAYS} days away, and few before, with")


def _leaks(kind: Kind, found: dict[str, float], what: str) -> Iterator[Leak]:
    for name, value in sorted(found.items(), key=lambda pair: (-pair[1], pair[0])):
        yield Leak(kind, (name,), f"{what} an AUC of {value:.2f}")


def _sample(rows: pl.DataFrame, happened: pl.Expr) -> pl.DataFrame:
    """At most 5,000 rows of each kind, evenly over time: the same each time."""
    marked = rows.with_columns(happened.cast(pl.Float64).alias("_happened"))
    return pl.concat([_thinned(marked.filter(pl.col("_happened") == value)) for value in (1.0, 0.0)])


def _thinned(rows: pl.DataFrame) -> pl.DataFrame:
    if rows.height <= MOST_ROWS:
        return rows
    evenly = np.linspace(0, rows.height - 1, MOST_ROWS).astype(np.int64)
    return rows.select(pl.all().gather(pl.Series(evenly)))


def _accounts(sample: pl.DataFrame, *, positive: bool) -> int:
    return sample.filter(pl.col("_happened") == float(positive))["account_id"].n_unique()


def _auc(values: Floats, happened: Floats) -> float:
    positives = happened == 1.0
    count = float(positives.sum())
    ranks = rankdata(values)
    return float((ranks[positives].sum() - count * (count + 1) / 2) / (count * (len(values) - count)))


def _error(value: float, positives: float, negatives: float) -> float:
    """The standard error of an AUC (Hanley and McNeil, 1982)."""
    both = value / (2 - value) - value**2
    above = 2 * value**2 / (1 + value) - value**2
    variance = value * (1 - value) + (positives - 1) * both + (negatives - 1) * above
    return float(np.sqrt(max(variance, 0.0) / (positives * negatives)))


def _rates(values: pl.Series, happened: Floats, half: pl.Series) -> pl.Series:
    """How often it happened to rows of the same word in the other half, half a row of each kind beforehand."""
    frame = pl.DataFrame({"word": values, "happened": happened, "half": half.cast(pl.Int64)})
    rates = frame.group_by("word", (1 - pl.col("half")).alias("half")).agg(
        rate=(pl.col("happened").sum() + 0.5) / (pl.len() + 1.0)
    )
    return frame.join(rates, on=["word", "half"], how="left", maintain_order="left")["rate"]

"""How good a ranking is, each figure with an interval by account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from consumption.models.encoding import Matrix
from consumption.models.judging.bootstrap import Drawn, account_draws, clusters, interval
from consumption.models.judging.leads import first_seen
from consumption.models.judging.lengths import list_length
from consumption.models.rows import Floats

BINS, DRAWS = 10, 200
_TINY = 1e-12
USUAL_CAPACITY = 8  # accounts a rep takes on in a week, where nothing is known of hours

Metric = Callable[["Ordered", Drawn], Floats]


@dataclass(frozen=True)
class Figure:
    """A value with the 95 % interval of a bootstrap by account; NaN where it cannot be told."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Ordered:
    """Scored rows as arrays, with their places: what every metric reads.

    `place` and `ideal_place` are places within the list (snapshot and owner) by value and by dollars, from 1;
    `length` is how many of that list a week holds; `bins` the tenth of all rows by probability. `lost`: dollars of a
    loss, on its first row; `early`: the same, if any of its rows was listed EARLY_DAYS ahead.
    """

    probability: Floats
    happened: Floats
    dollars: Floats
    value: Floats
    place: Floats
    ideal_place: Floats
    length: Floats
    bins: np.ndarray[tuple[int], np.dtype[np.intp]]
    lost: Floats
    early: Floats


def evaluate(rows: pl.DataFrame, *, k: int = USUAL_CAPACITY, draws: int = DRAWS, seed: int = 0) -> dict[str, Figure]:
    """Every metric on scored rows (see `scored.score`); empty for no rows.

    `k`: accounts a rep can take on in a week. Intervals resample accounts; the lists stay as they are.
    """
    if rows.is_empty():
        return {}
    ordered = order(rows, k)
    codes, accounts = clusters(rows["account_id"].to_numpy().astype(object))
    seen = measured(ordered, Drawn.once(rows.height))
    drawn = [measured(ordered, Drawn(counts, codes)) for counts in account_draws(accounts, draws, seed)]
    return {
        name: Figure(float(value[0]), *interval(np.concatenate([np.empty(0), *(block[name] for block in drawn)])))
        for name, value in seen.items()
    }


def measured(rows: Ordered, weights: Drawn) -> dict[str, Floats]:
    """Every metric, an element a draw."""
    steps = _steps(rows, weights)
    return {
        **{name: metric(rows, weights) for name, metric in METRICS.items()},
        "roc_auc": steps.roc_auc,
        "pr_auc": steps.pr_auc,
    }


def order(scored: pl.DataFrame, k: int) -> Ordered:
    """Scored rows with their places; ties go by account_id."""
    listed = places(scored, k)
    lost, early = first_seen(scored, listed)
    probability = scored["probability"].to_numpy()
    rank = scored.select(pl.col("probability").rank("ordinal") - 1).to_series().to_numpy()
    return Ordered(
        probability=probability,
        happened=scored["happened"].to_numpy(),
        dollars=scored["dollars"].to_numpy(),
        value=scored["value"].to_numpy(),
        place=listed["place"].to_numpy(),
        ideal_place=listed["ideal_place"].to_numpy(),
        length=listed["length"].to_numpy(),
        bins=np.asarray(rank * BINS // max(1, scored.height), dtype=np.intp),
        lost=lost,
        early=early,
    )


def places(scored: pl.DataFrame, k: int) -> pl.DataFrame:
    """place, ideal_place and length, a row a scored row, in the order of `scored`."""
    group = ["as_of", "owner"]
    numbered = scored.with_row_index("row").sort("account_id")
    return (
        numbered.with_columns(
            place=pl.col("value").rank("ordinal", descending=True).over(group).cast(pl.Float64),
            ideal_place=pl.col("dollars").rank("ordinal", descending=True).over(group).cast(pl.Float64),
            length=list_length(k, group),
        )
        .sort("row")
        .select("place", "ideal_place", "length")
    )


def captured_at_k(rows: Ordered, weights: Drawn) -> Floats:
    """Dollars on the lists, of the dollars on the best lists there could have been."""
    return _share(weights @ _on_list(rows.dollars, rows.place, rows), weights @ _ideal(rows))


def precision_at_k(rows: Ordered, weights: Drawn) -> Floats:
    """Accounts on the lists to which it happened, of those on the lists."""
    on_list = _on_list(np.ones_like(rows.place), rows.place, rows)
    return _share(weights @ (on_list * rows.happened), weights @ on_list)


def ndcg_at_k(rows: Ordered, weights: Drawn) -> Floats:
    """Dollars discounted by their place on the list, of the best order's."""
    gain = _on_list(rows.dollars, rows.place, rows) / np.log2(rows.place + 1.0)
    return _share(weights @ gain, weights @ (_ideal(rows) / np.log2(rows.ideal_place + 1.0)))


def lift_top_tenth(rows: Ordered, weights: Drawn) -> Floats:
    """How much more often it happened in the tenth of highest probability than in all."""
    top = (rows.bins == BINS - 1).astype(np.float64)
    return _share(
        _share(weights @ (top * rows.happened), weights @ top),
        _share(weights @ rows.happened, weights.total),
    )


def revenue_lift_top_tenth(rows: Ordered, weights: Drawn) -> Floats:
    """Dollars in the tenth of highest value, against a tenth of all dollars."""
    cut = np.quantile(rows.value, 1.0 - 1.0 / BINS)
    top = (rows.value > cut).astype(np.float64)
    return _share(
        _share(weights @ (top * rows.dollars), weights @ top),
        _share(weights @ rows.dollars, weights.total),
    )


def early_at_k(rows: Ordered, weights: Drawn) -> Floats:
    """Dollars lost with accounts that a list held at least 30 days before, of the dollars lost."""
    return _share(weights @ rows.early, weights @ rows.lost)


def log_loss(rows: Ordered, weights: Drawn) -> Floats:
    """Mean log loss of the probability."""
    return _share(weights @ row_log_loss(rows.probability, rows.happened), weights.total)


def brier(rows: Ordered, weights: Drawn) -> Floats:
    """Mean squared error of the probability."""
    return _share(weights @ np.square(rows.probability - rows.happened), weights.total)


def ece(rows: Ordered, weights: Drawn) -> Floats:
    """Expected calibration error: distance of said from seen, over tenths of the rows by probability."""
    off = weights.by_bin(rows.probability - rows.happened, rows.bins, BINS)
    return _share(np.abs(off).sum(axis=1), weights.total)


METRICS: Mapping[str, Metric] = {
    "captured_at_k": captured_at_k,
    "precision_at_k": precision_at_k,
    "ndcg_at_k": ndcg_at_k,
    "lift_top_tenth": lift_top_tenth,
    "revenue_lift_top_tenth": revenue_lift_top_tenth,
    "early_at_k": early_at_k,
    "log_loss": log_loss,
    "brier": brier,
    "ece": ece,
}


def row_log_loss(probability: Floats, happened: Floats) -> Floats:
    """The log loss of each row."""
    said = np.clip(probability, _TINY, 1.0 - _TINY)
    return -(happened * np.log(said) + (1.0 - happened) * np.log1p(-said))


def captured(rows: Ordered) -> Floats:
    """The dollars of each row that its list holds; 0 for a row that is not on it."""
    return _on_list(rows.dollars, rows.place, rows)


def _ideal(rows: Ordered) -> Floats:
    return _on_list(rows.dollars, rows.ideal_place, rows)


def _on_list(values: Floats, place: Floats, rows: Ordered) -> Floats:
    return np.where(place <= rows.length, values, 0.0)


@dataclass(frozen=True, eq=False)
class _Steps:
    """Probabilities at which something happened, highest first: a row a draw and a column a probability.

    `found`: what happened at it; `so_far`: at or above it; `above` and `missed`: what did not happen above it, and at
    or above it. Nothing turns between two of them. `all_found`, `all_missed`: an element a draw.
    """

    found: Matrix
    so_far: Matrix
    above: Matrix
    missed: Matrix
    all_found: Floats
    all_missed: Floats

    @property
    def roc_auc(self) -> Floats:
        """Chance that an account to which it happened had the higher probability; ties count half."""
        below = self.all_missed[:, None] - (self.missed + self.above) / 2.0
        return _share((self.found * below).sum(axis=1), self.all_found * self.all_missed)

    @property
    def pr_auc(self) -> Floats:
        """Average precision."""
        listed = np.maximum(self.so_far + self.missed, _TINY)
        return _share((self.found * self.so_far / listed).sum(axis=1), self.all_found)


def _steps(rows: Ordered, weights: Drawn) -> _Steps:
    by_probability = np.argsort(-rows.probability, kind="stable")
    said, came = rows.probability[by_probability], rows.happened[by_probability] > 0.0
    steps = np.unique(-said[came])  # rising, so the highest probability first
    first, end = (np.searchsorted(-said, steps, side) for side in ("left", "right"))
    nothing = np.zeros((len(weights.counts), 1))
    rows_so_far = np.hstack([nothing, np.cumsum(weights.times(by_probability), axis=1)])
    found_so_far = np.hstack([nothing, np.cumsum(weights.times(by_probability[came]), axis=1)])
    happened = np.append(0, np.cumsum(came))  # before each place
    so_far, before = found_so_far[:, happened[end]], found_so_far[:, happened[first]]
    above, missed = rows_so_far[:, first] - before, rows_so_far[:, end] - so_far
    all_found = found_so_far[:, -1]
    return _Steps(so_far - before, so_far, above, missed, all_found, rows_so_far[:, -1] - all_found)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)

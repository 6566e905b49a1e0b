"""What was decided in the past, and what people did with it, as rows of the decisions and responses tables."""

from __future__ import annotations

import numpy as np
import polars as pl

from consumption.tables import TIMESTAMP
from consumption.world.arrays import Ints
from consumption.world.effects import ACTIONS
from consumption.world.history import Past
from consumption.world.truth import account_ids

_PLAN_HOUR = 5 * 3_600
_REASONS = ("wrong time", "customer said no", "wrong contact", "already in hand", "not mine")


def decisions(past: Past) -> pl.DataFrame:
    """One row a decision before today; propensities as JSON where policy chose, null where a rep did."""
    rows, chosen = _before_today(past), past.chosen
    by_policy = ~np.isnan(chosen.chance[rows])
    chances = pl.DataFrame({a: chosen.chances[rows, i] for i, a in enumerate(ACTIONS)}).fill_nan(None)
    hour = np.where(by_policy, _PLAN_HOUR, 3_600 * 10)
    return pl.DataFrame(
        {
            "decision_id": _decision_ids(rows),
            "account_id": account_ids(past.traits.number).gather(chosen.account[rows]),
            "timestamp": pl.Series((chosen.day[rows] * 86_400 + hour) * 1_000_000).cast(TIMESTAMP),
            "action": pl.Series(ACTIONS).gather(chosen.action[rows]),
            "propensity": pl.Series(chosen.chance[rows]).fill_nan(None),
            "propensities": _as_json(chances, pl.Series(by_policy)),
            "decided_by": pl.Series(["rep", "policy"]).gather(by_policy.astype(np.uint32)),
        }
    )


def responses(past: Past, owners: list[str], rng: np.random.Generator) -> pl.DataFrame:
    """One row a response before today: completed what was carried out; the rest dismissed, snoozed or unanswered."""
    rows, chosen = _before_today(past), past.chosen
    rows_id = _decision_ids(rows)
    acted = np.flatnonzero((chosen.action[rows] > 0) & ~np.isnan(chosen.chance[rows]))
    n = len(acted)
    drawn = rng.random(n)
    done = chosen.carried_out[rows[acted]]
    response = np.where(done, "completed", np.where(drawn < 0.55, "dismissed", np.where(drawn < 0.85, "snoozed", "")))
    moment = (chosen.day[rows[acted]] + rng.integers(0, 6, n)) * 86_400 + rng.integers(28_800, 61_200, n)
    reasons = pl.Series(_REASONS).gather(rng.integers(0, len(_REASONS), n))
    frame = pl.DataFrame(
        {
            "decision_id": rows_id.gather(acted),
            "timestamp": pl.Series(moment * 1_000_000).cast(TIMESTAMP),
            "response": pl.Series(response.astype(object), dtype=pl.String),
            "reason": reasons,
            "actor": pl.Series(owners).gather(chosen.account[rows[acted]]),
            "second": moment,
        }
    )
    frame = frame.filter((pl.col("response") != "") & (pl.col("second") < past.today * 86_400))
    answered = pl.when(pl.col("response") != "completed")
    return frame.select(
        response_id="R" + pl.col("decision_id").str.slice(1),
        decision_id="decision_id",
        timestamp="timestamp",
        response="response",
        reason=answered.then("reason"),
        actor="actor",
    )


def _before_today(past: Past) -> Ints:
    return np.flatnonzero(past.chosen.day < past.today)


def _decision_ids(rows: Ints) -> pl.Series:
    return "D" + pl.Series("decision_id", rows + 100_001).cast(pl.String)


def _as_json(chances: pl.DataFrame, by_policy: pl.Series) -> pl.Series:
    """A JSON object a row, actions that were out of the question left out."""
    pairs = [
        pl.when(pl.col(a) > 0).then(pl.format('"{}":{}', pl.lit(a), pl.col(a).round(9))) for a in chances.columns
    ]
    joined = chances.select(
        ("{" + pl.concat_str(pairs, separator=",", ignore_nulls=True) + "}").alias("propensities")
    )
    return joined.select(pl.when(by_policy).then("propensities").alias("propensities")).to_series()

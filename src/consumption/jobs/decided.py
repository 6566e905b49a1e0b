"""Logged decisions as rows to learn from: who was likely to get what, by what nobody knew yet."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import polars as pl

from consumption.actions.holdout import HOLDOUT, TREATED
from consumption.actions.terms import NONE
from consumption.models.belief import Floats

_SURE = 1e-9


@dataclass(frozen=True)
class Decided:
    """Decisions that say something about an action.

    `rows`: account_id, timestamp, taken (a place in `actions`, -1 for none), and `place`, a row's place in `chances`
    (rows, actions): NaN where a rep chose by himself.
    """

    rows: pl.DataFrame
    chances: Floats
    actions: tuple[str, ...]


def decided(decisions: pl.DataFrame, held_out: float) -> Decided:
    """The decisions of a log that left something to chance, and those of reps; `held_out`: the share that is.

    A row counts while nothing tells which arm its account is in: up to the first time that it was chosen, and served
    or not. After that the arm is known, and no chance: an account that is served has its share of the plans alone,
    and one that is held out nothing to learn from. What is mandatory was never left to chance.
    """
    rows = _with_arms(decisions, held_out).sort("timestamp", "decision_id")
    own, said = (rows["decided_by"] == "rep").fill_null(value=False).to_numpy(), rows["propensities"].to_list()
    logged = [{} if text is None else _read(text) for text in said]
    own |= np.array([text is None for text in said], dtype=bool)
    named = {action for chance in logged for action in chance} | set(rows["action"])
    actions = tuple(sorted(named - {NONE}))
    taken = rows["action"].replace_strict(list(actions), range(len(actions)), default=-1, return_dtype=pl.Int64)
    chances = np.array([[chance.get(a, 0.0) for a in actions] for chance in logged], dtype=np.float64)
    chances = np.minimum(chances.reshape(len(rows), len(actions)) * rows["factor"].to_numpy()[:, None], 1.0)
    kept = np.where(own, taken.to_numpy() >= 0, _by_chance(chances, taken.to_numpy()))
    chances[own] = np.nan
    found = rows.select("account_id", "timestamp", taken=taken).filter(pl.Series(kept.astype(bool)))
    return Decided(found.with_row_index("place"), chances[kept.astype(bool)], actions)


def _with_arms(decisions: pl.DataFrame, held_out: float) -> pl.DataFrame:
    """Without what was mandatory and what a known arm leaves nothing to learn of; `factor`: of the logged chances."""
    said = pl.col("attributes").str.json_path_match
    rows = decisions.with_columns(arm=said("$.arm"), mandatory=said("$.mandatory") == "true")
    rows = rows.filter(~pl.col("mandatory").fill_null(value=False))
    chosen = (pl.coalesce("would_be", "action") != NONE) & (pl.col("decided_by") == "policy")
    told = chosen & pl.col("arm").is_in([HOLDOUT, TREATED])
    known = pl.col("timestamp") > pl.col("timestamp").filter(told).min().over("account_id")
    after = known.fill_null(value=False)
    served = after & (pl.col("arm") == TREATED).fill_null(value=False)
    factor = pl.when(served).then(1.0 / (1.0 - held_out)).otherwise(1.0)
    return rows.with_columns(factor=factor).filter(~(after & (pl.col("arm") == HOLDOUT).fill_null(value=False)))


def _read(text: str) -> dict[str, float]:
    """The chances that a row logs; none where it is no such object: such a row tells nothing."""
    try:
        values = json.loads(text)
    except ValueError:
        return {}
    numbers = values.items() if isinstance(values, dict) else ()
    return {action: float(value) for action, value in numbers if isinstance(value, int | float) and action != NONE}


def _by_chance(
    chances: Floats, taken: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows in which something else could have been done: what was done had a chance, and was not certain."""
    if not chances.shape[1]:
        return np.zeros(len(taken), dtype=bool)
    own = chances[np.arange(len(taken)), np.maximum(taken, 0)]
    possible = np.where(taken >= 0, (own > _SURE) & (own < 1 - _SURE), True)
    return np.asarray(possible & (chances.max(axis=1) > _SURE), dtype=np.bool_)

"""Logged decisions as rows to learn from: who was likely to get what, by what nobody knew yet."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import polars as pl

from consumption.actions.acceptance import REP, in_own_words
from consumption.actions.holdout import HOLDOUT, TREATED
from consumption.actions.terms import NONE
from consumption.models.increments.belief import Floats

AGAIN = 0.1
"""The share of a plan's accounts that may come up again in its quarter for the plan to count as the only one."""

_SURE = 1e-9
_ENTRY = ["account_id", "quarter"]


@dataclass(frozen=True)
class Decided:
    """Decisions that say something about an action, one at most of an account and calendar quarter.

    `rows`: account_id, timestamp, taken (a place in `actions`, -1 for none), and `place`, a row's place in `chances`
    (rows, actions): NaN where a rep chose by himself.
    """

    rows: pl.DataFrame
    chances: Floats
    actions: tuple[str, ...]


def decided(decisions: pl.DataFrame, held_out: float) -> Decided:
    """The decisions of a log that left something to chance, and those of reps: an account enters once a quarter.

    Where a quarter has one plan, every row enters with its logged chances. Where accounts come up again and again,
    one enters when a plan first selects it: which action it gets, and whether that is withheld, is then chance alone.
    That others were not selected is no outcome of one draw, so they do not enter; see docs/effects.md. What was
    mandatory was never left to chance. A rep's choice enters where no plan's does, if the catalogue has it: words are
    no action. `held_out`: the chance of being held out where a row does not say its own.
    """
    rows = _entries(_left_open(decisions, held_out))
    logged = _read(rows["propensities"])
    actions = tuple(sorted({action for chance in logged for action in chance} | set(rows["action"]) - {NONE}))
    taken, asked = (rows[name].replace_strict(
        list(actions), range(len(actions)), default=-1, return_dtype=pl.Int64
    ).to_numpy() for name in ("action", "selected"))  # fmt: skip
    chances = np.array([[chance.get(a, 0.0) for a in actions] for chance in logged], dtype=np.float64)
    chances = chances.reshape(len(rows), len(actions))
    own, several = rows["own"].to_numpy(), rows["several"].to_numpy()
    told = np.where(own, taken >= 0, _by_chance(chances, asked))
    chances[several] = _once_selected(chances[several], rows["served"].to_numpy()[several])
    told &= own | _by_chance(chances, taken)
    chances[own] = np.nan
    found = rows.select("account_id", "timestamp", taken=pl.Series(taken)).filter(pl.Series(told))
    return Decided(found.with_row_index("place"), chances[told], actions)


def _left_open(decisions: pl.DataFrame, held_out: float) -> pl.DataFrame:
    """Without what was mandatory, what is told in words, and accounts that a plan gave no chance of any action.

    `own`: a rep's; `selected`: what a plan chose, withheld or not; `served`: the chance of not being held out.
    """
    said = pl.col("attributes").str.json_path_match
    own = (pl.col("decided_by") == REP).fill_null(value=False) | pl.col("propensities").is_null()
    usual = pl.when(said("$.arm").is_in([HOLDOUT, TREATED])).then(1.0 - held_out).otherwise(1.0)
    mandatory = (said("$.mandatory") == "true").fill_null(value=False)
    rows = decisions.filter(~mandatory & ~in_own_words()).with_columns(
        own=own,
        selected=pl.coalesce("would_be", "action"),
        served=said("$.served_chance").cast(pl.Float64, strict=False).fill_null(usual),
        quarter=pl.col("timestamp").dt.truncate("1q"),
        day=pl.col("timestamp").dt.date(),
    )
    nothing = pl.col("propensities").str.json_path_match("$.none").cast(pl.Float64, strict=False)
    return rows.filter(pl.col("own") | (nothing.fill_null(0.0) < 1 - _SURE))


def _entries(rows: pl.DataFrame) -> pl.DataFrame:
    """The row with which each account enters each quarter; `several`: other plans of the quarter could select it."""
    plans = rows.filter(~pl.col("own")).with_columns(again=pl.col("day").n_unique().over(_ENTRY) > 1)
    plans = plans.with_columns(several=pl.col("again").mean().over("quarter", "day") > AGAIN).drop("again")
    first = _first(plans.filter(~pl.col("several") | (pl.col("selected") != NONE)))
    chosen = rows.filter(pl.col("own") & (pl.col("action") != NONE)).with_columns(several=pl.lit(value=False))
    others = _first(chosen).join(first, on=_ENTRY, how="anti")
    return pl.concat([first, others]).sort("timestamp", "decision_id")


def _first(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort("timestamp", "decision_id").unique(_ENTRY, keep="first", maintain_order=True)


def _once_selected(chances: Floats, served: Floats) -> Floats:
    """The chance of each action, given that one of them was selected: its share, if the account is not held out."""
    total = chances.sum(axis=1)
    share = np.divide(served, total, out=np.zeros_like(total), where=total > _SURE)
    return np.asarray(chances * share[:, None])


def _read(texts: pl.Series) -> list[dict[str, float]]:
    """The chances that each row logs, each text read once; none where it is no such object: it tells nothing."""
    known = {text: _chances(text) for text in texts.drop_nulls().unique()}
    return [{} if text is None else known[text] for text in texts]


def _chances(text: str) -> dict[str, float]:
    try:
        values = json.loads(text)
    except ValueError:
        return {}
    numbers = values.items() if isinstance(values, dict) else ()
    return {action: float(value) for action, value in numbers if isinstance(value, int | float) and action != NONE}


def _by_chance(
    chances: Floats, taken: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows in which something else could have been done: what was done had a chance, and was not certain.

    `taken`: -1 for none, whose chance is what the others leave.
    """
    if not chances.shape[1]:
        return np.zeros(len(taken), dtype=bool)
    own = np.where(taken >= 0, chances[np.arange(len(taken)), np.maximum(taken, 0)], 1 - chances.sum(axis=1))
    return np.asarray((own > _SURE) & (own < 1 - _SURE), dtype=np.bool_)

"""Who may get which action today: conditions, and those who must not be contacted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import attrgetter

import numpy as np
import polars as pl

from consumption.actions.catalogue import Action, Catalogue
from consumption.actions.facts import VENDORS
from consumption.actions.grid import Flags, Grid

PAIRS = {"account_id": pl.String, "action": pl.String}


def eligible(catalogue: Catalogue, facts: pl.DataFrame, *, on: date | None = None) -> pl.DataFrame:
    """A row an account and action, laid out as `grid.Grid`: account_id, action, eligible, why (null where eligible).

    Accounts come as in `facts`, actions by their ids.

    `facts`: a row an account with all that conditions name. What is unknown counts as not eligible. After notice
    only mandatory actions are open. Nobody who asked not to be contacted, or is in a legal dispute, gets any.
    `on`: the day of the plan; what a vendor sponsored until then is over.
    """
    if not catalogue.actions:
        return pl.DataFrame(schema={**PAIRS, "eligible": pl.Boolean, "why": pl.String})
    asked = _asked(catalogue, on)
    missing = [pl.lit(None, _TYPES[name]).alias(name) for name in asked.names if name not in facts.columns]
    given = facts.with_columns(missing) if missing else facts
    notice, untouched, dispute, *fits = (told.to_numpy() for told in given.select(asked.exprs).get_columns())
    nothing = len(asked.sentences) - 1
    said = np.where(np.column_stack(fits), nothing, np.arange(len(fits)))
    shut = (notice[:, None] & ~asked.duty, untouched[:, None], dispute[:, None])
    for place, closed in enumerate(shut, start=len(fits)):
        said = np.where(closed, place, said)
    pairs = Grid(given["account_id"], asked.actions).pairs
    return pairs.hstack([pl.Series("eligible", said.ravel() == nothing), asked.sentences[said.ravel()]])


_SHUT = {  # What a guard says; the later ones speak before the earlier.
    "notice_given": "Notice was given; only the rescue is open",
    "do_not_contact": "Everyone known there asked not to be contacted",
    "legal_dispute": "A legal dispute is open",
}
_TYPES: dict[str, pl.DataType] = {**dict.fromkeys(_SHUT, pl.Boolean()), "vendors": VENDORS}


@dataclass(frozen=True)
class _Asked:
    """What is asked of each account, made ready once for a catalogue and day.

    `exprs`: the guards of _SHUT, then whether each action fits, by their ids. `names`: what these read besides what
    conditions name; where it is not told, nobody knows it. `actions`: a row an action; `duty`: whether it must be
    done, notice or not. `sentences`: why each does not fit, what each guard says, and null where nothing is said.
    """

    exprs: list[pl.Expr]
    names: tuple[str, ...]
    actions: pl.DataFrame
    duty: Flags
    sentences: pl.Series


@lru_cache(maxsize=8)
def _asked(catalogue: Catalogue, on: date | None) -> _Asked:
    actions = sorted(catalogue, key=attrgetter("id"))
    guards = [pl.col(name).fill_null(value=False).alias(f"the guard {name}") for name in _SHUT]
    return _Asked(
        [*guards, *(_fits(action, on) for action in actions)],
        (*_SHUT, *({"vendors"} & catalogue.asks_for)),
        pl.DataFrame({"action": [action.id for action in actions]}),
        np.array([action.mandatory for action in actions], dtype=np.bool_),
        pl.Series("why", [*(_sentence(action, on) for action in actions), *_SHUT.values(), None]),
    )


def _fits(action: Action, on: date | None) -> pl.Expr:
    """Whether an action fits an account, guards aside."""
    fits = action.condition.expr
    if action.vendor is not None:
        fits &= pl.col("vendors").list.contains(action.vendor).fill_null(value=False)
    if _over(action, on):
        fits &= pl.lit(value=False)
    return fits.alias(action.id)


def _sentence(action: Action, on: date | None) -> str:
    if _over(action, on):
        return f"It was sponsored until {action.sponsored_until}"
    condition = f"Its condition does not hold: {action.eligible}"
    return condition if action.vendor is None else f"{condition}; or it owns no product of {action.vendor}"


def _over(action: Action, on: date | None) -> bool:
    """Whether nobody pays for it any more."""
    return on is not None and action.sponsored_until is not None and on >= action.sponsored_until


def refused_by(taken_up: pl.DataFrame) -> pl.DataFrame:
    """account_id, owner: whose list an account must not stand on again, because they said that it is not theirs."""
    return taken_up.filter(pl.col("not_theirs").is_not_null()).select("account_id", owner="not_theirs").unique()

"""Who may get which action today: conditions, and those who must not be contacted."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from operator import attrgetter

import numpy as np
import polars as pl

from consumption.actions.catalogue import Action, Catalogue
from consumption.actions.grid import Grid

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
    missing = [pl.lit(None, t).alias(n) for n, t in GUARDS.items() if n not in facts.columns]
    given = facts.with_columns(missing) if missing else facts
    told = given.select(_GUARD, _NOTICE, *(_fits(action, on) for action in catalogue))
    grid = Grid(given["account_id"], _sentences(catalogue, on))
    fits = np.column_stack([told[action].to_numpy() for action in grid.actions["action"]])
    of_accounts = [told[name][grid.of_account] for name in (_GUARD_SAID, _NOTICE_SAID)]
    pairs = grid.pairs.hstack([*of_accounts, pl.Series("fits", fits.ravel())])
    unfit = pl.when(~pl.col("fits")).then("sentence")
    why = pl.coalesce(_GUARD_SAID, pl.when(~pl.col("duty")).then(_NOTICE_SAID), unfit)
    return pairs.select(*PAIRS, why=why).select(*PAIRS, pl.col("why").is_null().alias("eligible"), "why")


GUARDS: dict[str, pl.DataType] = {
    "notice_given": pl.Boolean(),
    "do_not_contact": pl.Boolean(),
    "legal_dispute": pl.Boolean(),
    "vendors": pl.List(pl.String()),
}
_GUARD_SAID, _NOTICE_SAID = "the guard", "the notice"  # no action has such an id
_GUARD = (
    pl.when("legal_dispute").then(pl.lit("A legal dispute is open"))
    .when("do_not_contact").then(pl.lit("Everyone known there asked not to be contacted"))
    .alias(_GUARD_SAID)
)  # fmt: skip
_NOTICE = pl.when("notice_given").then(pl.lit("Notice was given; only the rescue is open")).alias(_NOTICE_SAID)


@lru_cache(maxsize=512)
def _fits(action: Action, on: date | None) -> pl.Expr:
    """Whether an action fits an account, guards aside."""
    fits = action.condition.expr
    if action.vendor is not None:
        fits &= pl.col("vendors").list.contains(action.vendor).fill_null(value=False)
    if _over(action, on):
        fits &= pl.lit(value=False)
    return fits.alias(action.id)


@lru_cache(maxsize=8)
def _sentences(catalogue: Catalogue, on: date | None) -> pl.DataFrame:
    """action, sentence (why it does not fit where it does not), duty (whether it must be done); by their ids."""
    rows = [
        (action.id, _sentence(action, on), action.mandatory) for action in sorted(catalogue, key=attrgetter("id"))
    ]
    return pl.DataFrame(rows, schema={"action": pl.String, "sentence": pl.String, "duty": pl.Boolean}, orient="row")


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

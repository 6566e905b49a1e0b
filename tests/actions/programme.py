"""The exact answers that a plan is held against, by HiGHS."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

Floats = NDArray[np.float64]


def _programme(
    table: pl.DataFrame, hours: pl.DataFrame, limits: Mapping[str, int] | None
) -> tuple[Floats, Floats, Floats]:
    """Values, the matrix and its limits; a line an account, a row of hours, a limit."""
    covered = pl.col("owner").is_in(hours.filter(pl.col("skill").is_null())["owner"].implode())
    pairs = [f"{o}|{s}" for o, s, _ in hours.iter_rows() if s is not None]
    by_skill = pl.format("{}|{}", "owner", pl.col("skill").fill_null("")).is_in(pairs)
    table = table.filter((pl.col("value") > 0) & (covered | by_skill))
    lines = [(table["account_id"] == account).to_numpy().astype(float) for account in table["account_id"].unique()]
    most = [1.0] * len(lines)
    for owner, skill, cap in hours.iter_rows():
        mine = (table["owner"] == owner) if skill is None else (table["owner"] == owner) & (table["skill"] == skill)
        lines.append(mine.fill_null(value=False).to_numpy() * table["hours"].to_numpy())
        most.append(cap)
    for action, count in (limits or {}).items():
        lines.append((table["action"] == action).to_numpy().astype(float))
        most.append(float(count))
    return table["value"].to_numpy(), np.array(lines).reshape(len(lines), table.height), np.array(most)


def best_whole(table: pl.DataFrame, hours: pl.DataFrame, limits: Mapping[str, int] | None) -> float:
    """The value of the best plan there is."""
    value, matrix, most = _programme(table, hours, limits)
    if not len(value):
        return 0.0
    solved = milp(
        -value,
        constraints=LinearConstraint(matrix, ub=most),
        integrality=np.ones(len(value), dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 1e-9},
    )
    return -float(solved.fun or 0.0)


def linear(table: pl.DataFrame, hours: pl.DataFrame, limits: Mapping[str, int] | None) -> float:
    """The value of the linear programme: shares of actions allowed."""
    value, matrix, most = _programme(table, hours, limits)
    solved = linprog(-value, A_ub=matrix, b_ub=most, bounds=(0, None))
    return -float(solved.fun or 0.0)

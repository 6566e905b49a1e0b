"""From frames of candidates, hours and limits to the arrays of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from consumption.actions.allocation import NOBODY, Ints, Problem

CANDIDATES = {
    "account_id": pl.String,
    "action": pl.String,
    "value": pl.Float64,
    "hours": pl.Float64,
    "owner": pl.String,
    "skill": pl.String,
}
HOURS = {"owner": pl.String, "skill": pl.String, "hours": pl.Float64}
CAPS = {"owner": pl.String, "skill": pl.String, "action": pl.String, "capacity": pl.Float64}


N = TypeVar("N", np.float64, np.int64)


@dataclass(frozen=True)
class Encoded:
    """The problem, and the caps in the order of its indices: owner, skill, action, capacity."""

    problem: Problem
    caps: pl.DataFrame


def encode(candidates: pl.DataFrame, hours: pl.DataFrame, limits: Mapping[str, int] | None) -> Encoded:
    """Arrays of the candidates that fall under a cap of hours and fit it; the order of rows does not matter."""
    caps = _caps(hours, limits or {})
    lines = _lines(candidates, caps)
    capacity = np.append(caps["capacity"].to_numpy(), np.inf)
    none = len(capacity) - 1
    used = lines.select(pl.col("whole", "part", "count").fill_null(none)).to_numpy().astype(np.int64).T
    spent = lines["hours"].to_numpy()
    amounts = [spent, spent, np.ones(len(spent))]
    account = lines["account"].to_numpy().astype(np.int64)
    grid = _grid(account)
    value, row = lines["value"].to_numpy(), lines["row"].to_numpy().astype(np.int64)
    problem = Problem(
        value=_placed(grid, value, NOBODY),
        row=_placed(grid, row, -1),
        uses=tuple(_placed(grid, u, none) for u in used),
        amount=tuple(_placed(grid, a, 0.0) for a in amounts),
        capacity=capacity,
        component=np.zeros(grid[2][0], dtype=np.int64),
    ).within(capacity)
    return Encoded(with_components(problem), caps)


def _caps(hours: pl.DataFrame, limits: Mapping[str, int]) -> pl.DataFrame:
    """All caps in one order; of several equal ones the lowest binds."""
    of_hours = hours.group_by("owner", "skill").agg(capacity=pl.col("hours").min())
    of_hours = of_hours.with_columns(action=pl.lit(None, pl.String)).select(*CAPS)
    counts = {"action": list(limits), "capacity": [float(n) for n in limits.values()]}
    of_actions = pl.DataFrame(counts, schema={"action": pl.String, "capacity": pl.Float64})
    nobody = pl.lit(None, pl.String)
    both = pl.concat([of_hours, of_actions.with_columns(owner=nobody, skill=nobody).select(*CAPS)])
    return both.sort("owner", "skill", "action", nulls_last=True)


def _lines(candidates: pl.DataFrame, caps: pl.DataFrame) -> pl.DataFrame:
    """A row a candidate that may be chosen, with the caps it falls under, in an order of its own."""
    index = caps.with_row_index("cap").with_columns(pl.col("cap").cast(pl.Int64))
    of_hours = index.filter(pl.col("action").is_null())
    whole = of_hours.filter(pl.col("skill").is_null()).select("owner", whole="cap")
    part = of_hours.filter(pl.col("skill").is_not_null()).select("owner", "skill", part="cap")
    count = index.filter(pl.col("action").is_not_null()).select("action", count="cap")
    names = candidates["account_id"].unique().sort()
    accounts = pl.DataFrame({"account_id": names}).with_row_index("account")
    lines = (
        candidates.select(*CANDIDATES)
        .with_row_index("row")
        .filter(pl.col("value") > 0)
        .join(accounts, on="account_id", how="left", maintain_order="left")
        .join(whole, on="owner", how="left", maintain_order="left")
        .join(part, on=["owner", "skill"], how="left", maintain_order="left")
        .join(count, on="action", how="left", maintain_order="left")
        .filter(pl.col("whole").is_not_null() | pl.col("part").is_not_null())
    )
    return lines.sort("account", "action", "owner", "skill", "hours", "value", "row")


def _grid(account: Ints) -> tuple[Ints, Ints, tuple[int, int]]:
    """Where each line stands: its account's row, its column there, and the shape of the grid."""
    if not len(account):
        return account, account, (0, 0)
    starts = np.flatnonzero(np.r_[True, account[1:] != account[:-1]])
    lengths = np.diff(np.r_[starts, len(account)])
    rows = np.repeat(np.arange(len(starts)), lengths)
    return rows, np.arange(len(account)) - np.repeat(starts, lengths), (len(starts), int(lengths.max()))


def _placed(
    grid: tuple[Ints, Ints, tuple[int, int]], lines: np.ndarray[tuple[int], np.dtype[N]], empty: float
) -> np.ndarray[tuple[int, int], np.dtype[N]]:
    """Lines in their places of the grid."""
    rows, columns, shape = grid
    full = np.full(shape, empty, dtype=lines.dtype)
    full[rows, columns] = lines
    return full


def without_idle_caps(problem: Problem) -> Problem:
    """Caps that cannot bind, because all who fall under them could have all they want, are not looked at again.

    A cap of hours of one skill that allows as much as the owner's whole week is one of them.
    """
    none = len(problem.capacity) - 1
    most = np.zeros(none + 1)
    for use, amount in zip(problem.uses, problem.amount, strict=True):
        flat = np.where(np.isfinite(problem.value), amount, 0.0)
        per_account = np.zeros(none + 1)
        for column in range(use.shape[1]):
            np.add.at(per_account, use[:, column], flat[:, column])
        most += per_account
    idle = most <= problem.capacity
    whole, part = problem.uses[0], problem.uses[1]
    inside = problem.capacity[part] >= problem.capacity[whole]
    part = np.where(inside, none, part)
    uses = (whole, part, problem.uses[2])
    kept = tuple(np.where(idle[use], none, use) for use in uses)
    return Problem(problem.value, problem.row, kept, problem.amount, problem.capacity, problem.component)


def with_components(problem: Problem) -> Problem:
    """Accounts that share an owner's hours or a scarce action, however many steps apart, belong to one component."""
    none = len(problem.capacity) - 1
    scarce = without_idle_caps(problem).uses[2]
    accounts = problem.accounts
    lines, caps = [], []
    for use in (*problem.uses[:2], scarce):
        account, column = np.nonzero(np.isfinite(problem.value) & (use < none))
        lines.append(account)
        caps.append(accounts + use[account, column])
    line, cap = np.concatenate(lines), np.concatenate(caps)
    size = accounts + none
    links = coo_array((np.ones(len(line)), (line, cap)), shape=(size, size))
    _, label = connected_components(links, directed=False)
    _, component = np.unique(label[:accounts], return_inverse=True)
    return Problem(
        problem.value, problem.row, problem.uses, problem.amount, problem.capacity, component.astype(np.int64)
    )

"""The week's plan against HiGHS's linear programme, side by side.

    python benchmarks/plan.py [--accounts N] [--actions N] [--owners N] [--variant NAME] [--json FILE]

100,000 accounts of 100 owners and 20 actions each, in five weeks: hours by owner; hours by owner and, within them,
by skill; limits by action as well; and short weeks of 8 hours. The linear programme may share one action between
accounts, so no plan can be worth more; both get the same frames, and both read and write them within their time.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy.optimize import linprog
from scipy.sparse import coo_array

from consumption.actions.planner import Plan, plan
from report import Figure, report

TAKES = np.array([0.5, 1, 1, 1.5, 2, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 8, 8, 12, 12])
SKILLS = ("advisory", "training", "technical", "commercial", "campaigns")
WEEK, SHORT_WEEK = 40.0, 8.0
SHARE, SECONDS, FASTER = 0.999, 6.0, 5.0


@dataclass(frozen=True)
class Week:
    """One question to both: frames as `plan` takes them."""

    candidates: pl.DataFrame
    hours: pl.DataFrame
    limits: Mapping[str, int] | None


def candidates(accounts: int, actions: int, owners: int, seed: int) -> pl.DataFrame:
    """Accounts of very different size, and actions that bring more the longer they take; each is worth it."""
    rng = np.random.default_rng(seed)
    takes = np.resize(TAKES, actions)
    size = np.exp(rng.normal(10.3, 1.2, accounts))[:, None]
    effect = np.exp(rng.normal(-5.0, 1.0, (accounts, actions))) * np.sqrt(takes)
    ids = pl.Series("account_id", [f"a{n:06d}" for n in range(accounts)])
    owner = [f"o{n:04d}" for n in rng.integers(0, owners, accounts)]
    every = pl.DataFrame({"account_id": ids, "owner": owner}).select(pl.all().repeat_by(actions).explode())
    return every.with_columns(
        action=pl.Series([f"x{k:02d}" for k in range(actions)] * accounts),
        value=pl.Series((size * effect).ravel()),
        hours=pl.Series(np.tile(takes, accounts)),
        skill=pl.Series([SKILLS[k % len(SKILLS)] for k in range(actions)] * accounts),
    )


def hours(owners: int, week: float, by_skill: Mapping[str, float]) -> pl.DataFrame:
    """Each owner's week, and how much of it each skill may take."""
    names = pl.DataFrame({"owner": [f"o{n:04d}" for n in range(owners)]})
    whole = names.with_columns(skill=pl.lit(None, pl.String), hours=pl.lit(week))
    return pl.concat([whole, *(names.with_columns(skill=pl.lit(s), hours=pl.lit(h)) for s, h in by_skill.items())])


def weeks(accounts: int, actions: int, owners: int, seed: int) -> dict[str, Callable[[], Week]]:
    """The weeks by name."""
    table = candidates(accounts, actions, owners, seed)
    skills = dict(zip(SKILLS, (16.0, 12.0, 12.0, 12.0, 12.0), strict=True))
    few = {f"x{k:02d}": max(accounts // 400, 1) for k in range(0, actions, 4)}
    return {
        "hours by owner": lambda: Week(table, hours(owners, WEEK, {}), None),
        "hours by owner and skill": lambda: Week(table, hours(owners, WEEK, skills), None),
        "limits by action": lambda: Week(table, hours(owners, WEEK, {}), few),
        "hours by owner and skill, limits by action": lambda: Week(table, hours(owners, WEEK, skills), few),
        "weeks of 8 hours": lambda: Week(table, hours(owners, SHORT_WEEK, {}), None),
    }


def linear_programme(week: Week) -> float:
    """What HiGHS finds where an action may be shared between accounts."""
    table = week.candidates.filter(pl.col("value") > 0).with_row_index("item")
    caps = week.hours.with_row_index("cap")
    lines = [
        table.select(line=pl.col("account_id").rank("dense").cast(pl.Int64) - 1, item="item", much=pl.lit(1.0)),
        table.join(caps.filter(pl.col("skill").is_null()), on="owner").select(
            line=pl.col("cap").cast(pl.Int64), item="item", much="hours"
        ),
        table.join(caps, on=["owner", "skill"]).select(line=pl.col("cap").cast(pl.Int64), item="item", much="hours"),
    ]
    limits = list((week.limits or {}).items())
    counted = pl.DataFrame({"action": [a for a, _ in limits]}, schema={"action": pl.String}).with_row_index("line")
    lines.append(table.join(counted, on="action").select(pl.col("line").cast(pl.Int64), "item", much=pl.lit(1.0)))
    accounts = table["account_id"].n_unique()
    starts = (0, accounts, accounts, accounts + caps.height)
    every = pl.concat([rows.with_columns(pl.col("line") + start) for rows, start in zip(lines, starts, strict=True)])
    most = np.concatenate([np.ones(accounts), caps["hours"].to_numpy(), np.array([n for _, n in limits], float)])
    matrix = coo_array(
        (every["much"].to_numpy(), (every["line"].to_numpy(), every["item"].to_numpy())),
        shape=(len(most), table.height),
    ).tocsr()
    solved = linprog(  # type: ignore[call-overload] # the stubs do not know sparse matrices
        -table["value"].to_numpy(), A_ub=matrix, b_ub=most, bounds=(0, None), method="highs"
    )
    return -float(solved.fun)


def violations(made: Plan, week: Week) -> int:
    """Rules that a plan breaks: an account twice, hours of an owner or a skill, a limit."""
    chosen = made.chosen
    twice = chosen.height - chosen["account_id"].n_unique()
    of_owner = chosen.group_by("owner").agg(spent=pl.col("hours").sum())
    of_skill = chosen.group_by("owner", "skill").agg(spent=pl.col("hours").sum())
    whole = week.hours.filter(pl.col("skill").is_null()).join(of_owner, on="owner")
    part = week.hours.filter(pl.col("skill").is_not_null()).join(of_skill, on=["owner", "skill"])
    over = sum(frame.filter(pl.col("spent") > pl.col("hours") + 1e-6).height for frame in (whole, part))
    counts = dict(chosen["action"].value_counts().iter_rows())
    return int(twice + over + sum(counts.get(action, 0) > most for action, most in (week.limits or {}).items()))


def timed(times: int, run: Callable[[], object]) -> tuple[float, object]:
    """The median of so many runs in seconds, and what the last gave."""
    spent, found = [], None
    for _ in range(times):
        start = time.perf_counter()
        found = run()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent), found


def figures(name: str, week: Week, times: int) -> list[Figure]:
    """Both, one after the other, on the same frames."""
    took, made = timed(times, lambda: plan(week.candidates, week.hours, week.limits))
    assert isinstance(made, Plan)
    lp_took, best = timed(1, lambda: linear_programme(week))
    assert isinstance(best, float)
    return [
        Figure(f"{name}: share of the linear programme", made.value / best, target=SHARE),
        Figure(f"{name}: seconds", took, "s", target=SECONDS, at_most=True),
        Figure(f"{name}: times faster", lp_took / took, target=FASTER, beside=f"HiGHS {lp_took:.1f} s"),
        Figure(f"{name}: violations", violations(made, week), target=0, at_most=True),
        Figure(f"{name}: gap it says itself", made.gap),
    ]


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--actions", type=int, default=20)
    parser.add_argument("--owners", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--times", type=int, default=3, help="runs of ours, of which the median counts")
    parser.add_argument("--variant", help="only the week of this name")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    found: list[Figure] = []
    for name, week in weeks(args.accounts, args.actions, args.owners, args.seed).items():
        if args.variant in {None, name}:
            found += figures(name, week(), args.times)
            report(f"{args.accounts:,} accounts x {args.actions} actions", found, args.json)


if __name__ == "__main__":
    main()

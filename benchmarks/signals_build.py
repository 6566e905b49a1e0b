"""A full build from Parquet files: ours, DuckDB, pandas, and only reading; one moment and 26 of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl

import signals_duckdb
import signals_ours
import signals_pandas
from report import Figure
from signals_equal import check_equal, check_same
from signals_ours import NAMES
from signals_times import Took, in_turn
from signals_world import World

WEEKS = 26
Compute = Callable[..., pl.DataFrame]


def build(world: World, work: Path, runs: int) -> list[Figure]:
    """Thirty signals of all accounts as of the end of the world, by three engines; equal values first."""
    given = world.files(work), world.accounts_file(work), world.as_of
    engines: dict[str, Compute] = {
        "ours": signals_ours.compute,
        "DuckDB": signals_duckdb.compute,
        "pandas": signals_pandas.compute,
    }
    ours = signals_ours.compute(*given)
    for name in ("DuckDB", "pandas"):
        check_equal(ours, engines[name](*given), NAMES, whose=name)
    works: dict[str, Callable[[], object]] = {name: functools.partial(e, *given) for name, e in engines.items()}
    times = in_turn({"read": lambda: signals_ours.read_only(given[0]), **works}, runs)
    mine, read = times["ours"], times["read"]
    what = f"full build of {world.events / 1e6:g} M events"
    note = f"ours {mine}; reading {read}"
    return [
        _faster(what, "DuckDB", times, 3),
        _faster(what, "pandas", times, 15),
        Figure(f"{what}, against only reading them", mine.wall / read.wall, "times", 10, at_most=True, note=note),
    ]


def many(world: World, work: Path, runs: int) -> list[Figure]:
    """26 weekly snapshots in one pass against one; the values of each are those it has alone."""
    files, accounts = world.files(work), world.accounts_file(work)
    moments = [world.as_of - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    together = signals_ours.compute_many(files, accounts, moments)
    for place in (0, WEEKS // 2, WEEKS - 1):
        alone = signals_ours.compute(files, accounts, moments[place])
        check_same(together[place], alone, whose=f"{moments[place]:%F} alone")
    del together
    works: dict[str, Callable[[], object]] = {
        "one": lambda: signals_ours.compute_many(files, accounts, moments[-1:]),
        "all": lambda: signals_ours.compute_many(files, accounts, moments),
    }
    times = in_turn(works, runs)
    ratio = times["all"].wall / times["one"].wall
    note = f"all {times['all']}; one {times['one']}"
    return [Figure(f"{WEEKS} weekly snapshots in one pass, against one", ratio, "times", 4, at_most=True, note=note)]


def _faster(what: str, name: str, times: dict[str, Took], target: float) -> Figure:
    mine, theirs = times["ours"], times[name]
    note = f"ours {mine}; {name} {theirs}"
    return Figure(f"{what}, faster than {name}", theirs.wall / mine.wall, "times", target, note=note)

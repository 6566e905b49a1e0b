"""How long a whole retraining takes against the boosting inside it, and how long the scoring of a large book.

Times are of the clock; beside them stand seconds of work (of all threads), which a busy machine moves less.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl

from consumption.features.signal_set import SIGNALS
from consumption.jobs.train import train
from consumption.models.heads.fitting import fit_ranker
from consumption.models.heads.regrown import grown_on_all
from consumption.models.motion import MOTIONS
from consumption.models.ranking import rank
from consumption.models.reasons.explain import reasons
from consumption.models.rows import population_of
from ranking_world import made, moment, workspace_of
from report import Figure

ACCOUNTS = 10_000
SMALL = 1_450
SCORED, EXPLAINED = 100_000, 10_000


@dataclass(frozen=True)
class Times:
    """Seconds of the clock, and of work."""

    clock: float
    work: float

    @staticmethod
    def now() -> Times:
        """What both clocks say."""
        return Times(time.perf_counter(), time.process_time())

    @property
    def since(self) -> Times:
        """What has passed."""
        now = Times.now()
        return Times(now.clock - self.clock, now.work - self.work)


@dataclass
class Bare:
    """Seconds of each call of `lightgbm.train`, less what our own metric took within it, and the same in work."""

    calls: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """All calls together."""
        return sum(self.calls)


@contextmanager
def watching_lightgbm() -> Iterator[Bare]:
    """Adds up what `lightgbm.train` takes while it is open."""
    bare, plain = Bare(), lgb.train

    def timed(*arguments: Any, **named: Any) -> lgb.Booster:  # noqa: ANN401 - LightGBM's own
        ours: list[Times] = []
        metric: Any = named.get("feval")

        def counted(said: Any, data: Any) -> Any:  # noqa: ANN401 - LightGBM's own
            began = Times.now()
            found = metric(said, data)
            ours.append(began.since)
            return found

        began = Times.now()
        booster = plain(*arguments, **{**named, "feval": counted if metric else None})
        took = began.since
        bare.calls.append(took.clock - sum(one.clock for one in ours))
        bare.work.append(took.work - sum(one.work for one in ours))
        return booster

    lgb.train = timed
    try:
        yield bare
    finally:
        lgb.train = plain


def retraining(work: Path, accounts: int = ACCOUNTS) -> list[Figure]:
    """`consumption train` for both motions where snapshots are kept already, against `lightgbm.train` inside it.

    The first training makes the snapshots and the first models; the second is the one that is measured: labels, rows,
    leaks, heads, gate, metrics and all that goes to MLflow.
    """
    workspace = workspace_of(work / f"world-{accounts}-0", accounts, 0)
    began = time.perf_counter()
    train(workspace, motions=MOTIONS, as_of=moment())
    first = time.perf_counter() - began
    with watching_lightgbm() as bare:
        start = Times.now()
        done = train(workspace, motions=MOTIONS, as_of=moment())
        whole = start.since
    rows = sum(one.trained.data.rows.height for one in done if one.trained)
    worked = sum(bare.work)
    return [
        Figure(f"retraining, {accounts:,} accounts: whole", whole.clock, "s", note=f"{rows:,} rows, both motions; "
               f"{whole.work:.0f} s of work"),
        Figure("retraining: inside lightgbm.train", bare.seconds, "s", note=f"{len(bare.calls)} calls; "
               f"{worked:.0f} s of work"),
        Figure("retraining: whole against lightgbm.train", whole.clock / bare.seconds, "times", 2.0, at_most=True,
               note=f"{whole.work / worked:.2f} by work"),
        Figure("first training, snapshots made", first, "s"),
    ]  # fmt: skip


def scoring(work: Path, accounts: int = SCORED, explained: int = EXPLAINED, small: int = SMALL) -> list[Figure]:
    """Ranking a snapshot of many accounts by both motions, with reasons for those that rank first.

    The accounts are those of a demo world, over and over, each a little different.
    """
    data, _ = made(work / f"world-{small}-0", small, 0)
    models = {motion: grown_on_all(fit_ranker(motion, data, seed=0), data, seed=0) for motion in MOTIONS}
    rows = many(data.part("test"), data.signals, accounts)
    as_of = rows["as_of"][0]
    snapshot, people = rows.select("account_id", "as_of", *data.signals), population_of(rows)
    signals = [s for s in SIGNALS if s.name in set(data.signals)]
    began, work_before = time.perf_counter(), time.process_time()
    ranked = rank(snapshot, people, help=models["help"], expand=models["expand"], as_of=as_of)
    scored = time.perf_counter() - began
    top = ranked.filter(pl.col("help_rank") <= explained)
    found = reasons(snapshot, snapshot, people, top, help=models["help"], expand=models["expand"], signals=signals)
    whole = time.perf_counter() - began
    return [
        Figure(f"scoring {accounts:,} accounts, reasons for {explained:,}", whole, "s", 20.0, at_most=True,
               note=f"{found.height:,} reasons, {time.process_time() - work_before:.0f} s of work"),
        Figure("scoring: ranks alone", scored, "s"),
    ]  # fmt: skip


def many(rows: pl.DataFrame, signals: Sequence[str], accounts: int) -> pl.DataFrame:
    """Accounts of one snapshot, repeated under new names until there are so many; numbers moved by some percent."""
    one = rows.filter(pl.col("as_of") == rows["as_of"].max())
    random = np.random.default_rng(0)
    taken = one[random.integers(0, one.height, size=accounts)]
    moved = [
        (pl.col(c) * pl.Series(random.normal(1.0, 0.05, size=accounts))).alias(c)
        for c in signals
        if taken.schema[c].is_float()
    ]
    named = pl.Series("account_id", [f"many{n:07}" for n in range(accounts)])
    return taken.with_columns(moved).with_columns(named, top_parent=named)

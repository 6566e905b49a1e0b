"""The Open University data by the project's own signals and heads, against published figures.

    python benchmarks/oulad.py PATH [--json FILE] [--cache DIR] [--validate]    (also a part of ranking.py)

PATH is the folder of the Open University Learning Analytics files. They become contract tables (`examples/oulad`) and
go into a lake by the ordinary ingest; a row is an account of the population at its `as_of`, with signals and label.

Day 56: heads learn from the runs 2013B, 2013J and 2014B and are read on 2014J, where only students still registered
count. Next week: a row an enrolment and week; threefold by student. `--validate` reads no test row: it leaves out one
training run after the other, and goes threefold within two thirds of the students. Choices are made with it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.metrics import average_precision_score, roc_auc_score

from consumption.features.compute import UsageRules, compute_snapshots, with_peers
from consumption.features.labels import LabelRules, label
from consumption.features.population import population
from consumption.features.signal import Signal
from consumption.features.signal_set import fingerprints, signals_for
from consumption.lake.complete import bucket_of
from consumption.lake.delta import Lake
from consumption.lake.history import History
from consumption.lake.ingest import ingest
from consumption.models.heads.boosting import Boosting
from consumption.models.heads.head import fit_head
from consumption.models.rows import Floats
from report import Figure, report

CONVERT = Path(__file__).parents[1] / "examples" / "oulad" / "convert.py"
STARTS = {
    "2013B": datetime(2013, 2, 1, tzinfo=UTC),
    "2013J": datetime(2013, 10, 1, tzinfo=UTC),
    "2014B": datetime(2014, 2, 1, tzinfo=UTC),
    "2014J": datetime(2014, 10, 1, tzinfo=UTC),
}
TEST = "2014J"
DAY_56 = 8
EARLY = 10
WEEKS = 38
TO_THE_END = 217  # days from day 56 that reach past the end of the longest run, 269 days
FOLDS = 3
BADLY = ("churn", "contraction")
NOT_SIGNALS = ("account_id", "as_of", "run", "week", "fold", "next_week", "later")

# Chosen by `--validate`, see docs/quality.md.
FEW_ROWS = Boosting(
    rounds_without_validation=250, learning_rate=0.03, leaves=7, rows_in_leaf=60, ridge=10.0, columns_tried=0.2,
    rows_tried=0.6, seeds=3,
)  # fmt: skip
MANY_ROWS = Boosting(
    rounds_without_validation=400, learning_rate=0.05, leaves=15, rows_in_leaf=100, ridge=10.0, columns_tried=0.3,
    seeds=3,
)  # fmt: skip
# Who withdraws is learned from the weeks around day 56 too; who fails is not, as validation would have it.
AROUND_DAY_56 = (7, 8, 9)

Split = tuple[pl.DataFrame, pl.DataFrame]  # rows to learn from, rows to be read on
Readings = dict[str, float]


@dataclass(frozen=True)
class Scores:
    """Held-out rows of one fit: what happened, and the probability that was said."""

    happened: Floats
    said: Floats

    def roc(self) -> float:
        """ROC-AUC."""
        return float(roc_auc_score(self.happened, self.said))

    def precision(self) -> float:
        """PR-AUC, as average precision."""
        return float(average_precision_score(self.happened, self.said))

    def recall_in_top(self, share: float) -> float:
        """Of what happened, the part among the rows of highest probability."""
        top = np.argsort(-self.said, kind="stable")[: int(np.ceil(share * len(self.said)))]
        return float(self.happened[top].sum() / self.happened.sum())


def rows_of(source: Path, cache: Path) -> Iterator[pl.DataFrame]:
    """A frame a run start and week: accounts in force with their signals and outcomes; made once, kept in `cache`."""
    cache = cache / digest(CONVERT.read_text(encoding="utf-8"))
    tables = tables_of(source, cache / "tables")
    rules = rules_of(tables)
    signals = signals_for(rules)
    kept = cache / digest(json.dumps(fingerprints(signals, rules), sort_keys=True))
    kept.mkdir(exist_ok=True)
    for run, start in STARTS.items():
        files = {week: kept / f"{run}-{week:02}.parquet" for week in range(1, WEEKS + 1)}
        missing = [week for week, file in files.items() if not file.exists()]
        if missing:
            history = history_of(lake_of(tables, cache / "lake"), run)
            moments = [start + timedelta(weeks=week) for week in missing]
            snapshots = compute_snapshots(history, moments, signals=signals, rules=rules)
            for week, snapshot in zip(missing, snapshots, strict=True):
                print(f"\rsignals of {run}, week {week} ", end="", file=sys.stderr, flush=True)
                labelled(history, snapshot, signals, run, week).write_parquet(kept / "part")
                (kept / "part").rename(files[week])
        yield from (pl.read_parquet(file) for file in files.values())


def digest(text: str) -> str:
    """What a kept result depends on, as the name of its folder."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def tables_of(source: Path, tables: Path) -> Path:
    """The folder of contract tables, converted by the example's own command."""
    if not (tables / "consumption.toml").exists():
        subprocess.run([sys.executable, str(CONVERT), str(source), str(tables)], check=True)
    return tables


def rules_of(tables: Path) -> UsageRules:
    """The value and error events, features and attributes that the example's settings name."""
    settings = tomllib.loads((tables / "consumption.toml").read_text(encoding="utf-8"))
    return UsageRules(
        value_events=frozenset(settings["events"]["value"]),
        error_events=frozenset(settings["events"]["errors"]),
        attributes=tuple(settings["signals"]["attributes"]),
        features=tuple(settings["signals"]["features"]),
    )


def lake_of(tables: Path, root: Path) -> Lake:
    """The lake of all tables; a file that is in it already changes nothing."""
    lake = Lake(root)
    for table in ("accounts", "outcomes", "events"):
        ingest(lake, table, [tables / table], loaded_at=datetime.now(UTC))
    return lake


def history_of(lake: Lake, run: str) -> History:
    """What there is of the accounts of one run, in memory."""
    history = lake.history()
    mine = history.accounts.filter(pl.col("segment").str.ends_with(run)).select("account_id").collect()
    return history.only(mine["account_id"].to_list()).collect()


def labelled(
    history: History, snapshot: pl.DataFrame, signals: Sequence[Signal], run: str, week: int
) -> pl.DataFrame:
    """The snapshot's accounts in force whose course runs on, with their outcome next week and up to the run's end."""
    as_of = snapshot["as_of"][0]
    ends = history.outcomes.filter(pl.col("kind") != "churn").join(history.accounts, on="account_id")
    last_days = ends.group_by("segment").agg(pl.col("occurred_on").max()).collect()
    runs_on = last_days.filter(pl.col("occurred_on") >= as_of.date())
    accounts = population(history, as_of).join(runs_on, on="segment", how="semi").select("account_id", "segment")
    student = accounts["account_id"].str.split("-").list.last()
    named = accounts.with_columns(
        pl.lit(run).alias("run"), pl.lit(week).alias("week"), bucket_of(student, FOLDS).alias("fold")
    )
    for name, days in (("next_week", 7), ("later", TO_THE_END)):
        outcomes = label(history, as_of, LabelRules(horizon_days=days, source="outcomes", lead_days=0))
        named = named.join(outcomes.select("account_id", pl.col("outcome").alias(name)), on="account_id", how="left")
    in_force = snapshot.join(accounts, on="account_id", how="semi")
    compared = with_peers(in_force, accounts, signals)  # with those who are still there
    small = compared.with_columns(pl.selectors.float().cast(pl.Float32))
    return named.join(small, on="account_id", how="left").sort("account_id")


def figures(source: Path, work: Path, *, validate: bool) -> list[Figure]:
    """All figures; what each fit gave is kept in `work`, so that a run can be stopped and gone on with."""
    rows = pl.concat(rows_of(source, work))
    folder = work / ("validated" if validate else "read")
    folder.mkdir(parents=True, exist_ok=True)
    return [
        *day_56(rows.filter(pl.col("week").is_in(AROUND_DAY_56)), folder, validate=validate),
        *next_week(rows, folder, validate=validate),
    ]


def day_56(rows: pl.DataFrame, folder: Path, *, validate: bool) -> list[Figure]:
    """Withdraws later, and fails or withdraws, of those still registered on day 56."""
    withdraws, does_badly = [], []
    for number, (train, test) in enumerate(splits_56(rows, validate=validate)):
        on_the_day = train.filter(pl.col("week") == DAY_56)
        leaves, badly = pl.col("later") == "churn", pl.col("later").is_in(BADLY)
        withdraws.append(kept(folder / f"withdraws-{number}", partial(fitted, train, test, leaves, FEW_ROWS)))
        does_badly.append(kept(folder / f"badly-{number}", partial(fitted, on_the_day, test, badly, FEW_ROWS)))
    return [
        Figure("day 56, withdraws later", mean(withdraws, "roc"), "ROC-AUC", 0.715, beside="plain LightGBM .699"),
        Figure("day 56, fails or withdraws", mean(does_badly, "roc"), "ROC-AUC", 0.80, beside="plain LightGBM .790"),
    ]


def next_week(rows: pl.DataFrame, folder: Path, *, validate: bool) -> list[Figure]:
    """Withdraws within the next week: weeks 1 to 10, learned from those weeks, and all weeks, learned from all."""
    early: list[Readings] = []
    every: list[Readings] = []
    for last, found in ((EARLY, early), (WEEKS, every)):
        for number, split in enumerate(splits_by_student(rows, validate=validate)):
            found.append(kept(folder / f"up-to-week-{last}-{number}", partial(weekly, *split, last)))
    return [
        Figure("next week, weeks 1-10", mean(early, "roc"), "ROC-AUC", 0.85, beside="CatBoost .8436"),
        Figure("next week, weeks 1-10", mean(early, "precision"), "PR-AUC", 0.165, beside="CatBoost .1589"),
        Figure("next week, all weeks", mean(every, "precision"), "PR-AUC", 0.10, beside="CatBoost .0948"),
        Figure("next week, all weeks", mean(every, "recall"), "recall in top 20 %", 0.72, beside="CatBoost .711"),
    ]


def weekly(train: pl.DataFrame, test: pl.DataFrame, last: int) -> Scores:
    """Rows up to a week, learned from rows up to that week."""
    up_to = pl.col("week") <= last
    return fitted(train.filter(up_to), test.filter(up_to), pl.col("next_week") == "churn", MANY_ROWS, run=True)


def fitted(
    train: pl.DataFrame, test: pl.DataFrame, happened: pl.Expr, settings: Boosting, *, run: bool = False
) -> Scores:
    """What a head that learns from `train` says of `test`; `run`: whether it sees which course run a row is of."""
    hidden = NOT_SIGNALS if run else (*NOT_SIGNALS, "segment")
    columns = [c for c in train.columns if c not in hidden and train[c].null_count() < train.height]
    target = train.select(happened.cast(pl.Float64)).to_series().to_numpy()
    head = fit_head(train, target, columns=columns, settings=settings)
    return Scores(test.select(happened.cast(pl.Float64)).to_series().to_numpy(), head.predict(test))


def splits_56(rows: pl.DataFrame, *, validate: bool) -> list[Split]:
    """Three runs to learn from and one to be read on; to validate, each of the three left out in turn.

    What is read are rows of day 56 alone. The course run tells nothing about another one, so heads do not see it.
    """
    train, test = rows.filter(pl.col("run") != TEST), rows.filter(pl.col("run") == TEST)
    splits = (
        [(train.filter(pl.col("run") != run), train.filter(pl.col("run") == run)) for run in STARTS if run != TEST]
        if validate
        else [(train, test)]
    )
    return [(learned, read.filter(pl.col("week") == DAY_56)) for learned, read in splits]


def splits_by_student(rows: pl.DataFrame, *, validate: bool) -> Iterator[Split]:
    """Three times two thirds of the students against one; to validate, within two thirds, by another hash."""
    if validate:
        student = rows["account_id"].str.split("-").list.last()
        rows = rows.with_columns(bucket_of(student + " again", FOLDS).alias("again"))
        rows = rows.filter(pl.col("fold") != 0).with_columns(pl.col("again").alias("fold")).drop("again")
    for fold in range(FOLDS):
        yield rows.filter(pl.col("fold") != fold), rows.filter(pl.col("fold") == fold)


def kept(file: Path, fit: Callable[[], Scores]) -> Readings:
    """What the scores of one fit read, from the last time where it is there."""
    if not file.exists():
        scores = fit()
        found = {"roc": scores.roc(), "precision": scores.precision(), "recall": scores.recall_in_top(0.2)}
        file.write_text(json.dumps(found), encoding="utf-8")
    readings: Readings = json.loads(file.read_text(encoding="utf-8"))
    return readings


def mean(readings: Sequence[Readings], name: str) -> float:
    """The mean over splits."""
    return float(np.mean([one[name] for one in readings]))


def main() -> None:
    """Rows, then the two kinds of task, then the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("path", type=Path, help="folder of the Open University Learning Analytics files")
    arguments.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "consumption-oulad")
    arguments.add_argument("--validate", action="store_true", help="cross-validate in the training rows only")
    given = arguments.parse_args()
    found = figures(given.path, given.cache, validate=given.validate)
    title = "Open University, cross-validated within the training rows" if given.validate else "Open University"
    report(title, found, given.json)


if __name__ == "__main__":
    main()

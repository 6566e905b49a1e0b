"""The Open University data by the project's own signals and heads, against published figures.

    python benchmarks/oulad.py PATH [--json FILE] [--cache DIR] [--validate]

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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
from consumption.models.boosting import Boosting
from consumption.models.head import fit_head
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
    rounds_without_validation=250, learning_rate=0.03, leaves=7, rows_in_leaf=60, ridge=10.0, columns_tried=0.3
)
MANY_ROWS = Boosting(
    rounds_without_validation=400, learning_rate=0.05, leaves=15, rows_in_leaf=100, ridge=10.0, columns_tried=0.3
)
SEEDS = (0, 1, 2)

Split = tuple[pl.DataFrame, pl.DataFrame]  # rows to learn from, rows to be read on


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


def fitted(train: pl.DataFrame, test: pl.DataFrame, happened: pl.Expr, settings: Boosting) -> Scores:
    """What heads that learn from `train` say of `test`: the mean of their probabilities over seeds."""
    columns = [c for c in train.columns if c not in NOT_SIGNALS and train[c].null_count() < train.height]
    target = train.select(happened.cast(pl.Float64)).to_series().to_numpy()
    heads = [fit_head(train.select(columns), target, seed=seed, settings=settings) for seed in SEEDS]
    said = np.mean([head.predict(test.select(columns)) for head in heads], axis=0)
    return Scores(test.select(happened.cast(pl.Float64)).to_series().to_numpy(), said)


def splits_56(rows: pl.DataFrame, *, validate: bool) -> list[Split]:
    """Three runs to learn from and one to be read on; to validate, each of the three left out in turn.

    The course run itself tells nothing about another one, so heads do not see it.
    """
    rows = rows.drop("segment")
    train, test = rows.filter(pl.col("run") != TEST), rows.filter(pl.col("run") == TEST)
    if not validate:
        return [(train, test)]
    return [(train.filter(pl.col("run") != run), train.filter(pl.col("run") == run)) for run in STARTS if run != TEST]


def splits_by_student(rows: pl.DataFrame, *, validate: bool) -> Iterator[Split]:
    """Three times two thirds of the students against one; to validate, within two thirds, by another hash."""
    if validate:
        student = rows["account_id"].str.split("-").list.last()
        rows = rows.with_columns(bucket_of(student + " again", FOLDS).alias("again"))
        rows = rows.filter(pl.col("fold") != 0).with_columns(pl.col("again").alias("fold")).drop("again")
    for fold in range(FOLDS):
        yield rows.filter(pl.col("fold") != fold), rows.filter(pl.col("fold") == fold)


def day_56(splits: Sequence[Split]) -> list[Figure]:
    """Withdraws later, and fails or withdraws, of those still registered on day 56."""
    later = pl.col("later")
    withdraws = [fitted(*split, later == "churn", FEW_ROWS).roc() for split in splits]
    does_badly = [fitted(*split, later.is_in(BADLY), FEW_ROWS).roc() for split in splits]
    return [
        Figure("day 56, withdraws later", mean(withdraws), "ROC-AUC", 0.70, beside="plain LightGBM .699"),
        Figure("day 56, fails or withdraws", mean(does_badly), "ROC-AUC", 0.79, beside="plain LightGBM .790"),
    ]


def next_week(splits: Iterable[Split]) -> list[Figure]:
    """Withdraws within the next week: weeks 1 to 10, learned from those weeks, and all weeks, learned from all."""
    early, every = zip(*((weekly(*split, EARLY), weekly(*split, WEEKS)) for split in splits), strict=True)
    roc, precision = mean([s.roc() for s in early]), mean([s.precision() for s in early])
    all_weeks, recall = mean([s.precision() for s in every]), mean([s.recall_in_top(0.2) for s in every])
    return [
        Figure("next week, weeks 1-10", roc, "ROC-AUC", 0.84, beside="CatBoost .8436"),
        Figure("next week, weeks 1-10", precision, "PR-AUC", 0.155, beside="CatBoost .1589"),
        Figure("next week, all weeks", all_weeks, "PR-AUC", beside="CatBoost .0948"),
        Figure("next week, all weeks", recall, "recall in top 20 %", beside="CatBoost .711"),
    ]


def weekly(train: pl.DataFrame, test: pl.DataFrame, last: int) -> Scores:
    """Rows up to a week, learned from rows up to that week."""
    up_to = pl.col("week") <= last
    return fitted(train.filter(up_to), test.filter(up_to), pl.col("next_week") == "churn", MANY_ROWS)


def mean(values: Sequence[float]) -> float:
    """The mean over splits."""
    return float(np.mean(values))


def main() -> None:
    """Rows, then the two kinds of task, then the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("path", type=Path, help="folder of the Open University Learning Analytics files")
    arguments.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "consumption-oulad")
    arguments.add_argument("--validate", action="store_true", help="cross-validate in the training rows only")
    given = arguments.parse_args()
    rows = pl.concat(rows_of(given.path, given.cache))
    figures = day_56(splits_56(rows.filter(pl.col("week") == DAY_56), validate=given.validate))
    figures += next_week(splits_by_student(rows, validate=given.validate))
    title = "Open University, cross-validated within the training rows" if given.validate else "Open University"
    report(title, figures, given.json)


if __name__ == "__main__":
    main()

"""Online Retail through our ingest, signals and heads: who buys nothing more, and who buys much more.

A customer is an account; an invoice is the event `order`, whose quantity is its sum and which is value; a line of it
is the event `item`, whose quantity is money as well; a cancelled line is the event `cancelled`, an error. Heads learn
from the cut of 11 June 2011, and from those 4, 8 and 12 weeks before it as every training does, and are read on that
of 10 September, each time on customers active in the 90 days before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.metrics import average_precision_score, roc_auc_score

from consumption.features.compute import UsageRules, compute_snapshots
from consumption.features.signal_set import signals_for
from consumption.lake.complete import bucket_of
from consumption.lake.delta import Lake
from consumption.lake.ingest import ingest
from consumption.models.heads.boosting import Boosting
from consumption.models.heads.head import fit_head
from report import Figure

TRAIN, TEST = datetime(2011, 6, 11, tzinfo=UTC), datetime(2011, 9, 10, tzinfo=UTC)
EARLIER = tuple(TRAIN - timedelta(days=28 * n) for n in (3, 2, 1))
WINDOW = timedelta(days=90)
MUCH_MORE = 1.5
SEGMENT = "customer"
SEEDS = (0, 1, 2, 3, 4)
FOLDS = 5
RULES = UsageRules(
    value_events=frozenset({"order"}),
    error_events=frozenset({"cancelled"}),
    attributes=("region",),
    features=("order", "item", "cancelled"),
)
TASKS = {"no purchase": "none", "spends over 1.5 times": "more"}
# Chosen by `--validate`, see docs/quality.md.
SETTINGS = Boosting(
    rounds_without_validation=200, learning_rate=0.03, leaves=5, rows_in_leaf=40, ridge=10.0, columns_tried=0.2,
    rows_tried=0.6, seeds=3,
)  # fmt: skip


def figures(source: Path, work: Path, *, validate: bool = False) -> list[Figure]:
    """ROC-AUC of both tasks: the mean of five model seeds on the test cut, or within folds of the training cut."""
    rows = rows_of(source, work)
    learned, test = rows.filter(pl.col("as_of") <= TRAIN), rows.filter(pl.col("as_of") == TEST)
    found = []
    for name, column in TASKS.items():
        splits = folds(learned) if validate else [(learned, test)]
        read = [scores(train, test, column, seed) for train, test in splits for seed in SEEDS]
        roc, precision = np.mean(read, axis=0)
        target, beside = (0.760, "BG/NBD .730, plain LightGBM .751") if column == "none" else (0.640, "plain .622")
        found.append(Figure(f"Online Retail, {name}", float(roc), "ROC-AUC", target, beside=beside))
        found.append(Figure(f"Online Retail, {name}", float(precision), "PR-AUC"))
    return found


def scores(
    train: pl.DataFrame, test: pl.DataFrame, column: str, seed: int, settings: Boosting = SETTINGS
) -> tuple[float, float]:
    """ROC-AUC and PR-AUC of one head on the test rows."""
    signals = [c for c in train.columns if c not in {"account_id", "as_of", "segment", "fold", *TASKS.values()}]
    known = [c for c in signals if train[c].null_count() < train.height]
    happened, came = (part[column].to_numpy().astype(np.float64) for part in (train, test))
    # By segment and date the head sees which columns tell what all customers did: four cuts are too few for those.
    head = fit_head(train, happened, columns=known, seed=seed, settings=settings)
    said = head.predict(test)
    return float(roc_auc_score(came, said)), float(average_precision_score(came, said))


def folds(rows: pl.DataFrame) -> Sequence[tuple[pl.DataFrame, pl.DataFrame]]:
    """The customers of the training cut in five parts, each read once; others teach, with their earlier cuts too."""
    cut = rows.filter(pl.col("as_of") == TRAIN)
    return [(rows.filter(pl.col("fold") != fold), cut.filter(pl.col("fold") == fold)) for fold in range(FOLDS)]


def rows_of(source: Path, work: Path) -> pl.DataFrame:
    """A row a customer and cut, active in the 90 days before it, with its signals and what came of it."""
    kept = work / "retail.parquet"
    if not kept.exists():
        lines = read(source)
        lake = lake_of(lines, work / "retail")
        moments, signals = (*EARLIER, TRAIN, TEST), signals_for(RULES)
        snapshots = compute_snapshots(lake.history().collect(), moments, signals=signals, rules=RULES)
        dated = [labelled(lines, snapshot, cut) for cut, snapshot in zip(moments, snapshots, strict=True)]
        pl.concat(dated, how="vertical_relaxed").write_parquet(kept)
    return pl.read_parquet(kept)


def read(source: Path) -> pl.DataFrame:
    """Lines of known customers: account_id, invoice, timestamp, amount, region."""
    lines = pl.read_parquet(source / "onlineretail.parquet").filter(pl.col("CustomerID").is_not_null())
    return lines.select(
        pl.col("CustomerID").cast(pl.Int64).cast(pl.String).alias("account_id"),
        pl.col("InvoiceNo").alias("invoice"),
        pl.col("InvoiceDate").dt.replace_time_zone("UTC").alias("timestamp"),
        (pl.col("Quantity") * pl.col("UnitPrice")).alias("amount"),
        pl.col("Country").alias("region"),
    )


def lake_of(lines: pl.DataFrame, root: Path) -> Lake:
    """The lake that the ordinary ingest makes of the lines."""
    cancelled = pl.col("invoice").str.starts_with("C")
    bought = lines.filter(~cancelled)
    accounts = lines.sort("timestamp").group_by("account_id").agg(
        pl.col("timestamp").first().alias("created_at"), pl.col("region").first()
    )  # fmt: skip
    orders = bought.group_by("account_id", "invoice").agg(pl.col("timestamp").min(), pl.col("amount").sum())
    events = [
        orders.select("account_id", "timestamp", pl.lit("order").alias("event"), quantity="amount"),
        bought.select("account_id", "timestamp", pl.lit("item").alias("event"), quantity="amount"),
        lines.filter(cancelled).select(
            "account_id", "timestamp", pl.lit("cancelled").alias("event"), quantity=-pl.col("amount")
        ),
    ]
    tables = {
        "accounts": accounts.with_columns(pl.lit(SEGMENT).alias("segment"), received_at="created_at"),
        "events": pl.concat(events).sort("account_id", "timestamp", "event", "quantity"),
    }
    lake = Lake(root)
    for name, frame in tables.items():
        (root / "files").mkdir(parents=True, exist_ok=True)
        frame.write_parquet(root / "files" / f"{name}.parquet")
        ingest(lake, name, [root / "files" / f"{name}.parquet"], loaded_at=datetime.now(UTC))
    return lake


def labelled(lines: pl.DataFrame, snapshot: pl.DataFrame, cut: datetime) -> pl.DataFrame:
    """Customers who bought in the 90 days before the cut: `none` and `more` by what they bought in the 90 after."""
    bought = lines.filter(~pl.col("invoice").str.starts_with("C"))
    before = _spent(bought, cut - WINDOW, cut, "before")
    spent = before.join(_spent(bought, cut, cut + WINDOW, "after"), on="account_id", how="left")
    known = spent.select(
        "account_id",
        pl.lit(SEGMENT).alias("segment"),
        bucket_of(spent["account_id"], FOLDS).alias("fold"),
        none=pl.col("after").is_null(),
        more=(pl.col("after") > MUCH_MORE * pl.col("before")).fill_null(value=False),
    )
    return known.join(snapshot, on="account_id", how="inner").sort("account_id")


def _spent(lines: pl.DataFrame, start: datetime, end: datetime, name: str) -> pl.DataFrame:
    within = lines.filter(pl.col("timestamp") >= start, pl.col("timestamp") < end)
    return within.group_by("account_id").agg(pl.col("amount").sum().alias(name))

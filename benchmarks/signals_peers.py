"""Feast's point-in-time join and tsfresh on the benchmark's own files, in an environment of theirs.

    uv venv PEERS && uv pip install --python PEERS/bin/python feast tsfresh
    PEERS/bin/python benchmarks/signals_peers.py FILE.parquet...

FILEs are those that `benchmarks/signals.py build --events 2e6` made. Feast is given what it cannot make, one number
an account and day, and joins it to one row an account; tsfresh makes its ten least features of the same numbers.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig
from feast.types import Float64
from feast.value_type import ValueType
from tsfresh import extract_features
from tsfresh.feature_extraction import MinimalFCParameters

LIVES = timedelta(days=30)
WINDOW = timedelta(days=84)


def daily(files: list[Path]) -> pd.DataFrame:
    """A row an account and day: event_timestamp (the midnight after it), created, events."""
    read = pd.concat(pd.read_parquet(file, columns=["account_id", "timestamp"]) for file in files)
    day = read["timestamp"].dt.floor("D") + timedelta(days=1)
    sums = read.groupby([read["account_id"], day.rename("event_timestamp")]).size().rename("events").reset_index()
    return sums.assign(created=sums["event_timestamp"], events=sums["events"].astype(float))


def joined(rows: pd.DataFrame, accounts: pd.Series, moment: pd.Timestamp, folder: Path) -> pd.DataFrame:
    """Feast: for each account its latest daily number before the moment, if that is not older than 30 days."""
    rows.to_parquet(folder / "daily.parquet")
    source = FileSource(
        path=str(folder / "daily.parquet"), timestamp_field="event_timestamp", created_timestamp_column="created"
    )
    account = Entity(name="account", join_keys=["account_id"], value_type=ValueType.STRING)
    schema = [Field(name="events", dtype=Float64)]
    view = FeatureView(name="use", entities=[account], ttl=LIVES, schema=schema, source=source)
    config = RepoConfig(
        project="signals", provider="local", registry=str(folder / "registry.db"), offline_store={"type": "dask"},
        online_store=None, entity_key_serialization_version=3,
    )  # fmt: skip
    store = FeatureStore(config=config)
    store.apply([account, view])
    wanted = pd.DataFrame({"account_id": accounts, "event_timestamp": moment})
    return store.get_historical_features(entity_df=wanted, features=["use:events"]).to_df()


def extracted(rows: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    """By tsfresh: ten numbers an account, of its daily numbers of the last 84 days."""
    recent = rows[rows["event_timestamp"] > moment - WINDOW]
    return extract_features(
        recent[["account_id", "event_timestamp", "events"]], column_id="account_id", column_sort="event_timestamp",
        default_fc_parameters=MinimalFCParameters(), n_jobs=2, disable_progressbar=True,
    )  # fmt: skip


def tell(name: str, accounts: int, work: Callable[[], pd.DataFrame]) -> None:
    """Seconds, and of how many accounts a row came out."""
    begun = time.perf_counter()
    found = work()
    print(f"{name}: {time.perf_counter() - begun:.1f} s, {len(found):,} rows of {accounts:,} accounts", flush=True)


def main() -> None:
    """One moment: the midnight after the last day."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file", nargs="+", type=Path, help="Parquet files of events")
    rows = daily(arguments.parse_args().file)
    moment, accounts = rows["event_timestamp"].max(), rows["account_id"].drop_duplicates()
    with tempfile.TemporaryDirectory() as folder:
        tell("Feast, one daily number", len(accounts), lambda: joined(rows, accounts, moment, Path(folder)))
    tell("tsfresh, ten features", len(accounts), lambda: extracted(rows, moment))


if __name__ == "__main__":
    main()

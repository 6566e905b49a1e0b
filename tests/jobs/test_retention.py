"""Old rows no longer tell who a person is, and the account's numbers stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.features.compute import compute_signals
from consumption.features.rules import Meter, UsageRules
from consumption.features.signal_set import by_name
from consumption.jobs.create import SETTINGS, create
from consumption.jobs.daily import daily
from consumption.jobs.ingest import ingest
from consumption.jobs.opening import lake_of
from consumption.jobs.retention import keep_retention
from consumption.jobs.snapshots import snapshots
from tests.jobs.killing import killed_once
from tests.jobs.wholly import named

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
OF_ACCOUNTS = [by_name()[name] for name in ("active_days_28d", "days_since_last_event")]
OF_USERS = [by_name()["active_users_28d"]]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """People of two accounts over 120 days, one event corrected, with calls; kept for 60 days."""
    made = create(tmp_path / "w", settings=SETTINGS + "\n[retention]\nuser_rows_days = 60\n")
    lake = lake_of(made)
    rows = pl.DataFrame(
        [
            (a, AS_OF - DAY * d + timedelta(hours=7), f"{a}-person-{d % 3}")
            for a in ("acme", "bolt")
            for d in range(1, 121)
        ],
        schema=["account_id", "timestamp", "user_id"],
        orient="row",
    )
    events = rows.with_columns(event=pl.lit("export"), device=pl.format("phone of {}", "user_id"))
    lake.append(
        "accounts", pl.DataFrame({"account_id": ["acme", "bolt"], "created_at": [AS_OF - 400 * DAY] * 2}), source="a"
    )
    lake.append("events", events, source="e")
    calls = rows.filter(pl.col("timestamp").dt.day() == 1).with_row_index("interaction_id").with_columns(
        pl.col("interaction_id").cast(pl.String), channel=pl.lit("call"), text=pl.format("{} called", "user_id")
    )  # fmt: skip
    lake.append("interactions", calls, source="i")
    return made


def test_whatever_sending_does_old_rows_lose_their_person(workspace: Workspace) -> None:
    """It comes last in the daily job: a receiver, or an error that nobody expects, keeps no personal data."""

    def breaks() -> str:
        raise RuntimeError("nobody expects this")

    with pytest.raises(RuntimeError, match="nobody expects this"):
        daily(workspace, as_of=AS_OF, now=AS_OF + timedelta(hours=12), send=breaks)
    old = lake_of(workspace).scan("events").filter(pl.col("timestamp") < AS_OF - 60 * DAY).collect()
    assert old["user_id"].null_count() == old.height > 0


def test_rows_older_than_the_setting_lose_their_person(workspace: Workspace) -> None:
    """Sixty days are kept; what is older is a line of its account, on its day; calls keep that they were."""
    done = keep_retention(workspace, AS_OF)
    lake = lake_of(workspace)
    events = lake.scan("events").collect()
    old = events.filter(pl.col("timestamp") < AS_OF - 60 * DAY)
    assert (events.height, done["events"]) == (240, 240 - 2 * 53)
    assert old.select("user_id", "attributes").null_count().row(0) == (old.height, old.height)
    assert (old["timestamp"].dt.hour() == 0).all()
    new = events.filter(pl.col("timestamp") >= AS_OF - 52 * DAY)
    assert new.select("user_id", "attributes").null_count().row(0) == (0, 0)
    calls = lake.scan("interactions").collect()
    assert calls.height == 8
    assert calls.filter(pl.col("timestamp") < AS_OF - 60 * DAY)["text"].null_count() == 6
    assert calls.filter(pl.col("timestamp") > AS_OF - 52 * DAY)["text"].null_count() == 0


def test_no_older_version_names_them(workspace: Workspace) -> None:
    """A person who was there only long ago is in no file any more."""
    lake = lake_of(workspace)
    long_ago = {"account_id": ["acme"], "timestamp": [AS_OF - 100 * DAY], "event": ["export"], "user_id": ["olga-99"]}
    lake.append("events", pl.DataFrame(long_ago), source="olga")
    assert named(workspace.root, "olga-99")
    keep_retention(workspace, AS_OF)
    assert named(workspace.root, "olga-99") == []


def test_the_numbers_of_accounts_stay(workspace: Workspace) -> None:
    """Signals of events and days are the same at every midnight; distinct users too, within what is kept."""
    before = [
        compute_signals(lake_of(workspace).history(), as_of=AS_OF - 30 * n * DAY, signals=OF_ACCOUNTS)
        for n in range(3)
    ]
    users = compute_signals(lake_of(workspace).history(), as_of=AS_OF, signals=OF_USERS)
    keep_retention(workspace, AS_OF)
    history = lake_of(workspace).history()
    after = [compute_signals(history, as_of=AS_OF - 30 * n * DAY, signals=OF_ACCOUNTS) for n in range(3)]
    assert all(a.equals(b) for a, b in zip(after, before, strict=True))
    assert compute_signals(history, as_of=AS_OF, signals=OF_USERS).equals(users)


def test_tables_are_rewritten_once_a_week_and_not_without_need(workspace: Workspace) -> None:
    """The same day again changes nothing; nor does the day after."""
    keep_retention(workspace, AS_OF)
    versions = lake_of(workspace).versions()
    assert keep_retention(workspace, AS_OF) == keep_retention(workspace, AS_OF + DAY) == {}
    assert lake_of(workspace).versions() == versions
    assert keep_retention(workspace, AS_OF + 8 * DAY)["events"] > 0


def test_without_the_setting_everything_is_kept(tmp_path: Path) -> None:
    """0 days, the default, keeps every row as it is."""
    assert keep_retention(create(tmp_path / "w"), AS_OF) == {}


def readings(*values: tuple[float, str | None], product: str, event: str) -> pl.DataFrame:
    """Readings of a machine an hour apart, a hundred days ago: the value, and who sent it."""
    first = AS_OF - 100 * DAY
    return pl.DataFrame({
        "account_id": ["acme"] * len(values), "timestamp": [first + timedelta(hours=n) for n in range(len(values))],
        "event": [event] * len(values), "quantity": [value for value, _ in values],
        "user_id": [who for _, who in values], "product": [product] * len(values),
        "asset_id": [f"{product} 1"] * len(values),
    })  # fmt: skip


def test_readings_keep_their_order_within_the_day(workspace: Workspace) -> None:
    """90, 100, reset, 5, 20 is 30 hours of use, and 500 then 300 is 300; also where nobody sent some of them."""
    lake = lake_of(workspace)
    hours = readings((90, "ada"), (100, None), (5, "ada"), (20, "bob"), product="press", event="run_hours")
    level = readings((500, "ada"), (300, "ada"), product="disk", event="disk")
    lake.append("events", pl.concat([hours, level]), source="readings")
    bought = {"account_id": "acme", "starts_on": (AS_OF - 150 * DAY).date(), "ends_on": (AS_OF + 200 * DAY).date()}
    contracts = [
        {**bought, "contract_id": unit, "product": product, "unit": unit, "quantity": 1000.0, "arr": 1000.0}
        for unit, product in (("hour", "press"), ("gigabyte", "disk"))
    ]
    lake.append("contracts", pl.DataFrame(contracts), source="c")
    rules = UsageRules(meters={"hour": Meter(("run_hours",), "counter"), "gigabyte": Meter(("disk",), "last")})
    of_meters = [by_name()[name] for name in ("unit_utilisation", "level_utilisation")]

    def now() -> pl.DataFrame:
        return compute_signals(lake.history(), as_of=AS_OF, signals=of_meters, rules=rules).filter(account_id="acme")

    before = now()
    assert before.select("unit_utilisation", "level_utilisation").row(0) == (0.03, 0.3)
    keep_retention(workspace, AS_OF)
    assert now().equals(before)
    kept = lake.scan("events").filter(pl.col("event") == "run_hours").sort("timestamp").collect()
    assert kept["quantity"].to_list() == [90, 100, 5, 20]
    assert kept["user_id"].null_count() == 4
    assert ((kept["timestamp"] - kept["timestamp"].dt.truncate("1d")) < timedelta(seconds=1)).all()


@pytest.mark.parametrize("dated", [False, True])
def test_the_same_export_sent_again_names_nobody(workspace: Workspace, tmp_path: Path, dated: bool) -> None:
    """Rows before the limit come without their person, and those known already are no corrections."""
    lake = lake_of(workspace)
    times = [AS_OF - DAY * d + timedelta(hours=9) for d in range(90, 100)] * 2
    export = pl.DataFrame({
        "account_id": ["acme"] * 20, "timestamp": times, "event": ["open"] * 20,
        "event_id": [f"e{n}" for n in range(20)], "user_id": ["olga-99"] * 20, "phone": ["hers"] * 20,
    })  # fmt: skip
    if dated:
        export = export.with_columns((pl.col("timestamp") + pl.duration(minutes=5)).alias("received_at"))
    export.write_parquet(tmp_path / "first.parquet")
    ingest(workspace, "events", [tmp_path / "first.parquet"], now=AS_OF - 5 * DAY)
    keep_retention(workspace, AS_OF)
    late = export.tail(1).with_columns(pl.lit("e-late").alias("event_id"))
    pl.concat([export, late]).write_parquet(tmp_path / "again.parquet")
    done = ingest(workspace, "events", [tmp_path / "again.parquet"], now=AS_OF + DAY)
    assert (done.added, done.unchanged) == (1, 20)
    rows = lake.scan("events").filter(pl.col("event_id").is_not_null()).collect()
    assert rows.height == 21
    assert (rows["line"] >= 0).all()
    assert rows.select("user_id", "attributes").null_count().row(0) == (21, 21)
    assert (rows["timestamp"].dt.hour() == 0).all()
    assert named(workspace.root, "olga-99") == []


def test_a_real_correction_of_an_old_row_still_is_one(workspace: Workspace, tmp_path: Path) -> None:
    """Another quantity of a row whose person is gone is another version of it, without a person."""
    row = pl.DataFrame({
        "account_id": ["acme"], "timestamp": [AS_OF - 90 * DAY + timedelta(hours=9)], "event": ["open"],
        "event_id": ["e1"], "user_id": ["olga-99"], "quantity": [1.0],
    })  # fmt: skip
    row.write_parquet(tmp_path / "first.parquet")
    ingest(workspace, "events", [tmp_path / "first.parquet"], now=AS_OF - 5 * DAY)
    keep_retention(workspace, AS_OF)
    row.with_columns(pl.lit(2.0).alias("quantity")).write_parquet(tmp_path / "again.parquet")
    assert ingest(workspace, "events", [tmp_path / "again.parquet"], now=AS_OF).added == 1
    versions = lake_of(workspace).scan("events").filter(pl.col("event_id") == "e1", pl.col("line") > 0).collect()
    assert sorted(versions["quantity"]) == [1.0, 2.0]
    assert versions["user_id"].null_count() == 2


def test_calls_sent_again_stay_anonymous(workspace: Workspace, tmp_path: Path) -> None:
    """The same for interactions: the same call is no new version because its person is gone."""
    call = pl.DataFrame({
        "interaction_id": ["long-ago"], "account_id": ["acme"], "timestamp": [AS_OF - 90 * DAY], "channel": ["call"],
        "user_id": ["olga-99"], "text": ["olga-99 called"],
    })  # fmt: skip
    call.write_parquet(tmp_path / "first.parquet")
    ingest(workspace, "interactions", [tmp_path / "first.parquet"], now=AS_OF - 5 * DAY)
    keep_retention(workspace, AS_OF)
    call.with_columns(pl.lit("mail").alias("cc")).write_parquet(tmp_path / "again.parquet")
    assert ingest(workspace, "interactions", [tmp_path / "again.parquet"], now=AS_OF).added == 0
    assert named(workspace.root, "olga-99") == []


def test_a_day_on_which_nothing_came_of_age_reads_no_events(workspace: Workspace) -> None:
    """What was done before is remembered: the files of events could be away."""
    keep_retention(workspace, AS_OF)
    for table in ("events", "interactions"):
        for file in (workspace.root / "lake" / table).rglob("*.parquet"):
            if "_delta_log" not in file.parts:
                file.unlink()
    assert keep_retention(workspace, AS_OF + DAY) == {}


PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
from consumption.config import Workspace
from consumption.jobs.retention import keep_retention
workspace = Workspace.open(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
keep_retention(workspace, datetime.fromisoformat(sys.argv[2]))
"""


def commits(workspace: Workspace, table: str) -> int:
    """The last commit of a table's log."""
    return max((int(f.stem) for f in (workspace.root / "lake" / table / "_delta_log").glob("*.json")), default=-1)


# What has just been done when the program is killed.
STEPS: dict[str, Callable[[Workspace], bool]] = {
    "the limit is noted": lambda w: commits(w, "anonymous") >= 0,
    "a part of events is rewritten": lambda w: commits(w, "events") > 1,
    "all events are rewritten": lambda w: commits(w, "events") > 2,
    "calls are rewritten": lambda w: commits(w, "interactions") > 0,
}


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_moment_it_is_completed_the_next_time(workspace: Workspace, step: str) -> None:
    """SIGKILL once a step is done: after the next run neither a table, nor its past, nor a sum has a name."""
    lake = lake_of(workspace)
    long_ago = {"account_id": ["acme"], "timestamp": [AS_OF - 100 * DAY], "event": ["export"], "user_id": ["olga-99"]}
    lake.append("events", pl.DataFrame(long_ago), source="olga")
    snapshots(workspace, [AS_OF])
    assert named(workspace.root / "lake" / "kept", "olga-99")
    killed_once(lambda: STEPS[step](workspace), PROGRAM, str(workspace.root), AS_OF.isoformat())
    keep_retention(workspace, AS_OF)
    assert named(workspace.root, "olga-99") == []
    events = lake.scan("events").collect()
    assert events.height == 241
    assert events.filter(pl.col("timestamp") < AS_OF - 60 * DAY)["user_id"].drop_nulls().is_empty()
    assert keep_retention(workspace, AS_OF) == {}

"""What is kept of events is brought up to date by what came since: the same to the bit as from all events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.engines.progress import silent
from consumption.features.compute import compute_signals
from consumption.jobs.live import LiveSignals
from consumption.jobs.opening import lake_of, signals_of, usage_rules
from consumption.jobs.snapshots import Making, snapshots
from consumption.lake.delta import Lake
from tests.features.small import rich

DAY = timedelta(days=1)
TABLES = rich(count=30)
EVENTS = TABLES["events"].sort("timestamp")
LAST: datetime = EVENTS["timestamp"].to_list()[-1]
AS_OF = LAST.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
SETTINGS = """
[events]
value = ["share", "export"]
errors = ["error"]
[meters.hour]
events = ["run_hours"]
how = "counter"
[meters.gigabyte]
events = ["disk"]
how = "last"
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with every table but events."""
    (tmp_path / "consumption.toml").write_text(SETTINGS, "utf-8")
    made = Workspace.open(tmp_path)
    for name, rows in TABLES.items():
        if name != "events":
            lake_of(made).append(name, rows, source=name)
    return made


def load(workspace: Workspace, events: pl.DataFrame, at: datetime) -> None:
    """Events as a file of that moment brings them."""
    when = pl.lit(at + timedelta(microseconds=123), dtype=pl.Datetime("us", "UTC"))
    lake_of(workspace).append("events", events.with_columns(when.alias("loaded_at")), source=at.isoformat())


def from_all_events(workspace: Workspace, as_of: datetime) -> pl.DataFrame:
    """The snapshot computed from the lake's events alone."""
    history = lake_of(workspace).history()
    return compute_signals(history, as_of=as_of, signals=signals_of(workspace), rules=usage_rules(workspace))


def same(workspace: Workspace, as_ofs: Sequence[datetime]) -> None:
    """Each snapshot of the job is that from all events, to the bit."""
    for as_of, found in snapshots(workspace, as_ofs).items():
        expected = from_all_events(workspace, as_of)
        differing = [name for name in expected.columns if not found[name].equals(expected[name])]
        assert differing == []


def tile_rows(workspace: Workspace) -> int:
    """How many rows the kept tiles have."""
    return int(
        Lake(workspace.lake_url)
        .kept("tiles", pl.Schema({"events": pl.Int64()}))
        .scan()
        .select(pl.len())
        .collect()
        .item()
    )


def test_a_day_that_is_added_gives_what_all_days_give(workspace: Workspace) -> None:
    """First all but the last days, then a day at a time, the lake's files joined in between as the daily job does."""
    before = AS_OF - 3 * DAY
    load(workspace, EVENTS.filter(pl.col("timestamp") < before), before)
    same(workspace, [before])
    for day in range(3):
        start = before + day * DAY
        load(workspace, EVENTS.filter(pl.col("timestamp").is_between(start, start + DAY, closed="left")), start + DAY)
        same(workspace, [start + DAY])
        lake_of(workspace).compact()


def test_only_new_events_are_read(workspace: Workspace) -> None:
    """What is kept grows by the tiles of the new day and is not written again."""
    load(workspace, EVENTS.filter(pl.col("timestamp") < AS_OF - DAY), AS_OF - DAY)
    snapshots(workspace, [AS_OF - DAY])
    before = Lake(workspace.lake_url).kept("tiles", pl.Schema()).place.files()["path"].to_list()
    load(workspace, EVENTS.filter(pl.col("timestamp") >= AS_OF - DAY), AS_OF)
    snapshots(workspace, [AS_OF])
    after = Lake(workspace.lake_url).kept("tiles", pl.Schema()).place.files()["path"].to_list()
    assert set(before) < set(after)


def test_more_accounts_are_worked_on_at_once_where_only_a_window_is_read(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What bounds memory is what is read: all events of an account where nothing is kept of what was before."""
    load(workspace, EVENTS, LAST)
    monkeypatch.setattr("consumption.jobs.snapshots.EVENTS_AT_ONCE", EVENTS.height // 8)
    groups: dict[datetime, int] = {}
    wanted = [s for s in signals_of(workspace) if s.name == "features_used_28d"]
    for as_of in (AS_OF, AS_OF - 90 * DAY, AS_OF + DAY / 2):

        def told(what: str, _done: int, of: int, moment: datetime = as_of) -> None:
            if what == "signals":
                groups[moment] = of

        snapshots(workspace, [as_of], signals=wanted, progress=told)
    late, early, within = groups.values()
    assert late < early == within


def test_late_events_count_in_their_day_once_they_came(workspace: Workspace) -> None:
    """Events of months ago that were received today change today's snapshot, and none of before."""
    late = pl.int_range(pl.len()) % 5 == 0
    load(workspace, EVENTS.filter(~late, pl.col("timestamp") < AS_OF - DAY), AS_OF - DAY)
    earlier = snapshots(workspace, [AS_OF - 28 * DAY])[AS_OF - 28 * DAY]
    received = pl.lit(AS_OF - DAY / 2, dtype=pl.Datetime("us", "UTC")).alias("received_at")
    load(workspace, EVENTS.filter(late).with_columns(received), AS_OF)
    same(workspace, [AS_OF - 28 * DAY, AS_OF])
    assert snapshots(workspace, [AS_OF - 28 * DAY])[AS_OF - 28 * DAY].equals(earlier)


def test_events_of_the_past_that_were_known_then_make_the_past_anew(workspace: Workspace) -> None:
    """An old export is loaded later: with the times at which its rows were known, snapshots of then change."""
    old = AS_OF - 56 * DAY
    load(workspace, EVENTS.filter(pl.col("timestamp") >= old - 28 * DAY), AS_OF)
    first = snapshots(workspace, [old])[old]
    load(workspace, EVENTS.filter(pl.col("timestamp") < old - 28 * DAY), AS_OF + DAY)
    same(workspace, [old, AS_OF])
    assert not snapshots(workspace, [old])[old].equals(first)


def test_the_same_day_loaded_in_two_goes_is_one_day(workspace: Workspace) -> None:
    """Equal rows of one user, feature and day are one tile, whichever files they came in."""
    even = pl.int_range(pl.len()) % 2 == 0
    for number, part in enumerate((EVENTS.filter(even), EVENTS.filter(~even))):
        load(workspace, part, AS_OF + number * DAY)
        snapshots(workspace, [AS_OF])
    same(workspace, [AS_OF])


def test_other_rules_need_no_other_tiles(workspace: Workspace) -> None:
    """Sums of value events follow the settings."""
    load(workspace, EVENTS, AS_OF)
    same(workspace, [AS_OF])
    before = tile_rows(workspace)
    (workspace.root / "consumption.toml").write_text(SETTINGS.replace('"share", ', ""), "utf-8")
    changed = Workspace.open(workspace.root)
    same(changed, [AS_OF])
    assert tile_rows(changed) == before


def test_a_history_of_snapshots_is_each_of_them(workspace: Workspace) -> None:
    """Weekly moments in one pass, with what is kept of lifetimes at a day among them."""
    load(workspace, EVENTS, AS_OF)
    snapshots(workspace, [AS_OF])
    same(workspace, [AS_OF - weeks * 7 * DAY for weeks in (9, 8, 4, 1)])


def test_a_moment_within_a_day_is_told_from_events(workspace: Workspace) -> None:
    """Kept days begin at midnight; a window that ends at noon cuts them."""
    load(workspace, EVENTS, AS_OF)
    same(workspace, [AS_OF - DAY / 2, AS_OF])


@pytest.mark.parametrize("table", ["tiles", "daily", "readings", "lifetimes"])
def test_what_was_kept_half_is_made_good(workspace: Workspace, table: str) -> None:
    """A program killed between two commits leaves one table behind the others: it is made good the next time."""
    load(workspace, EVENTS.filter(pl.col("timestamp") < AS_OF - 29 * DAY), AS_OF - 29 * DAY)
    snapshots(workspace, [AS_OF - 29 * DAY])
    load(workspace, EVENTS.filter(pl.col("timestamp") >= AS_OF - 29 * DAY), AS_OF)
    snapshots(workspace, [AS_OF])
    log = Path(workspace.lake_url) / "kept" / table / "_delta_log"
    max(log.glob("*.json")).unlink()
    kept = Making.of(workspace, AS_OF, None, silent).make([AS_OF])[AS_OF]
    expected = from_all_events(workspace, AS_OF)
    assert [name for name in expected.columns if not kept[name].equals(expected[name])] == []


def test_a_snapshot_within_a_day_follows_what_that_morning_brought(workspace: Workspace) -> None:
    """Rows that were received before noon and loaded after the first look make the noon's snapshot anew."""
    noon = AS_OF - DAY / 2
    morning = pl.col("timestamp") >= AS_OF - DAY
    load(workspace, EVENTS.filter(~morning), AS_OF - DAY)
    first = snapshots(workspace, [noon])[noon]
    load(workspace, EVENTS.filter(morning, pl.col("timestamp") < noon), AS_OF)
    assert not snapshots(workspace, [noon])[noon].equals(first)
    same(workspace, [noon])


def test_a_percentile_alone_brings_what_it_is_made_of(workspace: Workspace) -> None:
    """One may ask for some signals only, also for those that peers tell."""
    load(workspace, EVENTS, AS_OF)
    (ranked,) = (one for one in signals_of(workspace) if one.name == "events_28d_percentile")
    alone = snapshots(workspace, [AS_OF], signals=[ranked])[AS_OF]
    assert alone.columns == ["account_id", "as_of", "events_28d_percentile"]
    assert alone["events_28d_percentile"].equals(from_all_events(workspace, AS_OF)["events_28d_percentile"])


def test_a_live_answer_of_the_past_is_compared_with_the_past(workspace: Workspace) -> None:
    """Peers are those of the latest snapshot that was not later, whatever was computed since."""
    load(workspace, EVENTS, AS_OF)
    before = AS_OF - 28 * DAY
    account = snapshots(workspace, [before])[before].row(3, named=True)
    snapshots(workspace, [AS_OF])
    live = LiveSignals(workspace)
    live.of(account["account_id"], as_of=AS_OF)
    assert live.of(account["account_id"], as_of=before).row(0, named=True) == account


def test_accounts_of_one_family_may_lie_in_different_buckets(tmp_path: Path) -> None:
    """Use of a subsidiary that bought nothing is its parent's, wherever both lie; a merged one's the survivor's."""
    (tmp_path / "consumption.toml").write_text("buckets = 8\n", "utf-8")
    workspace = Workspace.open(tmp_path)
    lake = lake_of(workspace)
    begun = datetime(2024, 1, 1, tzinfo=UTC)
    accounts = pl.DataFrame(
        {
            "account_id": ["group", "unit", "old", "new"],
            "created_at": [begun] * 4,
            "parent_id": [None, "group", None, None],
            "merged_into": [None, None, "new", None],
        }
    )
    starts, ends = date(2024, 1, 1), date(2027, 1, 1)
    contract = {"contract_id": "c", "account_id": "group", "product": "desk", "starts_on": starts, "ends_on": ends}
    lake.append("accounts", accounts, source="accounts")
    lake.append("contracts", pl.DataFrame([contract | {"quantity": 10.0, "arr": 1000.0, "unit": "seat"}]), source="c")
    people = {"unit": "ada", "old": "bob", "new": "cy"}
    rows = [
        {"account_id": a, "timestamp": AS_OF - DAY, "event": "open", "user_id": u, "product": "desk"}
        for a, u in people.items()
    ]
    load(workspace, pl.DataFrame(rows), AS_OF)
    made = snapshots(workspace, [AS_OF])[AS_OF]
    assert made.select("account_id", "active_users_28d", "seat_utilisation_28d").rows() == [
        ("group", 1.0, 0.1), ("new", 2.0, None), ("old", 0.0, None), ("unit", 0.0, None),
    ]  # fmt: skip
    same(workspace, [AS_OF])

"""Tiles hold exactly what was known, whatever the events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumption.features.compute import compute_signals, compute_snapshots
from consumption.features.lifetime import Lifetime
from consumption.features.rules import NO_RULES
from consumption.features.tiles import ALWAYS, Tiles
from consumption.lake.history import History
from tests.features.small import DAY, JUNE_1, RULES, SIGNAL, accounts, rich

Row = tuple[str, int, int, str, str | None, float]

HOURS = st.integers(-24 * 60, 24 * 3)
EVENT = st.tuples(
    st.sampled_from(["acme", "bond"]), HOURS, st.integers(0, 80), st.sampled_from(["open", "share"]),
    st.sampled_from([None, "ada", "bob"]), st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 6)),
)  # fmt: skip
NAMES = ("events_28d", "active_users_28d", "active_days_28d", "quantity_28d", "lost_users_28d")
WANTED = [SIGNAL[name] for name in NAMES]
CHECKS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def as_history(rows: Sequence[Row]) -> History:
    """Events at whole hours before or after the first of June, received whole hours later."""
    hour = timedelta(hours=1)
    frame = pl.DataFrame(
        [(a, JUNE_1 + h * hour, JUNE_1 + (h + late) * hour, e, u, q) for a, h, late, e, u, q in rows],
        schema={"account_id": pl.String, "timestamp": pl.Datetime("us", "UTC"),
                "received_at": pl.Datetime("us", "UTC"), "event": pl.String, "user_id": pl.String,
                "quantity": pl.Float64},
        orient="row",
    )  # fmt: skip
    return History.of(accounts=accounts("acme", "bond"), events=frame)


@CHECKS
@given(st.lists(EVENT, max_size=40), st.integers(-48, 48))
def test_signals_are_what_one_would_count_by_hand(rows: Sequence[Row], hour: int) -> None:
    """For any events and any hour: the rows known then, of the last 28 days, counted one by one."""
    as_of = JUNE_1 + timedelta(hours=hour)
    found = compute_signals(as_history(rows), as_of=as_of, signals=WANTED)
    for account in ("acme", "bond"):
        known = [(h, u, q) for a, h, late, _, u, q in rows if a == account and h + late < hour and h < hour]
        mine = [(h, u, q) for h, u, q in known if h >= hour - 28 * 24]
        users = {u for _, u, _ in mine if u}
        before = {u for h, u, _ in known if u and hour - 56 * 24 <= h < hour - 28 * 24}
        # Days are counted back from the moment.
        days = {(hour - 1 - h) // 24 for h, _, _ in mine}
        quantity = sum(round(q * 1_000_000) for _, _, q in mine) / 1_000_000
        row = found.filter(account_id=account).select(s.name for s in WANTED).row(0)
        assert row == (len(mine), len(users), len(days), quantity, len(before - users))


@CHECKS
@given(st.lists(EVENT, max_size=40), st.lists(st.integers(-40, 2), min_size=1, max_size=4))
def test_a_series_of_snapshots_is_the_same_as_each_alone(rows: Sequence[Row], days: list[int]) -> None:
    """In any order of moments, with and without a time of day."""
    moments = [JUNE_1 + timedelta(days=d, hours=12 * (i % 2)) for i, d in enumerate(days)]
    history = as_history(rows)
    series = compute_snapshots(history, moments, signals=WANTED)
    for moment, snapshot in zip(moments, series, strict=True):
        assert snapshot.equals(compute_signals(history, as_of=moment, signals=WANTED))


def test_a_lifetime_can_be_continued() -> None:
    """Sums up to a day, and from it on, are those up to the end."""
    tiles = Tiles.of(History.of(**rich(count=12)), JUNE_1, RULES)
    days = [(JUNE_1 - k * 28 * DAY).date() for k in (9, 3, 0)]
    step = None
    for day in days:
        step = Lifetime.of(tiles, day, step)
    once = Lifetime.of(tiles, days[-1])
    assert step
    for part in ("users", "features", "assets"):
        columns = getattr(once, part).columns
        made, whole = getattr(step, part).select(columns), getattr(once, part)
        assert made.sort(columns[:2]).equals(whole.sort(columns[:2]))


def test_a_tile_counts_what_it_stands_for() -> None:
    """Equal rows of one user, feature and day are one tile of two events."""
    rows = [
        ("acme", -30, 0, "open", "ada", 1.5),
        ("acme", -30, 0, "open", "ada", 1.5),
        ("acme", -30, 50, "open", "ada", 1.0),
    ]
    tiles = Tiles.of(as_history(rows), datetime(2026, 1, 1, tzinfo=JUNE_1.tzinfo), NO_RULES)
    assert sorted(tiles.rows.since(ALWAYS).select("events", "quantity").rows()) == [(1, 1_000_000), (2, 3_000_000)]

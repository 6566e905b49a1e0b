"""What a person used stays their account's, and tells neither who it was nor when in a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from consumption.lake.nobody import near, of_nobody

DAY = datetime(2025, 5, 5, tzinfo=UTC)
THEIRS, READ = pl.col("user_id") == "ada", pl.lit(value=True)


def reading(
    hour: float, user: str | None, quantity: float, machine: str = "m1", known: float = 0
) -> dict[str, object]:
    """A counter read on the fifth of May, known so many hours later."""
    at = DAY + timedelta(hours=hour)
    return {
        "account_id": "acme", "asset_id": machine, "event": "hours", "timestamp": at, "user_id": user,
        "quantity": quantity, "attributes": user and "{}", "received_at": at + timedelta(hours=known),
        "event_id": None,
    }  # fmt: skip


def test_their_readings_keep_their_place_in_the_order() -> None:
    """Ada read 10 and 12 before Bob read 15, and 20 after: so it stays, or the counter would seem to be reset."""
    rows = pl.DataFrame([
        reading(8, "ada", 10), reading(9.5, "ada", 12), reading(10, "bob", 15), reading(17.25, "ada", 20),
        reading(7, "eve", 99, "m2"),
    ])  # fmt: skip
    left = of_nobody(rows, THEIRS, READ).sort("timestamp")
    assert left.filter(pl.col("asset_id") == "m1")["quantity"].to_list() == [10, 12, 15, 20]
    assert left["user_id"].to_list() == [None, None, "eve", "bob", None]
    times = left.filter(pl.col("user_id").is_null())["timestamp"].to_list()
    micro = timedelta(microseconds=1)
    assert times == [DAY + micro, DAY + 2 * micro, DAY + timedelta(hours=10) + micro]
    assert left["attributes"].to_list() == [None, None, "{}", "{}", None]
    others = pl.col("user_id").is_not_null()
    assert left.filter(others).sort("user_id").equals(rows.filter(~THEIRS).sort("user_id"))


def test_what_no_meter_reads_in_order_is_of_its_day() -> None:
    """Not even that it came after what others did is told."""
    rows = pl.DataFrame([reading(hour, user, 1) for hour, user in ((9, "bob"), (10, "ada"), (17, "ada"))])
    left = of_nobody(rows, THEIRS, pl.col("event") == "pages")
    assert left.filter(pl.col("user_id").is_null())["timestamp"].to_list() == [DAY, DAY]


def test_when_it_was_received_does_not_tell_when_it_was() -> None:
    """Received on the day: the same time; on a later one: as it was."""
    rows = pl.DataFrame([reading(8, "ada", 1, known=2), reading(9, "ada", 2, "m2", known=48)])
    left = of_nobody(rows, THEIRS, READ).sort("quantity")
    assert left["received_at"][0] == left["timestamp"][0] == DAY + timedelta(microseconds=1)
    assert left["received_at"][1] == rows["received_at"][1]


def test_no_version_overtakes_another() -> None:
    """Ada's stay after Bob's, which keep their time; hers of one moment stay of one, and tell nothing else of it."""
    hours = {"ada": (8, 9, 10, 10, 14, 15), "bob": (9, 12)}
    rows = pl.DataFrame([
        {**reading(7, user, hour, known=hour - 7), "event_id": "e1"}
        for user, all_of in hours.items() for hour in all_of
    ])  # fmt: skip
    left = of_nobody(rows, THEIRS, pl.lit(value=False))
    micro, nine, noon = timedelta(microseconds=1), timedelta(hours=9), timedelta(hours=12)
    assert left.sort("received_at", "quantity").select("quantity", "received_at").rows() == [
        (8, DAY), (9, DAY + nine), (9, DAY + nine), (10, DAY + nine + micro), (10, DAY + nine + micro),
        (12, DAY + noon), (14, DAY + noon + micro), (15, DAY + noon + 2 * micro),
    ]  # fmt: skip


def test_rows_are_near_that_are_read_in_one_order() -> None:
    """Of the same account, machine, kind and day."""
    rows = pl.DataFrame(
        [reading(8, "ada", 1), reading(23, "bob", 1), reading(25, "bob", 1), reading(8, "bob", 1, "m2")]
    )
    assert rows.select(near(THEIRS)).to_series().to_list() == [True, True, False, False]

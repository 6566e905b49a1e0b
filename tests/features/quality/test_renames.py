"""Which names are probably the same thing under another name."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from consumption.features.quality.renames import renamed

FIRST = date(2026, 1, 5)


def telemetry(*names: tuple[str, int, int, int, range]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Names and spans of events: each with its first day, its end, events a day, and its accounts."""
    daily = [
        {"product": "desk", "event": event, "day": FIRST + timedelta(days=number), "events": events}
        for event, first, end, events, _ in names
        for number in range(first, end)
    ]
    spans = [
        {
            "account_id": f"a{number}", "product": "desk", "event": event,
            "first": FIRST + timedelta(days=first), "last": FIRST + timedelta(days=end - 1),
        }
        for event, first, end, _, accounts in names
        for number in accounts
    ]  # fmt: skip
    return pl.DataFrame(daily), pl.DataFrame(spans)


def pairs(*names: tuple[str, int, int, int, range]) -> list[tuple[object, object, object]]:
    """Old name, new name and day of what is probably renamed."""
    daily, spans = telemetry(*names)
    return [(row["old"], row["new"], row["on"]) for row in renamed(daily, spans, ("product", "event"))]


def test_a_name_that_stops_as_another_begins() -> None:
    """The same accounts, the same volume, the same day: one event under two names."""
    found = pairs(("share", 0, 50, 20, range(9)), ("shared", 50, 100, 22, range(9)), ("open", 0, 100, 50, range(9)))
    assert found == [("share", "shared", "2026-02-24")]


def test_a_name_that_trickles_on_from_old_clients_has_stopped() -> None:
    """A twentieth of the volume is what is left of clients that were never updated."""
    found = pairs(("share", 0, 50, 40, range(9)), ("share", 50, 100, 2, range(2)), ("shared", 50, 100, 40, range(9)))
    assert [pair[:2] for pair in found] == [("share", "shared")]


def test_other_accounts_are_another_thing() -> None:
    """A feature that some gave up, and one that others discovered."""
    assert pairs(("share", 0, 50, 20, range(9)), ("shared", 50, 100, 20, range(20, 29))) == []


def test_another_volume_is_another_thing() -> None:
    """Three times as often is not the same event."""
    assert pairs(("share", 0, 50, 20, range(9)), ("shared", 50, 100, 60, range(9))) == []


def test_a_month_apart_is_another_thing() -> None:
    """One ended, and a month later another began."""
    assert (
        pairs(("share", 0, 40, 20, range(9)), ("shared", 70, 110, 20, range(9)), ("open", 0, 110, 9, range(9))) == []
    )


def test_an_event_that_only_ends_or_only_begins_is_no_rename() -> None:
    """Most features end without a successor and begin without a predecessor."""
    assert pairs(("share", 0, 50, 20, range(9)), ("open", 0, 100, 20, range(9))) == []
    assert pairs(("shared", 50, 100, 20, range(9)), ("open", 0, 100, 20, range(9))) == []


def test_products_are_renamed_too() -> None:
    """All events of one product go on under the name of another."""
    daily, spans = telemetry(("share", 0, 50, 20, range(9)), ("share ", 50, 100, 20, range(9)))
    product = pl.when(pl.col("event") == "share").then(pl.lit("Desk")).otherwise(pl.lit("Desk 2")).alias("product")
    (row,) = renamed(daily.with_columns(product), spans.with_columns(product), ("product",))
    assert (row["old"], row["new"], row["in"]) == ("Desk", "Desk 2", "products")

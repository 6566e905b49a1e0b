"""What lists of the past would have caught, on a few accounts done by hand."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from consumption.features.signal_set import SIGNALS
from consumption.jobs.backtest import list_days
from consumption.models.backtest import HEALTH, LIST, ORDERS, RECENCY, caught, health, orders
from consumption.models.dataset import TrainingSet
from consumption.models.served import day_one

DAY = datetime(2026, 1, 5, tzinfo=UTC)


def scored(*rows: tuple[str, float, float, date | None]) -> pl.DataFrame:
    """account, value, dollars lost, day of the loss; one owner."""
    return pl.DataFrame(
        [
            {"account_id": a, "as_of": DAY, "owner": "ada", "segment": None, "value": v, "dollars": d,
             "probability": 0.1, "happened": float(d > 0), "lost_on": on}
            for a, v, d, on in rows
        ],
        schema_overrides={"lost_on": pl.Date, "segment": pl.String},
    )  # fmt: skip


def test_a_list_catches_what_was_lost_of_the_accounts_it_holds() -> None:
    """Two of four accounts fit on the list: 90 of 120 dollars, 20 days ahead on average by dollars."""
    rows = scored(
        ("a", 9.0, 60.0, date(2026, 1, 20)),  # 15 days ahead
        ("b", 8.0, 30.0, date(2026, 2, 4)),  # 30 days ahead
        ("c", 2.0, 30.0, date(2026, 3, 1)),
        ("d", 1.0, 0.0, None),
    )
    found = caught(rows, k=2)
    assert (found.lost, found.dollars, found.accounts_lost, found.accounts) == (120.0, 90.0, 3, 2)
    assert found.share.value == pytest.approx(0.75)
    assert found.share.low <= 0.75 <= found.share.high
    assert found.lead_days == pytest.approx((60 * 15 + 30 * 30) / 90)


def test_a_quarter_without_a_loss_has_no_share_and_no_lead_time() -> None:
    """Nothing divided by nothing is not known."""
    found = caught(scored(("a", 1.0, 0.0, None)), k=1)
    assert math.isnan(found.share.value)
    assert math.isnan(found.lead_days)


def test_all_orders_are_of_the_same_accounts(data: TrainingSet) -> None:
    """The list, risk alone, a health score and recency: the same rows and losses, other values."""
    rows = data.part("test")
    found = orders(day_one("help", SIGNALS), rows)
    assert tuple(found) == ORDERS
    for one in found.values():
        assert one["dollars"].equals(found[LIST]["dollars"])
    silent = rows["days_since_last_event"].arg_max()
    assert found[RECENCY]["value"].arg_max() == silent
    assert not found[HEALTH]["value"].equals(found[LIST]["value"])


def test_the_health_score_weighs_its_parts_and_takes_half_for_what_is_not_known() -> None:
    """All good is 1, nothing known is .5; seats in use weigh .3."""
    good = {"seat_utilisation_28d": 1.0, "events_trend_28d": 1.0, "recent_active_share_14d": 1.0,
            "open_severe_ticket_days": 0.0, "nps_last": 10.0}  # fmt: skip
    rows = pl.DataFrame([good, {**good, "seat_utilisation_28d": 0.0}, dict.fromkeys(good)])
    assert rows.select(health(rows.columns).alias("h"))["h"].to_list() == pytest.approx([1.0, 0.7, 0.5])


def test_lists_stand_on_the_days_of_training_snapshots() -> None:
    """The first such day of each quarter, the latest whose outcome is known, every 28 days from the anchor."""
    as_of = datetime(2026, 6, 1, tzinfo=UTC)
    days = list_days(as_of, as_of, as_of - timedelta(days=900), quarters=3)
    assert all((as_of - day).days % 28 == 0 for day in days)
    assert days[-1] + timedelta(days=121) <= as_of
    assert [(d.year, (d.month + 2) // 3) for d in days] == [(2025, 3), (2025, 4), (2026, 1)]
    since = datetime(2025, 1, 1, tzinfo=UTC)
    assert min(list_days(as_of, as_of, as_of - timedelta(days=900), first=since)) >= since
    assert list_days(as_of, as_of, as_of - timedelta(days=60)) == []

"""What lists of the past would have caught, on a few accounts done by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from consumption.features.signal_set import SIGNALS
from consumption.jobs.backtest import list_days
from consumption.models.judging.backtest import CHANCE, HEALTH, LIST, ORDERS, RECENCY, ahead, caught, health, orders
from consumption.models.judging.replayed import Replay, Replayed
from consumption.models.samples.dataset import TrainingSet
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
    assert (found.moved, found.held, found.accounts_moved, found.accounts_held) == (120.0, 90.0, 3, 2)
    assert (found.lists, found.listed, found.ranked) == (1, 2, 4)
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
    assert tuple(found) == ORDERS["help"]
    for one in found.values():
        assert one["dollars"].equals(found[LIST]["dollars"])
    silent = rows["days_since_last_event"].arg_max()
    assert found[RECENCY]["value"].arg_max() == silent
    assert not found[HEALTH]["value"].equals(found[LIST]["value"])


def test_lists_of_who_may_grow_are_held_against_the_most_likely_healthiest_and_busiest(data: TrainingSet) -> None:
    """For expand dollars are those gained, and what is simple asks the contrary: good health, and use just now."""
    rows = data.part("test")
    found = orders(day_one("expand", SIGNALS), rows, day_one("help", SIGNALS))
    assert tuple(found) == ORDERS["expand"]
    gained = pl.when(pl.col("outcome") == "expansion").then(pl.col("weight") * pl.col("y")).otherwise(0.0)
    assert found[LIST]["dollars"].to_list() == pytest.approx(rows.select(gained).to_series().to_list())
    assert found[CHANCE]["value"].equals(found[CHANCE]["probability"])
    helped = orders(day_one("help", SIGNALS), rows)
    for name in (HEALTH, RECENCY):
        assert found[name]["value"].to_numpy() == pytest.approx(-helped[name]["value"].to_numpy())
    assert math.isnan(caught(found[LIST], k=8).lead_days)


def test_who_may_grow_is_listed_by_who_stays_as_the_help_model_of_that_day_says(data: TrainingSet) -> None:
    """As in every list: where that model expects most to leave, there is less to gain."""
    rows, expand, help_ = data.part("test"), day_one("expand", SIGNALS), day_one("help", SIGNALS)
    gloomy = replace(help_, churn=replace(help_.churn, level=help_.churn.level + 3.0))
    usual, less = (orders(expand, rows, leaver)[LIST] for leaver in (help_, gloomy))
    assert (less["value"] < usual["value"]).all()
    assert (less["probability"] < usual["probability"]).all()


def test_an_account_that_was_never_used_has_been_silent_since_it_exists() -> None:
    """Silence without a last day of use is no recent use: by recency it stands first, not last."""
    known = {"account_id": ["used", "never"], "as_of": [DAY] * 2, "segment": ["s"] * 2, "owner": ["ada"] * 2,
             "weight": [1.0] * 2, "y": [0.0] * 2, "outcome": ["stayed"] * 2, "age_days": [400.0, 300.0]}  # fmt: skip
    model = day_one("help", SIGNALS)
    rows = pl.DataFrame(known).with_columns(
        pl.lit(None, dtype=pl.Float64).alias(name) for name in model.about.signals if name not in known
    )
    rows = rows.with_columns(days_since_last_event=pl.Series([30.0, None]))
    assert orders(model, rows)[RECENCY]["value"].to_list() == [30.0, 300.0]


def test_a_list_is_ahead_of_another_by_the_same_draws() -> None:
    """Account by account: what both orders hold of a draw cancels out, so equal orders are ahead by nothing."""
    rows = scored(*[(f"a{i:02d}", float(i), float(i % 5 == 0) * 10.0, None) for i in range(40)])
    one, same = caught(rows, k=8), caught(rows, k=8)
    none = ahead(one, same)
    assert (none.value, none.low, none.high) == (0.0, 0.0, 0.0)
    best = caught(rows.with_columns(value=pl.col("dollars")), k=8)
    more = ahead(best, one)
    assert more.value == pytest.approx(best.share.value - one.share.value)
    assert 0.0 < more.low <= more.value <= more.high


def replay(*, money: bool = True, days: int = 1) -> Replay:
    """A replay of `days` lists that hold one of two losses each, the recent one."""
    lists = [scored(("a", 9.0, 60.0, date(2026, 1, 20)), ("b", 2.0, 40.0, date(2026, 1, 20)), ("c", 1.0, 0.0, None))
             .with_columns(as_of=pl.lit(DAY + timedelta(days=84 * n))) for n in range(days)]  # fmt: skip
    found = {name: caught(pl.concat(lists), k=1) for name in ORDERS["help"]}
    each = [Replayed(DAY + timedelta(days=84 * n), "the rule", {name: caught(one, k=1) for name in ORDERS["help"]})
            for n, one in enumerate(lists)]  # fmt: skip
    return Replay("help", 91, 1, money, tuple(each), found)


def test_a_replay_says_how_long_lists_are_and_what_they_held_in_all() -> None:
    """Lists, places on them, accounts they were chosen from; all quarters together with an interval of their own."""
    text = "\n".join(replay(days=2).lines)
    assert "was lost in the 91 days after it" in text
    assert "A list is an owner's week: 1 accounts, or 10% of an owner's accounts" in text
    assert "2026-Q1, list of 2026-01-05 (the rule): 1 list with 1 of 3 accounts; 100 a year lost by 2" in text
    assert "All 2 quarters: 2 lists with 2 of 6 accounts; 200 a year lost by 2 accounts" in text
    assert "neither more nor less, by what chance allows, than health score (+0 to +0 points)" in text
    assert "100.0 accounts lost by" in "\n".join(replay(money=False).lines)
    assert "quarters:" not in "\n".join(replay().lines)


def test_the_table_of_a_replay_has_a_row_a_quarter_and_order_and_one_for_all() -> None:
    """Shares with their intervals, places and accounts: what the text says, for programs."""
    table = replay(days=2).table
    assert table["quarter"].to_list() == ["2026-Q1"] * 8 + ["all"] * 4
    last = table.row(-1, named=True)
    assert [last[n] for n in ("lost", "caught", "share", "listed", "accounts")] == [200.0, 120.0, 0.6, 2, 6]
    assert np.isfinite(table.select("share_low", "share_high").to_numpy()).all()


def test_the_health_score_weighs_its_parts_and_takes_half_for_what_is_not_known() -> None:
    """All good is 1, nothing known is .5; seats in use weigh .3."""
    good = {"seat_utilisation_28d": 1.0, "events_trend_28d": 1.0, "recent_active_share_14d": 1.0,
            "open_severe_ticket_days": 0.0, "nps_last": 10.0}  # fmt: skip
    rows = pl.DataFrame([good, {**good, "seat_utilisation_28d": 0.0}, dict.fromkeys(good)])
    assert rows.select(health(rows.columns).alias("h"))["h"].to_list() == pytest.approx([1.0, 0.7, 0.5])


def test_lists_stand_on_the_days_of_training_snapshots() -> None:
    """The first such day of each quarter, the latest whose outcome is known, every 28 days from the anchor."""
    as_of = datetime(2026, 6, 1, tzinfo=UTC)
    begun, until = as_of - timedelta(days=900), as_of - timedelta(days=121)
    days = list_days(as_of, begun, until, quarters=3)
    assert all((as_of - day).days % 28 == 0 for day in days)
    assert days[-1] <= until
    assert [(d.year, (d.month + 2) // 3) for d in days] == [(2025, 3), (2025, 4), (2026, 1)]
    since = datetime(2025, 1, 1, tzinfo=UTC)
    assert min(list_days(as_of, begun, until, first=since)) >= since
    assert list_days(as_of, as_of - timedelta(days=60), until) == []

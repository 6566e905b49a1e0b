"""What is proven: in total, quarter by quarter, and what is left unsaid."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl
import pytest

from consumption.actions.number.findings import Kept
from consumption.actions.number.leading import leading
from consumption.actions.number.proven import Evidence, planned_variance, prove
from consumption.actions.number.worth import Worth
from consumption.lake.history import History

Q1, Q2, Q3 = date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)
SERVED, WITHHELD = 600, 120


def evidence(lost_served: int, lost_withheld: int, *, late: int = 0, matters: float | None = None) -> Evidence:
    """Customers of 100 a year who count from 10 January on; the first of each arm leave on 1 March.

    `late`: so many of those lost signed again, as is learned on 1 June.
    """
    ids = [f"s{n:03d}" for n in range(SERVED)] + [f"w{n:03d}" for n in range(WITHHELD)]
    left = [n < lost_served for n in range(SERVED)] + [n < lost_withheld for n in range(WITHHELD)]
    ends = [date(2026, 3, 1) if gone else date(2027, 1, 1) for gone in left]
    first = pl.DataFrame(
        {
            "contract_id": ids, "account_id": ids, "product": "p", "starts_on": date(2025, 1, 1), "ends_on": ends,
            "quantity": 1.0, "arr": 100.0, "received_at": datetime(2025, 1, 1, tzinfo=UTC),
        }
    )  # fmt: skip
    again = first.head(late).with_columns(
        starts_on=pl.lit(date(2026, 3, 1)),
        ends_on=pl.lit(date(2027, 3, 1)),
        received_at=pl.lit(datetime(2026, 6, 1, tzinfo=UTC)),
    )
    history = History.of(contracts=pl.concat([first, again]))
    counted = pl.DataFrame(
        {
            "account_id": ids,
            "top_parent": ids,
            "arm": ["treated"] * SERVED + ["holdout"] * WITHHELD,
            "since": date(2026, 1, 10),
            "action": "call",
            "expected": 0.0,
            "motion": ["help", "expand"] * (len(ids) // 2),
            "segment": None,
        },
        schema_overrides={"segment": pl.String},
    )

    def at(day: date) -> Worth:
        return Worth.known(history, datetime.combine(day, time(), UTC), currency=None, gap_days=30)

    members = counted.select("account_id", "top_parent", "arm").with_columns(
        stratum=pl.lit("1|?"), drawn_at=pl.lit(datetime(2026, 1, 10, tzinfo=UTC))
    )
    return Evidence(lambda _: counted, at, members, 30, matters, ("motion", "segment"))


def test_the_total_pools_everything_that_counts() -> None:
    """Served lost 5 %, held-out 15 %: a tenth of the served's 60,000, and no quarter before its time."""
    found = prove(evidence(30, 18), date(2026, 5, 15))
    assert found.since == date(2026, 1, 10)
    assert found.total.share is not None
    assert found.total.gained is not None
    assert found.total.share.value == pytest.approx(0.10)
    assert found.total.gained.value == pytest.approx(6_000)
    assert (found.total.served, found.total.withheld) == (SERVED, WITHHELD)
    assert [(q.name, q.frozen) for q in found.quarters] == [("2026 Q1", True), ("2026 Q2", False)]


def test_where_nothing_works_nothing_is_proven() -> None:
    """Both arms lost a tenth: about 0, and zero inside the interval."""
    found = prove(evidence(60, 12), date(2026, 5, 15)).total
    assert found.share is not None
    assert found.share.value == pytest.approx(0.0)
    assert found.share.low < 0 < found.share.high


def test_a_frozen_quarter_does_not_change_any_more() -> None:
    """A contract that came in months late moves the total; the quarter stays as told, with a correction beside it."""
    early, later = (prove(evidence(60, 18, late=10), day) for day in (date(2026, 5, 15), date(2026, 6, 15)))
    assert early.quarters[0].frozen
    assert early.quarters[0].corrected is None
    assert replace(later.quarters[0], corrected=None) == early.quarters[0]
    assert early.quarters[0].share is not None
    assert later.quarters[0].corrected == pytest.approx(early.quarters[0].share.value + 10 / SERVED)
    assert early.total.share is not None
    assert later.total.share is not None
    assert later.total.share.value - early.total.share.value == pytest.approx(10 / SERVED)


def test_what_was_told_once_is_told_again_whatever_is_known_by_then() -> None:
    """Kept, a quarter needs neither the accounts nor the contracts it was made from; a file gives it back."""
    first = prove(evidence(60, 18), date(2026, 5, 15))
    kept = Kept.of_json(json.loads(json.dumps(first.kept.as_json())))
    assert kept == first.kept
    other = prove(replace(evidence(60, 12), kept=kept), date(2026, 5, 15))
    assert replace(other.quarters[0], corrected=None) == first.quarters[0]
    assert other.quarters[0].corrected == pytest.approx(0.0)
    assert other.kept == first.kept
    earlier = prove(replace(evidence(60, 12), kept=kept), date(2026, 4, 15))
    assert not earlier.quarters[0].frozen


def test_the_planned_variance_is_fixed_before_the_first_look() -> None:
    """Whoever is chosen later, drawn later, or signs later: it is that of all members on the first day."""
    book = evidence(60, 18)
    worth = book.worth_at(date(2026, 1, 10))
    fixed = planned_variance(book.members, worth, date(2026, 1, 10))
    assert fixed == pytest.approx(0.29**2 * (1 / 6) * (5 / 6) * 720 * 100.0**2 / 2)
    few = book.counted_at(date(2026, 1, 10)).head(620)
    some = replace(book, counted_at=lambda day: few if day < date(2026, 3, 1) else book.counted_at(day))
    for day in (date(2026, 2, 1), date(2026, 5, 15)):
        assert prove(some, day).kept.planned == pytest.approx(fixed)
    later = pl.when(pl.int_range(pl.len()) < 300).then(pl.lit(datetime(2026, 2, 1, tzinfo=UTC))).otherwise("drawn_at")
    drawn = planned_variance(book.members.with_columns(drawn_at=later), worth, date(2026, 1, 10))
    assert drawn == pytest.approx(0.29**2 * (120 / 420) * (300 / 420) * 420 * 100.0**2 / 2)
    kept = prove(some, date(2026, 2, 1)).kept
    other = replace(book, members=book.members.head(610), kept=kept)
    assert prove(other, date(2026, 5, 15)).kept.planned == pytest.approx(fixed)


def test_customers_are_summed_by_parent_and_the_exempt_left_out_of_what_is_planned() -> None:
    """Ten accounts of one parent are one customer of 1,000; the exempt count in no arm."""
    book = evidence(0, 0)
    worth, day = book.worth_at(date(2026, 1, 10)), date(2026, 1, 10)
    tens = book.members.with_columns(top_parent=pl.format("p{}", pl.int_range(pl.len()) // 10))
    assert planned_variance(tens, worth, day) == pytest.approx(10 * planned_variance(book.members, worth, day))
    served = pl.int_range(pl.len()) < 480
    less = book.members.with_columns(arm=pl.when(served).then(pl.lit("exempt")).otherwise("arm"))
    assert planned_variance(less, worth, day) == pytest.approx(0.29**2 * 0.5 * 0.5 * 240 * 100.0**2 / 2)


def test_a_frozen_quarter_has_the_interval_of_one_look() -> None:
    """What runs is looked at every week and pays for it; what is complete does not."""
    frozen = prove(evidence(60, 18), date(2026, 5, 15)).quarters[0]
    running = prove(evidence(60, 18), date(2026, 4, 15)).quarters[0]
    assert frozen.share is not None
    assert running.share is not None
    assert frozen.share.value == running.share.value
    assert frozen.share.length < 0.8 * running.share.length


def test_a_breakdown_appears_only_where_it_can_tell_what_matters() -> None:
    """By motion where its interval is shorter than the effect in question, and never by guess."""
    assert prove(evidence(60, 18), date(2026, 5, 15)).parts == ()
    assert prove(evidence(60, 18, matters=0.01), date(2026, 5, 15)).parts == ()
    names = [part.name for part in prove(evidence(60, 18, matters=2.0), date(2026, 5, 15)).parts]
    assert names == ["motion expand", "motion help"]


def test_before_the_first_day_nothing_is_said() -> None:
    """No decision, no figure; a decision, but no contract decided, none either."""
    assert prove(evidence(60, 18), Q1).since is None
    early = prove(evidence(60, 18), date(2026, 1, 20))
    assert early.total.share is None
    assert "too few contracts" in str(early.total.missing)


def test_telemetry_leads_and_is_no_proof() -> None:
    """Served accounts are active on three more days of 28 than before, held-out ones as ever."""
    counted = evidence(0, 0).counted_at(Q1)
    today = date(2026, 1, 10) + timedelta(days=60)
    rng = np.random.default_rng(1)
    rows = []
    for account, arm in counted.select("account_id", "arm").iter_rows():
        before, after = rng.integers(4, 9), rng.integers(4, 9) + (3 if arm == "treated" else 0)
        rows += [(account, date(2026, 1, 10) - timedelta(days=n + 1)) for n in range(before)]
        rows += [(account, date(2026, 1, 10) + timedelta(days=28 + n)) for n in range(after)]
    active = pl.DataFrame(rows, schema=["account_id", "day"], orient="row")
    found = leading(counted, active, today)
    assert found is not None
    assert found.days.low < 3 < found.days.high
    assert found.days.low > 1.5
    assert leading(counted.head(610), active, today) is None
    assert leading(counted, active, date(2026, 2, 1)) is None

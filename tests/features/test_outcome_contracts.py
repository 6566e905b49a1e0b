"""Machines, and contracts that guarantee what is got out of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from consumption.features.labels import LabelRules, label, told_by
from consumption.features.rules import Meter, UsageRules
from tests.features.small import DAY, JUNE_1, accounts, contract, events, history, value_of

TODAY = JUNE_1.date()
BEGAN, ENDS = date(2025, 5, 1), date(2026, 5, 1)
HOURS = UsageRules(meters={"hour": Meter(("run",))}, error_events=frozenset({"fault"}))


def promise(**columns: object) -> dict[str, Any]:
    """A contract for 920 machine hours a quarter, three quarters of them guaranteed, that began on the 1st of May."""
    usual: dict[str, object] = {
        "kind": "outcome", "unit": "hour", "quantity": 920.0, "period": "quarter", "measured_over": "quarter",
        "guaranteed": 0.75, "penalty": 500.0,
    }  # fmt: skip
    return contract("acme", BEGAN, ENDS, **usual) | columns


def ran(hours: float, *, machines: int = 1, days: int = 28) -> pl.DataFrame:
    """So many hours a day of each machine, on each of the last days."""
    return events(
        *(
            ("acme", JUNE_1 - d * DAY, "run", None, hours, None, f"m{m + 1}")
            for d in range(1, days + 1)
            for m in range(machines)
        )
    )


def stands(name: str, used: pl.DataFrame, **columns: object) -> object:
    """The value of a signal of the account with this one promise."""
    return value_of(name, events=used, contracts=[promise(**columns)], rules=HOURS)


def test_a_guarantee_grows_with_its_quarter() -> None:
    """690 hours in the 92 days from May to July are 7.5 a day: 31 days ask for 232.5, and 28 x 6 = 168 were run."""
    assert stands("guarantee_attainment", ran(6)) == pytest.approx(168 / 232.5)
    assert stands("guarantee_attainment", ran(6), kind="subscription") is None
    assert stands("guarantee_attainment", ran(6), guaranteed=None) is None


def test_the_pace_that_is_still_needed() -> None:
    """522 hours in 61 days are 8.557 a day, 1.43 times the 6 there are; what is reached already asks for nothing."""
    assert stands("guarantee_pace_needed", ran(6)) == pytest.approx(522 / 61 / 6)
    assert stands("guarantee_pace_needed", ran(23, machines=2)) == 0


def test_a_guarantee_is_lost_on_the_day_when_running_round_the_clock_is_too_little() -> None:
    """With 6 hours a day now and 24 at most, d days from now 522 - 6 d are lacking and 24 (61 - d) could be run.

    That is too little from d = (24 x 61 - 522) / 18 = 52.33 days on. With 9 a day, 690 are reached in time.
    """
    assert stands("days_to_guarantee_lost", ran(6)) == pytest.approx((24 * 61 - 522) / 18)
    assert stands("days_to_guarantee_lost", ran(9)) is None
    assert stands("penalty_at_risk", ran(6)) == 500
    assert stands("penalty_at_risk", ran(9)) == 0
    assert stands("penalty_at_risk", ran(9), kind="subscription") is None


def test_a_guarantee_may_be_lost_already() -> None:
    """2,208 hours are all that a machine has in a quarter; after 28 days of 6 the rest is too little for .75."""
    assert stands("days_to_guarantee_lost", ran(6), quantity=2208.0) == 0


def test_two_machines_can_catch_up_longer() -> None:
    """Twice 3 hours a day leave 48 (61 - d) against 522 - 6 d: (48 x 61 - 522) / 42 days."""
    assert stands("days_to_guarantee_lost", ran(3, machines=2)) == pytest.approx((48 * 61 - 522) / 42)


def test_what_nothing_limits_is_lost_with_the_quarter() -> None:
    """Calls can be made at any speed: the guarantee is lost on the last day, 61 days from now."""
    assert stands("days_to_guarantee_lost", ran(6), unit="call") == 61


def test_a_guarantee_has_a_period_of_its_own() -> None:
    """Measured over months, a third of a quarter's 920 hours is bought for each; June has just begun.

    Nothing was asked for yet, but May's 6 hours a day are known: 230 in 30 days are 7.667 a day.
    """
    assert stands("guarantee_attainment", ran(6), measured_over="month") is None
    assert stands("guarantee_pace_needed", ran(6), measured_over="month") == pytest.approx(230 / 30 / 6)
    assert stands("penalty_at_risk", ran(6), measured_over="month") == 500
    assert stands("penalty_at_risk", ran(8), measured_over="month") == 0
    july_1 = JUNE_1 + 30 * DAY
    used = events(*(("acme", july_1 - d * DAY, "run", None, 6.0, None, "m1") for d in range(1, 29)))
    found = value_of(
        "guarantee_attainment",
        as_of=july_1 - DAY,
        events=used,
        contracts=[promise(measured_over="month")],
        rules=HOURS,
    )
    assert found == pytest.approx(27 * 6 / (0.75 * 920 / 3 * 29 / 30))


def test_a_level_is_guaranteed_as_it_stands() -> None:
    """Three of ten machines report, nine tenths are guaranteed: a third of it, and lost with the quarter."""
    terms = {"unit": "asset", "quantity": 10.0, "guaranteed": 0.9}
    assert stands("guarantee_attainment", ran(6, machines=3), **terms) == pytest.approx(1 / 3)
    assert stands("days_to_guarantee_lost", ran(6, machines=3), **terms) == 61
    assert stands("days_to_guarantee_lost", ran(6, machines=9), **terms) is None


MACHINES = [
    {"asset_id": name, "account_id": "acme", "removed_on": TODAY - DAY if name == "gone" else None}
    for name in ("m1", "m2", "m3", "gone")
]


def test_not_reporting_is_told_apart_from_not_running() -> None:
    """One of three machines ran on two of four days, one reported a single fault, one is silent, a fourth is gone.

    Two of three report; on three of the five days with a report nothing ran; 10 hours are .5 % of 3 x 28 x 24.
    """
    seen = events(
        *(
            ("acme", JUNE_1 - d * DAY, "run", None, q, None, "m1")
            for d, q in ((1, 4.0), (2, 0.0), (3, 6.0), (4, 0.0))
        ),
        ("acme", JUNE_1 - 5 * DAY, "fault", None, 1.0, None, "m2"),
        ("acme", JUNE_1 - 5 * DAY, "run", None, 8.0, None, "gone"),
        ("acme", JUNE_1 - 5 * DAY, "fault", "ada"),
    )
    tables: dict[str, Any] = {"events": seen, "assets": MACHINES, "rules": HOURS}
    assert value_of("reporting_asset_share", **tables) == pytest.approx(2 / 3)
    assert value_of("standing_share_28d", **tables) == 0.6
    assert value_of("run_hours_28d", **tables) == 10
    assert value_of("asset_utilisation_28d", **tables) == pytest.approx(10 / (3 * 28 * 24))
    assert value_of("faults_per_asset_84d", **tables) == pytest.approx(1 / 3)


def test_run_hours_of_a_counter_are_its_rises() -> None:
    """100, 130, back to 5: 30 + 5 hours; what it showed before the window only says where it stood."""
    rules = UsageRules(meters={"hour": Meter(("read",), "counter")})
    rows = ((40, 100.0), (9, 130.0), (8, 130.0), (7, 5.0))
    seen = events(*(("acme", JUNE_1 - d * DAY, "read", None, q, None, "m1") for d, q in rows))
    tables: dict[str, Any] = {"events": seen, "assets": MACHINES, "rules": rules}
    assert value_of("run_hours_28d", **tables) == 35
    assert value_of("standing_share_28d", **tables) == pytest.approx(1 / 3)


def test_without_a_meter_of_hours_nobody_knows_whether_machines_run() -> None:
    """The default meter of a unit would add up anything."""
    tables: dict[str, Any] = {"events": ran(6), "assets": MACHINES}
    assert value_of("run_hours_28d", **tables) is None
    assert value_of("standing_share_28d", **tables) is None
    assert value_of("reporting_asset_share", **tables) == pytest.approx(1 / 3)


LABELS = LabelRules(horizon_days=182, usage=HOURS)


def earned(used: pl.DataFrame, *contracts: dict[str, Any], as_of: Any = JUNE_1 + 90 * DAY) -> tuple[object, ...]:
    """Worth at the moment, and at the end of the label window 196 days later."""
    return label(history(contracts=list(contracts), events=used), as_of, LABELS).select("arr0", "arr1").row(0)


def through(until: date, hours: float) -> list[tuple[object, ...]]:
    """Hours a day of one machine, from the contract's first day on."""
    days = (until - BEGAN).days
    return [("acme", JUNE_1 - 31 * DAY + d * DAY, "run", None, hours, None, "m1") for d in range(days)]


def test_a_missed_guarantee_is_less_earned() -> None:
    """From May to July 6 hours a day were run of the 7.5 guaranteed: as of the 30th of August 500 of 12,000 are lost.

    The window ends in March, with the quarter from November to January over, in which 8 hours a day were run.
    """
    better = events(*through(date(2025, 8, 1), 6), *(
        ("acme", JUNE_1 + d * DAY, "run", None, 8.0, None, "m1") for d in range(61, 330)
    ))  # fmt: skip
    assert earned(better, promise()) == (11_500, 12_000)
    assert earned(better, promise(penalty=None)) == (12_000, 12_000)
    assert earned(better, promise(kind="subscription")) == (12_000, 12_000)


def test_what_was_not_known_then_took_nothing_away() -> None:
    """Late readings show that the quarter was reached after all; as of August it looked missed."""
    short = events(*through(date(2025, 8, 1), 6)).with_columns(received_at=pl.col("timestamp"))
    late = events(*through(date(2025, 8, 1), 2)).with_columns(received_at=JUNE_1 + 120 * DAY)
    later = events(*(("acme", JUNE_1 + d * DAY, "run", None, 9.0, None, "m1") for d in range(61, 330)))
    late_too = later.with_columns(received_at=pl.col("timestamp"))
    used = pl.concat([short, late, late_too])
    assert earned(used, promise()) == (11_500, 12_000)
    assert earned(used, promise(), as_of=JUNE_1 + 130 * DAY) == (12_000, 12_000)


def test_a_first_quarter_that_is_not_over_has_missed_nothing() -> None:
    """Nor has a term measured as a whole."""
    idle = events(*through(date(2025, 8, 1), 0))
    assert earned(idle, promise(), as_of=JUNE_1)[0] == 12_000
    assert earned(idle, promise())[0] == 11_500
    assert earned(idle, promise(measured_over="term"))[0] == 12_000


def labelled(used: pl.DataFrame, *contracts: dict[str, Any], as_of: Any = JUNE_1 + 90 * DAY) -> int:
    """How many labels there are."""
    return label(history(contracts=list(contracts), events=used), as_of, LABELS).height


def test_a_machine_that_fell_silent_has_missed_its_guarantee() -> None:
    """8 hours a day were run until July, and nothing was heard since: November to January is missed, as it looks.

    In the middle of that quarter the penalty is at risk; in the label of March it is lost.
    """
    fell_silent = events(*through(date(2025, 8, 1), 8))
    assert earned(fell_silent, promise()) == (12_000, 11_500)
    tables: dict[str, Any] = {"events": fell_silent, "contracts": [promise()], "rules": HOURS}
    december = JUNE_1 + 200 * DAY
    assert value_of("penalty_at_risk", as_of=december, **tables) == 500
    assert value_of("guarantee_attainment", as_of=december, **tables) == 0


def test_what_no_telemetry_ever_told_of_is_unknown() -> None:
    """A guarantee that nothing tells of is neither kept nor missed: no signal, and no label.

    Readings of something else, or from before the contract, do not tell of it; of the term before it they do.
    """
    nothing = events(("acme", JUNE_1 - 10 * DAY, "open", "ada", 1.0), ("acme", JUNE_1 - 99 * DAY, "run", None, 5.0))
    names = ("penalty_at_risk", "guarantee_attainment", "guarantee_pace_needed", "days_to_guarantee_lost")
    assert [stands(name, nothing) for name in names] == [None] * 4
    assert labelled(nothing, promise()) == 0
    # As of June no quarter was over yet; at the end of the label's window one is, of which nothing told.
    assert labelled(nothing, promise(), as_of=JUNE_1) == 0
    before = promise(starts_on=date(2024, 5, 1), ends_on=BEGAN)
    tables: dict[str, Any] = {"events": nothing, "contracts": [before, promise()], "rules": HOURS}
    assert value_of("penalty_at_risk", **tables) == 500
    assert earned(nothing, before, promise())[0] == 11_500


def test_in_the_first_days_nobody_knows_whether_a_guarantee_will_be_kept() -> None:
    """Five days of 6 hours tell no rate; that 36 of 34.5 hours are run already does tell."""
    young = {"starts_on": TODAY - 5 * DAY}
    assert stands("penalty_at_risk", ran(6, days=5), **young) is None
    assert stands("guarantee_pace_needed", ran(6, days=5), **young) is None
    assert stands("penalty_at_risk", ran(7.2, days=5), quantity=46.0, **young) == 0
    assert stands("penalty_at_risk", ran(6, days=7), starts_on=TODAY - 7 * DAY) == 500


RENEWED = {"starts_on": ENDS, "ends_on": date(2027, 5, 1)}


def autumn_ends_badly() -> pl.DataFrame:
    """8 hours a day until January 2026, 6 from February on: the term's last quarter is missed at 7.5."""
    until = (ENDS - BEGAN).days + 60
    return events(
        *(("acme", JUNE_1 + (d - 31) * DAY, "run", None, 8.0 if d < 276 else 6.0, None, "m1") for d in range(until))
    )


def test_a_renewal_hides_no_miss() -> None:
    """The window from December ends in June, a month into the next term: what the last quarter missed is lost.

    Under a new number too; but not where the old contract had stopped 84 days before, or was of something else.
    """
    as_of = JUNE_1 + 170 * DAY
    used = autumn_ends_badly()
    assert earned(used, promise(), promise(**RENEWED), as_of=as_of) == (12_000, 11_500)
    assert earned(used, promise(), promise(**RENEWED, contract_id="new"), as_of=as_of) == (12_000, 11_500)
    assert earned(used, promise(), promise(**RENEWED, unit="call"), as_of=as_of) == (12_000, 12_000)
    assert earned(used, promise(), promise(**RENEWED, kind="subscription"), as_of=as_of) == (12_000, 12_000)


def test_a_miss_of_long_ago_is_nobodys_any_more() -> None:
    """A year without use ended 84 days before the next term, or 85."""
    for days, left in ((84, 11_500), (85, 12_000)):
        ended = BEGAN - days * DAY
        old = promise(starts_on=ended - 365 * DAY, ends_on=ended)
        used = events(("acme", JUNE_1 - 300 * DAY, "run", None, 1.0))
        assert earned(used, old, promise(), as_of=JUNE_1)[0] == left


def test_a_term_measured_as_a_whole_is_settled_by_its_renewal() -> None:
    """6 hours a day are 2,190 of the 2,737 that three quarters of 920 a quarter come to in a year."""
    used = events(*(("acme", JUNE_1 + (d - 31) * DAY, "run", None, 6.0, None, "m1") for d in range(400)))
    terms = [promise(measured_over="term"), promise(measured_over="term", **RENEWED)]
    assert earned(used, *terms, as_of=JUNE_1 + 170 * DAY) == (12_000, 11_500)


def test_no_more_is_lost_than_the_fee() -> None:
    """A penalty above the fee earns nothing, and what is worth nothing has no label."""
    idle = events(*through(date(2025, 8, 1), 0))
    found = label(history(contracts=[promise(penalty=20_000.0)], events=idle), JUNE_1 + 90 * DAY, LABELS)
    assert found.is_empty()


def test_two_contracts_of_one_product_share_the_hours() -> None:
    """12 hours a day for two contracts of the same size are 6 for each, of 7.5 guaranteed."""
    used = events(*through(date(2025, 8, 1), 12))
    both = [promise(contract_id=name) for name in "ab"]
    assert earned(used, *both)[0] == 23_000
    assert earned(used, both[0])[0] == 12_000


def test_labels_read_no_more_telemetry_than_guarantees_need() -> None:
    """Events of the account with a guarantee and of those below it; all of them where use is the label."""
    book = accounts("acme", "below", "other", parent_id=[None, "acme", None])
    used = events(*((name, JUNE_1 - DAY, "run", None, 1.0) for name in ("acme", "below", "other")))
    told = history(accounts=book, contracts=[promise()], events=used)
    assert sorted(told_by(told, LABELS).events.collect()["account_id"]) == ["acme", "below"]
    silent = LabelRules(horizon_days=56, source="silence")
    assert told_by(told, silent).events.collect().height == 3
    assert told_by(history(events=used), LABELS).events.collect().is_empty()


def test_use_below_counts_for_a_guarantee_above() -> None:
    """A plant without a contract runs the hours that its parent promised: 6 and 2 of 7.5 a day are enough."""
    book = accounts("acme", "plant", parent_id=[None, "acme"])
    mine = through(date(2025, 8, 1), 6)
    used = events(*mine, *(("plant", *row[1:4], 2.0, None, "m9") for row in mine))
    tables: dict[str, Any] = {"accounts": book, "contracts": [promise()], "events": used}
    found = label(history(**tables), JUNE_1 + 90 * DAY, LABELS)
    assert found["arr0"].to_list() == [12_000]

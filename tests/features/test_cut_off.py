"""Time over the whole engine: what is known at a moment, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from consumption.cli.options import moment
from consumption.features.compute import compute_signals, compute_snapshots
from consumption.features.made_up import MadeUp, cut_off, made_up
from consumption.features.made_up_words import words_for
from consumption.features.population import population
from consumption.features.signal_set import signals_for
from consumption.lake.history import History
from consumption.tables import LAKE
from tests.features.small import (
    AS_OF,
    DAY,
    JUNE_1,
    MICROSECOND,
    RULES,
    accounts,
    contract,
    events,
    history,
    rich,
    value_of,
    values_of,
)  # fmt: skip

TABLES = rich(count=24)
BERLIN = ZoneInfo("Europe/Berlin")
ALL = signals_for(RULES)
WORDS = words_for(ALL, RULES)


def snapshot(tables: dict[str, pl.DataFrame] | History, as_of: datetime = AS_OF) -> pl.DataFrame:
    """All signals of a history."""
    whole = tables if isinstance(tables, History) else History.of(**tables)
    return compute_signals(whole, as_of=as_of, rules=RULES)


def complete(tables: dict[str, pl.DataFrame], as_of: datetime = AS_OF) -> MadeUp:
    """The same tables as they are stored, with the moment."""
    whole = History.of(**tables)
    return MadeUp(as_of, {name: whole.frame(name).collect() for name in LAKE})


@pytest.mark.parametrize("as_of", [AS_OF, AS_OF - 92 * DAY, datetime(2024, 2, 29, tzinfo=UTC)])
def test_a_snapshot_is_the_same_from_data_cut_off_at_its_time(as_of: datetime) -> None:
    """Rebuilt from what could have been written then, every bit is what it is from all that is known today."""
    past = cut_off(complete(TABLES, as_of))
    assert past.tables["events"].height < TABLES["events"].height
    assert snapshot(past.history, as_of).equals(snapshot(TABLES, as_of))


@pytest.mark.parametrize("received", [AS_OF - MICROSECOND, AS_OF, AS_OF + DAY])
def test_who_is_compared_and_ranked_is_decided_by_contracts_known_then(received: datetime) -> None:
    """The first contracts of all, received just before the moment, at it or after: as if the data ended there."""
    told = TABLES["contracts"].with_columns(received_at=pl.lit(received))
    tables = {**TABLES, "contracts": told}
    past = cut_off(complete(tables)).history
    assert past.contracts.collect().is_empty() == (received >= AS_OF)
    assert snapshot(past).equals(snapshot(tables))
    assert population(past, AS_OF).equals(population(History.of(**tables), AS_OF))


def test_versions_received_later_are_cut_alike() -> None:
    """All that was received before the moment is all that matters, whatever time it claims."""
    assert snapshot(History.of(**TABLES).received_before(AS_OF)).equals(snapshot(TABLES))


@settings(
    max_examples=4, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(draw=st.randoms(use_true_random=False))
def test_any_history_can_be_cut_off_at_its_time(draw: Random) -> None:
    """Late rows, corrections, clocks that are wrong, rows of tomorrow: none changes what was known today."""
    made = made_up(draw, WORDS, accounts=6, most=dict.fromkeys(LAKE, 2) | {"events": 8, "interactions": 5})
    whole, past = snapshot(made.history, made.as_of), snapshot(cut_off(made).history, made.as_of)
    assert [name for name in whole.columns if not whole[name].equals(past[name])] == []


def test_a_late_event_counts_from_when_it_was_received_on_the_day_it_happened() -> None:
    """Received on 20 May, it is unknown on the 20th; on the 21st it counts on 10 May, in that day's window."""
    happened, received = datetime(2025, 5, 10, 9, tzinfo=UTC), datetime(2025, 5, 20, tzinfo=UTC)
    late = events(("acme", happened, "open", "ada")).with_columns(received_at=pl.lit(received))
    counts = {
        day: value_of("events_28d", as_of=datetime(2025, *day, tzinfo=UTC), events=late)
        for day in ((5, 20), (5, 21), (6, 7), (6, 8))
    }
    assert counts == {(5, 20): 0.0, (5, 21): 1.0, (6, 7): 1.0, (6, 8): 0.0}
    assert value_of("days_since_last_event", as_of=datetime(2025, 5, 21, tzinfo=UTC), events=late) == 10.0


def test_equal_events_are_real_and_each_counts() -> None:
    """A row without an id is an event of its own: two equal ones are two."""
    row = ("acme", JUNE_1 - DAY, "open", "ada")
    assert value_of("events_28d", events=events(row, row)) == 2.0


def test_an_event_stamped_in_the_future_counts_when_its_time_has_come() -> None:
    """A clock that runs ahead moves an event to its own time, never into a snapshot before it."""
    ahead = events(("acme", JUNE_1 + DAY, "open", "ada")).with_columns(received_at=pl.lit(JUNE_1 - DAY))
    seen = [value_of("events_28d", as_of=JUNE_1 + days * DAY, events=ahead) for days in (0, 1, 2)]
    assert seen == [0.0, 0.0, 1.0]


def test_a_correction_of_a_contract_counts_from_when_it_was_known() -> None:
    """Ten seats bought, corrected to twenty on 20 May: May's first snapshots keep ten, later ones have twenty."""
    bought = contract("acme", date(2025, 1, 1), date(2026, 1, 1))
    rows = [bought | {"received_at": datetime(2025, 1, 1, tzinfo=UTC)},
            bought | {"quantity": 20.0, "received_at": datetime(2025, 5, 20, tzinfo=UTC)}]  # fmt: skip
    days = [datetime(2025, 5, day, tzinfo=UTC) for day in (19, 20, 21)]
    assert [value_of("seats_bought", as_of=day, contracts=rows) for day in days] == [10.0, 10.0, 20.0]


def test_a_correction_of_an_account_counts_from_when_it_was_known() -> None:
    """Its beginning, corrected later, is the old one until then."""
    told = pl.concat([
        accounts("acme", since=JUNE_1 - 100 * DAY).with_columns(received_at=pl.lit(JUNE_1 - 90 * DAY)),
        accounts("acme", since=JUNE_1 - 300 * DAY).with_columns(received_at=pl.lit(JUNE_1)),
    ])  # fmt: skip
    assert value_of("tenure_days", as_of=JUNE_1, accounts=told) == 100.0
    assert value_of("tenure_days", as_of=JUNE_1 + DAY, accounts=told) == 301.0


def test_a_moment_is_the_same_in_any_zone() -> None:
    """Midnight in Greenwich is two in the morning in Berlin: the same snapshot."""
    there = AS_OF.astimezone(BERLIN)
    assert there.hour == 2
    assert snapshot(TABLES, there).equals(snapshot(TABLES))


@pytest.mark.parametrize("day", [date(2025, 3, 30), date(2025, 3, 31), date(2024, 10, 27), date(2024, 10, 28)])
def test_a_change_of_the_clock_moves_nothing(day: date) -> None:
    """Around daylight saving, midnight in Berlin is the moment it is in UTC; days have 24 hours, weeks 168."""
    local = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
    utc = local.astimezone(UTC)
    assert snapshot(TABLES, local).equals(snapshot(TABLES, utc))
    edge = events(
        ("acme", utc - 28 * DAY - MICROSECOND, "open", "ada"), ("acme", utc - 28 * DAY, "open", "ada"),
        ("acme", utc - MICROSECOND, "open", "ada"), ("acme", utc, "open", "ada"),
    )  # fmt: skip
    assert value_of("events_28d", as_of=local, events=edge) == 2.0


def test_the_day_of_the_command_line_is_its_midnight_in_utc() -> None:
    """`--as-of 2025-03-30` is 00:00 UTC, wherever the machine stands."""
    assert moment(datetime(2025, 3, 30)) == datetime(2025, 3, 30, tzinfo=UTC)  # noqa: DTZ001 - as Typer gives it


def test_moments_of_several_zones_in_one_series() -> None:
    """A series made together has the bits of each made alone, whatever zone and time of day each is in."""
    dates = [datetime(2025, 5, 31, 2, tzinfo=BERLIN), AS_OF - 28 * DAY, AS_OF + timedelta(hours=7), AS_OF]
    together = list(compute_snapshots(History.of(**TABLES), dates, rules=RULES))
    assert all(one.equals(snapshot(TABLES, as_of)) for one, as_of in zip(together, dates, strict=True))


def test_a_leap_day_is_a_day() -> None:
    """28 days before 1 March 2024 is 2 February; of 29 February no day has passed since."""
    march = datetime(2024, 3, 1, tzinfo=UTC)
    known = accounts("acme", since=march - 400 * DAY)
    days = [datetime(2024, 2, 1, 23, tzinfo=UTC), datetime(2024, 2, 2, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)]
    told = events(*(("acme", day, "open", "ada") for day in days))
    assert value_of("active_days_28d", as_of=march, accounts=known, events=told) == 2.0
    assert value_of("days_since_last_event", as_of=march, accounts=known, events=told) == 0.0
    assert value_of("events_28d", as_of=datetime(2024, 2, 29, tzinfo=UTC), accounts=known, events=told) == 2.0


def test_midnight_belongs_to_the_day_that_begins() -> None:
    """An event at midnight is of the new day: on the edge of a window it is in, at the moment itself it is not."""
    edges = events(*(("acme", JUNE_1 - days * DAY, "open", "ada") for days in (0, 7, 28)))
    just_before = events(*(("acme", JUNE_1 - days * DAY - MICROSECOND, "open", "ada") for days in (0, 7, 28)))
    assert value_of("events_28d", events=edges) == 2.0
    assert value_of("events_28d", events=just_before) == 2.0
    assert value_of("active_days_28d", events=pl.concat([edges, just_before])) == 4.0


def test_an_account_that_begins_inside_a_window_is_there_from_its_beginning() -> None:
    """The day before it is created it has no row; then it has one, with what it did since."""
    born = accounts("acme", "newborn").with_columns(
        created_at=pl.when(pl.col("account_id") == "newborn").then(JUNE_1 - 3 * DAY).otherwise("created_at")
    )
    told = events(("newborn", JUNE_1 - 2 * DAY, "open", "ada"), ("newborn", JUNE_1 - DAY, "open", "bob"))
    rows = {
        days: len(values_of("events_28d", as_of=JUNE_1 - days * DAY, accounts=born, events=told))
        for days in (4, 3, 2)
    }
    assert rows == {4: 1, 3: 1, 2: 2}
    assert values_of("events_28d", accounts=born, events=told) == [0.0, 2.0]
    assert values_of("tenure_days", accounts=born, events=told)[1] == 3.0


def test_what_begins_at_the_moment_is_not_there_yet() -> None:
    """An account, or a ticket, announced for the very midnight of a snapshot is of the day that begins then."""
    announced = accounts("acme", "soon").with_columns(
        created_at=pl.when(pl.col("account_id") == "soon").then(JUNE_1).otherwise("created_at"),
        received_at=pl.lit(JUNE_1 - 9 * DAY),
    )
    ticket = {"interaction_id": "t", "account_id": "acme", "timestamp": JUNE_1, "channel": "ticket",
              "severity": 1, "received_at": JUNE_1 - 9 * DAY}  # fmt: skip
    counts = [
        values_of("open_tickets", as_of=JUNE_1 + late, accounts=announced, interactions=[ticket])
        for late in (timedelta(), MICROSECOND)
    ]
    assert counts == [[0.0], [1.0, 0.0]]


def test_a_contract_that_ends_inside_a_window_is_in_force_to_its_last_day() -> None:
    """The day it ends on is the first without it; an end that was agreed later is not known before."""
    whole = contract("acme", date(2025, 1, 1), date(2026, 1, 1), ended_on=date(2025, 5, 20))
    days = [datetime(2025, 5, day, tzinfo=UTC) for day in (19, 20, 21)]
    assert [value_of("seats_bought", as_of=day, contracts=[whole]) for day in days] == [10.0, None, None]


def test_an_account_without_any_event_has_all_its_signals() -> None:
    """Silence is not absence: counts are 0; and what others did does not change by it."""
    silent = pl.concat([TABLES["accounts"], TABLES["accounts"].head(1).with_columns(account_id=pl.lit("zzz"))])
    both = snapshot({**TABLES, "accounts": silent})
    quiet = both.filter(pl.col("account_id") == "zzz")
    assert (quiet["events_28d"].item(), quiet["active_users_28d"].item()) == (0.0, 0.0)
    alone = [signal.name for signal in ALL if signal.source != "peers"]
    assert both.filter(pl.col("account_id") != "zzz").select(alone).equals(snapshot(TABLES).select(alone))


def test_a_history_of_one_moment_says_nothing_of_another() -> None:
    """Seen from before all of it, there is no account; from long after, only what has no window is left."""
    early = snapshot(TABLES, datetime(2020, 1, 1, tzinfo=UTC))
    assert early.is_empty()
    late = snapshot(TABLES, AS_OF + 2000 * DAY)
    assert late["events_28d"].sum() == 0.0
    assert late["tenure_days"].to_numpy().min() >= 2000.0


def test_a_history_may_be_looked_at_in_any_order() -> None:
    """The later moment first, then the earlier: each is what it is."""
    dates = [AS_OF, AS_OF - 28 * DAY]
    later, earlier = compute_snapshots(history(**TABLES), dates, rules=RULES)
    assert later.equals(snapshot(TABLES, AS_OF))
    assert earlier.equals(snapshot(TABLES, AS_OF - 28 * DAY))

"""The checks of signals: each finds what it is for, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from consumption.features.checking import Verdict, check_signals, try_on
from consumption.features.checking_smallest import in_words, smallest
from consumption.features.checks import CHECKS, Check, Trial, checks_named
from consumption.features.checks_reach import reach
from consumption.features.frequency import active_days
from consumption.features.made_up import MadeUp, cut_off, made_up, numbered, silent_accounts
from consumption.features.made_up_words import words_for
from consumption.features.signal import Signal, signal, weeks
from consumption.features.signal_set import SIGNALS, signals_for
from consumption.features.sources import SOURCES
from consumption.features.usage_frames import tiles
from consumption.tables import LAKE
from tests.features.small import RULES

ALL = signals_for(RULES)
WORDS = words_for(ALL, RULES)


def made(name: str, body: pl.Expr, **changes: object) -> Signal:
    """A signal like others but for what is given."""

    def function(*_parts: pl.Expr) -> pl.Expr:
        """A number that says something."""
        return body

    function.__name__ = name
    function.__doc__ = str(changes.pop("meaning", function.__doc__))
    usual: dict[str, Any] = {"unit": "count", "family": "depth", "label": "A number", "window": weeks(4)}
    return signal(**(usual | changes))(function)


_QUANTITY = pl.col("quantity")
# What people write by mistake, and the check that finds it.
BROKEN: dict[str, Signal] = {
    "documented": made("hush", pl.len(), meaning="Things"),
    "unit": made("how_many", pl.col("events").sum(), unit="flag", silence=0),
    # When a row was loaded tells of a load that came later.
    "no future": made("loaded", pl.col("loaded_at").dt.epoch("d"), source="account", window=None),
    "order-free": made("whoever_comes_first", pl.col("event").cast(pl.String).first().str.len_chars()),
    "deterministic": made("by_chance", _QUANTITY.shuffle().first()),
    # Over all accounts that happen to be there.
    "other groups": made("oldest_of_all", pl.col("tenure_days").max(), source="account", window=None),
    # A code depends on all the rows that were coded together.
    "series": made("code", (pl.col("user_id").to_physical().cast(pl.Int64) * pl.col("day").dt.day()).sum()),
    "finite": made("per_value_event", pl.col("events").sum() / pl.col("is_value").sum(), silence=0),
    "silence": made("events_or_seven", pl.col("events"), source="lifetime", window=None, silence=7),
    "window": made("further_back", pl.col("events").sum(), source="longer"),
}


@pytest.fixture(autouse=True)
def _a_frame_that_reads_too_far(monkeypatch: pytest.MonkeyPatch) -> None:
    """`longer`: the rows of twice the window that it is asked for."""
    longer = replace(
        SOURCES["tiles"], name="longer", rows=lambda known, window, offset: tiles(known, 2 * window, offset)
    )
    monkeypatch.setitem(SOURCES, "longer", longer)


def seen_by(check: Check, one: Signal, histories: int = 12) -> str:
    """What the check says of a signal on the first made-up history where it says something."""
    for seed in range(histories):
        said = check.run(Trial(numbered(seed, WORDS), (one,), RULES)).get(one.name)
        if said:
            return said
    return ""


@pytest.mark.parametrize("name", BROKEN)
def test_each_check_finds_what_it_is_for(name: str) -> None:
    """A signal broken in one way is found by the check against that."""
    assert seen_by(checks_named([name])[0], BROKEN[name])


def test_there_is_a_broken_signal_for_each_check() -> None:
    """A check that nothing can fail is worth nothing."""
    assert set(BROKEN) == {check.name for check in CHECKS}


def test_how_far_a_signal_reads_is_told_by_its_definition() -> None:
    """Its window and how long ago it was, the longest of those it is made of; all time where it asks since when."""
    before = active_days.earlier()
    both = made("both", pl.col(active_days.name) - pl.col(before.name), of=(active_days, before))
    assert (reach(active_days), reach(before), reach(both)) == (28, 56, 56)
    assert reach(made("ever", pl.col("first_days_ago").max(), source="users")) is None
    assert reach(made("twice", pl.len(), source="users")) == 56


def test_a_sound_signal_passes_every_check() -> None:
    """What is written as signals are written is found fault with nowhere, and had different values."""
    sound = made(
        "shared", pl.col("events").filter(pl.col("event").cast(pl.String) == "quarterly_report").sum(), silence=0
    )
    (verdict,) = check_signals([sound], histories=3)
    assert verdict == Verdict(sound, len(CHECKS))


def test_a_signal_that_never_changes_is_told() -> None:
    """What no made-up history moves was tried by no check."""
    (verdict,) = check_signals([made("three", pl.lit(3))], histories=2, checks=CHECKS[:2])
    assert not verdict.varies


def test_what_cannot_be_computed_keeps_no_other_signal_from_its_checks() -> None:
    """The one that Polars refuses is named; the rest is checked without it."""
    wrong, right = made("unknown_column", pl.col("evnets").sum()), made("right", pl.col("events").sum())
    verdicts = check_signals([wrong, right], histories=2)
    assert [[f.check.name for f in v.failures] for v in verdicts] == [["computed"], []]
    assert "evnets" in verdicts[0].failures[0].seen


def test_a_failure_comes_with_the_smallest_history_that_shows_it() -> None:
    """Two accounts of different age are enough to show that one looks at the other."""
    oldest, (groups,) = BROKEN["other groups"], checks_named(["other groups"])

    def fails(history: MadeUp) -> str:
        return groups.run(Trial(history, (oldest,), RULES)).get(oldest.name, "")

    example, said = smallest(numbered(2, WORDS, accounts=3, most=dict.fromkeys(LAKE, 1)), fails)
    assert "in other groups" in said
    lines = in_words(example).splitlines()
    assert lines[0].startswith("as of 20")
    assert [line.split(" ")[:2] for line in lines[1:]] == [["accounts:", "account_id"]] * 2


def test_a_history_is_made_smaller_only_as_long_as_it_shows_the_same() -> None:
    """What is looked for stays: here, any event at all."""

    def has_events(history: MadeUp) -> str:
        return "events" if history.tables["events"].height else ""

    small, said = smallest(numbered(0, WORDS), has_events)
    assert (small.rows, said) == (2, "events")


def test_made_up_histories_have_everything_in_them() -> None:
    """Every column of every table has values somewhere, and every table a past, a future and later versions."""
    whole = [numbered(seed, WORDS) for seed in range(16)]
    for name, table in LAKE.items():
        rows = pl.concat([history.tables[name] for history in whole])
        empty = {column for column in table.schema if rows[column].null_count() == rows.height} - {"event_id"}
        assert (name, empty) == (name, set())
        for column in table.columns:
            assert (column.name, set(column.one_of) - set(rows[column.name])) == (column.name, set())
        assert sum(cut_off(history).tables[name].height < history.tables[name].height for history in whole) > 0
        if table.key and not table.optional_key:
            assert rows.select(table.key).is_duplicated().any()
    assert all("a0" in silent_accounts(history) for history in whole)


def test_the_same_draws_give_the_same_history() -> None:
    """What failed yesterday fails today."""
    one, other = (numbered(5, WORDS) for _ in range(2))
    assert one.as_of == other.as_of
    assert all(one.tables[name].equals(other.tables[name]) for name in LAKE)


@settings(
    max_examples=2, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(draw=st.randoms(use_true_random=False))
def test_every_signal_of_ours_passes_every_check(draw: Random) -> None:
    """No future, no order, no chance, no company of other accounts: whatever the history."""
    history = made_up(draw, WORDS, accounts=7, most=dict.fromkeys(LAKE, 2) | {"events": 9, "interactions": 6})
    failures = try_on(Trial(history, ALL, RULES))
    told = {name: [(f.check.name, f.seen) for f in found] for name, found in failures.items()}
    assert told == {}, in_words(history)


def test_every_signal_of_ours_is_tried() -> None:
    """The generic checks run on what there is, not on a list of their own."""
    assert set(SIGNALS) <= set(ALL)

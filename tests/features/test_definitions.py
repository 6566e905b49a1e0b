"""Definitions are values: printed, compared, refused where they are wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from consumption.features.compute import compute_signals
from consumption.features.document import signals_markdown
from consumption.features.frequency import active_days
from consumption.features.signal import DRIVERS, FAMILIES, Signal, WrongSignal, signal, weeks
from consumption.features.signal_set import SIGNALS
from consumption.features.sources import DERIVED, SOURCES
from consumption.features.units import UNITS
from consumption.lake.history import History
from tests.features.small import AS_OF, rich

DOCS = Path(__file__).parents[2] / "docs" / "signals.md"


def test_the_documentation_is_complete() -> None:
    """docs/signals.md is exactly what the definitions say."""
    assert DOCS.read_text("utf-8") == signals_markdown(), (
        "run: python -m consumption.features.document > docs/signals.md"
    )


def test_every_definition_prints() -> None:
    """Each signal has a heading with its formula, each frame and unit a row."""
    text = signals_markdown()
    assert all(f"### {s.name}\n" in text for s in SIGNALS)
    assert text.count("```python") == len(SIGNALS)
    assert all(f"| `{name}` |" in text for name in SOURCES)
    assert all(f"| {name} |" in text for name in UNITS)


def test_all_families_of_the_first_release_are_there() -> None:
    """At least forty signals, over all the families."""
    wanted = {
        "frequency",
        "depth",
        "breadth",
        "entitlement",
        "commitment",
        "trend",
        "people",
        "friction",
        "voice",
        "onboarding",
    }
    assert wanted <= {s.family for s in SIGNALS} <= set(FAMILIES)
    assert len(SIGNALS) >= 40
    assert {s.source for s in SIGNALS} <= {*SOURCES, *DERIVED}
    assert {s.driver for s in SIGNALS if s.driver} <= set(DRIVERS)


@pytest.mark.parametrize("name", SOURCES)
def test_a_frame_has_the_columns_it_says(name: str) -> None:
    """Whoever adds a signal can rely on the list of columns."""
    source = SOURCES[name]
    columns = [c.split(" (")[0].strip() for c in source.columns.split(",") if "the columns of" not in c]

    @signal(unit="count", family="depth", label="All columns", source=name, window=weeks(4))
    def touches_all() -> pl.Expr:
        """One, whatever the columns are."""
        first = [pl.col(c).is_null().any() if source.grouped else pl.col(c).is_null() for c in columns]
        return pl.any_horizontal(first).cast(pl.Int64)

    found = compute_signals(History.of(**rich(count=9)), as_of=AS_OF, signals=[touches_all])
    assert found.height == 9


def test_adding_a_signal_is_adding_a_function() -> None:
    """Its name is the column, its docstring the meaning, its body the expression."""

    @signal(unit="users", family="people", source="users", window=weeks(4), label="Heavy users", silence=0)
    def heavy_users() -> pl.Expr:
        """Users with ten events or more."""
        return (pl.col("events") >= 10).sum()

    assert (heavy_users.name, heavy_users.meaning) == ("heavy_users_28d", "Users with ten events or more.")
    found = compute_signals(History.of(**rich(count=9)), as_of=AS_OF, signals=[heavy_users])
    assert found.columns == ["account_id", "as_of", "heavy_users_28d"]
    assert found["heavy_users_28d"].null_count() == 0


def test_a_fingerprint_follows_all_that_changes_values() -> None:
    """Another window, silence, source or expression is another signal; other words are not."""

    def made(**changes: object) -> Signal:
        given: dict[str, Any] = {"window": 28, "silence": 0, "source": "tiles"} | changes
        body = given.pop("body", pl.col("events").sum())

        def probe() -> pl.Expr:
            """Some number."""
            assert isinstance(body, pl.Expr)
            return body

        decorate = signal(**({"unit": "events", "family": "depth", "label": "Probe"} | given))
        return decorate(probe)

    usual = made()
    assert made().fingerprint == usual.fingerprint
    assert made(label="Other words").fingerprint == usual.fingerprint
    changed = [made(window=7), made(silence=None), made(source="daily"), made(body=pl.col("events").max())]
    assert usual.fingerprint not in {s.fingerprint for s in changed}
    assert usual.earlier().fingerprint != usual.fingerprint
    assert usual.earlier().name == "probe_28d_28d_before"


def test_a_fingerprint_follows_the_signals_it_is_made_of() -> None:
    """A trend changes with what it is the trend of."""

    def twice(of: Signal) -> str:
        @signal(unit="days", family="depth", label="Twice", of=(of,))
        def doubled(days: pl.Expr) -> pl.Expr:
            """Two times."""
            return days * 2

        return doubled.fingerprint

    assert twice(active_days) != twice(active_days.over(7, label="Last week"))


@pytest.mark.parametrize("wrong", [{"unit": "furlongs"}, {"family": "magic"}, {"driver": "fate"}, {"label": ""}])
def test_a_wrong_definition_is_refused(wrong: dict[str, Any]) -> None:
    """With the values that are allowed."""

    def broken() -> pl.Expr:
        """Something."""
        return pl.len()

    with pytest.raises(WrongSignal, match="broken"):
        signal(**({"unit": "days", "family": "depth", "label": "Broken"} | wrong))(broken)


def test_dividing_by_a_number_is_refused() -> None:
    """It would make the last bit depend on how many accounts are computed together."""

    def halved() -> pl.Expr:
        """A half."""
        return pl.col("events").sum() / 2

    with pytest.raises(WrongSignal, match=r"over\(value, number\)"):
        signal(unit="events", family="depth", label="Half")(halved)


def test_a_value_is_said_with_its_unit() -> None:
    """As a rep reads it: whole users, shares in per cent, one day in the singular, money with its thousands."""
    said = {("users", 58.0): "58", ("share", 0.583): "58 %", ("days", 1.0): "1 day", ("money", 120_000.0): "120,000"}
    assert {key: UNITS[key[0]].say(key[1]) for key in said} == said
    assert UNITS["change"].say(-0.6931) == "-50 %"


def test_what_is_said_as_nothing_has_no_sign_and_what_is_whole_no_fraction() -> None:
    """7.02 days are 7 days, and a change of a third of a per cent is none."""
    assert [UNITS["days"].say(days) for days in (7.02, 6.96, 7.1, -0.04, 1.04)] == [
        "7 days", "7 days", "7.1 days", "0 days", "1 day",
    ]  # fmt: skip
    assert {UNITS[unit].say(sign * 0.003) for unit in ("change", "share") for sign in (1, -1)} == {"0 %"}
    assert UNITS["change"].say(0.0953) == "+10 %"
    assert [UNITS["ratio"].say(ratio) for ratio in (-0.001, 0.5)] == ["0.00", "0.50"]

"""The retraining loop on a demo: from Python as the example shows it, and the past replayed."""

from __future__ import annotations

import runpy
import sys
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.features.population import population
from consumption.jobs.backtest import Asked, NoQuarter, lists_of
from consumption.jobs.opening import lake_of
from consumption.jobs.snapshots import refuse_before_the_first_event
from consumption.models.served import pointer
from tests.conftest import Command
from tests.road.conftest import AS_OF

EXAMPLE = Path(__file__).parents[2] / "examples" / "retrain.py"


@pytest.mark.slow
def test_the_example_trains_compares_promotes_and_goes_back(
    copy: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A call a step; in the end the version ranks that training left in charge."""
    monkeypatch.setattr(sys, "argv", ["retrain.py", str(copy.root), "--as-of", "2026-06-01"])
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    said = capsys.readouterr().out
    now = pointer(copy.models, "help")
    assert now is not None
    assert now.told
    assert f"help (version {now.version} ranks)" in said
    if "Test rows" in said:
        assert "value captured at k, of the ideal" in said
        assert said.rstrip().splitlines()[-1].startswith(f"help: version {now.version} ranks from the next list on")


@pytest.mark.slow
def test_a_backtest_prints_and_keeps_what_lists_of_the_past_caught(copy: Workspace, command: Command) -> None:
    """Of both motions: dollars, accounts and days ahead, beside three simpler orders; a table and a picture each."""
    words = ("backtest", "--quarters", "1", "--horizon", "91", "--k", "5", "--as-of", "2026-06-01", "-w", copy.root)
    code, said, error = command(*words)
    assert code == 0, error
    assert "A list is an owner's week: 5 accounts" in said
    for motion, moved, other in (("help", "lost", "risk alone"), ("expand", "gained", "chance alone")):
        assert f"{motion}: what the list of a day held of what was {moved} in the 91 days after it" in said
        name = f"backtest-{motion}-2026-06-01"
        table = pl.read_csv(copy.root / "backtests" / f"{name}.csv")
        assert table["order"].to_list() == ["this list", other, "health score", "recency"] * 2
        assert table[moved].n_unique() == 1
        assert (table["caught"] <= table[moved]).all()
        assert (table["listed"] < table["accounts"]).all()
        assert (copy.root / "backtests" / f"{name}.svg").read_text().startswith("<svg")


def test_a_backtest_looks_as_far_ahead_as_no_quarter_is_lost_by(copy: Workspace) -> None:
    """Of 182, 91 and 56 days the longest that leaves the quarters asked for; where none is over, an error says so."""
    begun = refuse_before_the_first_event(lake_of(copy), AS_OF)
    latest, days = lists_of(copy, AS_OF, begun, Asked(quarters=1))
    assert (latest, len(days)) == (182, 1)
    both, since_december = lists_of(copy, AS_OF, begun, Asked(first=AS_OF - timedelta(days=180)))
    assert (both, len(since_december)) == (91, 2), "half a year would leave none of the two"
    lately, recent = lists_of(copy, AS_OF, begun, Asked(first=AS_OF - timedelta(days=115)))
    assert (lately, len(recent)) == (56, 1)
    with pytest.raises(NoQuarter, match="86 days after it"):
        lists_of(copy, AS_OF, begun, Asked(first=AS_OF - timedelta(days=60)))


def test_why_a_probability_moved_is_one_command(copy: Workspace, command: Command) -> None:
    """An account's two motions, between two days whose snapshots there are."""
    told = lake_of(copy).history().without_events().collect()
    then, now = (set(population(told, day)["account_id"]) for day in (AS_OF - timedelta(days=28), AS_OF))
    old = min(then & now)
    words = ("signals", "--account", old, "--from", "2026-05-04", "--to", "2026-06-01", "-w", copy.root)
    code, said, error = command(*words)
    assert code == 0, error
    assert said.startswith(f"{old}, 2026-05-04 and 2026-06-01\nhelp: ")
    assert "% before, " in said

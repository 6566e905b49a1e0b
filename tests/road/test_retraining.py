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
from consumption.jobs.opening import lake_of
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
    """Dollars, accounts and lead time of a quarter's list, beside three simpler orders; a table and a picture."""
    code, said, error = command("backtest", "--quarters", "1", "--as-of", "2026-06-01", "-w", copy.root)
    assert code == 0, error
    assert all(f"  {name}" in said for name in ("this list", "risk alone", "health score", "recency"))
    table = pl.read_csv(copy.root / "backtests" / "backtest-2026-06-01.csv")
    assert table["order"].to_list() == ["this list", "risk alone", "health score", "recency"]
    assert table["lost"].n_unique() == 1
    assert (table["caught"] <= table["lost"]).all()
    assert (copy.root / "backtests" / "backtest-2026-06-01.svg").read_text().startswith("<svg")


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

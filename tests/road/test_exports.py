"""What the command line exports, column by column."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.features.disagreement import DISAGREEMENTS
from consumption.jobs.opening import signals_of
from tests.road.conftest import Command

COLUMNS = {
    "accounts": [
        "account_id", "as_of", "help_probability", "expand_probability", "help_rank", "expand_rank",
        "value_at_stake", "value_to_gain", "ranked_by",
    ],
    "effects": ["account_id", "as_of", "action", "effect", "low", "high", "hours", "eligible"],
    "recommendations": [
        "recommendation_id", "account_id", "as_of", "motion", "action", "rank", "owner", "hours", "value_at_stake",
        "expected_value", "propensity", "held_out", "reasons",
    ],
}  # fmt: skip


@pytest.fixture
def exported(made: Workspace, tmp_path: Path, command: Command) -> dict[str, pl.DataFrame]:
    """Every export as of the published day."""
    found = {}
    for what in ("snapshot", *COLUMNS):
        file = tmp_path / f"{what}.parquet"
        assert command("export", what, file, "--as-of", "2026-06-01", "-w", made.root)[0] == 0
        found[what] = pl.read_parquet(file)
    return found


def test_exports_have_exactly_the_documented_columns(made: Workspace, exported: dict[str, pl.DataFrame]) -> None:
    """Other programs rely on these names and on their order."""
    assert {name: exported[name].columns for name in COLUMNS} == COLUMNS
    assert exported["snapshot"].columns == ["account_id", "as_of", *(s.name for s in signals_of(made))]


def test_every_account_in_force_is_in_every_export(exported: dict[str, pl.DataFrame]) -> None:
    """Held-out accounts are there like any, and an account for which nothing was chosen has its reason."""
    accounts = set(exported["accounts"]["account_id"])
    assert set(exported["recommendations"]["account_id"]) == accounts
    assert set(exported["effects"]["account_id"]) == accounts
    assert accounts <= set(exported["snapshot"]["account_id"])
    nothing = exported["recommendations"].filter(pl.col("action") == "none")
    assert nothing.height > 0
    assert nothing.filter(pl.col("reasons").str.len_chars() <= 2).is_empty()


def test_ranks_count_from_one_by_money_at_stake(exported: dict[str, pl.DataFrame]) -> None:
    """Rank 1 is the most money at stake; the last rank is the number of accounts."""
    ranked = exported["accounts"].sort("help_rank")
    assert ranked["help_rank"].to_list() == list(range(1, ranked.height + 1))
    assert ranked["value_at_stake"].to_list() == sorted(ranked["value_at_stake"], reverse=True)


def test_a_held_out_account_gets_nothing_and_its_chance_is_logged(exported: dict[str, pl.DataFrame]) -> None:
    """The control group is withheld, unless an action is mandatory; every propensity lies between 0 and 1."""
    rows = exported["recommendations"]
    assert rows["held_out"].sum() > 0
    assert rows["propensity"].is_between(0, 1).all()
    shown = rows.filter(pl.col("held_out") & (pl.col("action") != "none"))
    assert set(shown["action"]) <= {"notice_rescue"}


@pytest.mark.parametrize("ending", ["csv", "ndjson"])
def test_an_export_reads_back_in_every_format(made: Workspace, tmp_path: Path, command: Command, ending: str) -> None:
    """Parquet, CSV and NDJSON by the file's ending."""
    file = tmp_path / f"list.{ending}"
    code, said, _ = command("export", "recommendations", file, "--as-of", "2026-06-01", "-w", made.root)
    read = pl.read_csv(file) if ending == "csv" else pl.read_ndjson(file)
    assert (code, read.columns) == (0, COLUMNS["recommendations"])
    assert said.startswith(f"{read.height:,} rows")


def test_an_unknown_ending_is_refused_before_any_work(made: Workspace, tmp_path: Path, command: Command) -> None:
    """The error names the endings there are."""
    code, _, error = command("export", "accounts", tmp_path / "list.xlsx", "-w", made.root)
    assert code == 1
    assert ".parquet, .csv, .ndjson" in error


def test_disagreements_are_a_list_of_their_own(made: Workspace, tmp_path: Path, command: Command) -> None:
    """A row an account in force and kind, most money first; in the demo there are some."""
    file = tmp_path / "disagreements.csv"
    assert command("export", "disagreements", file, "--as-of", "2026-06-01", "-w", made.root)[0] == 0
    found = pl.read_csv(file)
    assert found.columns == DISAGREEMENTS.names()
    assert found.height > 0
    assert found["arr"].is_sorted(descending=True)

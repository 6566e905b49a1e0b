"""What cannot be is refused before anything long begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Command
from tests.unloaded import refused

EXPORTS = (
    "snapshot",
    "accounts",
    "recommendations",
    "effects",
    "disagreements",
    "products",
    "to_send",
    "own_choices",
)


@pytest.mark.parametrize("what", EXPORTS)
def test_a_file_that_nobody_could_write_is_refused_whatever_is_exported(
    what: str, tmp_path: Path, command: Command
) -> None:
    """Even before the workspace is opened: there is none here."""
    code, said, error = command("export", what, tmp_path / "list.xlsx", "-w", tmp_path)
    assert (code, said) == (1, "")
    assert error == "list.xlsx has no ending that is known\nend it in .parquet, .csv, .ndjson\n"


def test_what_learns_is_not_loaded_to_refuse_a_file(tmp_path: Path) -> None:
    """It takes seconds, and on a busy machine many."""
    refused("export", "recommendations", tmp_path / "list.xlsx", without="consumption.jobs.export")


@pytest.mark.parametrize("more", [["--account", "acme"], []])
def test_days_in_the_wrong_order_are_not_told_backwards(more: list[str], tmp_path: Path, command: Command) -> None:
    """Wrong usage, of one account's reasons as of a history: the remedy says which day is which."""
    code, _, error = command("signals", *more, "--from", "2026-06-02", "--to", "2026-06-01", "-w", tmp_path)
    plain = " ".join(error.replace("│", " ").split())
    assert code == 2
    assert "--from 2026-06-02 is after --to 2026-06-01; give the earlier day as --from" in plain

"""No two signals say the same about the demo's accounts without a reason."""

from __future__ import annotations

from consumption.config import Workspace
from consumption.jobs.overlap import LATEST, overlapping
from tests.conftest import Command
from tests.road.conftest import AS_OF

OWN = """\
import polars as pl
from consumption.features.signal import signal, weeks

@signal(unit="users", family="people", window=weeks(4), source="user_days", silence=0, label="People once more")
def people_again():
    "People with an event, counted twice."
    return 2 * pl.col("user_id").n_unique()
"""


def test_no_two_signals_say_the_same_about_the_demo(made: Workspace, command: Command) -> None:
    """Over accounts in force, every pair that ranks alike (above .98) is one that a reason allows."""
    found = overlapping(made, as_of=AS_OF)
    assert len(found.dates) == LATEST
    assert found.accounts > 200
    assert found.pairs.rows() == []
    code, said, _ = command("check", "signals", "--overlap", "--as-of", "2026-06-01", "-w", made.root)
    assert (code, said) == (0, found.text + "\n")
    assert "0 pairs with ranks correlated by over 0.98" in said


def test_an_own_signal_that_says_nothing_new_is_listed(copy: Workspace) -> None:
    """Twice the people is the same as the people: another unit tells a model nothing."""
    (copy.root / "features" / "again.py").write_text(OWN, "utf-8")
    found = overlapping(copy, as_of=AS_OF)
    assert ("active_users_28d", "people_again_28d") in found.pairs.select("signal", "other").rows()
    assert f"active_users_28d and people_again_28d: +1.000 over {found.accounts:,} accounts" in found.text
    assert found.text.endswith("and no reason known")

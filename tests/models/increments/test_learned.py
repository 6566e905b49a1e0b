"""Versions of what was learned: one is believed, whole, whoever is killed while another is made."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from consumption.models.increments import learned
from consumption.models.increments.learned import Learned, added_up
from consumption.models.increments.logged_quarter import LoggedQuarter
from tests.models import trial_quarters
from tests.models.trial_quarters import PRIORS, truth

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def version(evidence: str) -> Learned:
    """What was learned from some evidence."""
    return Learned(0, NOW.isoformat(), "claims", evidence, (f"{evidence}.npz",), ())


def logged(number: int) -> LoggedQuarter:
    """A quarter in which training helps and a call does not."""
    quarter = trial_quarters.quarter(truth(training=2.0), rows=3_000, seed=number)
    return LoggedQuarter(f"quarter {number}", NOW, "settings", ("training", "call"), quarter)


def test_whoever_is_killed_between_file_and_pointer_leaves_the_version_before(tmp_path: Path) -> None:
    """The new files are there and the old ones are believed; the next try takes the same number."""
    before = learned.keep(tmp_path, version("old"), trial_quarters.before())
    script = """
import os, pathlib, signal, sys
from consumption.models.increments import learned
from tests.models.increments.test_learned import trial_quarters, version
learned._point = lambda *given: os.kill(os.getpid(), signal.SIGKILL)
learned.keep(pathlib.Path(sys.argv[1]), version("new"), trial_quarters.before())
"""
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, env={**os.environ}, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert (tmp_path / "2" / learned.POSTERIOR).is_file()
    assert learned.current(tmp_path) == before
    after = learned.keep(tmp_path, version("new"), trial_quarters.before())
    assert (after.version, after.evidence) == (2, "new")
    assert learned.current(tmp_path) == after


def test_an_action_that_one_quarter_alone_tells_of_is_not_used() -> None:
    """There is no other quarter to prove itself in: gain and error are 0, whatever rounding leaves."""
    _, judgements = added_up(PRIORS, [logged(0)])
    assert [(one.gain, one.standard_error, one.used) for one in judgements] == [(0.0, 0.0, False)] * 2


def test_a_version_of_other_claims_is_made_anew_from_its_quarters(tmp_path: Path) -> None:
    """And where those cannot be read any more, the catalogue is believed."""
    names = [f"{number}.npz" for number in range(4)]
    for number, name in enumerate(names):
        logged(number).save(tmp_path / name)
    kept = Learned(1, NOW.isoformat(), "other claims", "e", tuple(names), ())
    found = learned.believed(tmp_path, kept, {"training": PRIORS["training"]}, tmp_path)
    assert found is not None
    assert found.actions == ("training",)
    for name in names:
        (tmp_path / name).unlink()
    assert learned.believed(tmp_path, kept, PRIORS, tmp_path) is None

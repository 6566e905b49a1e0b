"""What was learned survives being written, and is refused where the words in it have changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from consumption.models.increments import posterior_file
from consumption.models.increments.learning import Posterior
from consumption.models.increments.posterior_file import UnreadablePosterior, load_posterior, save_posterior
from tests.models.trial_quarters import before, quarter, truth


def learned() -> Posterior:
    """One quarter settled, one provisional."""
    first, second = quarter(truth(0.5), rows=200), quarter(truth(0.5), rows=200, seed=1)
    return before().update(first, "2026 Q1").update(replace(second, weight=np.full(200, 0.5)), "2026 Q2")


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    """Belief, names and what is provisional, bit for bit."""
    save_posterior(learned(), tmp_path / "learned.npz")
    read = load_posterior(tmp_path / "learned.npz")
    assert read.names == ("2026 Q1",)
    assert list(read.provisional) == ["2026 Q2"]
    assert read.prior.actions == ("training", "call")
    assert np.array_equal(read.belief.mean, learned().belief.mean)
    assert np.array_equal(read.belief.covariance, learned().belief.covariance)


def test_learning_goes_on_from_the_file(tmp_path: Path) -> None:
    """A provisional quarter that was written still gives way to its outcomes."""
    save_posterior(learned(), tmp_path / "learned.npz")
    known = quarter(truth(0.5), rows=200, seed=1)
    read = load_posterior(tmp_path / "learned.npz").update(known, "2026 Q2")
    assert np.array_equal(read.belief.mean, learned().update(known, "2026 Q2").belief.mean)
    assert not read.provisional


def test_the_same_beliefs_are_the_same_bytes(tmp_path: Path) -> None:
    """So that a version is a fingerprint of what it holds."""
    for name in ("a", "b"):
        save_posterior(learned(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_other_drivers_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Coefficients of other drivers would be read as if they were of today's."""
    monkeypatch.setattr(posterior_file, "DRIVERS", ("constant", "other"))
    save_posterior(learned(), tmp_path / "learned.npz")
    monkeypatch.undo()
    with pytest.raises(UnreadablePosterior, match="other drivers"):
        load_posterior(tmp_path / "learned.npz")


@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"PK\x03\x04 cut off"])
def test_a_file_of_something_else_says_so(tmp_path: Path, content: bytes) -> None:
    """Not a traceback, and nothing in it is run."""
    (tmp_path / "learned.npz").write_bytes(content)
    with pytest.raises(UnreadablePosterior, match="learn anew"):
        load_posterior(tmp_path / "learned.npz")


def test_no_file_says_so(tmp_path: Path) -> None:
    """A missing file is told like an unreadable one."""
    with pytest.raises(UnreadablePosterior):
        load_posterior(tmp_path / "none.npz")


def test_a_pickle_is_refused(tmp_path: Path) -> None:
    """Reading what was learned never runs what a file says."""
    np.savez(tmp_path / "learned.npz", header=np.array([{"format": 1}], dtype=object))
    with pytest.raises(UnreadablePosterior):
        load_posterior(tmp_path / "learned.npz")

"""A quarter as it was logged, read by another catalogue; and what was to be expected without the row itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from consumption.models.increments.expected_moves import crossfitted
from consumption.models.increments.logged_quarter import LoggedQuarter
from tests.models import trial_quarters
from tests.models.trial_quarters import truth

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def logged(rows: int = 200) -> LoggedQuarter:
    """Two actions by lot, a quarter of the accounts each."""
    quarter = trial_quarters.quarter(truth(), rows=rows)
    return LoggedQuarter("2026 Q1", NOW, "settings", ("training", "call"), quarter)


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    """Every number, and in whose words it is."""
    logged().save(tmp_path / "q.npz")
    found = LoggedQuarter.load(tmp_path / "q.npz")
    assert found is not None
    assert (found.name, found.known_at, found.made_for, found.actions) == (
        "2026 Q1",
        NOW,
        "settings",
        ("training", "call"),
    )
    for name in ("drivers", "taken", "propensities", "happened", "weight", "account"):
        assert np.array_equal(getattr(found.quarter, name), getattr(logged().quarter, name), equal_nan=True)
    assert np.array_equal(found.quarter.moves.chances, logged().quarter.moves.chances)
    assert not list(tmp_path.glob(".*"))


def test_a_file_that_is_not_whole_is_none(tmp_path: Path) -> None:
    """It is made anew from the lake."""
    logged().save(tmp_path / "q.npz")
    (tmp_path / "half.npz").write_bytes((tmp_path / "q.npz").read_bytes()[:500])
    assert LoggedQuarter.load(tmp_path / "half.npz") is None
    assert LoggedQuarter.load(tmp_path / "none.npz") is None


def test_an_action_that_is_gone_is_as_if_it_had_not_been_on_offer() -> None:
    """Rows that got it are out; of the others the call had one chance in three: 1/4 over 3/4. A new one had none."""
    log = logged()
    found = log.among(("new", "call"))
    assert len(found.taken) == int((log.quarter.taken != 0).sum())
    assert set(found.taken) == {-1, 1}
    assert np.allclose(found.propensities, [0.0, 1 / 3])
    assert int((found.taken == 1).sum()) == int((log.quarter.taken == 1).sum())


def test_a_reps_own_choice_stays_without_a_known_chance() -> None:
    """Whatever the catalogue."""
    log = logged()
    log.quarter.propensities[:5] = np.nan
    found = log.among(("call", "training"))
    assert np.isnan(found.propensities[:5]).all()
    assert not np.isnan(found.propensities[5:]).any()


def test_what_was_to_be_expected_of_an_account_does_not_know_its_outcome() -> None:
    """Its own outcome turned round changes what is expected of others, and not of it."""
    of = logged(2_000).quarter
    before = crossfitted(of.moves, of.drivers, of.happened, of.numbers, of.taken)
    turned = of.happened.copy()
    turned[7, 0] = 1 - turned[7, 0]
    after = crossfitted(of.moves, of.drivers, turned, of.numbers, of.taken)
    assert after.chances[7, 0] == before.chances[7, 0]
    assert (after.chances[:, 0] != before.chances[:, 0]).any()


def test_what_was_said_wrongly_is_put_right_by_what_happened() -> None:
    """A rule that looks twice as far ahead says twice the chance; on average the corrected one is what happened."""
    of = logged(8_000).quarter
    twice = of.moves.__class__(np.clip(2 * of.moves.chances, 0, 0.95), of.moves.shrink, of.moves.grow)
    found = crossfitted(twice, of.drivers, of.happened, of.numbers, of.taken)
    assert abs(found.chances[:, 0].mean() - of.happened[:, 0].mean()) < 0.005


def test_what_actions_did_is_not_what_was_to_be_expected() -> None:
    """Half of the accounts got something that cuts the odds: what is expected of all is what the others did."""
    quarter = trial_quarters.quarter(truth(training=1.5, call=1.5), rows=12_000, chance=0.25)
    found = crossfitted(quarter.moves, quarter.drivers, quarter.happened, quarter.numbers, quarter.taken)
    alone = quarter.happened[quarter.taken < 0, 0].mean()
    assert alone - quarter.happened[:, 0].mean() > 0.02
    assert abs(found.chances[:, 0].mean() - alone) < 0.012

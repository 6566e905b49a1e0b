"""The worlds in which policies are compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from consumption.world.trial import KINDS, Claim, Trial
from consumption.world.trial.fading import arrived, remains, waits
from consumption.world.trial.latent import CHURN, CONDITIONS, conditions
from consumption.world.trial.mechanism import mechanism, shifted

CLAIMS = {
    "technical_fix": (Claim("churn", "friction", -0.40),),
    "value_review": (Claim("churn", "renewal_near", -0.25), Claim("contraction", "renewal_near", -0.15)),
    "champion_building": (Claim("churn", "silent_champion", -0.35),),
    "add_capacity": (Claim("expansion", "over_use", 0.80),),
}
ACCOUNTS = 600


def trial(folder: Path, world: str = "right", seed: int = 3, accounts: int = ACCOUNTS) -> Trial:
    """A small world at the beginning of its first quarter."""
    made = Trial(KINDS[world], CLAIMS, folder, accounts, seed)
    made.begin()
    return made


def everyone(world: Trial, action: str | None) -> pl.DataFrame:
    """One action decided for all accounts."""
    ids = pl.read_parquet(world.seen(world.quarter) / "snapshot.parquet").select("account_id")
    chance = {a: 1.0 if a == action else 0.0 for a in world.actions}
    return ids.with_columns(pl.lit(action, pl.String).alias("action"), **{a: pl.lit(c) for a, c in chance.items()})


def test_the_same_seed_makes_the_same_files(tmp_path: Path) -> None:
    """Whoever compares policies must meet them with the same accounts, noise and luck."""
    first, again, other = trial(tmp_path / "a"), trial(tmp_path / "b"), trial(tmp_path / "c", seed=4)
    frames = [pl.read_parquet(world.seen(0) / "snapshot.parquet") for world in (first, again, other)]
    assert frames[0].equals(frames[1])
    assert not frames[0].equals(frames[2])


def test_outcomes_are_seen_once_half_a_year_and_30_days_have_passed(tmp_path: Path) -> None:
    """A quarter's outcomes come three quarters later, not before; the history's are there from the beginning."""
    world = trial(tmp_path)
    due = [quarter for quarter in range(-6, 1) if (world.seen(quarter) / "outcomes.parquet").exists()]
    assert due == [-6, -5, -4, -3]
    world.carry_out(everyone(world, None))
    assert (world.seen(-2) / "outcomes.parquet").exists()
    assert not (world.seen(-1) / "outcomes.parquet").exists()


def test_what_may_be_seen_holds_no_truth(tmp_path: Path) -> None:
    """Latent state and expected outcomes stand in a folder that a learner does not read."""
    world = trial(tmp_path)
    world.tell()
    seen = pl.read_parquet(world.seen(0) / "snapshot.parquet")
    assert not {"fit", "skill", "champion", "need", *CLAIMS} & set(seen.columns)
    assert pl.read_parquet(tmp_path / "truth" / "+00.parquet").columns == ["account_id", "arr", *CLAIMS]
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["seen", "truth"]


def test_reps_alone_act_in_the_history_and_nobody_knows_how_likely(tmp_path: Path) -> None:
    """Their choices have no propensity; those of a policy keep the ones it gave."""
    world = trial(tmp_path)
    past = pl.read_parquet(world.seen(-1) / "decisions.parquet")
    assert past["action"].null_count() == ACCOUNTS
    assert 0.02 < past["own_action"].is_not_null().to_numpy().mean() <= 0.21
    assert past.select(world.actions).null_count().row(0) == (ACCOUNTS,) * len(CLAIMS)
    world.carry_out(everyone(world, "technical_fix"))
    now = pl.read_parquet(world.seen(0) / "decisions.parquet")
    assert now["own_action"].null_count() == ACCOUNTS
    assert now["technical_fix"].to_list() == [1.0] * ACCOUNTS


def test_who_leaves_is_followed_by_somebody_new(tmp_path: Path) -> None:
    """The book keeps its size, and a new account has an id of its own."""
    world = trial(tmp_path)
    before = world.state.number
    world.carry_out(everyone(world, None))
    new = world.state.number[world.state.number != before]
    assert 0 < len(new) < ACCOUNTS / 10
    assert not set(new) & set(before)
    assert (world.state.age[world.state.number != before] == 0).all()


def test_what_is_expected_is_what_happens_on_average(tmp_path: Path) -> None:
    """The truth of an action is the mean outcome of everybody getting it, less that of nobody getting anything.

    Reps act of their own accord where nobody was told to, so that what is measured lies a little below.
    """
    measured, told = [], []
    for seed in range(6):
        change = []
        for action in ("add_capacity", None):
            world = trial(tmp_path / f"{seed}-{action}", seed=seed, accounts=1_500)
            told.append(world.increments()[:, world.actions.index("add_capacity")].mean())
            for decided in (action, None, None):
                world.carry_out(everyone(world, decided))
                world.begin()
            change.append(pl.read_parquet(world.seen(0) / "outcomes.parquet")["y"].to_numpy().mean())
        measured.append(float(change[0] - change[1]))
    error = np.std(measured, ddof=1) / np.sqrt(len(measured))
    assert np.mean(told) > 0.002
    assert abs(np.mean(measured) - np.mean(told)) < 2 * error + 0.0005


def test_an_action_moves_the_odds_of_churn_by_at_most_40_per_cent(tmp_path: Path) -> None:
    """In every world, wherever it works or harms."""
    for world in KINDS:
        shifts = trial(tmp_path / world, world).mechanism.shifts(conditions(trial(tmp_path / world, world).state))
        factor = np.exp(-shifts[:, :, CHURN])
        assert factor.min() >= 0.6 - 1e-9
        assert factor.max() <= 1.4 + 1e-9


def test_nothing_works_in_the_world_without_effects(tmp_path: Path) -> None:
    """Every action is expected to bring exactly nothing, and to leave no trace in what is seen."""
    world = trial(tmp_path, "none")
    assert (world.increments() == 0).all()
    world.carry_out(everyone(world, "technical_fix"))
    assert (world.state.coming == 0).all()
    assert (world.state.rising == 0).all()


def test_effects_of_the_tree_shaped_world_are_steps(tmp_path: Path) -> None:
    """One effect where an action's condition does not hold, two where it does, by a second one; and none between."""
    world = trial(tmp_path, "tree")
    shifts = world.mechanism.shifts(conditions(world.state))
    for action in range(len(CLAIMS)):
        assert len(np.unique(shifts[:, action, CHURN].round(9))) in {2, 3}


@pytest.mark.parametrize(
    ("world", "quarter", "changed"), [("shift", 3, False), ("shift", 4, True), ("right", 4, False)]
)
def test_a_world_whose_mechanism_shifts_is_another_one_from_then_on(
    tmp_path: Path, world: str, quarter: int, changed: bool
) -> None:
    """Some actions do what others did, and outcomes are as usual as before no more."""
    made = trial(tmp_path, world)
    before = made.mechanism.weights
    made.quarter = quarter
    assert (not np.array_equal(made.mechanism.weights, before)) is changed


def test_a_wrong_catalogue_praises_half_of_the_actions_in_vain() -> None:
    """What is claimed holds for the others; a world of 20 actions has nine that do nothing of the kind."""
    claims = {f"a{i}": (Claim("churn", "friction", -0.40),) for i in range(20)}
    place = CONDITIONS.index("friction")
    right, wrong = (mechanism(KINDS[name], claims, seed=5).weights[:, CHURN, place] for name in ("right", "wrong"))
    claimed = -np.log(0.6)
    assert (right > 0.7 * claimed).all()
    assert (wrong < 0.6 * claimed).sum() == 9


def test_a_shift_is_the_same_for_every_quarter_after_it() -> None:
    """It depends on the seed alone."""
    before = mechanism(KINDS["shift"], CLAIMS, seed=5)
    assert np.array_equal(shifted(before, 5).weights, shifted(before, 5).weights)


def test_an_effect_builds_up_and_fades() -> None:
    """By hand: a week brings a quarter; after it, .25 (.965 + .75); nearly all has come when most of it is gone."""
    assert arrived(0.0) == 0.0
    assert arrived(1.0) == pytest.approx(0.25)
    assert arrived(2.0) == pytest.approx(0.25 * (0.965 + 0.75))
    assert arrived(9.0) > arrived(3.0) > arrived(60.0)
    # Thirteen weeks are ten and then three: what was there fades, what was still to come arrives.
    later = remains(3.0) * arrived(10.0) + arrived(3.0) * waits(10.0)
    assert arrived(13.0) == pytest.approx(later)

"""Fifty whole plans, one carried out: what is logged as a probability is one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from consumption.actions.allocation import Floats
from consumption.actions.policy import Drawn, Options, draw_plans, propensities


def options(accounts: int = 24, *, owners: int = 2, cap: float = 8.0, held: float = 0.2, seed: int = 0) -> Options:
    """A small week whose values a Thompson draw shakes well."""
    rng = np.random.default_rng(seed)
    names = np.repeat([f"a{n:03d}" for n in range(accounts)], 2)
    table = pl.DataFrame(
        {
            "account_id": names,
            "action": np.tile(["call", "visit"], accounts),
            "value": rng.normal(100, 40, 2 * accounts),
            "hours": np.tile([2.0, 4.0], accounts),
            "owner": np.repeat([f"o{n % owners}" for n in range(accounts)], 2),
            "skill": np.tile(["talk", "field"], accounts),
        }
    )
    mean: Floats = table["value"].to_numpy()
    return Options(
        candidates=table,
        hours=pl.DataFrame({"owner": [f"o{n}" for n in range(owners)], "skill": None, "hours": cap}).cast(
            {"skill": pl.String}
        ),
        limits=None,
        draw=lambda generator: np.asarray(mean + generator.normal(0, 60, len(mean))),
        held=np.repeat(rng.random(accounts) < held, 2),
    )


def taken(given: Options, drawn: Drawn) -> pl.DataFrame:
    """What is done: both passes, for those not held out."""
    both = np.concatenate([drawn.first, drawn.second])
    done: pl.DataFrame = given.candidates[both[~given.held[both]].tolist()]
    return done


def test_the_frequency_of_a_choice_is_the_probability_that_is_logged() -> None:
    """Carried out 250 times with other picks of the plan, each action is taken as often as was said."""
    given = options(12, held=0.0)
    shares, often = [], np.zeros(given.candidates.height)
    for seed in range(250):
        drawn = draw_plans(given, explore=0.3, plans=4, seed=seed)
        shares.append(drawn.first_share + drawn.second_share)
        often[drawn.first] += 1
    said = np.mean(shares, axis=0)
    noise = 4 * np.sqrt(said * (1 - said) / 250) + 0.005
    assert (np.abs(often / 250 - said) <= noise).all()


def test_what_is_carried_out_is_one_of_the_plans() -> None:
    """Whatever is done had a chance above 0, a whole number of plans of fifty."""
    given = options()
    drawn = draw_plans(given, explore=0.3, plans=50, seed=5)
    assert (drawn.first_share[drawn.first] >= 1 / 50).all()
    assert (drawn.second_share[drawn.second] >= 1 / 50).all()
    assert np.allclose(drawn.first_share * 50, np.round(drawn.first_share * 50))


def test_the_chance_of_being_served_is_part_of_the_propensity() -> None:
    """Share of the plans times .9; 1 where exempt."""
    given = options()
    drawn = draw_plans(given, explore=0.3, plans=50, seed=5)
    chance = np.where(np.arange(given.candidates.height) % 4 < 2, 0.9, 1.0)
    logged = propensities(drawn, given.candidates, chance)
    total = drawn.first_share + drawn.second_share
    assert logged["propensity"].to_numpy() == pytest.approx((total * chance)[total > 0])


@pytest.mark.parametrize("seed", range(5))
def test_the_hours_are_kept_in_both_passes(seed: int) -> None:
    """The plan over all accounts fits the week, and so does what is really done."""
    given = options(40, owners=3, seed=seed)
    drawn = draw_plans(given, explore=0.4, plans=10, seed=seed)
    for chosen in (given.candidates[drawn.first.tolist()], taken(given, drawn)):
        assert chosen["account_id"].is_unique().all()
        assert chosen.group_by("owner").agg(pl.col("hours").sum())["hours"].to_numpy().max() <= 8.0 + 1e-9


def test_the_second_pass_uses_what_held_out_accounts_leave() -> None:
    """Hours that are withheld from one account go to others, and those withheld there once more."""
    given = options(40, held=0.5, seed=1)
    drawn = draw_plans(given, explore=0.0, plans=3, seed=1)
    assert given.held[drawn.first].any()
    assert given.held[drawn.second].any()
    assert not np.isin(drawn.second, drawn.first).any()
    assert taken(given, drawn)["hours"].sum() == pytest.approx(16.0)


def test_whether_an_account_is_reached_does_not_depend_on_its_own_arm() -> None:
    """Holding one more account out never changes in which pass it is chosen, nor what for: its chance is known."""
    given = options(30, held=0.3)
    for account in range(30):
        mine = np.arange(given.candidates.height) // 2 == account
        drawn = [
            draw_plans(replace(given, held=np.where(mine, held, given.held)), explore=0.3, plans=6, seed=2)
            for held in (True, False)
        ]
        for share in ("first_share", "second_share"):
            one, other = (getattr(of, share)[mine].tolist() for of in drawn)
            assert one == other


def test_without_exploration_all_plans_are_the_best_one() -> None:
    """Nothing is left to chance but the hold-out."""
    drawn = draw_plans(options(held=0.0), explore=0.0, plans=10, seed=1)
    assert set(np.unique(drawn.first_share)) <= {0.0, 1.0}
    assert sorted(drawn.first) == sorted(drawn.base)


def test_the_share_of_hours_that_is_explored_is_the_one_set() -> None:
    """Where a draw says the opposite of the mean, the hours spent on the opposite tell how much was explored."""
    given = options(200, owners=20, held=0.0)
    calls = (given.candidates["action"] == "call").to_numpy()
    value = np.where(calls, 100.0, 1.0)
    given = replace(
        given,
        candidates=given.candidates.with_columns(value=value),
        draw=lambda _: np.where(calls, 1.0, 900.0),
    )
    drawn = draw_plans(given, explore=0.25, plans=60, seed=3)
    spent = (drawn.first_share * given.candidates["hours"].to_numpy())[~calls].sum()
    assert spent / (20 * 8.0) == pytest.approx(0.25, abs=0.04)


def test_the_same_seed_gives_the_same_plans() -> None:
    """A plan can be made again."""
    one, two = (draw_plans(options(), explore=0.3, plans=10, seed=7) for _ in range(2))
    assert one.first.tolist() == two.first.tolist()
    assert one.first_share.tolist() == two.first_share.tolist()

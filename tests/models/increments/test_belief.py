"""Effects from the catalogue's priors: the formulas of the method, by hand and by their signs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumption.features.signal import DRIVERS
from consumption.models.increments.belief import Moves, Prior, belief_of, bounds, driver_values, increments
from consumption.tables import RANKED, TIMESTAMP


def ranked(*rows: tuple[float, float, float], weight: float = 100.0) -> pl.DataFrame:
    """Accounts by p_churn, p_contraction, p_expansion; a contraction loses .3, an expansion adds .4."""
    columns = {
        name: pl.Series([row[n] for row in rows])
        for n, name in enumerate(("p_churn", "p_contraction", "p_expansion"))
    }
    frame = pl.DataFrame({"account_id": [f"a{n}" for n in range(len(rows))], **columns}).with_columns(
        as_of=pl.lit(None, TIMESTAMP), arr=pl.lit(weight), weight=pl.lit(weight), s_contraction=pl.lit(0.3),
        s_expansion=pl.lit(0.4), ranked_by=pl.lit("rule"),
        **{c: pl.lit(0.0) for c in ("help_probability", "expand_probability", "value_at_stake", "value_to_gain")},
        **{c: pl.lit(1, pl.Int64) for c in ("help_rank", "expand_rank")},
    )  # fmt: skip
    return frame.select(RANKED.schema.names())


def full(accounts: int = 1, **values: float) -> pl.DataFrame:
    """Drivers of so many like accounts: the constant 1, others 0 unless given."""
    drivers = {d: values.get(d, 1.0 if d == "constant" else 0.0) for d in DRIVERS}
    return pl.DataFrame(
        {"account_id": [f"a{n}" for n in range(accounts)], **{d: [v] * accounts for d, v in drivers.items()}}
    )


def claimed(table: pl.DataFrame, drivers: pl.DataFrame, priors: Mapping[str, Sequence[Prior]]) -> pl.DataFrame:
    """What the catalogue promises each account of its one action: effect, low, high."""
    found = bounds(table, drivers, belief_of(table, priors))
    return pl.DataFrame({name: values[:, 0] for name, values in zip(("effect", "low", "high"), found, strict=True)})


def test_cutting_the_odds_of_churn_by_a_third_is_worth_what_it_says() -> None:
    """Odds .25 become .175 where the driver is full: the share kept rises by that much less churn."""
    table = ranked((0.2, 0.0, 0.0))
    found = claimed(table, full(low_adoption=1.0), {"x": (Prior("churn", "low_adoption", -0.30, 400),)})
    odds = 0.25 * 0.7
    assert found["effect"][0] == pytest.approx(100 * (0.2 - odds / (1 + odds)), rel=1e-4)


def test_the_parts_add_up_as_the_method_says() -> None:
    """It is tau = dp_c (-1 - s_e p_e + s_k p_k) + (1 - p_c)(s_e dp_e - s_k dp_k)."""
    table = ranked((0.2, 0.1, 0.3))
    priors = {
        "x": (
            Prior("churn", "constant", -0.2, 9),
            Prior("contraction", "constant", 0.5, 9),
            Prior("expansion", "constant", 0.4, 9),
        )
    }
    found = claimed(table, full(), priors)["effect"][0] / 100

    def moved(p: float, odds: float) -> float:
        new = p / (1 - p) * (1 + odds)
        return new / (1 + new) - p

    dc, dk, de = moved(0.2, -0.2), moved(0.1, 0.5), moved(0.3, 0.4)
    assert found == pytest.approx(dc * (-1 - 0.4 * 0.3 + 0.3 * 0.1) + 0.8 * (0.4 * de - 0.3 * dk), rel=1e-9)


def test_an_action_does_nothing_where_its_driver_is_empty() -> None:
    """Training brings nothing where everyone is trained."""
    found = claimed(
        ranked((0.2, 0.1, 0.1)), full(low_adoption=0.0), {"x": (Prior("churn", "low_adoption", -0.3, 400),)}
    )
    assert found["effect"].to_list() == [0.0]


@given(st.floats(0.01, 0.9), st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0, 1), st.floats(-0.9, -0.01))
def test_what_cuts_churn_helps_and_helps_more_where_the_driver_is_fuller(
    churn: float, contraction: float, expansion: float, fullness: float, odds: float
) -> None:
    """Positive is good, and monotone in the driver."""
    table, priors = ranked((churn, contraction, expansion)), {"x": (Prior("churn", "friction", odds, 100),)}
    some, more = (claimed(table, full(friction=f), priors)["effect"][0] for f in (fullness / 2, fullness))
    assert 0 <= some <= more + 1e-12


@pytest.mark.parametrize(
    ("outcome", "odds", "sign"),
    [("contraction", -0.3, 1), ("contraction", 0.3, -1), ("expansion", 0.3, 1), ("expansion", -0.3, -1)],
)
def test_signs_follow_the_money(outcome: str, odds: float, sign: int) -> None:
    """Less contraction and more expansion are worth something; their opposites cost."""
    found = claimed(ranked((0.1, 0.2, 0.2)), full(), {"x": (Prior(outcome, "constant", odds, 100),)})
    assert math.copysign(1, found["effect"][0]) == sign


def test_risk_is_not_responsiveness() -> None:
    """Of two accounts at the same risk, the one whose driver is full gains; the rankers cannot tell them apart."""
    table = ranked((0.2, 0.1, 0.1), (0.2, 0.1, 0.1))
    drivers = pl.concat([full(low_adoption=1.0), full(low_adoption=0.1).with_columns(account_id=pl.lit("a1"))])
    found = claimed(table, drivers, {"x": (Prior("churn", "low_adoption", -0.3, 400),)})["effect"]
    assert found[0] > 5 * found[1]


def test_the_interval_holds_the_effect_and_narrows_with_evidence() -> None:
    """A claim worth 4,000 accounts is surer than one worth 40."""
    table = ranked((0.2, 0.1, 0.1))
    wide, narrow = (
        claimed(table, full(low_adoption=1.0), {"x": (Prior("churn", "low_adoption", -0.3, n),)}).row(0, named=True)
        for n in (40, 4_000)
    )
    assert wide["low"] < narrow["low"] < narrow["effect"] < narrow["high"] < wide["high"]


def test_the_spread_of_a_thompson_draw_is_that_of_the_interval() -> None:
    """Draws of the belief fall within the 95 % bounds about 95 % of the time."""
    table, drivers = ranked((0.2, 0.1, 0.15)), full(low_adoption=0.8)
    priors = {"x": (Prior("churn", "low_adoption", -0.3, 200),)}
    belief, moves = belief_of(table, priors), Moves.of(table)
    z, weight = driver_values(table, drivers), table["weight"].to_numpy()
    rng = np.random.default_rng(0)
    draws = np.array([increments(belief.draw(rng), moves, z, weight)[0, 0] for _ in range(4_000)])
    row = claimed(table, drivers, priors).row(0, named=True)
    assert draws.mean() == pytest.approx(row["effect"], abs=0.3)
    assert ((draws > row["low"]) & (draws < row["high"])).mean() == pytest.approx(0.95, abs=0.02)


def test_without_contracts_the_effect_is_the_share_kept() -> None:
    """Where every account counts 1, the effect is a share of an account."""
    found = claimed(ranked((0.2, 0.0, 0.0), weight=1.0), full(), {"x": (Prior("churn", "constant", -0.3, 100),)})
    assert 0 < found["effect"][0] < 0.2


def test_a_chord_is_how_far_a_shift_leads_by_its_length() -> None:
    """Odds of .25 cut by .4 lose .2 - .15 / 1.15 of probability; a chord of no length is the slope p (1 - p)."""
    moves = Moves(np.array([[0.2, 0.1, 0.3]]), np.array([0.3]), np.array([0.4]))
    shift = -math.log(0.6)
    chords = moves.chords(np.array([[[shift, 0.0, 0.0]]]))[0, 0]
    assert chords == pytest.approx([(0.2 - 0.15 / 1.15) / shift, 0.09, 0.21])


def test_a_small_claim_is_no_licence_to_learn_a_large_one() -> None:
    """A claim is doubted by its own size at most: 100 accounts for 5 % say no more than that it may be nothing."""
    belief = belief_of(ranked((0.05, 0.1, 0.1)), {"x": (Prior("churn", "friction", -0.05, 100),)})
    friction = DRIVERS.index("friction")
    assert belief.covariance[0, 0, friction, friction] == pytest.approx(math.log(0.95) ** 2 + 0.03**2)


def test_there_is_a_row_for_each_account_and_a_column_for_each_action() -> None:
    """In the order of the accounts and of the catalogue; nothing for doing nothing."""
    priors = {"x": (Prior("churn", "constant", -0.3, 100),), "y": ()}
    table = ranked((0.2, 0.1, 0.1), (0.3, 0.1, 0.1))
    effect, low, high = bounds(table, full(2), belief_of(table, priors))
    assert effect.shape == low.shape == high.shape == (2, 2)
    assert 0 < effect[0, 0] < effect[1, 0]
    assert effect[:, 1].tolist() == [0.0, 0.0]


def test_no_accounts_and_no_actions_are_no_error() -> None:
    """An empty book has no effects."""
    empty = ranked((0.2, 0.1, 0.1)).clear()
    priors = {"x": (Prior("churn", "constant", -0.3, 100),)}
    assert [found.shape for found in bounds(empty, full().clear(), belief_of(empty, priors))] == [(0, 1)] * 3
    table = ranked((0.2, 0.1, 0.1))
    assert [found.shape for found in bounds(table, full(), belief_of(table, {}))] == [(1, 0)] * 3

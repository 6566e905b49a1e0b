"""What a study is made from: read as it is meant where that is plain, else refused in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumption.models.effects import ActionEffects, UnusableStudy
from tests.odd_input import answered, columns, frames

ROWS = 48
FEATURES = pl.DataFrame({"x": np.sin(np.arange(ROWS)), "kind": ["a", "b", None] * (ROWS // 3)})
ACTION = pl.Series(["none", "call"] * (ROWS // 2))
OUTCOME = pl.Series(np.cos(np.arange(ROWS)))
CHANCES = pl.DataFrame({"call": [0.5] * ROWS, "none": [0.5] * ROWS})
PRIORS: list[Any] = [
    None, {}, {"call": 0.1}, {"call": (0.1, 0.2)}, {"call": [0.5, 0.1]}, {"call": np.array([0.5, 0.1])},
    {"call": None}, {"call": "0.1"}, {"call": True}, {"call": (0.1,)}, {"call": (0.1, 0.2, 0.3)}, {"none": 0.1},
    {"call": (0.1, None)}, {"call": (0.1, 1e-300)}, {"call": (0.1, float("inf"))}, {"call": (float("nan"), 1)},
    {"call": 10**400}, {"call": (0, 10**400)}, {"call": (0.1, -1)}, {"call": Decimal("0.1")}, {1: 0.1}, {None: 1},
    {"call": np.float32(0.1)}, {"call": {"mean": 1}}, {"call": [[0.5, 0.1]]}, [("call", 0.1)], 0.1,
]  # fmt: skip


@st.composite
def series(draw: st.DrawFn, right: pl.Series) -> Any:
    """Mostly what is right; else of any type, too short, with one gap, or no series."""
    kind = draw(st.integers(0, 9))
    if kind < 5:
        return right
    if kind < 8:
        return draw(columns("any", ROWS))
    if kind == 8:
        return right.clone().scatter(3, None) if draw(st.booleans()) else right.head(draw(st.integers(0, ROWS)))
    return draw(st.sampled_from([None, right.to_list(), right.to_numpy(), right.to_frame(), "call"]))


@given(
    frames(FEATURES, ("action", "new")), series(ACTION), series(OUTCOME),
    st.one_of(st.none(), series(CHANCES["call"]), frames(CHANCES, ("new",))), st.sampled_from(PRIORS),
    frames(FEATURES, ("new",)), st.sampled_from([0, 0, 0, 1, -1, None, 0.5, 2**40]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_whatever_is_given_is_answered_or_refused_in_words(
    features: Any, action: Any, outcome: Any, propensity: Any, prior: Any, asked: Any, seed: Any
) -> None:
    """Wrong types, nulls, no numbers, missing rows, odd claims: finite increments, or what is wrong."""
    effects = answered(lambda: ActionEffects.fit(features, action, outcome, propensity, prior=prior, seed=seed))
    for tell in (effects.predict, effects.interval) if effects is not None else ():
        found = answered(lambda: tell(asked))  # noqa: B023 - called at once
        assert found is None or np.isfinite(found.to_numpy()).all()


def test_a_pair_may_be_a_list_and_a_frame_lazy() -> None:
    """What is plainly meant gives the same increments."""
    plain = ActionEffects.fit(FEATURES, ACTION, OUTCOME, CHANCES, prior={"call": (0.5, 0.1)})
    lazy: Any = FEATURES.lazy()
    pair: Any = {"call": [0.5, 0.1]}
    meant = ActionEffects.fit(lazy, ACTION.cast(pl.Categorical), OUTCOME, CHANCES.lazy(), prior=pair)
    assert meant.predict(lazy).equals(plain.predict(FEATURES))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"prior": {"call": (0.1, 0.2, 0.3)}}, "the prior of call is (0.1, 0.2, 0.3)\ngive an increment, or (mean, sd)"),
    ({"prior": {"call": "0.1"}}, "the prior of call is '0.1'"),
    ({"features": FEATURES.with_columns(tags=pl.lit(["a"]))}, "features: tags is List(String), neither numbers nor"),
    ({"features": FEATURES.to_dict()}, "features is a dict, not a Polars frame"),
    ({"features": FEATURES.with_columns(x=pl.lit(1e300))}, f"features: {ROWS} rows whose x is beyond 1e+30"),
    ({"features": FEATURES.with_columns(x=pl.col("x") * 1e-200)}, "features: x differs by less than 1e-30"),
    (
        {"outcome": pl.Series([2.5] * ROWS), "prior": {"call": 0.1}},
        f"outcome is 2.5 in all {ROWS} rows: nothing tells",
    ),
    ({"action": ACTION.to_list()}, "action is a list, not a Polars series"),
    ({"seed": -1}, "seed is -1"),
]


@pytest.mark.parametrize(("change", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_cannot_be_read_is_named(change: dict[str, Any], said: str) -> None:
    """The argument or the column at fault, and no other."""
    given: dict[str, Any] = {
        "features": FEATURES,
        "action": ACTION,
        "outcome": OUTCOME,
        "propensity": CHANCES,
    } | change
    with pytest.raises(UnusableStudy) as raised:
        ActionEffects.fit(**given)
    assert str(raised.value).startswith(said)


@pytest.mark.parametrize(
    "propensity", [CHANCES["call"].clone().scatter([3, 5], None), CHANCES.with_columns(none=None)]
)
def test_a_propensity_that_is_not_known_has_a_remedy_of_its_own(propensity: Any) -> None:
    """No word of outcomes: without a propensity it is estimated."""
    with pytest.raises(UnusableStudy, match=r"rows whose propensity(| of none) is not a number") as raised:
        ActionEffects.fit(FEATURES, ACTION, OUTCOME, propensity)
    assert "no propensity at all: then it is estimated" in raised.value.remedy


def test_features_to_predict_for_are_of_the_kind_that_was_learned_from() -> None:
    """A number that is text now, or text that is numbers, is named."""
    effects = ActionEffects.fit(FEATURES, ACTION, OUTCOME, CHANCES)
    with pytest.raises(UnusableStudy, match="features: x is String, and `fit` was given numbers"):
        effects.predict(FEATURES.with_columns(x=pl.lit("0.5")))
    with pytest.raises(UnusableStudy, match="features: kind is Float64, and `fit` was given text"):
        effects.interval(FEATURES.with_columns(kind=pl.lit(0.5)))

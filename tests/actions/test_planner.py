"""The plan: never over the hours, never two actions an account, and never far from the best there is."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumption.actions.planner import NotAPlan, NotEnoughHours, Plan, plan
from tests.actions.programme import best_whole, linear

SKILLS = ("advice", "training", None)
HOURS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.5, 8.0)


def candidates(*rows: tuple[str, str, float, float, str, str | None]) -> pl.DataFrame:
    """account_id, action, value, hours, owner, skill each."""
    schema = {
        "account_id": pl.String, "action": pl.String, "value": pl.Float64, "hours": pl.Float64, "owner": pl.String,
        "skill": pl.String,
    }  # fmt: skip
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def hours(*rows: tuple[str, str | None, float]) -> pl.DataFrame:
    """owner, skill, hours each."""
    return pl.DataFrame(
        list(rows), schema={"owner": pl.String, "skill": pl.String, "hours": pl.Float64}, orient="row"
    )


Week = tuple[pl.DataFrame, pl.DataFrame, dict[str, int] | None]


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    """Any small week: candidates, hours, limits."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    owners = [f"o{n}" for n in range(draw(st.integers(1, 4)))]
    rows = [
        (f"a{n}", f"x{k}", float(rng.normal(200, 300)), float(rng.choice(HOURS)), str(rng.choice(owners)),
         SKILLS[rng.integers(3)])
        for n in range(draw(st.integers(1, 25)))
        for k in range(draw(st.integers(1, 4)))
    ]  # fmt: skip
    caps: list[tuple[str, str | None, float]] = [(o, None, float(rng.choice([0, 3, 8, 20.5]))) for o in owners[:3]]
    caps += [(o, "training", float(rng.choice([0, 2, 6]))) for o in owners if draw(st.booleans())]
    limits = {"x0": draw(st.integers(0, 4))} if draw(st.booleans()) else None
    return candidates(*rows), hours(*caps), limits


def violations(chosen: pl.DataFrame, caps: pl.DataFrame, limits: dict[str, int] | None) -> list[str]:
    """Every rule that a choice breaks."""
    wrong = [] if chosen["account_id"].is_unique().all() else ["an account twice"]
    for owner, skill, most in caps.iter_rows():
        mine = chosen.filter(pl.col("owner") == owner)
        mine = mine if skill is None else mine.filter(pl.col("skill") == skill)
        if mine["hours"].sum() > most + 1e-6:
            wrong.append(f"{owner} {skill}")
    known = set(caps["owner"])
    wrong += [f"{o} has no row" for o in chosen["owner"] if o not in known]
    wrong += [a for a, most in (limits or {}).items() if (chosen["action"] == a).sum() > most]
    return wrong


@given(weeks())
@settings(max_examples=120, deadline=None)
def test_a_plan_never_breaks_a_cap(week: Week) -> None:
    """Whatever the week: one action an account, every row of hours and every limit kept, and the bound holds."""
    made = plan(*week)
    assert violations(made.chosen, week[1], week[2]) == []
    assert made.value <= made.bound + 1e-6
    assert made.gap == pytest.approx((made.bound - made.value) / made.bound if made.bound > 0 else 0.0, abs=1e-9)


@given(weeks())
@settings(max_examples=40, deadline=None)
def test_the_bound_is_above_the_exact_best_plan(
    week: Week,
) -> None:
    """HiGHS finds no whole plan worth more than our bound, nor one worth less than ours."""
    made = plan(*week)
    best = best_whole(*week)
    assert made.value <= best + 1e-6
    assert best <= made.bound * (1 + 1e-6) + 1e-6


@given(weeks(), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_does_not_matter(week: Week, seed: int) -> None:
    """Shuffled candidates and hours give the same plan."""
    table, caps, limits = week
    again = plan(
        table.sample(fraction=1, shuffle=True, seed=seed), caps.sample(fraction=1, shuffle=True, seed=seed), limits
    )
    assert plan(table, caps, limits).chosen.equals(again.chosen)


def book(accounts: int, actions: int, owners: int, cap: float, seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Many accounts, each with some actions, and owners who have so many hours each."""
    rng = np.random.default_rng(seed)
    took = rng.choice([0.5, 1, 1.5, 2, 3, 4, 6, 8], actions)
    value = (
        np.exp(rng.normal(7, 1.2, accounts))[:, None] * rng.normal(0.02, 0.03, (accounts, actions)) * np.sqrt(took)
    )
    table = pl.DataFrame(
        {
            "account_id": np.repeat([f"a{n:06d}" for n in range(accounts)], actions),
            "action": np.tile([f"x{k}" for k in range(actions)], accounts),
            "value": (value - took).ravel(),
            "hours": np.tile(took, accounts),
            "owner": np.repeat([f"o{n:04d}" for n in rng.integers(0, owners, accounts)], actions),
            "skill": np.tile([f"s{k % 3}" for k in range(actions)], accounts),
        }
    )
    return table, hours(*((f"o{n:04d}", None, cap) for n in range(owners)))


def test_owners_of_eight_hours_get_their_best_week() -> None:
    """Small weeks are solved exactly: the same value as the integer programme, and the linear one as the bound."""
    table, caps = book(300, 8, 8, 8.0)
    made = plan(table, caps)
    assert made.value == pytest.approx(best_whole(table, caps, None), rel=1e-6)
    assert made.bound == pytest.approx(linear(table, caps, None), rel=1e-6)


def test_large_teams_lose_next_to_nothing() -> None:
    """Where an owner has many hours the plan is worth 99.9 % of the linear programme."""
    table, caps = book(800, 6, 2, 120.0)
    assert plan(table, caps).value >= 0.999 * linear(table, caps, None)


def test_counts_of_an_action_cost_little_of_the_best() -> None:
    """A limit ties all owners together; the plan still comes within 1 % of the best there is."""
    table, caps = book(150, 6, 4, 8.0, seed=2)
    limits = dict.fromkeys(plan(table, caps).chosen["action"].mode().to_list(), 3)
    made = plan(table, caps, limits)
    assert violations(made.chosen, caps, limits) == []
    assert made.value >= 0.99 * best_whole(table, caps, limits)


def test_hours_of_a_skill_cost_little_of_the_best() -> None:
    """Owners with a cap on one skill within their week come within 1 % of the best there is."""
    table, caps = book(150, 6, 4, 12.0, seed=3)
    caps = pl.concat([caps, hours(*((o, "s1", 2.0) for o in caps["owner"]))])
    made = plan(table, caps)
    assert violations(made.chosen, caps, None) == []
    assert made.value >= 0.99 * best_whole(table, caps, None)


def test_an_owner_without_a_row_has_no_hours() -> None:
    """Nobody's week is made up."""
    made = plan(candidates(("a", "x", 10, 1, "stranger", None)), hours(("ann", None, 8)))
    assert made.chosen.is_empty()


def test_an_action_worth_nothing_is_not_chosen() -> None:
    """Doing nothing is worth 0, so only more than that is chosen."""
    made = plan(candidates(("a", "x", 0, 1, "ann", None), ("b", "x", -5, 1, "ann", None)), hours(("ann", None, 8)))
    assert made.chosen.is_empty()
    assert (made.bound, made.gap) == (0.0, 0.0)


def test_what_takes_no_hours_is_chosen_without_any() -> None:
    """A self-service action needs an owner with a week, not hours in it."""
    assert plan(candidates(("a", "nudge", 3, 0, "ann", None)), hours(("ann", None, 0))).chosen.height == 1


def test_a_price_says_what_one_more_hour_brings() -> None:
    """Ten like actions of an hour worth 100, and eight hours: the ninth would bring 100."""
    table = candidates(*((f"a{n}", "x", 100.0, 1.0, "ann", None) for n in range(10)))
    made = plan(table, hours(("ann", None, 8)))
    assert made.prices.row(0, named=True) == {
        "owner": "ann",
        "skill": None,
        "action": None,
        "price": pytest.approx(100),
    }


def test_mandatory_rows_come_first_even_at_a_loss() -> None:
    """What must be done is done, though something else would bring more."""
    table = candidates(("a", "rescue", -20, 6, "ann", None), ("b", "x", 900, 6, "ann", None)).with_columns(
        mandatory=pl.col("action") == "rescue"
    )
    made = plan(table, hours(("ann", None, 8)))
    assert made.chosen["action"].to_list() == ["rescue"]
    assert made.bound >= made.value


def test_mandatory_rows_that_do_not_fit_are_an_error_with_owner_and_hours() -> None:
    """The reader learns whose week is too short, and by how much."""
    table = candidates(("a", "x", 1, 6, "ann", None), ("b", "x", 1, 5, "ann", None)).with_columns(mandatory=True)
    with pytest.raises(NotEnoughHours, match="ann needs 11 hours and has 8") as raised:
        plan(table, hours(("ann", None, 8)))
    assert raised.value.remedy


TWO_OF_TRAINING = candidates(("a", "x", 5, 1, "ann", "training"), ("b", "x", 5, 1, "ann", "training"))


@pytest.mark.parametrize(
    ("caps", "limits", "said", "unsaid"),
    [
        (hours(("ann", None, 8)), {"x": 1}, "x is needed 2 times and its limit is 1", "hours"),
        (
            hours(("ann", None, 8), ("ann", "training", 1)),
            None,
            "ann needs 2 hours of training and has 1",
            "ann needs 2 hours and",
        ),
        (hours(("bob", None, 8)), None, "ann needs 2 hours and has 0", "limit"),
    ],
)
def test_the_cap_that_is_too_low_is_named(
    caps: pl.DataFrame, limits: dict[str, int] | None, said: str, unsaid: str
) -> None:
    """A limit, hours of a skill, or no hours at all: the one that binds, what is needed, and what there is."""
    with pytest.raises(NotEnoughHours) as raised:
        plan(TWO_OF_TRAINING.with_columns(mandatory=True), caps, limits)
    assert said in raised.value.problem
    assert unsaid not in raised.value.problem
    assert ("raise the limits" in raised.value.remedy) == (limits is not None)


def test_an_account_with_a_way_out_is_no_shortage_of_its_own() -> None:
    """Where a could be served by either of two people, only the hours that must be taken count as needed."""
    table = candidates(
        ("a", "x", 1, 4, "ann", None), ("a", "y", 1, 4, "bob", None), ("b", "x", 1, 9, "ann", None)
    ).with_columns(mandatory=True)
    with pytest.raises(NotEnoughHours, match=r"fit: ann needs 9 hours and has 8\n"):
        plan(table, hours(("ann", None, 8), ("bob", None, 8)))


def test_a_choice_among_mandatory_rows_keeps_the_bound_true() -> None:
    """One of two mandatory rows is taken; the bound is still above the best whole plan."""
    table = candidates(
        ("a", "call", 50, 4, "ann", None), ("a", "visit", 60, 8, "ann", None), ("b", "x", 300, 4, "ann", None)
    ).with_columns(mandatory=pl.col("account_id") == "a")
    made = plan(table, hours(("ann", None, 8)))
    assert "a" in made.chosen["account_id"].to_list()
    assert made.bound >= 350 - 1e-9


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (candidates(("a", "x", 1, -1, "ann", None)), "hours below zero"),
        (candidates(("a", "x", float("nan"), 1, "ann", None)), "value is not a number"),
        (candidates(("a", "x", 1, 1, "ann", None)).drop("owner"), "no column owner"),
    ],
)
def test_candidates_that_cannot_be_read_are_refused(table: pl.DataFrame, said: str) -> None:
    """The error names the column."""
    with pytest.raises(NotAPlan, match=said):
        plan(table, hours(("ann", None, 8)))


def test_an_empty_week_is_an_empty_plan() -> None:
    """Nobody and nothing is no error."""
    made: Plan = plan(candidates(), hours())
    assert made.chosen.is_empty()
    assert made.prices.is_empty()

"""What the history there is allows to learn, in findings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl

from consumption.features.quality.finding import FINE, NOTE, WARNING
from consumption.models.samples.horizon import choose_horizon
from consumption.models.samples.readiness import Learning, horizon, motions, outcomes

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)


def learning(*, days: int, lost: int, expanded: int = 0) -> Learning:
    """So many days of history, in the course of which accounts were lost evenly, and others expanded."""
    first = AS_OF - timedelta(days=days)
    lost_on = [(first + timedelta(days=days * (n + 1) // (lost + 1))).date() for n in range(lost)]
    losses = pl.DataFrame(
        {"account_id": [f"l{n}" for n in range(lost)], "lost_on": lost_on},
        schema={"account_id": pl.String(), "lost_on": pl.Date()},
    )
    moves = [(f"l{n}", "churn") for n in range(lost)] + [(f"e{n}", "expansion") for n in range(expanded)]
    labels = pl.DataFrame(
        [(account, outcome, False) for account, outcome in moves],
        schema={"account_id": pl.String(), "outcome": pl.String(), "moved_in_lead": pl.Boolean()},
        orient="row",
    )
    return Learning(AS_OF, choose_horizon(first, AS_OF, losses), losses, labels, "contracts", True, False)


def test_three_years_and_many_losses_allow_the_longest_horizon() -> None:
    """Half a year ahead, learned from; nothing is left to wish for."""
    (finding,) = horizon(learning(days=1_400, lost=300))
    assert finding.severity is FINE
    assert "Labels look 182 days ahead" in finding.seen
    assert [row["snapshots to"] for row in finding.rows] == ["train", "validate", "test"]


def test_a_shorter_horizon_says_when_the_next_becomes_possible() -> None:
    """As training says it, in the same words."""
    (finding,) = horizon(learning(days=900, lost=300))
    assert finding.severity is NOTE
    assert "A horizon of 182 days becomes possible around" in finding.seen


def test_little_history_means_that_a_rule_ranks() -> None:
    """Half a year is a beginning, and the finding says so without alarm."""
    (finding,) = horizon(learning(days=180, lost=20))
    assert (finding.severity, "a rule does." in finding.seen) == (NOTE, True)


def test_each_motion_is_counted_by_itself() -> None:
    """Enough were lost to learn who needs help, but too few expanded to learn who is ready to grow."""
    (finding,) = motions(learning(days=1_400, lost=300, expanded=12))
    assert finding.severity is NOTE
    assert "too few for expand" in finding.seen
    assert [(row["motion"], row["ranked by"]) for row in finding.rows] == [
        ("help", "LightGBM if it wins"),
        ("expand", "a rule"),
    ]
    (finding,) = motions(learning(days=1_400, lost=300, expanded=60))
    assert finding.severity is FINE


def test_nothing_that_tells_outcomes_is_a_warning() -> None:
    """Without contracts and without outcomes nobody can ever be said to have left."""
    some = learning(days=1_400, lost=3)
    nothing = replace(some, contracts=False, losses=some.losses.clear())
    assert [finding.severity for finding in outcomes(nothing)] == [WARNING]
    assert [finding.severity for finding in outcomes(replace(nothing, outcomes=True))] == [NOTE]
    assert [finding.severity for finding in outcomes(replace(nothing, source="silence"))] == [FINE]
    (finding,) = outcomes(some)
    assert "Contracts tell of 3 lost accounts, the last on" in finding.seen

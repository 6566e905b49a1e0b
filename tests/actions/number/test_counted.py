"""Who counts, from when, in which arm."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from consumption.actions.number.counted import EXPECTED, counted, with_expected
from consumption.actions.recommend import recommend
from consumption.lake.history import History
from tests.actions.books import book

JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def decision(
    account: str, day: int, action: str = "call", would_be: str | None = None, **said: Any
) -> dict[str, Any]:
    """One decision of the policy as the lake keeps it."""
    arm = {"arm": "holdout" if would_be else "treated"} | said
    return {
        "decision_id": f"{account}-{day}",
        "account_id": account,
        "timestamp": JUNE.replace(day=day),
        "action": action,
        "would_be": would_be,
        "decided_by": said.pop("by", "policy"),
        "attributes": json.dumps(arm),
    }


def counts(*rows: dict[str, Any]) -> dict[str, tuple[str, date]]:
    """Account to arm and first day."""
    frame = pl.DataFrame(list(rows), schema_overrides={"would_be": pl.String})
    found = counted(History.of(decisions=frame).decisions)
    return {row["account_id"]: (row["arm"], row["since"]) for row in found.iter_rows(named=True)}


def test_an_account_counts_from_its_first_choice_on() -> None:
    """Served or withheld: the first time a first pass chose it decides, whatever comes later."""
    found = counts(
        decision("ash", 8),
        decision("ash", 1, "none"),
        decision("ash", 3, "training"),
        decision("elm", 2, "none", "call"),
        decision("elm", 9, "none", "training"),
    )
    assert found == {"ash": ("treated", date(2026, 6, 3)), "elm": ("holdout", date(2026, 6, 2))}


def test_second_pass_mandatory_and_exempt_count_in_neither_arm() -> None:
    """The second pass has rows of its own; duties reach both arms; the exempt were never drawn."""
    assert not counts(
        decision("ash", 1, second_pass=True),
        decision("oak", 1, "none", "call", second_pass=True),
        decision("bay", 1, mandatory=True),
        decision("elm", 1, arm="exempt"),
        decision("fir", 1, by="rep"),
        decision("gum", 1, "none"),
    )


def test_whom_the_second_pass_reached_first_never_counts() -> None:
    """In either arm: the served one had its help before it would begin to count. Reached later, nothing changes."""
    assert not counts(
        decision("ash", 1, second_pass=True),
        decision("ash", 8),
        decision("elm", 1, "none", "call", second_pass=True),
        decision("elm", 8, "none", "call"),
    )
    later = counts(decision("ash", 1), decision("ash", 8, second_pass=True), decision("elm", 3, "none", "call"))
    assert later == {"ash": ("treated", date(2026, 6, 1)), "elm": ("holdout", date(2026, 6, 3))}


def test_a_duty_done_at_a_held_out_account_does_not_count_it_as_served() -> None:
    """A held-out account with an action of its own has it in spite of its arm."""
    assert counts(decision("elm", 1, "call", arm="holdout")) == {}
    later = counts(decision("elm", 1, "call", arm="holdout"), decision("elm", 2, "none", "call"))
    assert later == {"elm": ("holdout", date(2026, 6, 2))}


def test_what_a_plan_logs_is_what_the_number_reads() -> None:
    """From a real plan: every first-pass choice counts, in its arm, with what was expected of it beforehand."""
    inputs = book(200, owners=6)
    done = recommend(inputs)
    logged = with_expected(done.decisions, inputs.ranked)
    core = {
        "decision_id",
        "account_id",
        "timestamp",
        "action",
        "propensity",
        "propensities",
        "would_be",
        "decided_by",
    }
    rest = [name for name in logged.columns if name not in core]
    kept = logged.with_columns(attributes=pl.struct(rest).struct.json_encode()).select(*core, "attributes")
    found = counted(kept.lazy())
    arms = done.members.select("account_id", member="arm")
    both = found.join(arms, on="account_id")
    assert both["arm"].to_list() == both["member"].to_list()
    assert set(found.filter(pl.col("arm") == "holdout")["account_id"]) == set(
        done.decisions.filter(pl.col("would_be").is_not_null() & ~pl.col("second_pass"))["account_id"]
    )
    served = done.decisions.filter(pl.col("action") != "none", ~pl.col("second_pass"), pl.col("arm") == "treated")
    assert set(found.filter(pl.col("arm") == "treated")["account_id"]) == set(served["account_id"])
    ranked = inputs.ranked.filter(pl.col("account_id") == found["account_id"][0]).row(0, named=True)
    share = (1 - ranked["p_churn"]) * (
        ranked["p_expansion"] * ranked["s_expansion"] - ranked["p_contraction"] * ranked["s_contraction"]
    ) - ranked["p_churn"]
    assert abs(found["expected"][0] - share) < 1e-6
    assert EXPECTED in logged.columns

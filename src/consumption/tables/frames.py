"""The frames that cross a stage."""

from __future__ import annotations

import polars as pl

from consumption.tables.contract import TIMESTAMP, Frame


def _frame(name: str, meaning: str, columns: dict[str, pl.DataType], *nullable: str, more: bool = False) -> Frame:
    return Frame(name, pl.Schema(columns), meaning, more, frozenset(nullable))


_S, _F, _I, _B = pl.String(), pl.Float64(), pl.Int64(), pl.Boolean()

SNAPSHOT = _frame(
    "snapshot",
    "one row an account known before as_of; one more column a signal",
    {"account_id": _S, "as_of": TIMESTAMP},
    more=True,
)

POPULATION = _frame(
    "population",
    "one row an account in force at as_of; arr null where the workspace has no contracts, weight then 1",
    {
        "account_id": _S,
        "name": _S,
        "segment": _S,
        "industry": _S,
        "region": _S,
        "owner": _S,
        "parent_id": _S,
        "top_parent": _S,
        "created_at": TIMESTAMP,
        "arr": _F,
        "weight": _F,
        "renewal_on": pl.Date(),
        "decision_on": pl.Date(),
        "notice_given": _B,
        "attributes": _S,
    },
    "name", "segment", "industry", "region", "owner", "parent_id",
    "arr", "renewal_on", "decision_on", "attributes",
)  # fmt: skip

LABELS = _frame(
    "labels",
    "one row an account in force at as_of: what its contracts did in the label window",
    {
        "account_id": _S,
        "as_of": TIMESTAMP,
        "window_end": TIMESTAMP,
        "arr0": _F,
        "arr1": _F,
        "y": _F,
        "outcome": _S,  # stayed | churn | contraction | expansion
        "moved_in_lead": _B,
    },
)

PREDICTED = _frame(
    "predicted",
    "one row an account: what a motion's model says; p_contraction and p_expansion given that it stays",
    {"account_id": _S, "p_churn": _F, "p_move": _F, "s_move": _F},
)

RANKED = _frame(
    "ranked",
    "one row an account in force; probabilities 0 to 1, money null without contracts, weight ARR or 1",
    {
        "account_id": _S,
        "as_of": TIMESTAMP,
        "arr": _F,
        "weight": _F,
        "p_churn": _F,
        "p_contraction": _F,
        "p_expansion": _F,
        "s_contraction": _F,
        "s_expansion": _F,
        "help_probability": _F,
        "expand_probability": _F,
        "value_at_stake": _F,
        "value_to_gain": _F,
        "help_rank": _I,
        "expand_rank": _I,
        "ranked_by": _S,
    },
    "arr", "value_at_stake", "value_to_gain",
)  # fmt: skip

REASONS = _frame(
    "reasons",
    "up to three rows an account and motion, strongest first; weight is the share of the log odds it carries",
    {
        "account_id": _S,
        "motion": _S,
        "position": _I,
        "driver": _S,
        "code": _S,  # the signal
        "text": _S,
        "value": _F,
        "baseline": _F,
        "peer": _F,
        "unit": _S,
        "contribution": _F,
    },
    "value", "baseline", "peer",
)  # fmt: skip

EFFECTS = _frame(
    "effects",
    "a row an account in force and action but none: incremental ARR (share kept, without contracts)",
    {
        "account_id": _S,
        "as_of": TIMESTAMP,
        "action": _S,
        "effect": _F,
        "low": _F,
        "high": _F,
        "hours": _F,
        "eligible": _B,
    },
)

RECOMMENDED = _frame(
    "recommendations",
    "a row an account in force; action none with its reason where nothing was chosen",
    {
        "recommendation_id": _S,
        "account_id": _S,
        "as_of": TIMESTAMP,
        "motion": _S,
        "action": _S,
        "rank": _I,
        "owner": _S,
        "hours": _F,
        "value_at_stake": _F,
        "expected_value": _F,
        "propensity": _F,
        "held_out": _B,
        "reasons": _S,  # JSON list of {code, text, value, baseline, peer, unit}
    },
    "motion", "rank", "value_at_stake", "expected_value",
    more=True,
)  # fmt: skip

"""What another policy is valued from: read as it is meant where that is plain, else refused in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumption.models.increments.logged import NotALog
from consumption.models.offpolicy import evaluate
from tests.odd_input import answered, frames

ROWS = 400
LOG = pl.DataFrame(
    {
        "action": ["a", "b"] * (ROWS // 2),
        "reward": [1.0, 0.0, 1.5, 0.5] * (ROWS // 4),
        "propensity": [0.5] * ROWS,
        "account_id": [f"c{n}" for n in range(ROWS)],
        "x_size": np.sin(np.arange(ROWS)),
    }
)
POLICY = pl.DataFrame({"a": [1.0] * ROWS, "b": [0.0] * ROWS})
MODEL = pl.DataFrame({"a": [0.8] * ROWS, "b": [0.1] * ROWS})


@given(
    frames(LOG, ("x_new",)), frames(POLICY, ("c",)), st.one_of(st.none(), frames(MODEL, ("c",))),
    st.sampled_from([0, 0, 0, 1, -1, None, 0.5, 2**40]), st.booleans(),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_whatever_is_given_is_valued_or_refused_in_words(
    log: Any, policy: Any, model: Any, seed: Any, switch: bool
) -> None:
    """Wrong types, nulls, no numbers, doubled or missing rows: finite figures, or what is wrong."""
    found = answered(lambda: evaluate(log, policy, model, seed=seed, switch=switch))
    if found is not None:
        assert np.isfinite(found.select("ess", "largest_weight").to_numpy()).all()
        assert found.filter(pl.col("refused").is_null())["value"].is_finite().all()
        assert found["low"].drop_nulls().is_finite().all()


def test_lazy_frames_and_categories_are_read() -> None:
    """What is plainly meant gives the same figures."""
    meant = LOG.with_columns(pl.col("action").cast(pl.Categorical), account_id=pl.int_range(pl.len()) + 10_000)
    found = evaluate(meant.lazy(), POLICY.lazy(), MODEL.lazy())
    assert found.equals(evaluate(LOG.with_columns(meant["account_id"].cast(pl.String)), POLICY, MODEL))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"account_id": pl.lit(None)}, f"log: {ROWS} rows without an account_id (the first: row 0"),
    ({"account_id": pl.when(pl.col("x_size") < 0.99).then("account_id")}, "log: 18 rows without an account_id"),
    ({"account_id": 0.5}, "log: account_id is Float64, not text"),
    ({"reward": pl.lit("1")}, "log: reward is String, not numbers"),
    ({"propensity": pl.lit("1")}, "log: propensity is String, not numbers"),
    ({"propensity": 1e-300}, f"log: {ROWS} rows whose propensity is absent, zero (or under 1e-09) or over one"),
    ({"x_size": pl.lit([1])}, "log: x_size is List(Int64), neither numbers nor text"),
    ({"x_size": 1e300}, f"log: {ROWS} rows whose x_size is beyond 1e+30"),
]


@pytest.mark.parametrize(("change", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_cannot_be_read_is_named_with_its_column_and_rows(change: dict[str, Any], said: str) -> None:
    """The column at fault, and how many rows."""
    columns = {name: value if isinstance(value, pl.Expr) else pl.lit(value) for name, value in change.items()}
    with pytest.raises(NotALog) as raised:
        evaluate(LOG.with_columns(**columns), POLICY, MODEL)
    assert str(raised.value).startswith(said)
    assert raised.value.remedy


@pytest.mark.parametrize(("accounts", "told"), [(1, "1 account "), (29, "29 accounts ")])
def test_too_few_accounts_are_counted_and_not_taken_for_wrong_propensities(accounts: int, told: str) -> None:
    """Drawn again, a handful of accounts always look alike: how many there are, how many are needed, what to do."""
    log = LOG.with_columns(account_id=pl.format("c{}", pl.int_range(pl.len()) // 2 % accounts))
    found = evaluate(log, pl.DataFrame({"a": [0.6] * ROWS, "b": [0.4] * ROWS}), MODEL)
    for row in found.filter(pl.col("estimator") != "dm").iter_rows(named=True):
        assert row["refused"].startswith(f"account_id names {told}in 400 rows, and 30 are needed: give a log of more")
    model = found.row(by_predicate=pl.col("estimator") == "dm", named=True)
    assert (model["value"] is None, model["low"], model["high"]) == (False, None, None)


def test_thirty_accounts_are_enough() -> None:
    """From there on intervals are drawn from the accounts."""
    log = LOG.with_columns(account_id=pl.format("c{}", pl.int_range(pl.len()) // 2 % 30))
    assert evaluate(log, pl.DataFrame({"a": [0.6] * ROWS, "b": [0.4] * ROWS}), MODEL)["refused"].null_count() == 4

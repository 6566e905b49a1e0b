"""Small made-up books of accounts for the tests of this stage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from consumption.actions.catalogue import Catalogue, default_text, parse
from consumption.actions.facts import Known, columns
from consumption.actions.inputs import Inputs
from consumption.features.signal import DRIVERS
from consumption.features.signal_set import SIGNALS
from consumption.tables import DECISIONS, POPULATION, RANKED, REASONS, RESPONSES_TABLE, TIMESTAMP

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def default_catalogue() -> Catalogue:
    """The catalogue that comes with the package, checked against the real signals."""
    return parse(default_text(), columns(SIGNALS))


def small_catalogue(*entries: str) -> Catalogue:
    """A catalogue of a few actions: `id hours eligible` each, all of which cut churn."""
    text = "\n".join(_entry(*entry.split(" ", 2)) for entry in entries)
    return parse(text, columns(SIGNALS))


def _entry(name: str, hours: str, eligible: str) -> str:
    return (
        f'[[action]]\nid = "{name}"\ntitle = "{name}"\nmotion = "help"\nservice_line = "customer_success"\n'
        f'hours = {hours}\neligible = "{eligible}"\nsteps = ["do it"]\ncooldown_days = 60\n'
        '[[action.prior]]\noutcome = "churn"\ndriver = "low_adoption"\nodds = -0.3\naccounts = 300\n'
    )


def book(
    accounts: int = 60,
    *,
    owners: int = 3,
    seed: int = 1,
    money: bool = True,
    parents: int | None = None,
    **other: Any,
) -> Inputs:
    """Inputs of so many accounts, each known by a few signals."""
    rng = np.random.default_rng(seed)
    ids = [f"acct-{n:05d}" for n in range(accounts)]
    arr = np.round(np.exp(rng.normal(10.5, 1.0, accounts)))
    population = _population(ids, arr if money else None, rng, owners, parents or accounts)
    chances = {name: rng.uniform(0.02, 0.25, accounts) for name in ("p_churn", "p_contraction", "p_expansion")}
    snapshot = pl.DataFrame(
        {
            "account_id": ids,
            "as_of": [MONDAY] * accounts,
            **{s.name: rng.uniform(0, 1, accounts) for s in SIGNALS},
            "active_users_28d": rng.integers(1, 40, accounts).astype(float),
            "active_days_28d": rng.integers(1, 29, accounts).astype(float),
            "days_to_decision": rng.uniform(0, 365, accounts),
            "tenure_days": rng.uniform(20, 2000, accounts),
        },
        schema_overrides={"as_of": TIMESTAMP},
    )
    inputs = Inputs(
        as_of=MONDAY,
        snapshot=snapshot,
        population=population,
        ranked=_ranked(population, chances),
        reasons=_reasons(ids),
        drivers=pl.DataFrame({"account_id": ids, **{d: rng.uniform(0, 1, accounts) for d in DRIVERS}}).with_columns(
            constant=pl.lit(1.0)
        ),
        catalogue=other.pop("catalogue", None) or default_catalogue(),
    )
    return replace(inputs, **other)


def _population(
    ids: list[str], arr: np.ndarray[Any, Any] | None, rng: np.random.Generator, owners: int, parents: int
) -> pl.DataFrame:
    size = len(ids)
    return POPULATION.check(
        pl.DataFrame(
            {
                "account_id": ids,
                "name": ids,
                "segment": [("small", "middle", "large")[n % 3] for n in range(size)],
                "industry": None,
                "region": None,
                "owner": [f"rep{n}@us.example" for n in rng.integers(0, owners, size)],
                "parent_id": None,
                "top_parent": [f"parent-{n % parents:05d}" for n in range(size)],
                "created_at": MONDAY - timedelta(days=400),
                "arr": arr if arr is not None else None,
                "weight": arr if arr is not None else np.ones(size),
                "renewal_on": None,
                "decision_on": None,
                "notice_given": False,
                "attributes": None,
            },
            schema=POPULATION.schema,
        )
    )


def _ranked(population: pl.DataFrame, chances: dict[str, np.ndarray[Any, Any]]) -> pl.DataFrame:
    frame = population.select("account_id", "arr", "weight").with_columns(
        pl.lit(MONDAY, TIMESTAMP).alias("as_of"),
        *(pl.Series(name, values) for name, values in chances.items()),
        s_contraction=pl.lit(0.3),
        s_expansion=pl.lit(0.4),
        ranked_by=pl.lit("rule"),
    )
    lost, shrunk, grown = pl.col("p_churn"), pl.col("p_contraction"), pl.col("p_expansion")
    frame = frame.with_columns(
        help_probability=1 - (1 - lost) * (1 - shrunk),
        expand_probability=(1 - lost) * grown,
        value_at_stake=pl.col("arr") * (lost + (1 - lost) * shrunk * 0.3),
        value_to_gain=pl.col("arr") * (1 - lost) * grown * 0.4,
    ).with_columns(
        help_rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        expand_rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
    )
    return RANKED.check(frame)


def _reasons(ids: list[str]) -> pl.DataFrame:
    rows = [
        (a, motion, n, "low_adoption", f"signal_{n}", f"Reason {n} to {motion}", 1.0, 2.0, None, "users", 0.1)
        for a in ids
        for motion in ("help", "expand")
        for n in (1, 2)
    ]
    return pl.DataFrame(rows, schema=REASONS.schema, orient="row")


def decided(*rows: tuple[str, datetime, str, str | None], by: str = "policy") -> pl.DataFrame:
    """Earlier decisions: account_id, timestamp, action, would_be each; their ids are d0, d1, ..."""
    frame = pl.DataFrame(
        [(f"d{n}", a, t, action, would) for n, (a, t, action, would) in enumerate(rows)],
        schema={
            "decision_id": pl.String, "account_id": pl.String, "timestamp": TIMESTAMP, "action": pl.String,
            "would_be": pl.String,
        },
        orient="row",
    )  # fmt: skip
    return pl.concat([pl.DataFrame(schema=DECISIONS.stored_schema), frame], how="diagonal").with_columns(
        decided_by=pl.lit(by)
    )


def answered(*rows: tuple[str, str], at: datetime = MONDAY - timedelta(hours=1)) -> pl.DataFrame:
    """Responses to decisions: decision_id, response each."""
    frame = pl.DataFrame(
        [(f"r{n}", decision, at, response) for n, (decision, response) in enumerate(rows)],
        schema={
            "response_id": pl.String, "decision_id": pl.String, "timestamp": TIMESTAMP, "response": pl.String,
        },
        orient="row",
    )  # fmt: skip
    return pl.concat([pl.DataFrame(schema=RESPONSES_TABLE.stored_schema), frame], how="diagonal")


def knowing(**frames: pl.DataFrame) -> Known:
    """What else was known: the frames given, the others empty."""
    return replace(Known.nothing(), **frames)


def touch_all(inputs: Inputs, **columns_: Any) -> Inputs:
    """The same book with some population columns set."""
    return replace(inputs, population=POPULATION.check(inputs.population.with_columns(**columns_)))

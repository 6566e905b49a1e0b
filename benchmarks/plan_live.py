"""One account's recommendation, live: from its snapshot and what is believed of actions to what to do next.

    python benchmarks/plan_live.py [--times N] [--json FILE]

The default catalogue on one account known by every signal, with a year of earlier decisions; nothing is kept from one
time to the next but what a service keeps: the catalogue, the belief and the prices of the latest plan. Beside it the
same account with all that may be known besides: contracts, contacts, and an answer to each decision.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from consumption.actions.advising import Prices, advise
from consumption.actions.catalogue import default_text, parse
from consumption.actions.facts import Known, columns
from consumption.actions.inputs import Inputs
from consumption.features.signal import DRIVERS
from consumption.features.signal_set import SIGNALS
from consumption.models.increments.belief import belief_of
from consumption.tables import DECISIONS, LAKE, POPULATION, RANKED, REASONS, TIMESTAMP
from report import Figure, report

AS_OF = datetime(2026, 3, 2, tzinfo=UTC)
TARGET = 10.0
EARLIER = 24


def inputs(seed: int) -> Inputs:
    """All that is known of one account, made up."""
    rng = np.random.default_rng(seed)
    given = {
        "account_id": "one", "top_parent": "one", "owner": "rep@us.example", "segment": "small", "created_at": AS_OF,
        "arr": 90_000.0, "weight": 90_000.0, "notice_given": False,
    }  # fmt: skip
    population = POPULATION.check(
        pl.DataFrame([{n: given.get(n) for n in POPULATION.schema}], schema=POPULATION.schema)
    )
    signals = {s.name: pl.Series(rng.uniform(0, 1, 1)) for s in SIGNALS if s.unit != "word"}
    chances = {"p_churn": 0.2, "p_contraction": 0.1, "p_expansion": 0.1, "s_contraction": 0.3, "s_expansion": 0.3}
    ranked = {
        **dict.fromkeys(RANKED.schema, 0.0), **given, **chances, "as_of": AS_OF, "ranked_by": "rule", "help_rank": 1,
        "expand_rank": 1,
    }  # fmt: skip
    return Inputs(
        as_of=AS_OF,
        snapshot=pl.DataFrame(
            {"account_id": ["one"], "as_of": [AS_OF], **signals}, schema_overrides={"as_of": TIMESTAMP}
        ),
        population=population,
        ranked=RANKED.check(pl.DataFrame([{n: ranked[n] for n in RANKED.schema}], schema=RANKED.schema)),
        reasons=pl.DataFrame(schema=REASONS.schema),
        drivers=pl.DataFrame({"account_id": ["one"], **{d: rng.uniform(0, 1, 1) for d in DRIVERS}}),
        catalogue=parse(default_text(), columns(SIGNALS)),
        known=replace(Known.nothing(), decisions=_decided()),
        currency="EUR",
    )


def _decided() -> pl.DataFrame:
    """A year of decisions about it, two a month."""
    rows = pl.DataFrame({"decision_id": [f"d{n}" for n in range(EARLIER)]}).with_columns(
        account_id=pl.lit("one"),
        timestamp=pl.Series([AS_OF - timedelta(days=15 * (n + 1)) for n in range(EARLIER)], dtype=TIMESTAMP),
        action=pl.lit("value_review"),
        decided_by=pl.lit("rep"),
    )
    return pl.concat([pl.DataFrame(schema=DECISIONS.stored_schema), rows], how="diagonal")


def richer(one: Inputs) -> Inputs:
    """The same account with two contracts, three contacts, and an answer to each decision, which a plan had made."""
    day = AS_OF.date()
    contracts = [
        {"contract_id": f"c{n}", "account_id": "one", "product": f"p{n}", "kind": "subscription", "arr": 45_000.0,
         "starts_on": day - timedelta(days=300), "ends_on": day + timedelta(days=65), "auto_renews": True}
        for n in range(2)
    ]  # fmt: skip
    answers = [
        {"response_id": f"r{n}", "decision_id": f"d{n}", "timestamp": AS_OF - timedelta(days=15 * n + 13),
         "response": ("accepted", "completed", "dismissed", "snoozed")[n % 4], "actor": "rep@us.example"}
        for n in range(EARLIER)
    ]  # fmt: skip
    known = replace(
        one.known,
        contracts=_rows("contracts", contracts),
        contacts=_rows("contacts", [{"contact_id": f"k{n}", "account_id": "one"} for n in range(3)]),
        products=_rows("products", [{"product": f"p{n}", "vendor": "v"} for n in range(20)]),
        decisions=one.known.decisions.with_columns(decided_by=pl.lit("policy")),
        responses=_rows("responses", answers),
    )
    return replace(one, known=known)


def _rows(table: str, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    schema = LAKE[table].stored_schema
    given = pl.DataFrame(rows, schema={name: schema[name] for name in rows[0]})
    return pl.concat([pl.DataFrame(schema=schema), given], how="diagonal")


def measured(one: Inputs, times: int) -> tuple[list[float], list[float]]:
    """Milliseconds of the clock and of the processors, a pair each time."""
    belief = belief_of(one.ranked, one.catalogue.priors)
    prices = Prices({"rep@us.example": 500.0}, {}, {})
    advise(one, belief, prices)
    wall, spent = [], []
    for _ in range(times):
        start, busy = time.perf_counter(), time.process_time()
        advise(one, belief, prices)
        wall.append(1e3 * (time.perf_counter() - start))
        spent.append(1e3 * (time.process_time() - busy))
    return wall, spent


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--times", type=int, default=300)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    wall, spent = measured(inputs(0), args.times)
    wall_richer, spent_richer = measured(richer(inputs(0)), args.times)
    report(
        "one account's recommendation, live",
        [
            Figure("median", statistics.median(wall), "ms", target=TARGET, at_most=True),
            Figure("median of processor time", statistics.median(spent), "ms"),
            Figure("95th percentile", float(np.percentile(wall, 95)), "ms"),
            Figure("median, with contracts, contacts and answers", statistics.median(wall_richer), "ms"),
            Figure("median of processor time, with these", statistics.median(spent_richer), "ms"),
        ],
        args.json,
    )


if __name__ == "__main__":
    main()

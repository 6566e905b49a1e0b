"""What `evaluate` says of policies whose worth is known.

    python benchmarks/offpolicy.py [PATH] [--json FILE] [--cache DIR] [--logs N] [--first SEED]

PATH is the folder of the Open Bandit sample: `random_all` and `bts_all` (logs of a random policy and of Thompson
sampling, campaign All) and `bts_policy.csv` (the probability of each item at each position). The random log tells
what Thompson sampling would have earned; its own log says what it did earn. Without PATH that part is left out.

Then N made-up logs of 8,000 rows in a world where the catalogue is right (`offpolicy_world.py`): the relative error
of DR and how often its 95 % interval holds the truth. What a log said is kept in the cache; a run that was stopped
goes on there.

The target is held against what a policy would have earned, which is what `evaluate` says and its interval is about.
The increment over doing nothing is the difference of two such worths, a fifth as large as they are: beside its error
stands the least that any unbiased estimator can have, and from how many rows on that would be within the target.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from consumption.models.increments.logged import read_log
from consumption.models.increments.outcome_model import cross_fitted
from consumption.models.offpolicy import evaluate
from offpolicy_world import NAMES, world
from report import Figure, report

ROWS = 8_000
TARGET = 0.40  # of the relative error
IPW, IPW_WITHIN = 0.0840, 0.005
BESIDE = {"ipw": "reference .0840", "dm": "reference .1560", "dr": "reference .1255"}
ESTIMATORS = ("ipw", "snips", "dm", "dr")

Told = dict[str, Any]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, nargs="?")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/consumption-offpolicy"))  # noqa: S108 - only a default
    parser.add_argument("--logs", type=int, default=100)
    parser.add_argument("--first", type=int, default=1_000)
    asked = parser.parse_args()
    bandit = open_bandit(asked.path) if asked.path else []
    seeds = range(asked.first, asked.first + asked.logs)
    logs = [_kept(asked.cache, seed) for seed in seeds]
    figures = [*bandit, *made_up(logs), *floor([world(ROWS, seed).least_error for seed in seeds])]
    report(f"Off-policy evaluation; {len(logs)} logs of {ROWS:,} rows", figures, asked.json)


def open_bandit(path: Path) -> list[Figure]:
    """Relative errors of each estimator against what Thompson sampling earned in its own log."""
    log = pl.read_csv(path / "random_all" / "all.csv.gz")
    truth = float(np.mean(pl.read_csv(path / "bts_all" / "all.csv.gz")["click"].to_numpy()))
    chances = pl.read_csv(path / "bts_policy.csv").pivot(on="item_id", index="position", values="probability")
    policy = log.select("position").join(chances, on="position", maintain_order="left").drop("position")
    features = {f"x_{name}": pl.col(name) for name in log.columns if name.startswith("user_feature")}
    rows = log.select(
        action=pl.col("item_id").cast(pl.String), reward=pl.col("click").cast(pl.Float64),
        propensity="propensity_score", x_position=pl.col("position").cast(pl.String), **features,
    )  # fmt: skip
    found = {row["estimator"]: row for row in evaluate(rows, policy).iter_rows(named=True)}
    errors = [_bandit_figure(name, found[name], truth) for name in ESTIMATORS]
    apart = None if errors[0].value is None else abs(errors[0].value - IPW)
    return [Figure("Open Bandit, IPW's distance from the reference", apart, target=IPW_WITHIN, at_most=True), *errors]


def _bandit_figure(name: str, row: Told, truth: float) -> Figure:
    title = f"Open Bandit, relative error of {name.upper()}"
    if row["value"] is None:
        return Figure(title, None, beside=BESIDE.get(name, ""), note=row["refused"])
    error = abs(row["value"] - truth) / truth
    note = f"effective sample {row['ess']:,.0f}, largest weight {row['largest_weight']:.1f}"
    return Figure(title, error, beside=BESIDE.get(name, ""), note=note)


def told(seed: int) -> Told:
    """What each estimator says of one made-up log, and the truth."""
    made = world(ROWS, seed)
    expected = cross_fitted(read_log(made.log, made.policy))
    model = pl.DataFrame({name: expected.expected[:, n] for n, name in enumerate(NAMES)})
    return {
        "truth": made.worth,
        "truth_of_nothing": made.worth_of_nothing,
        "by": expected.by,
        "policy": evaluate(made.log, made.policy, model, switch=True).to_dicts(),
        "nothing": evaluate(made.log, made.nothing, model).to_dicts(),
    }


def made_up(logs: Sequence[Told]) -> list[Figure]:
    """Errors and coverage over the logs; refusals are counted, and are no errors."""
    answered = [log for log in logs if _row(log, "dr")["value"] is not None]
    errors = [abs(_row(log, "dr")["value"] - log["truth"]) / abs(log["truth"]) for log in answered]
    note = f"of {len(answered)} logs"
    ess = [row["ess"] for row in (_row(log, "dr") for log in logs)]
    return [
        Figure("DR, mean relative error of a policy's worth", _mean(errors), target=TARGET, at_most=True, note=note),
        *(_coverage(logs, name) for name in ("dr", "ipw", "snips", "dm", "switch")),
        Figure(
            "DR, mean relative error of its increment over nothing",
            _mean(_increments(logs)),
            note="see the least possible",
        ),
        Figure("refused", float(len(logs) - len(answered)), "logs"),
        Figure("effective sample size, mean", _mean(ess), "rows"),
        Figure("told by ridge", float(np.mean([log["by"] == "ridge" for log in logs])) if logs else None, "of logs"),
    ]


def floor(least: Sequence[float]) -> list[Figure]:
    """The least mean relative error of the increment, and the rows at which it would be the target."""
    mean = _mean(least)
    if mean is None:
        return []
    note = "outcome model told the truth"
    return [
        Figure("the same, least of any unbiased estimator", mean, note=note),
        Figure("rows from which on that is within the target", ROWS * (mean / TARGET) ** 2, "rows"),
    ]


def _coverage(logs: Sequence[Told], name: str) -> Figure:
    rows = [(row, log["truth"]) for log in logs if (row := _row(log, name))["value"] is not None]
    held = [row["low"] <= truth <= row["high"] for row, truth in rows]
    target = 0.90 if name == "dr" else None
    value = float(np.mean(held)) if held else None
    return Figure(f"{name.upper()}, coverage of its 95 % interval", value, target=target, note=f"of {len(held)} logs")


def _increments(logs: Sequence[Told]) -> list[float]:
    """Relative errors of the difference that DR finds between the policy and doing nothing."""
    found = []
    for log in logs:
        mine, none = _row(log, "dr")["value"], _row(log, "dr", "nothing")["value"]
        if mine is not None and none is not None:
            truth = log["truth"] - log["truth_of_nothing"]
            found.append(abs(mine - none - truth) / abs(truth))
    return found


def _row(log: Told, name: str, what: str = "policy") -> Told:
    return next(row for row in log[what] if row["estimator"] == name)


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _kept(cache: Path, seed: int) -> Told:
    file = cache / f"{seed}.json"
    if not file.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(json.dumps(told(seed)), "utf-8")
        part.replace(file)
    kept: Told = json.loads(file.read_text("utf-8"))
    return kept


if __name__ == "__main__":
    main()

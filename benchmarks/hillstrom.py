"""Hillstrom's e-mail trial: increments of two e-mails on visits, against plain LightGBM and a rule made by hand.

    python benchmarks/hillstrom.py PATH [--json FILE] [--splits 20] [--validate]

PATH is the file hillstrom.csv.gz: 64,000 customers, by lot mailed about men's clothing, about women's, or not at all.
Each split halves them at random within each arm; `ActionEffects` learns from one half, and is read on the other. The
first five splits give the figures, all of them the difference to plain and to the rule with its standard error.
`--validate` reads no test half: each training half is split again. Choices are made with it.

Plain: a LightGBM classifier an arm, 80 trees of 4 leaves; the increment is the difference between an arm's and none.
Of seven plain settings it did best where `--validate` reads; LightGBM's own defaults overfit there.
The rule: men's unless the customer bought only women's.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
import polars as pl
from sklearn.model_selection import train_test_split

from consumption.models.effects import ActionEffects
from consumption.models.encoding import Encoding
from consumption.models.rows import Floats
from report import Figure, report

ARMS = {"Mens E-Mail": "mens_mail", "Womens E-Mail": "womens_mail", "No E-Mail": "none"}
ACTIONS = ("mens_mail", "womens_mail")
FEATURES = ("recency", "history_segment", "history", "mens", "womens", "zip_code", "newbie", "channel")
FIGURE_SPLITS = 5
PLAIN = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 4,
    "min_data_in_leaf": 100,
    "verbosity": -1,
    "num_threads": 1,
    "seed": 0,
    "deterministic": True,
}
NAMES = ("Qini women's", "Qini men's", "three arms")
AIMS = (0.055, 0.010, 0.1850)
NOISE = (0.006, 0.006, 0.002)  # a difference below it proves nothing: all splits halve the same customers

Increments = Mapping[str, Floats]


@dataclass(frozen=True)
class Reading:
    """One method on one half: the Qini coefficients of the two e-mails, and the value of the policy of three arms."""

    womens: float
    mens: float
    policy: float

    @property
    def row(self) -> tuple[float, float, float]:
        """In the order of NAMES."""
        return self.womens, self.mens, self.policy


def main() -> None:
    """Reads every split and prints the table."""
    asked = _arguments()
    frame = pl.read_csv(asked.path, infer_schema_length=None).with_columns(arm=pl.col("segment").replace_strict(ARMS))
    found: dict[str, list[tuple[float, float, float]]] = {}
    for seed, train, test in _splits(frame, asked.splits, validate=asked.validate):
        effects = _fit(train, seed)
        print(f"split {seed}: {effects.why}", flush=True)
        predicted = {a: effects.predict(test)[a].to_numpy() for a in ACTIONS}
        readings = {"ours": _read(test, predicted), "plain": _read(test, _plain(train, test)), "rule": _ruled(test)}
        for name, reading in readings.items():
            found.setdefault(name, []).append(reading.row)
            print(f"  {name:6}" + "".join(f"{value:10.4f}" for value in reading.row), flush=True)
    by_method = {name: np.array(rows) for name, rows in found.items()}
    half = "training halves, split again" if asked.validate else "test halves"
    report(f"Hillstrom, visits, {asked.splits} splits, {half}", _figures(by_method), asked.json)


def qini(visited: Floats, increments: Floats, mailed: Floats) -> float:
    """Area between the curve of incremental visits and the random line, over that of the perfect order.

    The definition of scikit-uplift's `qini_auc_score`: ties are one point of the curve, and the perfect order puts
    mailed visitors first and visitors without a mail last.
    """
    at, curve = _curve(visited, increments, mailed)
    best_at, best = _curve(visited, visited * mailed - visited * (1 - mailed), mailed)
    random = 0.5 * at[-1] * curve[-1]
    return float((np.trapezoid(curve, at) - random) / (np.trapezoid(best, best_at) - random))


def _curve(visited: Floats, increments: Floats, mailed: Floats) -> tuple[Floats, Floats]:
    order = np.argsort(increments, kind="mergesort")[::-1]
    visited, increments, mailed = visited[order], increments[order], mailed[order]
    ends = np.append(np.flatnonzero(np.diff(increments)), len(increments) - 1)
    treated, seen = np.cumsum(mailed)[ends], np.cumsum(visited * mailed)[ends]
    control, seen_without = ends + 1 - treated, np.cumsum(visited * (1 - mailed))[ends]
    curve = seen - seen_without * np.divide(treated, control, out=np.zeros_like(treated), where=control > 0)
    return np.append(0.0, ends + 1.0), np.append(0.0, curve)


def policy_value(test: pl.DataFrame, chosen: np.ndarray[tuple[int], np.dtype[np.str_]]) -> float:
    """Visits of those who got what the policy chooses: every arm was as likely, so the weights are equal."""
    matched = test["arm"].to_numpy() == chosen
    return float(test["visit"].to_numpy()[matched].mean())


def _splits(frame: pl.DataFrame, splits: int, *, validate: bool) -> Iterator[tuple[int, pl.DataFrame, pl.DataFrame]]:
    for seed in range(splits):
        train, test = _halves(frame, seed)
        yield (seed, *_halves(train, seed + 100)) if validate else (seed, train, test)


def _halves(frame: pl.DataFrame, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = np.arange(frame.height)
    first, second = train_test_split(rows, test_size=0.5, stratify=frame["segment"].to_numpy(), random_state=seed)
    return frame[first], frame[second]


def _fit(train: pl.DataFrame, seed: int) -> ActionEffects:
    third = pl.DataFrame({name: np.full(train.height, 1 / 3) for name in (*ACTIONS, "none")})
    return ActionEffects.fit(train.select(FEATURES), train["arm"], train["visit"], third, seed=seed)


def _plain(train: pl.DataFrame, test: pl.DataFrame) -> Increments:
    encoding = Encoding.fit(train, FEATURES)
    seen, unseen, arm = encoding.matrix(train), encoding.matrix(test), train["arm"].to_numpy()
    visited, chances = train["visit"].to_numpy(), {}
    for name in (*ACTIONS, "none"):
        data = lgb.Dataset(seen[arm == name], label=visited[arm == name], categorical_feature=encoding.categorical)
        chances[name] = np.asarray(lgb.train(PLAIN, data, num_boost_round=80).predict(unseen))
    return {name: chances[name] - chances["none"] for name in ACTIONS}


def _ruled(test: pl.DataFrame) -> Reading:
    """The rule says which mail, and no order: it has no Qini coefficient."""
    only_womens = (test["womens"] == 1) & (test["mens"] == 0)
    chosen = np.where(only_womens.to_numpy(), "womens_mail", "mens_mail")
    return Reading(float("nan"), float("nan"), policy_value(test, chosen))


def _read(test: pl.DataFrame, increments: Increments) -> Reading:
    visited, arm = test["visit"].to_numpy().astype(np.float64), test["arm"].to_numpy()
    found = {}
    for name in ACTIONS:
        rows = (arm == name) | (arm == "none")
        found[name] = qini(visited[rows], increments[name][rows], (arm[rows] == name).astype(np.float64))
    table = np.column_stack([*(increments[name] for name in ACTIONS), np.zeros(test.height)])
    chosen = np.array([*ACTIONS, "none"])[table.argmax(axis=1)]
    return Reading(found["womens_mail"], found["mens_mail"], policy_value(test, chosen))


def _figures(by_method: Mapping[str, np.ndarray[tuple[int, int], np.dtype[np.float64]]]) -> list[Figure]:
    figures = []
    for place, name in enumerate(NAMES):
        first = {method: rows[:FIGURE_SPLITS, place].mean() for method, rows in by_method.items()}
        beside = f"plain {first['plain']:.4f}" + ("" if place < 2 else f", rule {first['rule']:.4f}")
        figures.append(Figure(name, float(first["ours"]), target=AIMS[place], beside=beside))
    for against in ("plain", "rule"):
        for place, name in enumerate(NAMES):
            apart = by_method["ours"][:, place] - by_method[against][:, place]
            if not np.isnan(apart).any():
                figures.append(_difference(f"{name}, less {against}", apart, NOISE[place]))
    return figures


def _difference(name: str, apart: Floats, noise: float) -> Figure:
    """Not below by more than the noise.

    The halves of different splits overlap, so that the standard error over splits is smaller than the true one.
    """
    error = float(apart.std(ddof=1) / np.sqrt(len(apart))) if len(apart) > 1 else float("nan")
    note = f"{len(apart)} splits, standard error {error:.4f}, better in {int((apart > 0).sum())}"
    return Figure(name, float(apart.mean()), target=-noise, note=note)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--validate", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()

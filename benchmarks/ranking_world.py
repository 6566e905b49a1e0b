"""The demo world, of which the true probabilities are known: how close the heads come from 10,000 training rows.

Worlds are generated as `consumption demo` does, and taken through the ordinary ingest and training. What is said of
the test rows is held against the world's own truth: a probability computed from the latent state, of which files tell
only a part. So the best that anyone could do from the same signals stands beside it: trees that were shown the true
probabilities of the training rows instead of what happened.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import lightgbm as lgb
import numpy as np
import polars as pl

from consumption.config import SETTINGS_FILE, Workspace
from consumption.jobs.create import SETTINGS, create
from consumption.jobs.ingest import ingest
from consumption.jobs.train import training_set
from consumption.models.encoding import Encoding, Matrix
from consumption.models.heads.capacity import Lists
from consumption.models.heads.fitting import fit_ranker
from consumption.models.heads.regrown import grown_on_all
from consumption.models.model import Model, motion_probability
from consumption.models.motion import MOTIONS, MOVES, Motion, Outcome
from consumption.models.ranking import expected_gain, expected_loss
from consumption.models.rows import Floats
from consumption.models.samples.dataset import TrainingSet
from consumption.models.scored import happened
from consumption.tables import LAKE
from consumption.world.books import SETTINGS as WORLD_SETTINGS
from consumption.world.generate import generate
from report import Figure

# About 10,000 training rows: eleven snapshots of those in force.
ACCOUNTS = 1_450
MONTHS = 36
AS_OF = date(2026, 7, 1)
# Development uses worlds 0 to 9.
WORLDS = (100, 101, 102)
CAPACITY = 8
BINS = 10
DRAWS = 200
# The mean size of a move in the world, as its truth has it.
SIZES = {"help": 0.34, "expand": 0.47}


@dataclass(frozen=True, eq=False)
class Probabilities:
    """Of each row: that it churns, that it moves given that it stays, how large the move is; `motion`: of either."""

    motion: Motion
    churn: Floats
    move: Floats
    size: Floats

    @property
    def of_the_motion(self) -> Floats:
        """help: leaves or shrinks; expand: stays and grows."""
        return motion_probability(self.motion, self.churn, self.move)

    def value(self, weight: Floats) -> Floats:
        """Expected loss or gain."""
        expected = expected_loss if self.motion == "help" else expected_gain
        return expected(weight, self.churn, self.move, self.size)


def figures(work: Path, worlds: Sequence[int] = WORLDS, accounts: int = ACCOUNTS) -> list[Figure]:
    """Means over worlds, for both motions: area under the curve, calibration, dollars captured."""
    read = [one_world(work / f"world-{accounts}-{seed}", accounts, seed) for seed in worlds]
    note = f"mean of {len(worlds)} worlds of {np.mean([rows for rows, _ in read]):,.0f} training rows"
    found = []
    for motion in MOTIONS:
        ours, best = (np.mean([r[motion][which] for _, r in read], axis=0) for which in (0, 1))
        auc, seen, said, captured, segments, chance = ours.tolist()
        found += [
            Figure(f"demo world, {motion}: ROC-AUC short of the truth's", auc, "", 0.02, at_most=True,
                   beside=f"best from the same signals {best[0]:.4f}", note=note),
            Figure(f"demo world, {motion}: ECE by what happened", seen, "", 0.015, at_most=True,
                   beside=f"by chance, were every probability true {chance:.4f}"),
            Figure(f"demo world, {motion}: ECE by the true probability", said),
            Figure(f"demo world, {motion}: ECE by segment, the largest", segments, "", 0.05, at_most=True),
            Figure(f"demo world, {motion}: captured at capacity, of the ideal", captured, "share", 0.97,
                   beside=f"best from the same signals {best[3]:.4f}"),
        ]  # fmt: skip
    return found


def one_world(root: Path, accounts: int, seed: int) -> tuple[int, dict[Motion, tuple[list[float], list[float]]]]:
    """Training rows, and by motion the readings of our ranker and of the best function of the same signals."""
    data, truth = made(root, accounts, seed)
    rows = with_truth(data.rows, truth)
    test = rows.filter(pl.col("part") == "test")
    found = {}
    for motion in MOTIONS:
        true = told(motion, test)
        ranker = grown_on_all(fit_ranker(motion, data, seed=0, k=CAPACITY), data, seed=0)
        found[motion] = (
            readings(test, said(ranker, test), true),
            readings(test, best_of(motion, rows, data.signals), true),
        )
    return data.part("train").height, found


def made(root: Path, accounts: int, seed: int) -> tuple[TrainingSet, pl.DataFrame]:
    """The training set of a world, made once, and the truth of its accounts over time."""
    kept = root / "training-set.pickle"
    if not kept.exists():
        kept.write_bytes(pickle.dumps(training_set(workspace_of(root, accounts, seed), moment())))
    data: TrainingSet = pickle.loads(kept.read_bytes())  # noqa: S301 - our own, written above
    return data, pl.read_parquet(root / "world" / "truth" / "accounts.parquet")


def workspace_of(root: Path, accounts: int, seed: int) -> Workspace:
    """A workspace whose lake holds the world."""
    root.mkdir(parents=True, exist_ok=True)
    if not (root / SETTINGS_FILE).exists():
        create(root, settings=f"{SETTINGS}\n{WORLD_SETTINGS}\n")
    if not (root / "world" / "truth" / "actions.parquet").exists():
        generate(root / "world", accounts=accounts, months=MONTHS, seed=seed, as_of=AS_OF)
    workspace = Workspace.open(root)
    for folder in sorted((root / "world").iterdir()):
        if folder.name in LAKE:
            ingest(workspace, folder.name, [folder], now=moment())
    return workspace


def moment() -> datetime:
    """Midnight of the day that the world leads up to."""
    return datetime.combine(AS_OF, time(), UTC)


def with_truth(rows: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Rows with what was to be expected of them."""
    known = truth.select("account_id", pl.col("as_of").cast(pl.Date).alias("_day"), "^p_.*$")
    return rows.with_columns(_day=pl.col("as_of").dt.date()).join(
        known, on=["account_id", "_day"], how="inner", maintain_order="left"
    )


def told(motion: Motion, rows: pl.DataFrame) -> Probabilities:
    """The truth of rows that carry it."""
    churn, move = (rows[f"p_{outcome}"].to_numpy() for outcome in ("churn", MOVES[motion]))
    return Probabilities(motion, churn, move, np.full(rows.height, SIZES[motion]))


def said(model: Model, rows: pl.DataFrame) -> Probabilities:
    """What a model says of rows."""
    predicted = model.predict(rows)
    churn, move, size = (predicted[c].to_numpy() for c in ("p_churn", "p_move", "s_move"))
    return Probabilities(model.about.motion, churn, move, size)


def best_of(motion: Motion, rows: pl.DataFrame, signals: Sequence[str]) -> Probabilities:
    """What trees say of the test rows that were shown the true probabilities of all earlier ones."""
    train, test = rows.filter(pl.col("part") != "test"), rows.filter(pl.col("part") == "test")
    encoding = Encoding.fit(train, signals)
    outcomes: tuple[Outcome, ...] = ("churn", MOVES[motion])
    matrix, asked = encoding.matrix(train), encoding.matrix(test)
    churn, move = (_shown(matrix, train[f"p_{outcome}"].to_numpy(), asked) for outcome in outcomes)
    return Probabilities(motion, churn, move, np.full(test.height, SIZES[motion]))


def _shown(matrix: Matrix, probability: Floats, test: Matrix) -> Floats:
    parameters = {"objective": "cross_entropy", "num_leaves": 15, "learning_rate": 0.05, "feature_fraction": 0.3,
                  "lambda_l2": 5.0, "num_threads": 1, "verbosity": -1, "seed": 0}  # fmt: skip
    booster = lgb.train(parameters, lgb.Dataset(matrix, probability), 300)
    return np.asarray(booster.predict(test), dtype=np.float64)


def readings(rows: pl.DataFrame, ours: Probabilities, true: Probabilities) -> list[float]:
    """AUC short of the truth's, calibration by what happened and by the truth, dollars captured, worst segment.

    The last is what the calibration by what happened would be by chance alone.
    """
    probability, truth = ours.of_the_motion, true.of_the_motion
    came = rows.select(happened(ours.motion).cast(pl.Float64)).to_series().to_numpy()
    weight = rows["weight"].to_numpy()
    lists = replace(Lists.of(rows, true.value(weight), CAPACITY), worth=np.ones(rows.height))
    segments = rows["segment"].to_numpy()
    return [
        expected_auc(truth, truth) - expected_auc(probability, truth),
        calibration_error(probability, came),
        calibration_error(probability, truth),
        lists.captured(ours.value(weight)),
        max(calibration_error(probability[segments == s], truth[segments == s]) for s in np.unique(segments)),
        by_chance(probability, rows["account_id"]),
    ]


def expected_auc(score: Floats, truth: Floats) -> float:
    """The area that a score may expect where each row happens with its true probability, ties counted half."""
    order = np.argsort(score, kind="stable")
    _, tie = np.unique(score[order], return_inverse=True)
    lost, kept = (np.bincount(tie, weights=w[order]) for w in (truth, 1.0 - truth))
    below = np.cumsum(kept) - kept / 2.0
    return float(lost @ below / (lost.sum() * kept.sum()))


def calibration_error(probability: Floats, came: Floats) -> float:
    """Distance of said from seen, over tenths of the rows by what is said."""
    parts = np.array_split(np.argsort(probability, kind="stable"), BINS)
    return float(sum(abs((probability - came)[part].sum()) for part in parts) / len(probability))


def by_chance(probability: Floats, accounts: pl.Series, draws: int = DRAWS) -> float:
    """The mean calibration error of these probabilities if each of them were true, in the same tenths.

    The label windows of an account's test rows overlap by most of their length: what happens in one happens in all
    whose probability allows it, so each account is drawn once.
    """
    random, of = np.random.default_rng(0), accounts.rank("dense").to_numpy() - 1
    drawn = (random.random(accounts.n_unique())[of] < probability for _ in range(draws))
    return float(np.mean([calibration_error(probability, came.astype(np.float64)) for came in drawn]))

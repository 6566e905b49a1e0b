"""Search for how boosters should grow on this book: Optuna, within a time budget."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from consumption.errors import ConsumptionError
from consumption.models.heads.boosting import USUAL_BOOSTING, Boosting
from consumption.models.heads.capacity import Lists
from consumption.models.heads.fitting import fit_ranker
from consumption.models.heads.ranker import Ranker
from consumption.models.judging.evaluation import USUAL_CAPACITY, row_log_loss
from consumption.models.motion import Motion
from consumption.models.samples.dataset import TrainingSet
from consumption.models.scored import score

# What is being done, how much is done, of how much: seconds of the budget.
Progress = Callable[[str, int, int], None]
# Settings that a trial may not be given up on before: what the others are held against.
TRIALS_TO_COMPARE = 3


class SearchNotInstalled(ConsumptionError):
    """Optuna is an extra, and is not there."""

    status = 501

    def __init__(self) -> None:
        super().__init__(
            problem="searching for settings needs Optuna, which is not installed",
            remedy="pip install 'consumption[search]', or train without a search",
        )


@dataclass(frozen=True)
class Tried:
    """One trial: its settings, and what they gave on the validation rows.

    `log_loss` of the motion's probability; `captured`, dollars on the lists of a week, of the best lists. Both are
    NaN where the trial was `pruned`.
    """

    settings: Boosting
    log_loss: float
    captured: float
    pruned: bool


@dataclass(frozen=True)
class Found:
    """The best settings and every trial, in order; the first is the settings that the search began with."""

    settings: Boosting
    tried: tuple[Tried, ...]

    @property
    def best(self) -> Tried:
        """The trial whose settings these are."""
        return min((one for one in self.tried if not one.pruned), key=lambda one: one.log_loss)

    @property
    def text(self) -> str:
        """The result in a sentence."""
        given_up = sum(one.pruned for one in self.tried)
        return (
            f"A search tried {len(self.tried)} settings of the trees and gave {given_up} up early: log loss on "
            f"validation {self.tried[0].log_loss:.4f} as usual, {self.best.log_loss:.4f} at best "
            f"({self.best.captured:.1%} of the dollars listed)."
        )

    def table(self) -> dict[str, list[Any]]:
        """A row a trial, in order: number, every setting that is searched, what they gave, what became of it."""
        became = ["given up" if one.pruned else "found" if one is self.best else "tried" for one in self.tried]
        settings = {name: [getattr(one.settings, name) for one in self.tried] for name in SPACE}
        figures = {name: [getattr(one, name) for one in self.tried] for name in ("log_loss", "captured")}
        known = {name: [None if math.isnan(value) else value for value in of] for name, of in figures.items()}
        return {"trial": list(range(1, len(self.tried) + 1)), **settings, **known, "became": became}


def search(
    motion: Motion,
    data: TrainingSet,
    *,
    seconds: float,
    seed: int,
    start: Boosting = USUAL_BOOSTING,
    k: int = USUAL_CAPACITY,
    monotone: bool = True,
    trials: int | None = None,
    progress: Progress = lambda *_: None,
) -> Found:
    """The settings whose heads, grown on the training rows, have the lowest log loss on the validation rows.

    Dollars captured decide how long a head grows and stand beside every trial, but a dozen accounts make them jump,
    so they do not steer the search. No test row is read; the gate judges what is found. `start` is tried first, and
    to its end, so nothing worse is found. A trial that does worse than half of the others did by then is given up, as
    is the one under way when `seconds` are over. With `trials` in place of time the same seed finds the same. Raises
    SearchNotInstalled.
    """
    optuna = optuna_or_refuse()
    began = time.monotonic()
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=TRIALS_TO_COMPARE, n_warmup_steps=40),
    )
    study.enqueue_trial({name: getattr(start, name) for name in SPACE})

    def objective(trial: Any) -> float:  # noqa: ANN401 - Optuna's, which may not be there
        settings = replace(start, **{name: draw(trial, name) for name, draw in SPACE.items()})
        trial.set_user_attr("settings", asdict(settings))
        over = began + seconds if trial.number else math.inf
        watch = _giving_up(trial, optuna.TrialPruned, over)
        ranker = fit_ranker(motion, data, seed=seed, settings=settings, k=k, monotone=monotone, watch=watch)
        loss, captured = read(ranker, data, k)
        trial.set_user_attr("captured", captured)
        return loss

    def tell(_study: Any, _trial: Any) -> None:  # noqa: ANN401 - Optuna's
        spent = min(int(time.monotonic() - began), int(seconds))
        progress(f"{motion}: searching for settings, seconds", spent, int(seconds))

    progress(f"{motion}: searching for settings, seconds", 0, int(seconds))
    study.optimize(objective, n_trials=1, callbacks=[tell])
    left = began + seconds - time.monotonic()
    if left > 0.0 and trials != 1:
        study.optimize(objective, timeout=left, n_trials=trials - 1 if trials else None, callbacks=[tell])
    return Found(_settings(study.best_trial), tuple(_tried(trial) for trial in study.trials))


def read(ranker: Ranker, data: TrainingSet, k: int) -> tuple[float, float]:
    """Log loss of the motion's probability on the validation rows, and the dollars that their lists hold."""
    rows = data.part("valid")
    said = score(ranker, rows)
    losses = row_log_loss(said["probability"].to_numpy(), said["happened"].to_numpy())
    lists = Lists.of(rows, said["dollars"].to_numpy(), k)
    captured = replace(lists, worth=np.ones(rows.height)).captured(said["value"].to_numpy())
    return float(np.average(losses, weights=rows["row_weight"].to_numpy())), captured


# What is searched, and how a trial draws it.
SPACE: dict[str, Callable[[Any, str], Any]] = {
    "learning_rate": lambda trial, name: trial.suggest_float(name, 0.01, 0.15, log=True),
    "leaves": lambda trial, name: trial.suggest_int(name, 3, 31, log=True),
    "rows_in_leaf": lambda trial, name: trial.suggest_int(name, 10, 200, log=True),
    "ridge": lambda trial, name: trial.suggest_float(name, 0.1, 100.0, log=True),
    "columns_tried": lambda trial, name: trial.suggest_float(name, 0.1, 1.0),
    "rows_tried": lambda trial, name: trial.suggest_float(name, 0.4, 1.0),
}


def _giving_up(trial: Any, pruned: type[Exception], over: float) -> Callable[[int, float], None]:  # noqa: ANN401 - Optuna's
    """Watches heads grow until time is `over`.

    The loss of the first one at each round is held against that of other trials at the same round.
    """
    seen: list[int] = []

    def watch(round_: int, loss: float) -> None:
        if time.monotonic() > over:
            raise pruned
        if seen and round_ <= seen[-1]:  # the next booster has begun
            seen.append(10**9)
            return
        seen.append(round_)
        trial.report(loss, round_)
        if trial.should_prune():
            raise pruned

    return watch


def _tried(trial: Any) -> Tried:  # noqa: ANN401 - Optuna's
    done = trial.value is not None and "captured" in trial.user_attrs
    loss, captured = (trial.value, trial.user_attrs["captured"]) if done else (float("nan"), float("nan"))
    return Tried(_settings(trial), loss, captured, not done)


def _settings(trial: Any) -> Boosting:  # noqa: ANN401 - Optuna's
    return Boosting(**trial.user_attrs["settings"])


def optuna_or_refuse() -> Any:  # noqa: ANN401 - Optuna's
    """Optuna, kept from talking to the terminal; raises SearchNotInstalled."""
    try:
        optuna = importlib.import_module("optuna")
    except ImportError as missing:
        raise SearchNotInstalled from missing
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna

"""What a training's evaluation looks like, and what drives each of its heads."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from consumption.features.signal_set import by_name
from consumption.models.charts import Chart, bar_chart, calibration_chart, gains_chart, lead_time_chart
from consumption.models.curves import calibration, gains, lead_times
from consumption.models.head import Head
from consumption.models.model import Model
from consumption.models.motion import MOVES, Motion
from consumption.models.ranker import Ranker
from consumption.models.rule import Rule
from consumption.models.scored import score
from consumption.models.training import Trained

MOST = 20
_TOLD: Mapping[Motion, str] = {"help": "lost", "expand": "won"}


def pictures(trained: Trained) -> dict[str, Chart]:
    """Charts by name, of the test rows: gains, calibration, lead_time (where losses have a day), strongest_signals.

    Of accounts never seen in training too, as `..._unseen`. Empty where there are no test rows.
    """
    rows = trained.data.part("test")
    if rows.is_empty():
        return {}
    seen = trained.data.part("train")["account_id"].unique()
    parts = {"": rows, "_unseen": rows.filter(~pl.col("account_id").is_in(seen.implode()))}
    drawn: dict[str, Chart] = {}
    for ending, part in parts.items():
        if not part.is_empty():
            drawn |= {f"{name}{ending}": chart for name, chart in _of_rows(trained, part, ending).items()}
    sizes = strongest(trained).get("probability", {})
    if sizes:
        title = f"What moves the {trained.motion} probability"
        drawn["strongest_signals"] = bar_chart(sizes, title=title, axis="mean size of its part of the log odds")
    return drawn


def strongest(trained: Trained, most: int = MOST) -> dict[str, dict[str, float]]:
    """A global account: what drives the probability and each head, the largest first.

    `probability`, and with a ranker `churn` and the move's head: signal to its mean absolute part of the log odds on
    the test rows (the training rows, where there are none); `..._by_driver`: the same, summed up by driver. Heads of
    the rule: driver to weight.
    """
    model = trained.ranker or trained.model
    rows = trained.data.part("test")
    rows = trained.data.part("train") if rows.is_empty() else rows
    if isinstance(model, Rule):
        heads = {"churn": dict(model.churn.drivers), MOVES[trained.motion]: dict(model.move.drivers)}
        return {name: _largest(weights, most) for name, weights in heads.items()}
    parts = model.contributions(rows).drop("account_id")
    found = {"probability": _sizes(parts.columns, parts.to_numpy())}
    if isinstance(model, Ranker):
        for name, head in (("churn", model.churn), (MOVES[trained.motion], model.move)):
            found[name] = _sizes(head.encoding.columns, _of_head(head, rows))
    drivers = {f"{name}_by_driver": _by_driver(sizes) for name, sizes in found.items()}
    return {name: _largest(sizes, most) for name, sizes in {**found, **drivers}.items()}


def _of_rows(trained: Trained, rows: pl.DataFrame, ending: str) -> dict[str, Chart]:
    models: dict[str, Model] = {"rule": trained.rule}
    if trained.ranker is not None:
        models = {"LightGBM": trained.ranker, **models}
    scored = {name: score(model, rows) for name, model in models.items()}
    which = ", accounts not seen in training" if ending else ""
    first = next(iter(scored))
    drawn = {
        "gains": gains_chart(
            {name: gains(found) for name, found in scored.items()},
            title=f"{trained.motion}: dollars {_TOLD[trained.motion]} that a list of this length holds{which}",
        ),
        "calibration": calibration_chart(
            calibration(scored[first]), title=f"{trained.motion}, {first}: probabilities said and seen{which}"
        ),
    }
    leads = {name: lead_times(found, int(trained.parameters["k"])) for name, found in scored.items()}
    if not any(curve.is_empty() for curve in leads.values()):
        drawn["lead_time"] = lead_time_chart(leads, title=f"How long ahead what was lost was listed{which}")
    return drawn


def _of_head(head: Head, rows: pl.DataFrame) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return head.contributions(rows)[0]


def _sizes(
    names: list[str] | tuple[str, ...], parts: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> dict[str, float]:
    return dict(zip(names, np.abs(parts).mean(axis=0).tolist(), strict=True))


def _by_driver(sizes: Mapping[str, float]) -> dict[str, float]:
    known = by_name()
    summed: dict[str, float] = {}
    for name, size in sizes.items():
        driver = known[name].driver or known[name].family if name in known else "of one's own"
        summed[driver] = summed.get(driver, 0.0) + size
    return summed


def _largest(sizes: Mapping[str, float], most: int) -> dict[str, float]:
    ordered = sorted(sizes.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
    return {name: round(size, 6) for name, size in ordered[:most] if size}

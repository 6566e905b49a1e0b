"""What a training's evaluation looks like, and what drives each of its heads."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from consumption.features.signal_set import by_name
from consumption.models.judging.charts import Chart, bar_chart, calibration_chart, gains_chart, lead_time_chart
from consumption.models.judging.contest import CALLED
from consumption.models.judging.curves import calibration, gains, lead_times
from consumption.models.judging.held_out import accounts_seen
from consumption.models.motion import MOVES, Motion
from consumption.models.training import Trained

MOST = 20
_TOLD: Mapping[Motion, str] = {"help": "lost", "expand": "won"}


def pictures(trained: Trained) -> dict[str, Chart]:
    """Charts by name, of the test rows: gains, calibration, lead_time (where losses have a day), strongest_signals.

    Of accounts never seen in training too, as `..._unseen`. Empty where there are no test rows.
    """
    scored = _called(trained)
    if next(iter(scored.values())).is_empty():
        return {}
    seen = accounts_seen(trained.data).implode()
    unseen = {name: rows.filter(~pl.col("account_id").is_in(seen)) for name, rows in scored.items()}
    drawn: dict[str, Chart] = {}
    for ending, part in {"": scored, "_unseen": unseen}.items():
        if not next(iter(part.values())).is_empty():
            drawn |= {f"{name}{ending}": chart for name, chart in _of_rows(trained, part, ending).items()}
    sizes = strongest(trained).get("probability", {})
    if sizes:
        title = f"What moves the {trained.motion} probability"
        drawn["strongest_signals"] = bar_chart(sizes, title=title, axis="mean size of its part of the log odds")
    return drawn


def strongest(trained: Trained, most: int = MOST) -> dict[str, dict[str, float]]:
    """A global account: what drives the probability and each head, the largest first.

    `probability`, and with a ranker `churn` and the move's head: signal to its mean absolute part of the log odds on
    the test rows; `..._by_driver`: the same, summed up by driver. Heads of the rule: driver to weight.
    """
    if trained.ranker is None:
        rule = trained.rule
        heads = {"churn": dict(rule.churn.drivers), MOVES[trained.motion]: dict(rule.move.drivers)}
        return {name: _largest(weights, most) for name, weights in heads.items()}
    drivers = {f"{name}_by_driver": _by_driver(sizes) for name, sizes in trained.leaning.items()}
    return {name: _largest(sizes, most) for name, sizes in {**trained.leaning, **drivers}.items()}


def _called(trained: Trained) -> dict[str, pl.DataFrame]:
    """Scores of what this training made, by what people call it, the one that stood for the gate first."""
    made = {"ranker": trained.ranker, "beside": trained.beside}
    names = {("ranker" if what == "ranker" else one.kind): CALLED[one.kind] for what, one in made.items() if one}
    return {called: trained.scores[name] for name, called in {**names, "rule": "rule"}.items()}


def _of_rows(trained: Trained, scored: Mapping[str, pl.DataFrame], ending: str) -> dict[str, Chart]:
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

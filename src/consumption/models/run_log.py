"""What a training leaves in the registry: figures, tags and files, as plain values."""

from __future__ import annotations

import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any

from consumption.models.judging.gate import Verdict
from consumption.models.judging.pictures import pictures, strongest
from consumption.models.judging.report import model_card, report
from consumption.models.loading import same
from consumption.models.model import Model
from consumption.models.motion import Motion
from consumption.models.training import Trained

# MLflow cuts tags off at 8,000 characters.
_LONGEST_TAG = 7_000


def write_run_files(trained: Trained, folder: Path) -> None:
    """Writes report.json, model_card.md, signals.json (fingerprints), strongest_signals.json and charts/."""
    fingerprints = dict(sorted(trained.data.fingerprints.items()))
    (folder / "report.json").write_text(json.dumps(report(trained), indent=1), encoding="utf-8")
    (folder / "model_card.md").write_text(model_card(trained), encoding="utf-8")
    (folder / "signals.json").write_text(json.dumps(fingerprints, indent=1), encoding="utf-8")
    (folder / "strongest_signals.json").write_text(json.dumps(strongest(trained), indent=1), encoding="utf-8")
    (folder / "charts").mkdir()
    for name, chart in pictures(trained).items():
        chart.write(folder / "charts", name)


def models_of(trained: Trained) -> dict[str, Model]:
    """`model`: what ranks from now on, if it is new; `challenger`: a ranker that lost."""
    models: dict[str, Model] = {"model": trained.model} if trained.new else {}
    if trained.ranker is not None and trained.ranker is not trained.model:
        models["challenger"] = trained.ranker
    return models


def new_models(trained: Trained, champion: Model | None = None) -> dict[str, Model]:
    """Those of `models_of` that are to be versions: a rule, fitted anew to what the champion says, is none."""
    models = models_of(trained)
    known = champion is not None and champion.kind == "rule" and champion.about.version
    if known and champion is not None and "model" in models and same(models["model"], champion):
        del models["model"]
    return models


def tables(trained: Trained) -> dict[str, dict[str, list[Any]]]:
    """Tables of the run's page, by file: what a search tried, if there was one."""
    return {"search_trials.json": trained.found.table()} if trained.found else {}


def parameters(trained: Trained) -> dict[str, str]:
    """What it was trained with, as text."""
    return {name: str(value) for name, value in trained.parameters.items()}


def run_metrics(trained: Trained) -> dict[str, float]:
    """`roc_auc` of what this training made to rank (or to try); others as `rule/all/roc_auc`; bounds as `..._low`.

    `lambdarank/all/roc_auc` is the order's (`lightgbm/...` where the order stood for the gate); `order_gain`: how
    much more of the value its lists hold than those of the probabilities, on the test rows.
    """
    values = {}
    ours = "ranker" if trained.ranker is not None else "rule"
    for model, slices in trained.metrics.items():
        for part, figures in slices.items():
            prefix = "" if (model, part) == (ours, "all") else f"{model}/{part}/"
            for name, figure in figures.items():
                values[prefix + name] = figure.value
                values[f"{prefix}{name}_low"] = figure.low
                values[f"{prefix}{name}_high"] = figure.high
    for name, verdict in _verdicts(trained).items():
        values |= {f"{name}_gain": verdict.gain, f"{name}_low": verdict.low, f"{name}_high": verdict.high}
    values |= {name: float(count) for name, count in trained.counts.items()}
    return {_allowed(name): value for name, value in values.items() if not math.isnan(value)}


def run_tags(trained: Trained) -> dict[str, str]:
    """Fingerprints as `signal.NAME`, versions of the data as `data.TABLE`, and what a list of runs should show."""
    return {
        "motion": trained.motion,
        "kind": trained.model.kind,
        **({"stands": trained.contest.stands} if trained.contest else {}),
        "as_of": trained.data.as_of.isoformat(),
        "horizon_days": str(trained.data.horizon.days),
        "decision": trained.verdict.decision if trained.verdict else "rule",
        "opponent": trained.opponent,
        "mlflow.note.content": model_card(trained)[:_LONGEST_TAG],
        **{f"data.{table}": str(version) for table, version in sorted(trained.data.versions.items())},
        **{f"signal.{name}": value for name, value in sorted(trained.data.fingerprints.items())},
    }


def _verdicts(trained: Trained) -> dict[str, Verdict]:
    """What the gate said of the ranker, and of the order against the probabilities (which chose nothing on test)."""
    order = {"order_valid": trained.contest.valid, "order": trained.contest.test} if trained.contest else {}
    return {**({"gate": trained.verdict} if trained.verdict else {}), **order}


def _allowed(name: str) -> str:
    """MLflow takes letters, digits, `_`, `-`, `.`, space, `:` and `/` in a metric's name."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_-. :/") else "_" for c in name)


def run_name(motion: Motion, as_of: datetime) -> str:
    """What a list of runs calls it."""
    return f"{motion} {as_of.date().isoformat()}"

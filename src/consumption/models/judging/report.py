"""What a training found, for programs (JSON) and for people (Markdown)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from consumption.models.judging.contest import CALLED
from consumption.models.judging.evaluation import Figure
from consumption.models.training import Trained

NAMES: Mapping[str, str] = {
    "captured_at_k": "value captured at k, of the ideal",
    "precision_at_k": "precision at k",
    "ndcg_at_k": "NDCG at k, by value",
    "lift_top_tenth": "lift in the top 10 %",
    "revenue_lift_top_tenth": "revenue-weighted lift in the top 10 %",
    "early_at_k": "share of lost dollars listed 30 days ahead",
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "log_loss": "log loss",
    "brier": "Brier score",
    "ece": "calibration error",
}


def report(trained: Trained) -> dict[str, Any]:
    """Everything a training found, as plain values; a figure that cannot be told is null."""
    return {
        "motion": trained.motion,
        "kind": trained.model.kind,
        "as_of": trained.data.as_of.isoformat(),
        "words": list(trained.words),
        "verdict": asdict(trained.verdict) if trained.verdict else None,
        "opponent": trained.opponent,
        "contest": asdict(trained.contest) if trained.contest else None,
        "search": trained.found.table() if trained.found else None,
        "parameters": dict(trained.parameters),
        "counts": trained.counts,
        "left_out": dict(trained.data.left_out),
        "leaks": [leak.as_dict() for leak in trained.leaks],
        "dates": {p: [d.date().isoformat() for d in getattr(trained.data.horizon.split, p)] for p in _PARTS},
        "versions": dict(trained.data.versions),
        "metrics": {
            model: {part: {n: _plain(f) for n, f in found.items()} for part, found in slices.items()}
            for model, slices in trained.metrics.items()
        },
        "strongest_signals": dict(trained.strongest),
    }


def model_card(trained: Trained) -> str:
    """The report as one page of Markdown."""
    lines = [f"# {trained.motion}: {trained.model.kind}", "", *trained.words, ""]
    for part in trained.metrics.get("rule", {}):
        lines += [*_table(trained, part), ""]
    if trained.strongest:
        lines += ["## Signals that move the probability most", ""]
        lines += [f"- `{name}`: {size:.3f}" for name, size in trained.strongest.items()]
    return "\n".join(lines).rstrip() + "\n"


_PARTS = ("train", "valid", "test")


def _table(trained: Trained, part: str) -> list[str]:
    models = [m for m, slices in trained.metrics.items() if part in slices]
    ranker = trained.ranker.kind if trained.ranker else ""
    names = [CALLED.get(ranker if m == "ranker" else m, m) for m in models]
    head = [f"## Test rows: {part}", "", "| | " + " | ".join(names) + " |", "|---|" + "---|" * len(models)]
    rows = [
        f"| {words} | " + " | ".join(_said(trained.metrics[m][part][name]) for m in models) + " |"
        for name, words in NAMES.items()
    ]
    return [*head, *rows]


def _said(figure: Figure) -> str:
    if math.isnan(figure.value):
        return "not known"
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _plain(figure: Figure) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in asdict(figure).items()}

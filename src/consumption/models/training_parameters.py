"""What a training was made with, by name: what its run in MLflow shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from consumption.models.heads.boosting import Boosting
from consumption.models.heads.grown import Grown
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.search import Found
from consumption.models.judging.held_out import HeldOut


def parameters_of(held: HeldOut, grown: Grown | None = None) -> dict[str, Any]:
    """Seed, horizon, rules and, where rankers grew, their trees, and what a search tried."""
    data, rules = held.data, grown.rules if grown else held.rules
    return {
        "seed": held.seed,
        "horizon_days": data.horizon.days,
        "lead_days": data.horizon.windows.lead,
        "signals": len(data.signals),
        "k": rules.k,
        "trusted": ", ".join(data.trusted) or "none",
        "treated_rows": int(data.part("train")["treated"].sum()),
        "monotone": rules.monotone,
        **dict(_settings("boosting", rules.boosting)),
        **(dict(_grown(grown)) if grown else {}),
    }


def _grown(grown: Grown) -> Iterator[tuple[str, Any]]:
    yield "stands", grown.stands.kind
    yield from _trees("trees", grown.probabilities)
    yield from _settings("ordering", grown.rules.ordering)
    yield from _trees("ordering_trees", grown.order)
    yield "search_seconds", grown.rules.search_seconds
    if grown.found:
        yield from _searched(grown.found)


def _settings(prefix: str, boosting: Boosting) -> Iterator[tuple[str, Any]]:
    """How boosters grow; on how many threads is no part of what grew."""
    return ((f"{prefix}_{name}", value) for name, value in asdict(boosting).items() if name != "threads")


def _trees(prefix: str, ranker: Ranker) -> Iterator[tuple[str, int]]:
    for name, part in (("churn", ranker.churn), ("move", ranker.move), ("size", ranker.size)):
        yield f"{prefix}_{name}", part.trees


def _searched(found: Found) -> Iterator[tuple[str, Any]]:
    yield "search_trials", len(found.tried)
    yield "search_given_up", sum(one.pruned for one in found.tried)
    yield "search_log_loss_usual", found.tried[0].log_loss
    yield "search_log_loss_found", found.best.log_loss

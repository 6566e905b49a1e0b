"""From kept results to the table: shares of the oracle over seeds, with standard errors, beside their targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from consumption.models.increments.belief import Floats
from report import Figure

POLICIES = (
    "this project",
    "as carried out",
    "learned, without the gate",
    "catalogue alone",
    "risk x ARR + playbook",
    "health score + playbook",
    "propensity x value",
    "random",
    "best observable",
)
NOTES = {
    "this project": "its plan by mean values",
    "as carried out": "the same with what is held out and explored",
    "learned, without the gate": "everything learned, whether it earned its place or not",
}
TARGETS = {"right": 75.0, "wrong": 67.0, "tree": 60.0}


def figures(world: str, found: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """The rows of one world, from the kept results of its seeds."""
    if world == "none":
        return _nothing_works(found)
    shares = {policy: _shares(found, policy) for policy in POLICIES}
    ours = shares["this project"]
    rows = [
        Figure(f"{world}: {policy}", float(values.mean()), "% of the oracle",
               TARGETS.get(world) if policy == "this project" else None,
               note="; ".join(filter(None, (f"standard error {_error(values):.1f}", NOTES.get(policy)))))
        for policy, values in shares.items()
    ]  # fmt: skip
    rows += [_margin(world, "risk x ARR + playbook", ours, shares, 10.0 if world in TARGETS else None)]
    rows += [_margin(world, "health score + playbook", ours, shares, 45.0 if world in TARGETS else None)]
    rows += [_margin(world, "catalogue alone", ours, shares, -3.0 if world == "right" else None)]
    rows += [_margin(world, "best observable", ours, shares, None), _seconds(world, found)]
    return rows


def _margin(world: str, other: str, ours: Floats, shares: Mapping[str, Floats], target: float | None) -> Figure:
    gain = ours - shares[other]
    note = f"standard error {_error(gain):.1f}, paired by seed"
    return Figure(f"{world}: this project less {other}", float(gain.mean()), "points", target, note=note)


def _shares(found: Sequence[Mapping[str, Any]], policy: str) -> Floats:
    """Per cent of the oracle's incremental ARR, an element a seed, over the quarters asked about."""
    added = [sum(asked[policy] for asked in result["asked"]) for result in found]
    most = [sum(asked["oracle"] for asked in result["asked"]) for result in found]
    return np.asarray(100.0 * np.array(added) / np.array(most), dtype=np.float64)


def _nothing_works(found: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """Where no action does anything: what is promised nevertheless, as a share of ARR."""
    rows = []
    for name, key in (("promised by this project", "said of this project"),
                      ("promised by the catalogue alone", "said of the catalogue")):  # fmt: skip
        values = np.array(
            [100.0 * sum(a[key] for a in r["asked"]) / sum(a["arr"] for a in r["asked"]) for r in found]
        )
        rows.append(
            Figure(f"none: {name}", float(values.mean()), "% of ARR", note=f"standard error {_error(values):.2f}")
        )
    return [*rows, _seconds("none", found)]


def _seconds(world: str, found: Sequence[Mapping[str, Any]]) -> Figure:
    return Figure(f"{world}: seconds a seed", float(np.mean([result["seconds"] for result in found])), "s")


def _error(values: Floats) -> float:
    """The standard error of the mean."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")

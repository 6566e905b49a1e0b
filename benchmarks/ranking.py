"""Every figure of the rankings beside its target: quality on real data and on the generated world, and times.

    python benchmarks/ranking.py DATA [PART ...] [--work DIR] [--json FILE] [--again]

DATA is the folder that holds `oulad`, `online_retail` and `lambdarank` (see docs/quality.md). Without a PART all are
measured: oulad, retail, lists, world, gate, retraining, scoring. Figures of a part stay in --work, and are taken from
there the next time, so that a run can be stopped and gone on with; `--again` measures anew. `--validate` reads no
test row: it cross-validates oulad, retail and lists within their training rows, and choices are made with it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import oulad
import ranking_lists
import ranking_retail
import ranking_times
import ranking_world
from consumption.models.judging.gate_trials import equal_challengers
from report import Figure, report

TRIALS = 300


@dataclass(frozen=True)
class Asked:
    """What one part needs: the folder of data, a folder of its own to work in, and whether test rows stay unread."""

    data: Path
    work: Path
    validate: bool


def gate(_asked: Asked) -> list[Figure]:
    """How often an equal challenger takes over."""
    found = equal_challengers(TRIALS)
    return [
        Figure(f"an equal challenger takes over, {TRIALS} trials", found.share, "share", 0.04, at_most=True,
               note=f"{found.promoted} promoted, {found.took_over - found.promoted} as a refresh"),
    ]  # fmt: skip


PARTS: Mapping[str, Callable[[Asked], Sequence[Figure]]] = {
    "oulad": lambda asked: oulad.figures(asked.data / "oulad", asked.work, validate=asked.validate),
    "retail": lambda asked: ranking_retail.figures(asked.data / "online_retail", asked.work, validate=asked.validate),
    "lists": lambda asked: ranking_lists.figures(asked.data / "lambdarank", validate=asked.validate),
    "world": lambda asked: ranking_world.figures(asked.work),
    "gate": gate,
    "retraining": lambda asked: ranking_times.retraining(asked.work),
    "scoring": lambda asked: ranking_times.scoring(asked.work),
}
ON_DATA = ("oulad", "retail", "lists")


def measured(name: str, asked: Asked, *, again: bool) -> list[Figure]:
    """The figures of one part, from the last time where they are kept."""
    kept = asked.work / f"{name}{'-validated' if asked.validate else ''}.json"
    if kept.exists() and not again:
        return [Figure(**values) for values in json.loads(kept.read_text(encoding="utf-8"))]
    own = Asked(asked.data, asked.work / name, asked.validate)
    own.work.mkdir(parents=True, exist_ok=True)
    found = list(PARTS[name](own))
    kept.write_text(json.dumps([asdict(figure) for figure in found], indent=1), encoding="utf-8")
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """The parts that are asked for, each as soon as it is measured, then the table of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of oulad, online_retail and lambdarank")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all without one")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "consumption-ranking")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--again", action="store_true", help="measure what is kept as well")
    parser.add_argument("--validate", action="store_true", help="cross-validate in the training rows only")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.parts) - set(PARTS))
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    asked = Asked(given.data, given.work, given.validate)
    given.work.mkdir(parents=True, exist_ok=True)
    found: list[Figure] = []
    for name in given.parts or (ON_DATA if given.validate else PARTS):
        part = measured(name, asked, again=given.again)
        report(name, part)
        found += part
    report("Rankings, cross-validated within the training rows" if given.validate else "Rankings", found, given.json)


if __name__ == "__main__":
    main()

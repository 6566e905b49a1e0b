"""Whether the chance of each account lies within the interval that is said of it, where the truth is known.

    python benchmarks/between.py [SEED ...] [--accounts N] [--work DIR] [--json FILE]

Worlds are made and taken through ingest and training as in `ranking_world`; a world that lies in --work is read from
there. The default seeds are of development. Four fifths of the chances should lie within.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from consumption.models.heads.between import doubt_of
from consumption.models.heads.doubt import LEVEL, Doubt
from consumption.models.heads.fitting import fit_ranker, fit_rule
from consumption.models.heads.head import SEGMENT_VOTES
from consumption.models.model import Model
from consumption.models.motion import MOTIONS
from consumption.models.rows import Floats, evidence_of, segments_of
from ranking_world import ACCOUNTS, made, said, told, with_truth
from report import Figure, report

DEVELOPMENT = (0, 1)


def figures(work: Path, seeds: Sequence[int], accounts: int) -> list[Figure]:
    """Shares of established and of new accounts within, and how wide intervals are, by world, motion and model."""
    return [figure for seed in seeds for figure in _of_world(work / f"world-{accounts}-{seed}", accounts, seed)]


def _of_world(root: Path, accounts: int, seed: int) -> Iterator[Figure]:
    data, truth = made(root, accounts, seed)
    test = with_truth(data.part("test"), truth)
    new = np.isfinite(evidence_of(test))
    for motion in MOTIONS:
        for model in (fit_ranker(motion, data, seed=0), fit_rule(motion, data)):
            within, width = _within(model, doubt_of(model, data), test)
            name = f"world {seed}, {motion}, {model.kind}"
            yield Figure(f"{name}: within", float(within[~new].mean()), "share", LEVEL,
                         note=f"{int((~new).sum()):,} rows, {width[~new].mean():.2f} wide")  # fmt: skip
            if new.any():
                yield Figure(f"{name}: new accounts within", float(within[new].mean()), "share", LEVEL,
                             note=f"{int(new.sum()):,} rows, {width[new].mean():.2f} wide")  # fmt: skip


def _within(model: Model, doubt: Doubt, test: pl.DataFrame) -> tuple[Floats, Floats]:
    """Whether the true chance of each row lies within its interval (1 or 0), and how wide that is."""
    motion = model.about.motion
    own = 1.0 - SEGMENT_VOTES / (evidence_of(test) + SEGMENT_VOTES)
    low, high = doubt.between(said(model, test).of_the_motion, segments_of(test), own)
    true = told(motion, test).of_the_motion
    return np.asarray((low <= true) & (true <= high), dtype=np.float64), high - low


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", nargs="*", type=int, default=list(DEVELOPMENT))
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--json", type=Path, dest="json_file")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = figures(asked.work or Path(folder), asked.seeds or DEVELOPMENT, asked.accounts)
    report("Chances within their intervals", found, asked.json_file)


if __name__ == "__main__":
    main()

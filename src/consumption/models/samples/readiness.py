"""What the history there is allows to learn, as findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from consumption.features.quality.finding import FINE, NOTE, WARNING, Check, Row, Seen, check
from consumption.features.quality.wording import count, day
from consumption.models.samples.horizon import HORIZONS, LOSSES_TO_TRAIN, SNAPSHOTS_TO_TRAIN, Horizon

# Sources of labels that read events.
BY_TELEMETRY = ("silence", "consumption")

_MOVES = {"help": ("churn", "contraction"), "expand": ("expansion",)}
_SAID = {"churn": "lost", "contraction": "contracted", "expansion": "expanded"}
_NEEDED = {"help": "churn", "expand": "expansion"}


@dataclass(frozen=True)
class Learning:
    """What training would start from at a moment.

    `losses`: account_id, lost_on, a row a loss. `labels`: LABELS frames of training snapshots of `horizon` whose
    windows leave no gap, put together; None where labels read telemetry, and are not made for this. `source`: what
    tells outcomes; `contracts` and `outcomes`: whether there are any rows.
    """

    as_of: datetime
    horizon: Horizon
    losses: pl.DataFrame
    labels: pl.DataFrame | None
    source: str
    contracts: bool
    outcomes: bool


@check(
    topic="outcomes",
    title="Outcomes to learn from",
    means="Without outcomes nothing can be learned and nothing proven: a rule ranks for as long as that lasts.",
    do="Load contracts (`consumption ingest contracts FILE`) or what became of accounts (`consumption ingest "
    "outcomes FILE`), or say what stands for it in consumption.toml: source under `[labels]`, "
    "silence or consumption.",
)
def outcomes(learning: Learning) -> Iterator[Seen]:
    """Contracts should tell what became of accounts; where there are none, the outcomes table or telemetry."""
    lost, by = learning.losses["account_id"].n_unique(), learning.source
    if by in BY_TELEMETRY:
        yield Seen(FINE, f"Telemetry tells what became of accounts ({by}).")
    elif by == "contracts" and learning.contracts:
        when = f", the last on {day(max(learning.losses['lost_on']))}" if lost else ""
        ignored = "; the outcomes table is not read where there are contracts" if learning.outcomes else ""
        yield Seen(FINE if lost else NOTE, f"Contracts tell of {count(lost, 'lost account')}{when}{ignored}.")
    elif learning.outcomes:
        yield Seen(FINE if lost else NOTE, f"The outcomes table tells of {count(lost, 'lost account')}.")
    else:
        yield Seen(WARNING, "There are neither contracts nor outcomes: nobody can tell who was lost.")


@check(
    topic="outcomes",
    title="How far ahead models can look",
    means="The longer the horizon, the earlier the warning; a rule of at most eight drivers ranks until there "
    "is enough to learn from, and says so on every page.",
    do="Ingest older contracts and events if there are any; else wait, or set `[labels] horizon_days` in "
    "consumption.toml.",
)
def horizon(learning: Learning) -> Iterator[Seen]:
    """The horizon is the longest of 182, 91 and 56 days that the history allows, by the same choice as in training.

    It must leave six training snapshots and 50 distinct lost accounts after the purge; where none does, a rule ranks.
    """
    found = learning.horizon
    text = " ".join(found.words)
    usable = found.learnable and found.days == max(HORIZONS)
    yield Seen(FINE if usable else NOTE, text, _snapshots(found))


@check(
    topic="outcomes",
    title="Moves to learn from, by motion",
    means="A motion with too few accounts that moved is ranked by a rule, and a head with under twenty learns "
    "a rate only.",
    do="Nothing is to be done but to wait, or to load older contracts; thresholds are in `[labels]` of "
    "consumption.toml.",
)
def motions(learning: Learning) -> Iterator[Seen]:
    """Each motion needs 50 distinct accounts that moved in the label windows of six training snapshots.

    For help these are lost accounts, for expand expanded ones.
    """
    if learning.labels is None or learning.labels.is_empty():
        yield Seen(NOTE, "Labels are not counted here: there is no training snapshot, or telemetry tells outcomes.")
        return
    moved = dict(
        learning.labels.filter(~pl.col("moved_in_lead"))
        .group_by("outcome")
        .agg(pl.col("account_id").n_unique())
        .iter_rows()
    )
    snapshots = len(learning.horizon.split.train)
    rows: list[Row] = []
    short = []
    for motion, outcomes_ in _MOVES.items():
        enough = moved.get(_NEEDED[motion], 0) >= LOSSES_TO_TRAIN and snapshots >= SNAPSHOTS_TO_TRAIN
        short += [] if enough else [motion]
        said = ", ".join(f"{moved.get(name, 0):,} {_SAID[name]}" for name in outcomes_)
        rows.append(
            {
                "motion": motion,
                "accounts that moved": said,
                "ranked by": "LightGBM if it wins" if enough else "a rule",
            }
        )
    said = "; ".join(f"{row['motion']}: {row['accounts that moved']}" for row in rows)
    more = f"; too few for {' and '.join(short)}" if short else ""
    yield Seen(NOTE if short else FINE, f"In {count(snapshots, 'training snapshot')} at least: {said}{more}.", rows)


LEARNING_CHECKS: tuple[Check[Learning], ...] = (outcomes, horizon, motions)


def _snapshots(found: Horizon) -> list[Row]:
    parts = {"train": found.split.train, "validate": found.split.valid, "test": found.split.test}
    return [
        {"snapshots to": name, "number": len(dates), "from": f"{dates[0]:%Y-%m-%d}", "to": f"{dates[-1]:%Y-%m-%d}"}
        for name, dates in parts.items()
        if dates
    ]

"""How far ahead the history allows to look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import polars as pl

from consumption.models.samples.cases import lost_within
from consumption.models.samples.split import USUAL_WINDOWS, Split, Windows, split, training_dates

HORIZONS = (182, 91, 56)
SNAPSHOTS_TO_TRAIN = 6
LOSSES_TO_TRAIN = 50
# Distinct lost accounts in the training rows of a split whose labels look so many days ahead; counting may stop once
# there are enough.
InRows = Callable[[Split, int], int]
# Test and validation snapshots: three of each, one of each where history is short; a rule needs no validation.
SHAPES = ((3, 3), (1, 1))
FOR_A_RULE = (1, 0)


@dataclass(frozen=True)
class Horizon:
    """How far ahead labels look, the split that goes with it, and why.

    `learnable`: six training snapshots and 50 lost accounts are there, so that LightGBM may try for the gate.
    `lost`: distinct accounts lost within the training label windows. `words`: the history there is, the horizon
    taken and when a longer one becomes possible, in sentences. `learnable_from`: about when there is enough, if
    accounts go on being lost as they were; None where there is, or where it takes over five years.
    """

    days: int
    split: Split
    lost: int
    learnable: bool
    words: tuple[str, ...]
    windows: Windows = USUAL_WINDOWS
    learnable_from: datetime | None = None

    @property
    def dates(self) -> tuple[datetime, ...]:
        """The snapshots that training needs; no other has to be computed."""
        return self.split.dates

    def counted(self, lost: int) -> Horizon:
        """The same with the lost accounts that are in its training rows, in place of all that were lost in that time.

        The others had given notice, were lost too soon to be helped, or were no customers at any of these dates.
        """
        if not self.split.train or not self.words or lost == self.lost:
            return self
        others = max(0, self.lost - lost)
        more = f", of {self.lost:,} lost in that time" if others else ""
        learnable = self.learnable and lost >= LOSSES_TO_TRAIN
        return replace(
            self, lost=lost, learnable=learnable, words=(self.words[0], _taken(self, lost, more), *self.words[2:])
        )


def _taken(horizon: Horizon, lost: int, more: str = "") -> str:
    """What labels look at, and what there is to learn from."""
    parts = horizon.split
    return (
        f"Labels look {horizon.days} days ahead: {len(parts.train)} snapshots to train, {len(parts.valid)} to "
        f"validate and {len(parts.test)} to test, with {lost:,} lost accounts to learn from{more}."
    )


def choose_horizon(
    first: datetime,
    as_of: datetime,
    losses: pl.DataFrame,
    *,
    options: Sequence[int] = HORIZONS,
    windows: Windows = USUAL_WINDOWS,
    labelled_from: datetime | None = None,
    in_rows: InRows | None = None,
) -> Horizon:
    """The longest horizon that leaves six training snapshots and 50 distinct lost accounts after the purge.

    `losses`: a row a loss (account_id, lost_on, and notice_on where known). `labelled_from`: before it no account has
    a label, so no snapshot of then counts. `in_rows`: how many of those lost are in the training rows, which is asked
    where `losses` are enough: others had given notice, left within the lead, or were no customers at these dates. Too
    few, and the next shorter option is tried. Where three test snapshots are too many, one is tested; where that is
    too many as well, the split is as good as it gets and `learnable` is false: a rule ranks.
    """
    past = _Past(first, as_of, losses, windows, labelled_from, in_rows)
    ordered = sorted(options, reverse=True)
    plans = (past.by_rows(days, shape) for shape in SHAPES for days in ordered)
    rules = [replace(past.plan(days, FOR_A_RULE), learnable=False) for days in ordered]
    usable = (plan for plan in rules if plan.split.train)
    chosen = next((p for p in plans if p.learnable), None) or next(usable, rules[0])
    possible = () if chosen.learnable else filter(None, (_possible(days, past) for days in ordered))
    dated = replace(chosen, learnable_from=min(possible, default=None))
    return replace(dated, words=_words(dated, past, ordered))


@dataclass(frozen=True, eq=False)
class _Past:
    """The history there is at a moment."""

    first: datetime
    as_of: datetime
    losses: pl.DataFrame
    windows: Windows
    labelled_from: datetime | None = None
    in_rows: InRows | None = None
    # By horizon and shape, the share of those lost that was found in rows where these were counted and too few.
    shares: dict[tuple[int, tuple[int, int]], float] = field(default_factory=dict)

    def plan(self, days: int, shape: tuple[int, int]) -> Horizon:
        """What this history allows with labels that look so many days ahead."""
        every = training_dates(self.first, self.as_of, every=self.windows.every, warm_up=self.windows.warm_up)
        dates = [date for date in every if self.labelled_from is None or date > self.labelled_from]
        tests, valids = shape
        parts = split(dates, self.as_of, horizon=days, windows=self.windows, tests=tests, valids=valids)
        lost = lost_within(self.losses, parts.train, days, self.windows.lead)
        learnable = len(parts.train) >= SNAPSHOTS_TO_TRAIN and lost >= LOSSES_TO_TRAIN
        return Horizon(days, parts, lost, learnable, (), self.windows)

    def by_rows(self, days: int, shape: tuple[int, int]) -> Horizon:
        """The same, with the lost accounts that its training rows have where those are too few."""
        plan = self.plan(days, shape)
        found = self.in_rows(plan.split, days) if self.in_rows and plan.lost >= LOSSES_TO_TRAIN else plan.lost
        if found >= LOSSES_TO_TRAIN or plan.lost < LOSSES_TO_TRAIN:
            return plan
        self.shares[days, shape] = found / plan.lost
        return replace(plan, lost=found, learnable=False)


def _words(chosen: Horizon, past: _Past, options: Sequence[int]) -> tuple[str, ...]:
    days = max(0, (past.as_of - past.first).days)
    history = f"There are {days:,} days of history, from {_day(past.first)} to {_day(past.as_of)}."
    parts = chosen.split
    taken = _taken(chosen, chosen.lost) if chosen.learnable else _too_little(len(parts.train), chosen.lost)
    longer = [days for days in reversed(options) if days > chosen.days]
    following = [_when(days, past) for days in longer[:1]] if chosen.learnable else [_tried(chosen, past)]
    return (history, taken, *following)


def _too_little(snapshots: int, lost: int) -> str:
    there = f"{snapshots:,} training snapshots and {lost:,} lost accounts"
    needed = f"{SNAPSHOTS_TO_TRAIN} and {LOSSES_TO_TRAIN}"
    enough = snapshots >= SNAPSHOTS_TO_TRAIN and lost >= LOSSES_TO_TRAIN
    lacks = (
        f"{there} would do to train ({needed} are needed), but no lost account is left to validate by."
        if enough
        else f"{there}, where {needed} are needed beside those to validate and test."
    )
    return f"That is too little to learn from: {lacks} Where no model ranks yet, a rule does."


def _tried(chosen: Horizon, past: _Past) -> str:
    """When there is enough for more than a rule."""
    if past.losses.is_empty():
        return "Nobody is known to have been lost: when a model can be tried cannot be said."
    if chosen.learnable_from is None:
        return "As accounts were lost so far, it takes over five years until a model can be tried."
    soonest = _day(chosen.learnable_from)
    return f"A model can be tried from about {soonest} on, if accounts go on being lost as they were."


def _when(days: int, past: _Past) -> str:
    possible = _possible(days, past)
    if possible is None:
        return f"A horizon of {days} days needs more lost accounts than this book loses in five years."
    return f"A horizon of {days} days becomes possible around {_day(possible)}."


def _possible(days: int, past: _Past) -> datetime | None:
    """About when a horizon becomes possible, if accounts go on being lost as they were; None: not in five years."""
    pace = past.losses["account_id"].n_unique() / max(1, (past.as_of - past.first).days)
    for step in range(1, 66):
        then = replace(past, as_of=past.as_of + timedelta(days=past.windows.every * step))
        for shape in SHAPES:
            plan, share = then.plan(days, shape), past.shares.get((days, shape), 1.0)
            if len(plan.split.train) < SNAPSHOTS_TO_TRAIN:
                continue
            end = plan.split.train[-1] + timedelta(days=past.windows.lead + days)
            if share * (plan.lost + pace * max(0, (end - past.as_of).days)) >= LOSSES_TO_TRAIN:
                return then.as_of
    return None


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"

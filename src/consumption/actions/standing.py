"""What became of earlier decisions: what people took up, and what still waits on this week's lists."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache

import numpy as np
import polars as pl

from consumption.actions.answered import SNOOZED, answers_to, followed, last_answers, said, until
from consumption.actions.facts import timestamp
from consumption.actions.holdout import fraction
from consumption.actions.terms import NONE
from consumption.actions.week import WORKDAYS, monday_of
from consumption.tables import TIMESTAMP

POLICY = "policy"
TAKEN_UP = pl.Schema(
    {
        "account_id": pl.String(),
        "action": pl.String(),
        "timestamp": TIMESTAMP,
        "alone": pl.Boolean(),
        "cools": pl.Boolean(),
        "alone_until": pl.Date(),
        "back_on": pl.Date(),
        "not_theirs": pl.String(),
        "worked_on": pl.Boolean(),
        "worked_at": TIMESTAMP,
        "worked_by": pl.String(),
        "withheld": pl.Boolean(),
        "nothing": pl.Boolean(),
    }
)
_CHANCES = pl.Schema({"account_id": pl.String(), "action": pl.String(), "propensity": pl.Float64()})


def taken_up(
    decisions: pl.DataFrame, responses: pl.DataFrame, by_itself: Sequence[str] = (), known: Collection[str] = ()
) -> pl.DataFrame:
    """What somebody answered or did by themselves, and what follows: a row an action, as `TAKEN_UP`.

    `timestamp`: when it was answered or done; `alone`: the customer is left alone from then on, for a while; `cools`:
    so is the action; `alone_until`, `back_on`: account and action are closed before that day; `not_theirs`: nothing
    more for that person. `worked_on`: it took hours, of `worked_by` (null: whose account it is), those of the week of
    `worked_at` (when it was started). `nothing`: what runs by itself stays away as long.

    A recommendation that nobody has touched has not happened: it neither uses hours nor leaves a customer alone.
    Decisions from elsewhere, a rep's own, and what is sent `by_itself` have. What was done in an action's place is
    the one that was done, where it is one of the `known`. What was `withheld` from a held-out account rests it as
    often as served ones are left alone; nobody may read of it.
    """
    if decisions.is_empty():
        return _nothing()
    by_itself, known = tuple(by_itself), tuple(known)
    answers = answers_to(decisions, responses)
    kinds = decisions.hstack([answers["response"]]).select(_kinds(by_itself))
    done, sent, by_people, held, told = (column.to_numpy() for column in kinds.get_columns())
    there, own = np.flatnonzero(done & told & ~sent), np.flatnonzero(done & (by_people & ~told | sent))
    answered = followed(decisions[there], answers[there], known) if len(there) else _nothing()
    parts = [answered]
    if len(own):
        parts.append(_done(decisions[own], worked_on=~_sent(by_itself), worked_by=said("actor")))
    if held.any():
        alone = answered["alone"].fill_null(value=False).to_numpy() & ~by_people[there]
        share = _share(int(alone.sum()), int((done & ~sent & ~by_people).sum()))
        parts.append(_would_have_been(decisions[np.flatnonzero(held)], share, by_itself))
    return pl.concat(parts)


def _share(left_alone: int, proposed: int) -> float:
    """Of what was proposed, after how much the customer was left alone; 1 where that is none."""
    return left_alone / proposed if left_alone else 1.0


@cache
def _nothing() -> pl.DataFrame:
    return pl.DataFrame(schema=TAKEN_UP)


@lru_cache(maxsize=64)
def _sent(by_itself: tuple[str, ...]) -> pl.Expr:
    return pl.col("action").is_in(list(by_itself))


@lru_cache(maxsize=64)
def _kinds(by_itself: tuple[str, ...]) -> list[pl.Expr]:
    """Whether something was done, was sent by itself, was decided by people, was withheld, was answered."""
    return [
        (pl.col("action") != NONE).alias("done"),
        _sent(by_itself).alias("sent"),
        pl.col("decided_by").ne_missing(POLICY).alias("by_people"),
        (pl.col("would_be") != NONE).fill_null(value=False).alias("held"),
        pl.col("response").is_not_null().alias("told"),
    ]


def _would_have_been(withheld: pl.DataFrame, share: float, by_itself: Sequence[str]) -> pl.DataFrame:
    """The withheld decisions that would have been taken up, as `taken_up`: a share of them, drawn by their ids."""
    drawn = pl.Series(
        [fraction("taken up", decision) < share for decision in withheld["decision_id"]], dtype=pl.Boolean
    )
    rows = withheld.filter(drawn | pl.col("would_be").is_in(list(by_itself)))
    return _done(rows.with_columns(action="would_be"), worked_on=pl.lit(value=False), withheld=True)


def _done(
    rows: pl.DataFrame, *, worked_on: pl.Expr, worked_by: pl.Expr | None = None, withheld: bool = False
) -> pl.DataFrame:
    """Decisions that were done as they stand, as `taken_up`."""
    nobody, never = pl.lit(None, pl.String), pl.lit(None, pl.Date)
    return rows.select(
        "account_id",
        "action",
        "timestamp",
        alone=pl.lit(value=True),
        cools=pl.lit(value=True),
        alone_until=never,
        back_on=never,
        not_theirs=nobody,
        worked_on=worked_on,
        worked_at="timestamp",
        worked_by=nobody if worked_by is None else worked_by,
        withheld=pl.lit(value=withheld),
        nothing=pl.lit(value=False),
    )


def waiting(
    decisions: pl.DataFrame, responses: pl.DataFrame, as_of: datetime, by_itself: Sequence[str] = ()
) -> pl.DataFrame:
    """Cards that stand on this week's lists, the last of each account: a list stands until its week ends.

    This week's decisions that nobody has answered, and snoozed ones whose day came in this week; what was sent
    `by_itself` takes no card's place. account_id, decision_id, action (what a held-out account would have got),
    chosen_in (first or second pass), propensities.
    """
    mine = decisions.filter((pl.col("decided_by") == POLICY) & (pl.col("timestamp") < timestamp(as_of)))
    answers = last_answers(responses).select("decision_id", "response", until=until())
    known = mine.join(answers, on="decision_id", how="left", maintain_order="left")
    monday = monday_of(as_of)
    start = datetime(monday.year, monday.month, monday.day, tzinfo=as_of.tzinfo)
    unanswered = pl.col("response").is_null() & (pl.col("timestamp") >= timestamp(start))
    back = (pl.col("response") == SNOOZED) & pl.col("until").is_between(
        monday - timedelta(days=7 - WORKDAYS), as_of.date()
    )
    # A plan that had nothing for the account since ended what nobody had answered, but not what was put off.
    shown = ~pl.coalesce("would_be", "action").is_in([NONE, *by_itself])
    ordered = known.sort("timestamp", "decision_id")
    standing = _last(ordered.filter(unanswered)).with_columns(turn=pl.when(shown).then(2).otherwise(0))
    put_off = _last(ordered.filter(back.fill_null(value=False))).with_columns(turn=pl.lit(1))
    latest = _last(pl.concat([standing, put_off]).sort("turn", "account_id"))
    second = pl.col("attributes").str.json_path_match("$.second_pass") == "true"
    return latest.select(
        "account_id",
        "decision_id",
        action=pl.coalesce("would_be", "action"),
        chosen_in=pl.when(second.fill_null(value=False)).then(pl.lit("second")).otherwise(pl.lit("first")),
        propensities=pl.col("propensities").fill_null("{}"),
    ).filter(pl.col("action") != NONE)


def _last(rows: pl.DataFrame) -> pl.DataFrame:
    """The last row of each account."""
    return rows.unique("account_id", keep="last", maintain_order=True)


def chances(kept: pl.DataFrame) -> pl.DataFrame:
    """How likely each kept account was to get each action when that was decided: account_id, action, propensity."""
    return pl.DataFrame(list(_chances(kept)), schema=_CHANCES, orient="row")


def _chances(kept: pl.DataFrame) -> Iterator[tuple[str, str, float]]:
    for account, text in kept.select("account_id", "propensities").iter_rows():
        yield from ((account, action, float(p)) for action, p in json.loads(text).items() if action != NONE)

"""Voice: what the customer says, and when somebody last spoke with them."""

from __future__ import annotations

import polars as pl

from consumption.features.signal import signal, weeks

_SPOKEN = pl.col("channel").is_in(["call", "meeting", "training", "visit"])
_SURVEY = pl.col("channel") == "survey"


def _answers(measure: str) -> pl.Expr:
    """Answers to one measure, oldest first."""
    return pl.col("score").filter(_SURVEY & (pl.col("measure") == measure) & pl.col("score").is_not_null())


@signal(unit="score", family="voice", source="interactions", label="Last answer: would recommend us", direction=1,
        driver="friction")  # fmt: skip
def nps_last() -> pl.Expr:
    """Last answer to a net promoter question, 0 to 10."""
    return _answers("nps").last()


@signal(unit="score", family="voice", source="interactions", label="Change of the last answer", direction=1,
        driver="friction")  # fmt: skip
def nps_change() -> pl.Expr:
    """Last net promoter answer less the mean of the one or two before it; unknown with a single answer."""
    last = _answers("nps").tail(3)
    return pl.when(last.len() > 1).then(last.last() - (last.sum() - last.last()) / (last.len() - 1))


@signal(unit="score", family="voice", source="interactions", label="Last satisfaction score", direction=1,
        driver="friction")  # fmt: skip
def csat_last() -> pl.Expr:
    """Last answer to a satisfaction question."""
    return _answers("csat").last()


@signal(unit="score", family="voice", source="interactions", label="Last answer: ease of doing business", direction=1,
        driver="friction")  # fmt: skip
def ces_last() -> pl.Expr:
    """Last answer to a customer effort question."""
    return _answers("ces").last()


@signal(unit="share", family="voice", window=weeks(52), source="interactions", label="Surveys left unanswered",
        direction=-1, driver="silent_champion")  # fmt: skip
def survey_silence() -> pl.Expr:
    """Surveys asked and not answered, of all asked; unknown where none was."""
    return (_SURVEY & pl.col("score").is_null()).sum() / _SURVEY.sum()


@signal(unit="days", family="voice", source="interactions", label="Days since anyone spoke with them", direction=-1,
        driver="silent_champion")  # fmt: skip
def days_since_contact() -> pl.Expr:
    """Days since the last call, meeting, training or visit; unknown where there never was one."""
    return pl.col("days_ago").filter(_SPOKEN).min()


@signal(unit="count", family="voice", window=weeks(12), source="interactions", label="Conversations in 12 weeks",
        silence=0, direction=1, driver="silent_champion")  # fmt: skip
def conversations() -> pl.Expr:
    """Calls, meetings, trainings and visits."""
    return _SPOKEN.sum()


@signal(unit="count", family="voice", window=weeks(52), source="interactions", label="Trainings in a year", silence=0,
        direction=1, driver="low_adoption")  # fmt: skip
def trainings() -> pl.Expr:
    """Trainings held."""
    return (pl.col("channel") == "training").sum()


@signal(unit="days", family="voice", source="interactions", label="Days since the customer confirmed a gain",
        direction=-1, driver="silent_champion")  # fmt: skip
def days_since_verified_outcome() -> pl.Expr:
    """Days since the customer last said what it gained; unknown where it never did."""
    return pl.col("days_ago").filter(pl.col("channel") == "outcome").min()

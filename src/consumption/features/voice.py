"""Voice: what the customer says, and when somebody last spoke with them."""

from __future__ import annotations

import polars as pl

from consumption.features.signal import Signal, signal, weeks

_SPOKEN = pl.col("channel").is_in(["call", "meeting", "training", "visit"])
_SURVEY = pl.col("channel") == "survey"


_ANSWERED = _SURVEY & pl.col("score").is_not_null()


def _answers(measure: str) -> pl.Expr:
    """Answers to one measure, oldest first."""
    return pl.col("score").filter(_ANSWERED & (pl.col("measure") == measure))


def _change(measure: str) -> pl.Expr:
    """The last answer to one measure less the mean of the one or two before it; unknown with a single answer."""
    last = _answers(measure).tail(3)
    return pl.when(last.len() > 1).then(last.last() - (last.sum() - last.last()) / (last.len() - 1))


@signal(unit="score", family="voice", source="interactions", label="Last answer: would recommend us", direction=1,
        driver="friction")  # fmt: skip
def nps_last() -> pl.Expr:
    """Last answer to a net promoter question, 0 to 10."""
    return _answers("nps").last()


@signal(unit="score", family="voice", source="interactions", label="Change of the last answer", direction=1,
        driver="friction")  # fmt: skip
def nps_change() -> pl.Expr:
    """Last net promoter answer less the mean of the one or two before it; unknown with a single answer."""
    return _change("nps")


@signal(unit="score", family="voice", source="interactions", label="Last satisfaction score", direction=1,
        driver="friction")  # fmt: skip
def csat_last() -> pl.Expr:
    """Last answer to a satisfaction question."""
    return _answers("csat").last()


@signal(unit="score", family="voice", source="interactions", label="Change of satisfaction", direction=1,
        driver="friction")  # fmt: skip
def csat_change() -> pl.Expr:
    """Last satisfaction answer less the mean of the one or two before it; unknown with a single answer."""
    return _change("csat")


@signal(unit="score", family="voice", source="interactions", label="Last answer: ease of doing business", direction=1,
        driver="friction")  # fmt: skip
def ces_last() -> pl.Expr:
    """Last answer to a customer effort question."""
    return _answers("ces").last()


@signal(unit="score", family="voice", source="interactions", label="Change of the ease of doing business",
        direction=1, driver="friction")  # fmt: skip
def ces_change() -> pl.Expr:
    """Last customer effort answer less the mean of the one or two before it; unknown with a single answer."""
    return _change("ces")


@signal(unit="days", family="voice", source="interactions", label="Days since the last survey they answered",
        direction=-1, driver="silent_champion")  # fmt: skip
def days_since_answer() -> pl.Expr:
    """Age of the last survey that was answered; unknown where none was."""
    return pl.col("days_ago").filter(_ANSWERED).min()


@signal(unit="count", family="voice", source="interactions", label="Surveys unanswered since their last answer",
        silence=0, direction=-1, driver="silent_champion")  # fmt: skip
def surveys_unanswered() -> pl.Expr:
    """Surveys asked and not answered since the last one that was: silence after asking."""
    last = pl.col("timestamp").filter(_ANSWERED).max()
    return (_SURVEY & pl.col("score").is_null() & (last.is_null() | (pl.col("timestamp") > last))).sum()


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


def _days_since(channel: str, *, label: str, driver: str = "silent_champion") -> Signal:
    """The age of the last contact in one channel, as a signal."""

    def days_since() -> pl.Expr:
        """Age of the last contact in the channel."""
        return pl.col("days_ago").filter(pl.col("channel") == channel).min()

    days_since.__name__ = f"days_since_{channel}"
    days_since.__doc__ = f"Days since the last {channel}; unknown where there never was one."
    return signal(
        unit="days", family="voice", source="interactions", label=label, direction=-1, driver=driver
    )(days_since)  # fmt: skip


days_since_call = _days_since("call", label="Days since the last call")
days_since_email = _days_since("email", label="Days since the last e-mail")
days_since_meeting = _days_since("meeting", label="Days since the last meeting")
days_since_training = _days_since("training", label="Days since the last training", driver="low_adoption")
days_since_visit = _days_since("visit", label="Days since the last visit")


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


@signal(unit="count", family="voice", window=weeks(52), source="interactions", label="Gains confirmed in a year",
        silence=0, direction=1, driver="silent_champion")  # fmt: skip
def verified_outcomes() -> pl.Expr:
    """Times the customer said what it gained."""
    return (pl.col("channel") == "outcome").sum()

"""A reason with its figures, and a line of the weekly use where that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from consumption.serving import words
from consumption.serving.charts import Week, spark_path
from consumption.store.records import Reason

UNKNOWN = "–"  # noqa: RUF001  (a dash is what people read as: not known)
MOST = 3


@dataclass(frozen=True)
class ReasonView:
    """A reason with its figures as text, and a line of 26 weeks where the weekly use shows it."""

    text: str
    value: str
    baseline: str
    peer: str
    spark: str = ""
    spark_text: str = ""


def reason_views(reasons: Sequence[Reason], weeks: Sequence[Week], currency: str | None) -> tuple[ReasonView, ...]:
    """Up to three; a line that a stronger reason already shows is not drawn again."""
    drawn: set[str] = set()
    views = []
    for reason in reasons[:MOST]:
        view = _reason(reason, weeks, currency)
        views.append(replace(view, spark="", spark_text="") if view.spark in drawn else view)
        drawn.add(view.spark)
    return tuple(views)


def _reason(reason: Reason, weeks: Sequence[Week], currency: str | None) -> ReasonView:
    def figure(value: float | None) -> str:
        return UNKNOWN if value is None else words.in_unit(value, reason.unit or "", currency)

    values, noun = _series(reason.code, weeks)
    return ReasonView(
        text=words.sentence(reason.text),
        value=figure(reason.value),
        baseline=figure(reason.baseline),
        peer=figure(reason.peer),
        spark=spark_path(values),
        spark_text=f"{noun} a week: {values[0]} then, {values[-1]} now" if len(values) > 1 else "",
    )


def _series(code: str, weeks: Sequence[Week]) -> tuple[list[int], str]:
    """The weekly use that a signal's name points at; empty where it is about something else."""
    if "value_event" in code:
        return [week.value_events for week in weeks], "Events of value"
    if any(part in code for part in ("user", "seat", "active")):
        return [week.people for week in weeks], "People"
    if any(part in code for part in ("event", "utilisation", "quantity", "usage")):
        return [week.events for week in weeks], "Events"
    return [], ""

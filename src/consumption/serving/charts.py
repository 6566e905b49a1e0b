"""Charts as SVG: Altair draws, vl-convert renders, and the same numbers are rendered once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal

import altair as alt
import vl_convert

Theme = Literal["light", "dark"]
Size = Literal["wide", "narrow"]


@dataclass(frozen=True)
class Week:
    """What an account did in one week: distinct people, events, and those of them that count as value."""

    begins: date
    people: int
    events: int
    value_events: int


@dataclass(frozen=True)
class Ink:
    """Colours of a chart; those of the pages' style sheet, for one theme."""

    text: str
    grid: str
    people: str
    value: str


INKS: dict[Theme, Ink] = {
    "light": Ink(text="#545b64", grid="#dedbd2", people="#0a5767", value="#4d8d9a"),
    "dark": Ink(text="#a9b1bb", grid="#343b43", people="#74c7d6", value="#4b8b98"),
}
WIDTHS: dict[Size, int] = {"wide": 680, "narrow": 340}
FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"


def weekly_chart(weeks: Sequence[Week], *, theme: Theme = "light", size: Size = "wide") -> bytes:
    """SVG of an account's weeks, oldest first: people as a line above, events of value as bars below."""
    rows = [{"week": w.begins.isoformat(), "people": w.people, "value": w.value_events} for w in weeks]
    return _svg(_weekly_spec(json.dumps(rows), theme, size))


def _weekly_spec(rows: str, theme: Theme, size: Size) -> str:
    ink = INKS[theme]
    values = json.loads(rows)
    data = alt.InlineData(values=values)
    width = WIDTHS[size]
    line = alt.Chart(data).mark_line(color=ink.people, strokeWidth=2.25, point=_points(ink))
    bars = alt.Chart(data).mark_bar(color=ink.value, cornerRadiusEnd=2, width=width / (len(values) + 1) * 0.7)
    upper = line.encode(_weeks(labels=False), _amount("people", ticks=3)).properties(width=width, height=120)
    lower = bars.encode(_weeks(labels=True), _amount("value", ticks=2)).properties(width=width, height=80)
    chart = alt.vconcat(
        upper.properties(title=_title("People who used it")),
        lower.properties(title=_title("Events of value")),
        spacing=14,
        autosize=alt.AutoSizeParams(type="pad", contains="padding"),
    )
    return str(chart.configure(**_config(ink)).to_json())


def _points(ink: Ink) -> dict[str, Any]:
    return {"color": ink.people, "size": 18, "filled": True}


def _weeks(*, labels: bool) -> alt.X:
    axis = alt.Axis(
        labelExpr="date(datum.value) + ' ' + monthAbbrevFormat(month(datum.value))",
        labels=labels,
        ticks=labels,
        tickCount=6,
        grid=False,
        title=None,
        labelOverlap=True,
        labelFlush=True,
    )
    return alt.X("week:T", axis=axis, scale=alt.Scale(padding=6))


def _amount(column: str, *, ticks: int) -> alt.Y:
    axis = alt.Axis(
        title=None, tickCount=ticks, domain=False, ticks=False, tickMinStep=1, format="~s", labelPadding=6
    )
    return alt.Y(f"{column}:Q", axis=axis, scale=alt.Scale(zero=True, nice=True))


def _title(text: str) -> alt.TitleParams:
    return alt.TitleParams(text, anchor="start", frame="group", offset=8)


def _config(ink: Ink) -> dict[str, Any]:
    axis = {"labelColor": ink.text, "labelFontSize": 12, "gridColor": ink.grid, "domainColor": ink.grid}
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {**axis, "tickColor": ink.grid, "labelFont": FONT},
        "title": {"color": ink.text, "fontSize": 13, "fontWeight": 600, "font": FONT},
    }


@lru_cache(maxsize=512)
def _svg(spec: str) -> bytes:
    """The specification rendered; it holds all of a chart's numbers, so it is its own key."""
    return vl_convert.vegalite_to_svg(spec).encode()


def spark_path(values: Sequence[float], *, width: float = 100, height: float = 20) -> str:
    """The path of a line through the values, left to right; empty below two values."""
    if len(values) < 2:
        return ""
    top = max(values) or 1.0
    step = width / (len(values) - 1)
    points = (f"{i * step:.1f} {height - value / top * height:.1f}" for i, value in enumerate(values))
    return "M" + " L".join(points)


def weeks_of(weekly: Sequence[Mapping[str, Any]]) -> tuple[Week, ...]:
    """The `weekly` list of an account's brief as weeks, oldest first."""
    found = [
        Week(
            begins=datetime.fromisoformat(str(row["week"])).date(),
            people=int(row.get("active_users") or 0),
            events=int(row.get("events") or 0),
            value_events=int(row.get("value_events") or 0),
        )
        for row in weekly
    ]
    return tuple(sorted(found, key=lambda week: week.begins))

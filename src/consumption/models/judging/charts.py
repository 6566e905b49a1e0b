"""Pictures of an evaluation: Altair draws, vl-convert renders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl
import vl_convert

WIDTH, HEIGHT = 420, 300
INK, FAINT, DIM = "#3f464e", "#dedbd2", "#8f8a7c"
COLOURS = ("#0a5767", "#c4632a", "#7a8b2f", "#8a5a83", "#4d8d9a")
FONT = "-apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"


@dataclass(frozen=True)
class Chart:
    """A picture as Vega-Lite (JSON), which any notebook draws, and as SVG."""

    vega_lite: str

    @property
    def svg(self) -> str:
        """The picture itself."""
        return vl_convert.vegalite_to_svg(self.vega_lite)

    def write(self, folder: Path, name: str) -> None:
        """NAME.svg and NAME.vl.json."""
        (folder / f"{name}.svg").write_text(self.svg, encoding="utf-8")
        (folder / f"{name}.vl.json").write_text(self.vega_lite, encoding="utf-8")


def gains_chart(curves: Mapping[str, pl.DataFrame], *, title: str) -> Chart:
    """`curves.gains` of each model, with the best order there could have been and chance."""
    told = [c.select("share_of_accounts", "captured", by=pl.lit(name)) for name, c in curves.items()]
    first = next(iter(curves.values()))
    told.append(first.select("share_of_accounts", captured="best", by=pl.lit("best possible")))
    told.append(first.select("share_of_accounts", captured="share_of_accounts", by=pl.lit("chance")))
    lines = alt.Chart(_data(pl.concat(told))).mark_line(strokeWidth=2).encode(
        _share("share_of_accounts", "accounts listed", alt.X),
        _share("captured", "dollars held by the list", alt.Y),
        _by([*curves, "best possible", "chance"]),
    )  # fmt: skip
    return _chart(lines, title)


def calibration_chart(points: pl.DataFrame, *, title: str) -> Chart:
    """`curves.calibration`: what was said against what was seen, with intervals, and the line where both agree."""
    top = max(0.01, *points["said"], *points["seen"])
    data = _data(points)
    x, y = _share("said", "probability said", alt.X), _share("seen", "share seen", alt.Y)
    ends = [{"said": 0.0, "seen": 0.0}, {"said": top, "seen": top}]
    agree = alt.Chart(alt.InlineData(values=ends)).mark_line(color=DIM, strokeWidth=2).encode(x, y)
    bars = alt.Chart(data).mark_rule(color=COLOURS[0]).encode(x, alt.Y("low:Q", title="share seen"), alt.Y2("high:Q"))
    dots = alt.Chart(data).mark_point(color=COLOURS[0], filled=True, size=60).encode(x, y)
    return _chart(alt.layer(agree, bars, dots), title)


def lead_time_chart(curves: Mapping[str, pl.DataFrame], *, title: str) -> Chart:
    """`curves.lead_times` of each model: how much of what was lost was on a list, by days ahead."""
    told = pl.concat([curve.with_columns(by=pl.lit(name)) for name, curve in curves.items()])
    lines = alt.Chart(_data(told)).mark_line(strokeWidth=2, interpolate="step-before").encode(
        alt.X("days_ahead:Q", title="days ahead of the loss, at least"),
        _share("captured", "dollars lost that a list held", alt.Y),
        _by(list(curves)),
    )  # fmt: skip
    return _chart(lines, title)


def bar_chart(sizes: Mapping[str, float], *, title: str, axis: str) -> Chart:
    """Names with a size each, in the order given."""
    rows = pl.DataFrame({"name": list(sizes), "size": list(sizes.values())})
    bars = alt.Chart(_data(rows)).mark_bar(color=COLOURS[0]).encode(
        alt.X("size:Q", title=axis), alt.Y("name:N", title=None, sort=list(sizes))
    )  # fmt: skip
    return _chart(bars.properties(width=WIDTH, height=max(40, 18 * rows.height)), title)


def quarters_chart(rows: pl.DataFrame, orders: list[str], *, title: str) -> Chart:
    """`quarter`, `by`, `captured`, `share_low`, `share_high`: a group of bars a quarter, a bar an order of the list.

    A thin line over each bar is its interval.
    """
    base = alt.Chart(_data(rows.select("quarter", "by", "captured", "share_low", "share_high"))).encode(
        alt.X("quarter:N", title=None, axis=alt.Axis(labelAngle=0)), alt.XOffset("by:N", sort=orders)
    )
    height = _share("captured", "caught, of all", alt.Y)
    bars = base.mark_bar().encode(height, _by(orders))
    lines = base.mark_rule(color=INK).encode(alt.Y("share_low:Q", title="caught, of all"), alt.Y2("share_high:Q"))
    return _chart(alt.layer(bars, lines), title)


def _chart(drawn: Any, title: str) -> Chart:  # noqa: ANN401 - Altair has no types
    sized = drawn if getattr(drawn, "width", alt.Undefined) is not alt.Undefined else drawn.properties(
        width=WIDTH, height=HEIGHT
    )  # fmt: skip
    named = sized.properties(title=alt.TitleParams(title, anchor="start", color=INK, fontSize=14, font=FONT))
    axis = {"labelColor": INK, "titleColor": INK, "gridColor": FAINT, "labelFont": FONT, "titleFont": FONT}
    legend = {"labelFont": FONT, "titleFont": FONT, "labelColor": INK}
    return Chart(str(named.configure(background="white", font=FONT, axis=axis, legend=legend).to_json()))


def _share(column: str, title: str, channel: Any) -> Any:  # noqa: ANN401 - Altair has no types
    return channel(f"{column}:Q", title=title, axis=alt.Axis(format=".0%"))


def _by(names: list[str]) -> Any:  # noqa: ANN401 - Altair has no types
    colours = [*COLOURS, *COLOURS][: len(names)]
    fixed = {"best possible": "#b9b4a5", "chance": DIM}
    scale = alt.Scale(domain=names, range=[fixed.get(n, c) for n, c in zip(names, colours, strict=True)])
    return alt.Color("by:N", title=None, scale=scale, sort=names)


def _data(rows: pl.DataFrame) -> Any:  # noqa: ANN401 - Altair has no types
    finite = rows.with_columns(pl.col(pl.Float64).fill_nan(None).round(6))
    return alt.InlineData(values=finite.to_dicts())

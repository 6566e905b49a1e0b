"""What is drawn of an evaluation, on a few rows done by hand."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from consumption.models.judging.charts import bar_chart, calibration_chart, gains_chart, lead_time_chart
from consumption.models.judging.curves import calibration, gains, lead_times
from consumption.models.judging.evaluation import evaluate
from consumption.models.judging.slices import slices

DAY = datetime(2026, 1, 5, tzinfo=UTC)
FIRST, SECOND = DAY, DAY + timedelta(days=28)


def row(account: str, as_of: datetime, value: float, dollars: float, on: date | None = None) -> dict[str, object]:
    """One scored row of one owner."""
    happened = float(dollars > 0)
    return {"account_id": account, "as_of": as_of, "segment": "s", "owner": "ada", "lost_on": on,
            "probability": value / 10, "value": value, "happened": happened, "dollars": dollars}  # fmt: skip


ROWS = pl.DataFrame([
    row("early", FIRST, 9.0, 100.0, date(2026, 3, 10)),  # listed 64 days ahead
    row("early", SECOND, 1.0, 100.0, date(2026, 3, 10)),
    row("late", FIRST, 1.0, 50.0, date(2026, 2, 20)),  # could be listed 46 days ahead; was listed 18 days ahead
    row("late", SECOND, 9.0, 50.0, date(2026, 2, 20)),
    row("sudden", SECOND, 2.0, 70.0, date(2026, 2, 12)),  # no list was made 30 days before: it does not count
    row("calm", FIRST, 2.0, 0.0),
], schema_overrides={"lost_on": pl.Date})  # fmt: skip


def test_a_loss_counts_as_seen_early_if_a_list_held_it_30_days_before() -> None:
    """Once, whatever the snapshots; 100 of the 150 dollars that could have been listed in time."""
    assert evaluate(ROWS, k=1)["early_at_k"].value == pytest.approx(100 / 150)


def test_lead_times_say_how_much_was_listed_how_long_before() -> None:
    """Of 220 dollars lost, 150 were listed at all, 100 at least 35 days before, none 70."""
    curve = dict(lead_times(ROWS, 1).iter_rows())
    assert curve[0] == pytest.approx(150 / 220)
    assert curve[35] == pytest.approx(100 / 220)
    assert curve[70] == 0.0
    assert lead_times(ROWS.drop("lost_on"), 1).is_empty()


def test_gains_climb_to_all_dollars_and_never_over_the_best_order() -> None:
    """The first account by value holds 100 of 370; the best first account too."""
    curve = gains(ROWS)
    assert curve["captured"].to_list()[:2] == pytest.approx([0.0, 100 / 370])
    assert curve["captured"][-1] == curve["best"][-1] == pytest.approx(1.0)
    assert (curve["captured"] <= curve["best"] + 1e-12).all()


def test_calibration_holds_what_was_said_against_what_was_seen() -> None:
    """Tenths by probability, each with an interval around what was seen."""
    many = pl.concat([ROWS.with_columns(account_id=pl.col("account_id") + str(i)) for i in range(40)])
    points = calibration(many)
    assert points["rows"].sum() == many.height
    assert (points["low"] <= points["seen"] + 1e-12).all()
    assert (points["seen"] <= points["high"] + 1e-12).all()


def test_figures_are_told_by_segment_and_quarter_and_of_unseen_accounts() -> None:
    """A slice with too few rows has no line; unseen accounts always have theirs."""
    many = pl.concat([ROWS.with_columns(account_id=pl.col("account_id") + str(i)) for i in range(40)])
    found = slices(many, seen=pl.Series(["early0", "early1"]))
    assert set(found) == {"all", "unseen", "segment s", "quarter 2026-Q1"}
    assert found["unseen"].height == many.height - 4
    assert set(slices(ROWS, seen=pl.Series(["early"]))) == {"all", "unseen"}


def test_charts_are_svg_and_vega_lite(tmp_path: Path) -> None:
    """Both files of each chart; text is in them, and no address is asked for."""
    charts = {
        "gains": gains_chart({"list": gains(ROWS)}, title="Dollars"),
        "calibration": calibration_chart(calibration(ROWS), title="Said and seen"),
        "lead": lead_time_chart({"list": lead_times(ROWS, 1)}, title="How long ahead"),
        "bars": bar_chart({"events_28d": 0.4, "nps_last": 0.1}, title="What moves it", axis="size"),
    }
    for name, chart in charts.items():
        chart.write(tmp_path, name)
        assert (tmp_path / f"{name}.svg").read_text().startswith("<svg")
        spec = json.loads((tmp_path / f"{name}.vl.json").read_text())
        assert "data" in spec or "layer" in spec
        assert "url" not in json.dumps(spec.get("data", {}))

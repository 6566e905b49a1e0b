"""What every benchmark prints and writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from report import Figure, report, table


def test_a_target_is_met_from_above_or_from_below() -> None:
    """At least the target, or at most where it says so; a figure that was not measured never meets one."""
    assert Figure("a", 0.71, target=0.70).met is True
    assert Figure("a", 0.69, target=0.70).met is False
    assert Figure("a", 6.1, "s", target=6.0, at_most=True).met is False
    assert Figure("a", None, target=0.70).met is False
    assert Figure("a", 0.5).met is None


def test_the_table_shows_the_figure_beside_its_target() -> None:
    """A line a figure, with what is to beat, the target and whether it is met; empty columns are left out."""
    lines = table([Figure("day 56", 0.7123, "ROC-AUC", 0.70, beside="plain .699")]).splitlines()
    assert lines[0].split() == ["figure", "value", "unit", "to", "beat", "target", "met"]
    assert lines[2] == "day 56  0.7123  ROC-AUC  plain .699  >= 0.7000  yes"


def test_the_json_holds_what_programs_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A list of name, value, unit, target and met; not a number is null."""
    report(
        "Open University", [Figure("a", 0.5, "share", 0.4), Figure("b", float("nan"))], tmp_path / "out" / "r.json"
    )
    assert json.loads((tmp_path / "out" / "r.json").read_text("utf-8")) == [
        {"name": "a", "value": 0.5, "unit": "share", "target": 0.4, "met": True},
        {"name": "b", "value": None, "unit": "", "target": None, "met": None},
    ]
    assert "Open University" in capsys.readouterr().out

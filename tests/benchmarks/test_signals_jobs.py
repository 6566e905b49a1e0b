"""The benchmark's way through the jobs, and the page it prints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("duckdb", reason="the extra `bench` is not installed")

import signals_memory
from report import Figure
from signals import measured
from signals_days import new_day
from signals_page import page
from signals_world import World

WORLD = World(events=2_000, accounts=10, days=30)


def test_days_one_after_the_other_give_what_everything_anew_gives(tmp_path: Path) -> None:
    """The benchmark compares before it tells a time; both figures have a target of at most."""
    figures = new_day(WORLD, tmp_path)
    assert [figure.target for figure in figures] == [0.1, 1.2]
    assert all(figure.value and figure.value > 0 and figure.at_most for figure in figures)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's own peak")
def test_the_memory_of_whoever_starts_a_process_is_not_counted_as_its_own() -> None:
    """A benchmark that has just held much would find every size equally large."""
    held = np.ones(100_000_000)
    code = "from signals_memory import peak_bytes; print(peak_bytes())"
    folder = Path(signals_memory.__file__).parent
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=folder).stdout
    assert 10_000_000 < int(said) < held.nbytes
    assert signals_memory.peak_bytes() > held.nbytes


def test_a_part_that_was_measured_is_not_measured_again(tmp_path: Path) -> None:
    """A run that was broken off goes on where it was."""
    asked: list[str] = []

    def measure(_world: World, _work: Path) -> list[Figure]:
        asked.append("measured")
        return [Figure("a day", 0.05, "times", 0.1, at_most=True, note="one run")]

    first = measured("days", measure, WORLD, tmp_path)
    assert measured("days", measure, WORLD, tmp_path) == first
    assert asked == ["measured"]


def test_the_page_shows_each_figure_with_its_target() -> None:
    """A row a figure, and on what machine."""
    figures = [Figure("a day", 0.05, "times", 0.1, at_most=True, note="day 1 s"), Figure("reading", None)]
    assert page(figures, "2 cores").splitlines() == [
        "2 cores.",
        "",
        "| figure | value | target | met | measured |",
        "|---|---|---|---|---|",
        "| a day | **0.0500 times** | ≤ 0.1 | yes | day 1 s |",
        "| reading | **-** |  |  |  |",
    ]

"""What every benchmark prints: a table of figures beside their targets, and the same as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    `target` is what it should reach: at least, or at most where `at_most`; None where it is only reported. `beside`
    is the figure to beat or to compare with, of somebody else's method, in words. `value` None: not measured, with
    the reason in `note`.
    """

    name: str
    value: float | None
    unit: str = ""
    target: float | None = None
    at_most: bool = False
    beside: str = ""
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None where there is no target, False where there is no value."""
        if self.target is None:
            return None
        if self.value is None or math.isnan(self.value):
            return False
        return self.value <= self.target if self.at_most else self.value >= self.target


def report(title: str, figures: Sequence[Figure], json_file: Path | None = None) -> None:
    """Prints the table and, where a file is named, writes a list of {name, value, unit, target, met}."""
    print(f"\n{title}\n{table(figures)}")
    if json_file is not None:
        rows = [
            {"name": f.name, "value": _finite(f.value), "unit": f.unit, "target": f.target, "met": f.met}
            for f in figures
        ]
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines of aligned columns; a column that says nothing is left out."""
    head = ("figure", "value", "unit", "to beat", "target", "met", "note")
    rows = [head, *(_cells(figure) for figure in figures)]
    kept = [i for i in range(len(head)) if i < 2 or any(row[i] for row in rows[1:])]
    widths = [max(len(row[i]) for row in rows) for i in kept]
    lines = ["  ".join(row[i].ljust(w) for i, w in zip(kept, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * (sum(widths) + 2 * len(widths) - 2), *lines[1:]])


def number(value: float | None) -> str:
    """Four digits after the point for what is near 1, four significant ones for the rest; a dash for none."""
    if value is None or math.isnan(value):
        return "-"
    if abs(value) < 10:
        return f"{value:.4f}"
    return f"{value:,.1f}" if abs(value) < 10_000 else f"{value:,.0f}"


def _cells(figure: Figure) -> tuple[str, ...]:
    sign = "<=" if figure.at_most else ">="
    target = "" if figure.target is None else f"{sign} {number(figure.target)}"
    met = {True: "yes", False: "no", None: ""}[figure.met]
    return figure.name, number(figure.value), figure.unit, figure.beside, target, met, figure.note


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value

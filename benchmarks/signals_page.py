"""The figures as docs/performance.md shows them."""

from __future__ import annotations

from collections.abc import Sequence

from report import Figure, number


def page(figures: Sequence[Figure], machine: str) -> str:
    """A Markdown table, a row a figure, under a line that says on what it was measured."""
    head = ["| figure | value | target | met | measured |", "|---|---|---|---|---|"]
    return "\n".join([f"{machine}.", "", *head, *map(_row, figures)])


def _row(figure: Figure) -> str:
    value = f"{number(figure.value)} {figure.unit}".strip()
    sign = "≤" if figure.at_most else "≥"
    target = "" if figure.target is None else f"{sign} {figure.target:g}"
    met = {True: "yes", False: "no", None: ""}[figure.met]
    return f"| {figure.name} | **{value}** | {target} | {met} | {figure.note} |"

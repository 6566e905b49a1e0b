"""How findings look in a terminal: a panel each, evidence in small tables, what is fine in one line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from consumption.features.quality.finding import FINE, NOTE, STOP, WARNING, Finding, Row, Severity
from consumption.features.quality.wording import count, day

if TYPE_CHECKING:
    from consumption.jobs.doctor import Diagnosis

WIDTH = 100
_MOST_ROWS = 5
# Never colour alone: the word stands there too.
_STYLES = {STOP: "bold white on red", WARNING: "bold yellow", NOTE: "bold cyan", FINE: "bold green"}
_TYPED = "bold cyan"
_HEADINGS = {
    STOP: "STOP: nothing works before this is done",
    WARNING: "WARNING: something will be wrong until this is looked at",
    NOTE: "NOTE: a limit or an assumption to know about",
    FINE: "FINE: looked at, and nothing to do",
}


def shown(diagnosis: Diagnosis, console: Console) -> None:
    """Print all findings, most serious first."""
    width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    console.print(_title(diagnosis), width=width)
    for severity in Severity:
        found = diagnosis.of(severity)
        if found:
            console.print()
            console.print(Text(_HEADINGS[severity], style=_STYLES[severity]), width=width)
            for part in _all_fine(found) if severity is FINE else _each(found):
                console.print(part, width=width)


def _title(diagnosis: Diagnosis) -> RenderableType:
    counts = {severity: len(diagnosis.of(severity)) for severity in Severity}
    line = Text(f"{diagnosis.workspace}, as of {day(diagnosis.as_of)}: ")
    said = [
        Text(count(number, severity.value) if severity is not FINE else f"{number:,} fine", style=_STYLES[severity])
        for severity, number in counts.items()
        if number
    ]
    return Text.assemble(line, Text(", ").join(said))


def _each(findings: Sequence[Finding]) -> Iterator[RenderableType]:
    for finding in findings:
        lines: list[RenderableType] = [Text(finding.seen)]
        if finding.rows:
            lines.append(Padding(_evidence(finding.rows), (0, 0, 0, 2)))
        grid = Table.grid(padding=(0, 1))
        grid.add_column(no_wrap=True, style="dim")
        grid.add_column()
        grid.add_row("means", _marked(finding.means))
        grid.add_row("do", _marked(finding.do, "bold"))
        title = Text.assemble((finding.title, _STYLES[finding.severity]), (f"  {finding.code}", "dim"))
        yield Panel(
            Group(*lines, grid), title=title, title_align="left", box=box.ROUNDED, border_style="dim", padding=(0, 1)
        )


def _marked(text: str, style: str = "") -> Text:
    """Text in which what stands between backticks is to be typed."""
    return Text.assemble(*((part, _TYPED if k % 2 else style) for k, part in enumerate(text.split("`"))))


def _evidence(rows: Sequence[Row]) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    names = list(rows[0])
    for name in names:
        numbers = all(isinstance(row.get(name), int | float) or row.get(name) is None for row in rows)
        table.add_column(name, justify="right" if numbers else "left", overflow="fold")
    for row in rows[:_MOST_ROWS]:
        table.add_row(*(_cell(row.get(name)) for name in names))
    more = len(rows) - _MOST_ROWS
    return Group(table, Text(f"and {more:,} more: see --json", style="dim")) if more > 0 else table


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int | float) else value


def _all_fine(findings: Sequence[Finding]) -> Iterator[RenderableType]:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(style="dim")
    for finding in findings:
        grid.add_row(Text(finding.title), Text(finding.seen))
    yield Padding(grid, (0, 0, 0, 2))

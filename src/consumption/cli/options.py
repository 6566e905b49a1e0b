"""What commands share: the workspace, the moment, progress bars, and how they speak."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from consumption.config import Workspace
from consumption.engines.progress import Progress as Report

InWorkspace = Annotated[
    Path, typer.Option("--workspace", "-w", help="The workspace's folder.", file_okay=False, show_default=False)
]
HERE = Path()
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="As known at the start of this day, UTC; today if not given."),
]


def now() -> datetime:
    """The moment it is: read here, and nowhere below."""
    return datetime.now(UTC)


def today() -> datetime:
    """The start of today, UTC."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0)


def open_workspace(value: Path) -> Workspace:
    """The workspace in a folder."""
    return Workspace.open(value)


def moment(value: datetime | None) -> datetime:
    """The start of a day, today if none is given; a day that is yet to come is told on standard error."""
    if value is None:
        return today()
    asked = value.replace(tzinfo=UTC)
    if asked > now():
        said = f"note: {asked:%Y-%m-%d} is yet to come: days without events until then look like silence"
        typer.echo(said, err=True)
    return asked


def say(text: str) -> None:
    """Print one line of result."""
    typer.echo(text)


@contextmanager
def progress_bars() -> Iterator[Report]:
    """A bar for each thing being done, on standard error; nothing where that is no terminal."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield report

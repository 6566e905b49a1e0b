"""The doctor: what the data can and cannot support, on one screen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from consumption.cli.apps import app
from consumption.cli.diagnosis import shown
from consumption.cli.options import HERE, AsOf, InWorkspace, moment, open_workspace, progress_bars


@app.command()
def doctor(
    as_of: AsOf = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write all findings to this file, as JSON.")] = None,
    workspace: InWorkspace = HERE,
) -> None:
    """Say what the data can and cannot support, and what to do about each thing; exit code 1 if nothing can work.

    Example: `consumption doctor --json findings.json`
    """
    from consumption.jobs.doctor import doctor as examine

    with progress_bars() as progress:
        done = examine(open_workspace(workspace), as_of=moment(as_of), progress=progress)
    if json:
        json.write_text(done.as_json() + "\n", "utf-8")
    shown(done, Console(soft_wrap=False, highlight=False))
    if not done.usable:
        raise typer.Exit(1)

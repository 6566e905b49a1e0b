"""The command that tells the number."""

from __future__ import annotations

from typing import Annotated

import typer

from consumption.cli.apps import app
from consumption.cli.options import HERE, AsOf, InWorkspace, moment, now, open_workspace, progress_bars, say


@app.command()
def number(
    as_of: AsOf = None,
    target: Annotated[
        float | None, typer.Option(help="Yearly value wanted at the quarter's end; [number] target if not given.")
    ] = None,
    workspace: InWorkspace = HERE,
) -> None:
    """Tell revenue in three parts that never mix: due, in the plan, proven against the held-out.

    Example: `consumption number --target 1200000`
    """
    from consumption.jobs.number import number as run_number

    with progress_bars() as progress:
        done = run_number(open_workspace(workspace), as_of=moment(as_of), now=now(), target=target, progress=progress)
    say(done.text)

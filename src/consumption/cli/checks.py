"""Commands that check what users wrote themselves."""

from __future__ import annotations

from typing import Annotated

import typer

from consumption.cli.apps import check
from consumption.cli.options import HERE, AsOf, InWorkspace, moment, open_workspace, progress_bars, say


@check.command("signals")
def check_signals(
    only: Annotated[str | None, typer.Option(help="Only the signal of this name.")] = None,
    histories: Annotated[int, typer.Option(min=1, help="How many made-up histories to try.")] = 6,
    overlap: Annotated[
        bool, typer.Option("--overlap", help="List signals that say the same about the workspace's accounts instead.")
    ] = False,
    as_of: AsOf = None,
    workspace: InWorkspace = HERE,
) -> None:
    """Try every signal, ours and those of features/, on made-up histories; exit code 1 if one fails.

    No future, the same bits in any order, group or series, finite, silent as declared, within its window, documented.
    With --overlap, pairs whose ranks correlate by more than .98 without a known reason, as of --as-of.

    Example: `consumption check signals --only heavy_users_28d`
    """
    from consumption.jobs.check import check as run_check
    from consumption.jobs.overlap import overlapping

    if overlap:
        with progress_bars() as progress:
            alike = overlapping(open_workspace(workspace), as_of=moment(as_of), progress=progress)
        say(alike.text)
        return
    with progress_bars() as progress:
        done = run_check(open_workspace(workspace), only=only, histories=histories, progress=progress)
    say(done.text)
    if done.failed:
        raise typer.Exit(1)

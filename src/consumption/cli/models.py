"""Commands for who ranks: look, promote, go back, and what the past says of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import typer

from consumption.cli.apps import app
from consumption.cli.options import HERE, AsOf, InWorkspace, moment, now, open_workspace, progress_bars, say

Which = Annotated[Literal["help", "expand"], typer.Argument(help="help or expand.")]


@app.command()
def compare(
    versions: Annotated[
        list[str] | None, typer.Argument(help="Two versions; the champion and its challenger if not given.")
    ] = None,
    motion: Annotated[Literal["help", "expand"], typer.Option(help="Of this motion.")] = "help",
    as_of: AsOf = None,
    workspace: InWorkspace = HERE,
) -> None:
    """Two models side by side: figures with intervals, lists, and what they were made from.

    Example: `consumption compare --motion expand 3 4`
    """
    from consumption.jobs.compare import compare as run_compare

    named = versions or []
    if len(named) not in {0, 2}:
        raise typer.BadParameter("name two versions, or none")
    pair = (named[0], named[1]) if named else None
    with progress_bars() as progress:
        done = run_compare(open_workspace(workspace), motion, pair, as_of=moment(as_of), progress=progress)
    say(done.text)


@app.command()
def promote(
    motion: Which,
    version: Annotated[str, typer.Argument(help="Its number in the registry.")],
    yes: Annotated[bool, typer.Option("--yes", help="Even where under half of the lists would stay.")] = False,
    workspace: InWorkspace = HERE,
) -> None:
    """Let a version rank from the next list on.

    Example: `consumption promote help 4`
    """
    from consumption.jobs.promote import promote as run_promote

    say(run_promote(open_workspace(workspace), motion, version, yes=yes, now=now()).text)


@app.command()
def rollback(motion: Which, workspace: InWorkspace = HERE) -> None:
    """Let the version that ranked before rank again; it needs no tracking server.

    Example: `consumption rollback help`
    """
    from consumption.jobs.rollback import rollback as run_rollback

    say(run_rollback(open_workspace(workspace), motion, now=now()).text)


@app.command()
def backtest(  # noqa: PLR0917 - options are named on the command line
    from_: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day that a list is made of.")
    ] = None,
    to: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last such day.")] = None,
    quarters: Annotated[int, typer.Option(min=1, help="Quarters to replay, the latest that are over.")] = 4,
    motion: Annotated[Literal["help", "expand"] | None, typer.Option(help="Only this one.")] = None,
    horizon: Annotated[
        int | None, typer.Option(min=1, help="Days after a list that count; the longest known if not given.")
    ] = None,
    k: Annotated[
        int | None, typer.Option("--k", min=1, help="Accounts an owner takes on in a week; by hours if not given.")
    ] = None,
    as_of: AsOf = None,
    workspace: InWorkspace = HERE,
) -> None:
    """Replay the past as it was known: what the list of each quarter's first day would have caught.

    Example: `consumption backtest --motion expand --quarters 4`
    """
    from consumption.jobs.backtest import Asked
    from consumption.jobs.backtest import backtest as run_backtest

    with progress_bars() as progress:
        done = run_backtest(
            open_workspace(workspace),
            as_of=moment(as_of),
            motions=(motion,) if motion else ("help", "expand"),
            asked=Asked(moment(from_) if from_ else None, moment(to) if to else None, quarters, horizon),
            k=k,
            progress=progress,
        )
    say(done.text)

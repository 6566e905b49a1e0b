"""Commands that learn, plan and publish."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from consumption.cli.apps import app
from consumption.cli.options import HERE, AsOf, InWorkspace, moment, now, open_workspace, progress_bars, say


@app.command()
def train(
    motion: Annotated[
        Literal["help", "expand"] | None, typer.Option(help="Only this motion; both if not given.")
    ] = None,
    as_of: AsOf = None,
    workspace: InWorkspace = HERE,
) -> None:
    """Train on the past as it was known, and promote what beats the model in charge.

    Example: `consumption train --motion help`
    """
    from consumption.jobs.train import train as run_train
    from consumption.models.motion import MOTIONS

    motions = MOTIONS if motion is None else (motion,)
    with progress_bars() as progress:
        done = run_train(open_workspace(workspace), motions=motions, as_of=moment(as_of), progress=progress)
    for trained in done:
        say(trained.text)


@app.command()
def recommend(as_of: AsOf = None, workspace: InWorkspace = HERE) -> None:
    """Choose the next best action for every account, within the team's hours: a draft plan.

    Example: `consumption recommend --as-of 2026-06-01`
    """
    from consumption.jobs.recommend import recommend as run_recommend

    with progress_bars() as progress:
        done = run_recommend(open_workspace(workspace), as_of=moment(as_of), progress=progress)
    say(done.text)
    say("a draft; to log and show it: consumption publish")


@app.command()
def publish(as_of: AsOf = None, workspace: InWorkspace = HERE) -> None:
    """Log the decisions of a plan, then show it, in one transaction; again, it changes nothing.

    Example: `consumption publish --as-of 2026-06-01`
    """
    from consumption.jobs.publish import publish as run_publish

    with progress_bars() as progress:
        done = run_publish(open_workspace(workspace), as_of=moment(as_of), now=now(), progress=progress)
    say(done.text)


@app.command()
def run(as_of: AsOf = None, workspace: InWorkspace = HERE) -> None:
    """The daily job: sources, decisions and responses so far, signals, recommend, publish.

    Example: `consumption run`
    """
    from consumption.jobs.daily import daily

    with progress_bars() as progress:
        done = daily(open_workspace(workspace), as_of=moment(as_of), now=now(), progress=progress)
    say(done.text)

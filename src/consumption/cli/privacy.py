"""Commands for people's rights in their data."""

from __future__ import annotations

from typing import Annotated

import typer

from consumption.cli.apps import app
from consumption.cli.options import HERE, InWorkspace, now, open_workspace, say


@app.command()
def erase(  # noqa: PLR0917 - options are named on the command line
    user: Annotated[
        str, typer.Argument(help="A user_id as events have it, or a contact's e-mail.", show_default=False)
    ] = "",
    try_: Annotated[bool, typer.Option("--try", help="Show where the person is named; change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before erasing.")] = False,
    asked_by: Annotated[str, typer.Option(help="Who asked for it, or the number of the request.")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Complete an erasure that was interrupted.")] = False,
    workspace: InWorkspace = HERE,
) -> None:
    """Erase a person for good: from all tables and their past, the store, and files; it cannot be undone.

    Example: `consumption erase ada@acme.example --try`
    """
    from consumption.jobs import erase as job

    opened = open_workspace(workspace)
    if resume:
        done = job.resume(opened)
        say(done.text if done else "no erasure was interrupted")
        return
    if not user:
        raise typer.BadParameter("name a user_id or an e-mail, or give --resume")
    if try_ or not yes:
        found = job.look_for(opened, user)
        say(found.text or f"nothing names {user}")
        if try_:
            return
        typer.confirm("Erase all of this for good?", abort=True)
    say(job.erase(opened, user, now=now(), asked_by=asked_by).text)

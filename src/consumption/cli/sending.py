"""The command that sends what nobody carries out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from consumption.cli.apps import app
from consumption.cli.options import HERE, InWorkspace, now, open_workspace, say
from consumption.config import Workspace
from consumption.errors import ConsumptionError

if TYPE_CHECKING:
    from consumption.serving.webhooks import Receiver


@app.command()
def send(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent; send nothing.")] = False,
    again: Annotated[
        list[str] | None, typer.Option("--again", metavar="ID", help="Send this one once more; may repeat.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Send once more what the receiver took since this day, UTC."),
    ] = None,
    log: Annotated[
        bool, typer.Option("--log", help="Show the last tries, latest first; with --again of these alone.")
    ] = False,
    workspace: InWorkspace = HERE,
) -> None:
    """Send self-service actions to [webhook] url: each once; what does not arrive is tried in the next run.

    Sent again, an event has the id it had: the receiver can tell. Its secret is CONSUMPTION_WEBHOOK_SECRET.

    Example: `consumption send --dry-run`
    """
    from consumption.jobs import send as job

    if again and since:
        raise typer.BadParameter("--again names what is sent once more, --since takes all of a time: give one")
    opened = open_workspace(workspace)
    if log:
        say(job.log(opened, again or ()))
        return
    if dry_run:
        say(job.would_send(opened, at=now()))
        return
    with receiver_of(opened) as receiver:
        if again or since:
            moment = since.replace(tzinfo=UTC) if since else None
            done = job.send_again(opened, receiver, ids=again or (), since=moment, clock=now)
        else:
            done = job.send(opened, receiver, clock=now)
    say(done.text)
    if done.failed:
        raise typer.Exit(1)


def receiver_of(workspace: Workspace) -> Receiver:
    """Who is sent to, as settings and the environment say; NoReceiver or NoWebhookSecret where they do not."""
    from consumption.config.secret import webhook_secrets
    from consumption.jobs.send import NoReceiver
    from consumption.serving.webhooks import Receiver

    webhook = workspace.settings.webhook
    if not webhook.url:
        raise NoReceiver
    return Receiver(
        webhook.url,
        webhook_secrets(),
        now,
        timeout_seconds=webhook.timeout_seconds,
        tries=webhook.tries,
        source=webhook.source,
    )


def sent_or_why(workspace: Workspace) -> str:
    """What became of sending at the end of the daily job, which a receiver that is away does not undo."""
    from consumption.jobs import send as job

    if not workspace.settings.webhook.url:
        return job.left(workspace, at=now())
    try:
        with receiver_of(workspace) as receiver:
            return job.send(workspace, receiver, clock=now).text
    except ConsumptionError as error:
        return f"{error.problem}: {error.remedy}"

"""Commands for keys."""

from __future__ import annotations

from typing import Annotated

import typer

from consumption.cli.apps import keys
from consumption.cli.options import HERE, InWorkspace, now, open_workspace, say


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="read, respond, ingest or admin; may repeat.")
    ] = None,
    person: Annotated[str | None, typer.Option(help="E-mail of the person it signs in.")] = None,
    days: Annotated[int, typer.Option(min=1, help="Days until it expires.")] = 365,
    workspace: InWorkspace = HERE,
) -> None:
    """Make a key; it is shown once and kept only as a hash.

    Example: `consumption keys create crm --scope read --scope respond`
    """
    from consumption.jobs.keys import create as run_create

    say(
        run_create(
            open_workspace(workspace), name=name, scopes=scope or ["read"], person=person, days=days, now=now()
        )
    )


@keys.command("list")
def list_keys(workspace: InWorkspace = HERE) -> None:
    """List the keys there are, without their secrets.

    Example: `consumption keys list`
    """
    from consumption.jobs.keys import listing

    say(listing(open_workspace(workspace), now=now()))


@keys.command("revoke")
def revoke_key(
    key_id: Annotated[str, typer.Argument(help="As `keys list` shows it.")], workspace: InWorkspace = HERE
) -> None:
    """End a key at once.

    Example: `consumption keys revoke k_3f9a`
    """
    from consumption.jobs.keys import revoke

    revoke(open_workspace(workspace), key_id, now=now())
    say(f"{key_id} is revoked")

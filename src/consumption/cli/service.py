"""Commands that serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from consumption.cli.apps import app
from consumption.cli.options import HERE, InWorkspace, now, open_workspace, progress_bars, say


@app.command()
def demo(
    directory: Annotated[Path, typer.Argument(help="Where to make the demo's workspace.")] = Path("demo"),
    accounts: Annotated[int, typer.Option(min=50, help="How many accounts to generate.")] = 1500,
    seed: Annotated[int, typer.Option(help="The world's seed: the same seed, the same world.")] = 0,
    serve: Annotated[bool, typer.Option(help="Serve API and pages at the end, on loopback.")] = True,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to serve on.")] = 8000,
) -> None:
    """Generate a world, learn from it, recommend, publish and serve: the whole road.

    Example: `consumption demo --accounts 300 --no-serve`
    """
    from consumption.jobs.demo import demo as run_demo
    from consumption.serving.server import serve as start_server
    from consumption.serving.server import whether_free

    if serve:
        whether_free("127.0.0.1", port)
    with progress_bars() as progress:
        done = run_demo(directory, accounts=accounts, seed=seed, now=now(), port=port, progress=progress)
    say(done.text)
    if serve:
        start_server(done.root, host="127.0.0.1", port=port, workers=1)
    else:
        say(f"It is not served yet: consumption serve -w {done.root} --port {port}")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    workspace: InWorkspace = HERE,
) -> None:
    """Serve the API under /v1 and the pages.

    Example: `consumption serve --port 8080 --workers 2`
    """
    from consumption.serving.server import serve as start_server
    from consumption.serving.server import whether_free

    opened = open_workspace(workspace)
    whether_free(host, port)
    say(f"serving {opened.root} on http://{host}:{port} (API: /v1, its description: /openapi.json); stop with Ctrl-C")
    start_server(opened.root, host=host, port=port, workers=workers)

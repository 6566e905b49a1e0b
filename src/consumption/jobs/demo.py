"""The whole road on a generated world: a workspace that can be looked at as rep, engineer and plugin."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from consumption.config import SETTINGS_FILE, Workspace
from consumption.engines.progress import Progress, silent
from consumption.errors import ConsumptionError
from consumption.jobs.create import SETTINGS, create
from consumption.jobs.effects import learn
from consumption.jobs.effects_told import registered_or_why
from consumption.jobs.ingest import ingest
from consumption.jobs.keys import store_of
from consumption.jobs.publish import publish
from consumption.jobs.recommend import make_draft
from consumption.jobs.train import train
from consumption.models.served import pointer
from consumption.world.books import SETTINGS as WORLD_SETTINGS
from consumption.world.generate import generate

WORLD = "world"
MARK = "demo.json"
PLUGIN = "demo plugin"
TABLES = ("accounts", "people", "products", "contracts", "contacts", "assets", "goals", "interactions", "events",
          "decisions", "responses")  # fmt: skip


class AnotherDemo(ConsumptionError):
    """The folder holds a demo of another size or seed."""

    status = 409

    def __init__(self, root: Path, made: dict[str, Any]) -> None:
        super().__init__(
            f"{root} holds a demo of {made['accounts']:,} accounts, seed {made['seed']}",
            "name another folder, or remove this one; nothing was changed",
        )


class NotADemo(ConsumptionError):
    """The folder is in use for something else."""

    status = 409

    def __init__(self, root: Path) -> None:
        super().__init__(f"{root} exists and is no demo", "name another folder: consumption demo DIR")


@dataclass(frozen=True)
class DemoDone:
    """A demo that is ready to be served."""

    root: Path
    text: str


def demo(root: Path, *, accounts: int, seed: int, now: datetime, port: int, progress: Progress = silent) -> DemoDone:
    """Make the demo, or go on where an earlier try was stopped: every step is done once."""
    workspace, made = _begin(root, accounts, seed, now)
    as_of = datetime.combine(date.fromisoformat(made["as_of"]), time(), UTC)
    if "summary" not in made:
        made["summary"] = _world(workspace, made, progress)
        _mark(workspace.root, made)
    for done, table in enumerate(TABLES):
        progress("files into the lake", done, len(TABLES))
        ingest(workspace, table, [workspace.root / WORLD / table], now=now)
    progress("files into the lake", len(TABLES), len(TABLES))
    if not all(pointer(workspace.models, motion) for motion in ("help", "expand")):
        trained = train(workspace, motions=("help", "expand"), as_of=as_of, progress=progress)
        made["trained"] = [done.text for done in trained]
        _mark(workspace.root, made)
    if "learned" not in made:
        learned = learn(workspace, as_of=as_of, tell=registered_or_why(workspace), progress=progress)
        made["learned"] = learned.text.splitlines()[0]
        _mark(workspace.root, made)
    with store_of(workspace) as store:
        shown = store.latest_as_of()
    if shown is None:
        make_draft(workspace, as_of=as_of, progress=progress)
        publish(workspace, as_of=as_of, now=now, progress=progress)
    return DemoDone(workspace.root, _text(workspace, made, now, port))


def _begin(root: Path, accounts: int, seed: int, now: datetime) -> tuple[Workspace, dict[str, Any]]:
    """The workspace, new or as an earlier try left it, and what is known of its world."""
    root = root.resolve()
    asked = {"accounts": accounts, "seed": seed}
    if (root / MARK).is_file():
        made: dict[str, Any] = json.loads((root / MARK).read_text("utf-8"))
        if any(made[name] != value for name, value in asked.items()):
            raise AnotherDemo(root, made)
    elif root.exists() and any(root.iterdir()):
        raise NotADemo(root)
    else:
        made = {**asked, "as_of": now.date().isoformat()}
        root.mkdir(parents=True, exist_ok=True)
        _mark(root, made)
    if not (root / SETTINGS_FILE).is_file():
        create(root, settings=f"{SETTINGS}\n{WORLD_SETTINGS}\n[serving]\nlook_as = true\n")
    return Workspace.open(root), made


def _world(workspace: Workspace, made: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Generate the files; a world half written is written anew, the same."""
    day = date.fromisoformat(made["as_of"])
    summary = generate(
        workspace.root / WORLD, accounts=made["accounts"], seed=made["seed"], as_of=day, progress=progress
    )
    return asdict(summary)


def _mark(root: Path, made: dict[str, Any]) -> None:
    part = root / f".{MARK}.part"
    part.write_text(json.dumps(made, indent=1, default=str), "utf-8")
    part.replace(root / MARK)


def _plugin_key(workspace: Workspace, now: datetime) -> str:
    """A key for the tour's plugin; a new tour ends the keys of earlier ones."""
    with store_of(workspace) as store:
        open_keys = [key for key in list(store.keys()) if key.name == PLUGIN and key.revoked_at is None]
        for key in open_keys:
            store.revoke_key(key.key_id, now)
        return store.create_key(PLUGIN, ["read", "respond"], now, expires_at=now + timedelta(days=30)).secret


def _text(workspace: Workspace, made: dict[str, Any], now: datetime, port: int) -> str:
    """What was made, where it is served, how to sign in, and what to look at."""
    world = made["summary"]
    address = f"http://127.0.0.1:{port}"
    key = _plugin_key(workspace, now)
    return "\n".join(
        [
            f"A world of {world['accounts']:,} accounts ({world['in_force']:,} in force, {world['events']:,} events; "
            f"{world['half_year_loss']:.1%} lost in half a year), as of {made['as_of']}, in {workspace.root}",
            *made.get("trained", []),
            f"{made['learned']} Each of them: consumption check actions -w {workspace.root}",
            "",
            f"Open {address} and choose whom to look as; on this machine no password is asked.",
            "  as rep       Today is the week's list; open a card, start it, or say why not",
            f"  as lead      the lists of the whole team; the number: consumption number -w {workspace.root}",
            f"  as engineer  consumption train -w {workspace.root}, and the models in MLflow:",
            f"               mlflow ui --workers 1 --backend-store-uri {workspace.tracking_uri}",
            f"  as plugin    curl -H 'Authorization: Bearer {key}' '{address}/v1/recommendations?limit=3'",
            f"Look at the account {world['idle_licences']}: paid licences that nobody uses.",
            "The API describes itself at /openapi.json.",
        ]
    )

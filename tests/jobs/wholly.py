"""A small workspace in which a person is named wherever one can be, and a search that overlooks nothing."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from consumption.config import Workspace
from consumption.jobs.create import SETTINGS, create
from consumption.jobs.daily import remember
from consumption.jobs.ingest import ingest
from consumption.jobs.keys import store_of
from consumption.jobs.publish import publish
from consumption.store.filters import RecommendationFilter
from consumption.store.records import Answer
from consumption.store.viewer import Viewer

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
NOW = AS_OF + timedelta(hours=9)
USER, NAME, MAIL, PHONE = "ada-4711", "Ada Lovelace", "Ada.Lovelace@Acme.example", "+49 30 1234567"
OTHER = "grace-4711"
TALK = "She asked whether the loom can be paid by the card"
HEARSAY = f"Grace said that\n{USER} is ill; write to <{MAIL}>."
PEOPLE_THERE = (USER, OTHER, "ada-47110", "eve")
REP = Viewer("rep@us.example", "Rep", "rep", frozenset({"read", "respond"}))


def events(days: int = 150) -> pl.DataFrame:
    """Everybody exports something every other day, in three accounts; some attributes name the person."""
    rows = [
        (
            account,
            AS_OF - timedelta(days=day, hours=3),
            "export",
            f"{user}" if account == "acme" else f"{account}-{user[-3:]}",
        )
        for day in range(1, days, 2)
        for account in ("acme", "bolt", "coil")
        for user in PEOPLE_THERE
    ]
    frame = pl.DataFrame(rows, schema=["account_id", "timestamp", "event", "user_id"], orient="row")
    return frame.with_columns(
        pl.format("e{}", pl.int_range(pl.len())).alias("event_id"),
        pl.when(pl.col("user_id") == OTHER).then(pl.lit(MAIL.lower())).alias("shared_with"),
    )


def tables() -> dict[str, pl.DataFrame]:
    """The other tables."""
    ids = ["acme", "bolt", "coil"]
    return {
        "accounts": pl.DataFrame({
            "account_id": ids, "created_at": [AS_OF - timedelta(days=500)] * 3, "name": ["Acme", "Bolt", "Coil"],
            "owner": ["rep@us.example"] * 3, "kind": ["customer"] * 3, "invoices_to": [MAIL, None, None],
        }),
        "contracts": pl.DataFrame({
            "contract_id": [f"c-{i}" for i in ids], "account_id": ids, "product": ["desk"] * 3,
            "starts_on": [(AS_OF - timedelta(days=300)).date()] * 3,
            "ends_on": [(AS_OF + timedelta(days=65)).date()] * 3,
            "quantity": [10.0] * 3, "arr": [120000.0] * 3, "unit": ["seat"] * 3,
        }),
        "contacts": pl.DataFrame({
            "contact_id": ["p1", "p2", "p3"], "account_id": ["acme"] * 3, "user_id": [USER, OTHER, None],
            "name": [NAME, "Grace Hopper", NAME], "email": [MAIL, "grace@acme.example", MAIL.lower()],
            "phone": [PHONE, None, None], "role": ["champion", "user", "user"],
        }),
        "interactions": pl.DataFrame({
            "interaction_id": ["i1", "i2", f"call-{USER}", "i4"], "account_id": ["acme", "acme", "acme", "bolt"],
            "timestamp": [AS_OF - timedelta(days=d) for d in (5, 6, 7, 8)],
            "channel": ["call", "ticket", "call", "call"], "user_id": [USER, OTHER, USER, None],
            "topic": ["Billing", f"Asked by {NAME}", "Looms", "Looms"],
            "text": [TALK, HEARSAY, f"{NAME} is content", "Nothing of hers"],
            "cc": [MAIL, None, None, None],
        }),
    }  # fmt: skip


def put_in(workspace: Workspace, folder: Path) -> None:
    """Ingest everything, and a file with wrong rows of the person."""
    folder.mkdir(exist_ok=True)
    for name, frame in {**tables(), "events": events()}.items():
        file = folder / f"{name}.parquet"
        frame.write_parquet(file)
        ingest(workspace, name, [file], now=NOW)
    wrong = folder / "wrong.csv"
    wrong.write_text(f"account_id,timestamp,event,user_id\nacme,soon,export,{USER}\nacme,soon,export,{OTHER}\n")
    ingest(workspace, "events", [wrong], now=NOW)


def a_workspace(root: Path, folder: Path) -> Workspace:
    """The whole road: files in, a plan published, answered with a note, and what was answered back in the lake."""
    workspace = create(root, settings=SETTINGS.replace("buckets = 32", "buckets = 4"))
    put_in(workspace, folder)
    publish(workspace, as_of=AS_OF, now=NOW)
    with store_of(workspace) as store:
        found = store.recommendations(RecommendationFilter(), visible_to=REP).items
        note = f"Called {NAME}, who is {USER}: not now"
        answer = Answer(response="dismissed", actor="rep@us.example", reason=note)
        store.respond(found[0].recommendation_id, answer, NOW)
        store.audit("rep@us.example", "read", f"contact {MAIL}", NOW, detail=json.dumps({"user_id": USER}))
    remember(workspace)
    (workspace.root / "logs").mkdir()
    (workspace.root / "logs" / "run.log").write_text(f"row 7: {USER} is strange\n")
    return workspace


def named(root: Path, *words: str) -> list[str]:
    """Files below `root` that have one of the words, in whatever case, as bytes or in what they hold."""
    return [
        f"{file.relative_to(root)}: {word}"
        for file in sorted(root.rglob("*"))
        if file.is_file()
        for word in words
        if word.lower() in _held(file).lower()
    ]


def _held(file: Path) -> str:
    data = file.read_bytes()
    text = data.decode("latin-1")
    if file.suffix == ".parquet":
        text += "".join(map(repr, pl.read_parquet(file, hive_partitioning=False).rows()))
    if data[:15] == b"SQLite format 3":
        with sqlite3.connect(file) as connection:
            text += "\n".join(connection.iterdump())
    return text

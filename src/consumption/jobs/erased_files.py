"""Files of a workspace that name a person: ours are written anew, the user's own are told."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from consumption.config import STORE_FILE, Workspace
from consumption.lake.persons import Person
from consumption.lake.spool import SPOOLS
from consumption.lake.text_chunks import opened
from consumption.lake.wording import Wording

# Folders that jobs write; what else lies in a workspace belongs to whoever made it.
_OURS = ("drafts", "models", "mlruns", "logs", "erasures")
_ELSEWHERE = ("lake", STORE_FILE)
_PIECE_BYTES = 16 * 1024 * 1024
_LONGEST_WORD = 1_000


@dataclass(frozen=True)
class Naming:
    """Files that name the person, relative to the workspace: `ours` can be written anew, `others` are the user's."""

    ours: tuple[str, ...]
    others: tuple[str, ...]


def files_naming(workspace: Workspace, person: Person, *, but: Path) -> Naming:
    """The files of the workspace, lake and store apart, that name the person; `but` is not looked into."""
    found = [f for f in _files(workspace.root) if f != but and _names(f, person)]
    names = [str(f.relative_to(workspace.root)) for f in found]
    ours = tuple(n for n in names if Path(n).parts[0] in _OURS and not _is_database(workspace.root / n))
    return Naming(ours, tuple(n for n in names if n not in ours))


def erase_from_files(workspace: Workspace, person: Person, *, but: Path) -> None:
    """Write our files anew without the person, each at once; delete what killed programs left behind."""
    for name in files_naming(workspace, person, but=but).ours:
        file = workspace.root / name
        made = file.with_name(f".new-{file.name}")
        if file.suffix == ".parquet":
            _without(pl.read_parquet(file), person).write_parquet(made)
        else:
            made.write_text(person.wording.without(file.read_text("utf-8")) or "", "utf-8")
        made.replace(file)
    _sweep(workspace)


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        if Path(folder) == root:
            folders[:] = [name for name in folders if name not in _ELSEWHERE]
        yield from (Path(folder) / n for n in sorted(names) if not n.startswith(STORE_FILE))


def _names(file: Path, person: Person) -> bool:
    if _is_database(file):
        return _database_names(file, person.wording)
    if file.suffix == ".parquet":
        return _parquet_names(file, person)
    # Read in pieces: exports may be large. Case is looked at closely only where something is found.
    forms = [form.casefold() for form in person.wording.forms]
    with opened(file) as pieces:
        end = ""
        while piece := pieces.read(_PIECE_BYTES):
            text = end + piece.decode("utf-8", errors="ignore")
            if any(form in text.casefold() for form in forms) and person.wording.without(text) != text:
                return True
            end = text[-_LONGEST_WORD:]
    return False


def _parquet_names(file: Path, person: Person) -> bool:
    rows = pl.scan_parquet(file, hive_partitioning=False)
    schema = rows.collect_schema()
    theirs = pl.lit(value=False)
    if schema.get("account_id") == pl.String:
        theirs = pl.col("account_id").is_in(list(person.accounts))
    hints = [person.wording.hinted(name) for name, dtype in schema.items() if dtype == pl.String]
    found = rows.filter(pl.any_horizontal(theirs, *hints)).collect()
    return not _without(found, person).equals(found)


def _without(frame: pl.DataFrame, person: Person) -> pl.DataFrame:
    """A frame of accounts without the person in its texts."""
    plain, talks = person.wording, person.wording_of_talks
    texts = [n for n, t in frame.schema.items() if t == pl.String and n not in {"account_id", "top_parent"}]
    theirs = pl.lit(value=False)
    if "account_id" in frame.columns:
        theirs = pl.col("account_id").cast(pl.String).is_in(list(person.accounts))
    return frame.with_columns(
        pl.when(theirs).then(talks.redacted(frame[name])).otherwise(plain.redacted(frame[name])).alias(name)
        for name in texts
    )


def _is_database(file: Path) -> bool:
    with file.open("rb") as database:
        return database.read(15) == b"SQLite format 3"


def _database_names(file: Path, wording: Wording) -> bool:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return any(wording.without(line) != line for line in connection.iterdump())
    finally:
        connection.close()


def _sweep(workspace: Workspace) -> None:
    """Half-made drafts and models, and rows that a killed ingest had set aside."""
    for folder in (workspace.drafts, workspace.models):
        for left in folder.rglob(".new-*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    for left in Path(tempfile.gettempdir()).glob(f"{SPOOLS}*"):
        owner = left.name.removeprefix(SPOOLS).partition("_")[0]
        if owner.isdigit() and not _runs(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

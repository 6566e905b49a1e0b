"""Files of a workspace that name a person: ours are written anew, the user's own are told."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from consumption.config import STORE_FILE, Workspace
from consumption.jobs import drafts
from consumption.jobs.erased_frames import parquet_names, without
from consumption.jobs.packed_files import DAMAGED, NotText, is_text, pieces, rewrite
from consumption.lake.persons import Person
from consumption.lake.spool import SPOOLS

# Folders that jobs write; what else lies in a workspace belongs to whoever made it.
_OURS = ("drafts", "models", "mlruns", "logs", "erasures", "drift", "backtests")
_ELSEWHERE = ("lake", STORE_FILE)
_LONGEST_WORD = 1_000
_UNREADABLE = (*DAMAGED, NotText, sqlite3.Error, pl.exceptions.PolarsError)


@dataclass(frozen=True)
class Naming:
    """Files relative to the workspace: `ours` name the person and can be written anew, `others` name them too.

    `unread` may name them: they are damaged, or packed in a way that cannot be looked into.
    """

    ours: tuple[str, ...]
    others: tuple[str, ...]
    unread: tuple[str, ...]


def files_naming(workspace: Workspace, person: Person, *, but: Path) -> Naming:
    """The files of the workspace, lake and store apart, that name the person; `but` is not looked into."""
    ours: list[str] = []
    others: list[str] = []
    unread: list[str] = []
    for file in (f for f in _files(workspace.root) if f != but):
        name = str(file.relative_to(workspace.root))
        try:
            if _names(file, person):
                (ours if Path(name).parts[0] in _OURS and _can_be_rewritten(file) else others).append(name)
        except _UNREADABLE:
            unread.append(name)
    return Naming(tuple(ours), tuple(others), tuple(unread))


def erase_from_files(workspace: Workspace, person: Person, *, but: Path) -> list[str]:
    """Write our files anew without the person, each at once; delete what killed programs left behind.

    The files that could not be written anew: they are as they were.
    """
    left = []
    for name in files_naming(workspace, person, but=but).ours:
        file = workspace.root / name
        made = file.with_name(f".new-{file.name}")
        try:
            if file.suffix == ".parquet":
                without(pl.read_parquet(file, hive_partitioning=False), person).write_parquet(made)
            else:
                rewrite(file, made, lambda text: person.wording.without(text) or "")
            made.replace(file)
        except _UNREADABLE:
            left.append(name)
            made.unlink(missing_ok=True)
    return left + _sweep(workspace)


def what_to_do(name: str) -> str:
    """What becomes of a file that names the person and is not written anew."""
    file = Path(name)
    if file.parts[0] == "mlruns" and file.suffix in {".db", ".sqlite"}:
        return (
            "the database of MLflow, a record of training that nothing here reads; left as it is: delete the runs "
            "that name the person (`mlflow ui`, then `mlflow gc`), or the file; models that rank lie in models/"
        )
    if file.parts[0] in _OURS:
        return "made by this program, but of a kind that cannot be written anew: delete it, or make it again"
    return "yours, left as it is; take the person out of it yourself"


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        if Path(folder) == root:
            folders[:] = [name for name in folders if name not in _ELSEWHERE]
        found = (Path(folder) / n for n in sorted(names) if not n.startswith(STORE_FILE))
        # Neither a pipe, which would be waited for, nor a link to nothing.
        yield from (file for file in found if file.is_file())


def _names(file: Path, person: Person) -> bool:
    if _is_database(file):
        return _database_names(file, person)
    if file.suffix == ".parquet":
        return parquet_names(file, person)
    # Read in pieces: exports may be large. Case is looked at closely only where something is found.
    forms = [form.casefold() for form in person.wording.forms]
    end = ""
    for piece in pieces(file):
        text = end + piece
        if any(form in text.casefold() for form in forms) and person.wording.without(text) != text:
            return True
        end = text[-_LONGEST_WORD:]
    return False


def _can_be_rewritten(file: Path) -> bool:
    return file.suffix == ".parquet" or (not _is_database(file) and is_text(file))


def _is_database(file: Path) -> bool:
    with file.open("rb") as database:
        return database.read(15) == b"SQLite format 3"


def _database_names(file: Path, person: Person) -> bool:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return any(person.wording.without(line) != line for line in connection.iterdump())


def _sweep(workspace: Workspace) -> list[str]:
    """Half-made drafts and models, and rows that a killed ingest had set aside; those that could not be deleted."""
    stay = []
    with drafts.alone(workspace.drafts):  # a draft that is being saved is not half made
        for left in (*workspace.drafts.rglob(".new-*"), *workspace.models.rglob(".new-*")):
            try:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            except OSError:
                stay.append(str(left.relative_to(workspace.root)))
    for left in Path(tempfile.gettempdir()).glob(f"{SPOOLS}*"):
        owner = left.name.removeprefix(SPOOLS).partition("_")[0]
        if owner.isdigit() and not _runs(int(owner)):
            try:
                shutil.rmtree(left)
            except OSError:
                stay.append(str(left))
    return stay


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

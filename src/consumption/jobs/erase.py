"""Erase a person: from the lake with all its past, the store, and the files of the workspace."""

from __future__ import annotations

import json
import os
import secrets
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from consumption.config import Workspace
from consumption.errors import ConsumptionError
from consumption.features.tile_parts import metered
from consumption.jobs.erased_files import erase_from_files, files_naming, what_to_do
from consumption.jobs.erased_person import told
from consumption.jobs.opening import declared_rules, lake_of
from consumption.lake.erased import add_erased, read_erased
from consumption.lake.erasing import erase_from_lake, rows_of
from consumption.lake.persons import Person, find_person, rows_by_account
from consumption.store.erasing import erase_from_store, rows_naming
from consumption.tables import LAKE

FOLDER = "erasures"
_PENDING = ".pending.json"
_MARKED = "marked.json"
# What is not deleted with the person in it.
_KEPT = {
    "lake/events": "; they become lines of their account: the day, what and how much, and nobody in them",
    **{f"lake/quarantine/{name}": "; deleted, but those of others, which stay without them" for name in LAKE},
    "lake/interactions": "; they stay without the person and what was said",
}


class NobodyFound(ConsumptionError):
    """Nothing in the workspace names this person."""

    status = 404

    def __init__(self, given: str) -> None:
        super().__init__(
            problem=f"nothing here names {given}: no event, no contact, no text",
            remedy="give the user_id as events have it, or the e-mail as contacts have it; nothing was changed",
        )


class AnotherErasure(ConsumptionError):
    """An erasure was interrupted, and has to be completed first."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            problem="the erasure of another person was interrupted",
            remedy="complete it first: consumption erase --resume",
        )


@dataclass(frozen=True)
class Found:
    """Where a person is named: rows by place, files that are written anew, and others, which are left as they are.

    `unread` are files that could not be looked into. `who` says in lines who is meant: it is shown before anything is
    erased, and kept nowhere.
    """

    rows: dict[str, int]
    files: tuple[str, ...]
    others: tuple[str, ...]
    unread: tuple[str, ...] = ()
    who: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether nothing is to be done."""
        return not self.rows and not self.files

    @property
    def text(self) -> str:
        """A line a place."""
        lines = [*self.who, *(f"{place}: {_rows(count)}{_KEPT.get(place, '')}" for place, count in self.rows.items())]
        lines += [f"{name}: written anew" for name in self.files]
        lines += [f"{name}: {what_to_do(name)}" for name in self.others]
        lines += [f"{name}: cannot be read here (damaged, or packed); look into it" for name in self.unread]
        return "\n".join(lines)


@dataclass(frozen=True)
class Erasure:
    """What was erased, and the receipt that says so; no receipt where there was nothing left to erase."""

    found: Found
    receipt: Path | None

    @property
    def text(self) -> str:
        """The result, in lines."""
        if self.receipt is None:
            return "\n".join(["erased before: nothing was left", *self.found.text.splitlines()])
        return "\n".join([self.found.text, f"erased; the receipt, without a name: {self.receipt}"])


def look_for(workspace: Workspace, given: str) -> Found:
    """Where the person with this user id or e-mail is named, and who that is; nothing is changed."""
    lake = lake_of(workspace)
    person = find_person(lake, given)
    found = _found(workspace, person)
    return replace(found, who=() if found.nothing else told(given, person, rows_by_account(lake, person)))


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def erase(workspace: Workspace, given: str, *, now: datetime, asked_by: str = "") -> Erasure:
    """Erase the person with this user id or e-mail; killed half-way, it goes on when it is run again.

    Raises `NobodyFound`, or `AnotherErasure` where one that was interrupted waits to be completed.
    """
    with _alone(workspace):
        waiting = _read(_pending(workspace))
        if waiting and given.casefold() not in {word.casefold() for word in _who(waiting)}:
            raise AnotherErasure
        if waiting:
            return _complete(workspace, waiting)
        return _begin(workspace, given, now, asked_by)


def resume(workspace: Workspace) -> Erasure | None:
    """Complete an erasure that was interrupted; None where none was."""
    with _alone(workspace):
        waiting = _read(_pending(workspace))
        return _complete(workspace, waiting) if waiting else None


def marked(workspace: Workspace) -> dict[datetime, list[datetime]]:
    """Moments of snapshots whose numbers included people who were erased since, and when those were."""
    marks: dict[str, list[str]] = _read(workspace.root / FOLDER / _MARKED) or {}
    return {datetime.fromisoformat(m): [datetime.fromisoformat(t) for t in times] for m, times in marks.items()}


def _begin(workspace: Workspace, given: str, now: datetime, asked_by: str) -> Erasure:
    lake = lake_of(workspace)
    person = find_person(lake, given)
    found = _found(workspace, person)
    if found.nothing:
        if not read_erased(lake.erased).has(given):
            raise NobodyFound(given)
        return Erasure(found, None)
    # From here on it can be completed, even when the tables no longer tell who is meant.
    waiting = {
        "erasure_id": uuid.uuid4().hex,
        # Gone with this file: whatever was named anew cannot be led back to what it was.
        "secret": secrets.token_hex(),
        "person": person.as_json,
        "asked_at": now.isoformat(),
        "asked_by": person.wording.without(asked_by),
        "found": {"rows": found.rows, "files": found.files, "others": found.others, "unread": found.unread},
    }
    _write(_pending(workspace), waiting)
    return _complete(workspace, json.loads(json.dumps(waiting)))


def _complete(workspace: Workspace, waiting: dict[str, Any]) -> Erasure:
    """Every step changes nothing where it was done before."""
    person, lake = Person.of_json(waiting["person"]), lake_of(workspace)
    # First of all: a file that is loaded meanwhile must not bring the person back.
    add_erased(lake.erased, person.known_by, source=waiting["erasure_id"])
    secret = waiting.get("secret", waiting["erasure_id"])
    erase_from_lake(lake, person, metered(declared_rules(workspace)), secret=secret)
    erase_from_store(workspace.store_url, person)
    found = _as_left(waiting["found"], erase_from_files(workspace, person, but=_pending(workspace)))
    receipt = _give_receipt(workspace, waiting, found)
    _pending(workspace).unlink()
    return Erasure(found, receipt)


def _as_left(found: dict[str, Any], left: list[str]) -> Found:
    """What was found; files that could not be written anew are others."""
    files = [name for name in found["files"] if name not in left]
    return Found(found["rows"], tuple(files), (*found["others"], *left), tuple(found.get("unread", ())))


def _found(workspace: Workspace, person: Person) -> Found:
    rows = {f"lake/{place}": count for place, count in rows_of(lake_of(workspace), person).items()}
    rows |= {f"store/{table}": count for table, count in rows_naming(workspace.store_url, person).items()}
    naming = files_naming(workspace, person, but=_pending(workspace))
    return Found(rows, naming.ours, naming.others, naming.unread)


def _give_receipt(workspace: Workspace, waiting: dict[str, Any], found: Found) -> Path:
    """What was erased and when, and which snapshots keep numbers; who it was stands nowhere."""
    moments = sorted({moment for moment, _ in lake_of(workspace).snapshots()})
    marks: dict[str, list[str]] = _read(workspace.root / FOLDER / _MARKED) or {}
    for moment in moments:
        times = marks.setdefault(moment.isoformat(), [])
        times += [waiting["asked_at"]] if waiting["asked_at"] not in times else []
    _write(workspace.root / FOLDER / _MARKED, marks)
    asked_at = datetime.fromisoformat(waiting["asked_at"]).astimezone(UTC)
    receipt = workspace.root / FOLDER / f"{asked_at:%Y-%m-%dT%H%M%SZ}-{waiting['erasure_id'][:8]}.json"
    said = {
        "erasure_id": waiting["erasure_id"],
        "asked_at": waiting["asked_at"],
        "asked_by": waiting["asked_by"],
        "rows": found.rows,
        "files_written_anew": len(found.files),
        "files_left_that_name_them": len(found.others),
        "files_that_could_not_be_read": len(found.unread),
        "snapshots_that_keep_their_numbers": [moment.isoformat() for moment in moments],
        "meaning": "These rows were deleted, or rewritten without the person, and older versions of their tables "
        "were deleted. Events stay as lines of their account: the day, what was done and how much, and nobody in "
        "them; which lines came in one file, and in what order, stays too. Ids of few signs, and first names alone, "
        "were not looked for in free text, in attributes of others and in ids of interactions. Numbers of the "
        "snapshots named here were made before and included the person.",
    }
    _write(receipt, said)
    return receipt


def _who(waiting: dict[str, Any]) -> list[str]:
    person = Person.of_json(waiting["person"])
    return [*person.user_ids, *person.emails]


def _pending(workspace: Workspace) -> Path:
    return workspace.root / FOLDER / _PENDING


def _alone(workspace: Workspace) -> FileLock:
    folder = workspace.root / FOLDER
    folder.mkdir(exist_ok=True)
    return FileLock(folder / ".lock")


def _read(file: Path) -> Any:  # noqa: ANN401 - JSON
    return json.loads(file.read_text("utf-8")) if file.is_file() else None


def _write(file: Path, values: Any) -> None:  # noqa: ANN401 - JSON
    """Replace a file at once, readable by its owner only."""
    made = file.with_name(f".new-{file.name}")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(values, out, indent=1, ensure_ascii=False)
        out.flush()
        os.fsync(out.fileno())
    made.replace(file)

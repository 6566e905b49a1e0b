"""Which version of a motion's model ranks: one small file beside the store, replaced at once."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock

from consumption.models.motion import Motion

POINTER = "champion.json"
Who = Literal["", "person", "gate", "watch"]


@dataclass(frozen=True)
class Said:
    """Who let a version rank (empty: not known), why, in a sentence, and when.

    `gate`: a training; `watch`: the daily job went back.
    """

    by: Who = ""
    why: str = ""
    when: datetime | None = None


NOBODY = Said()


@dataclass(frozen=True)
class Pointer:
    """Which version ranks, and which did before it (empty: none).

    `told`: the registry's aliases say so too. `withdrawn`: the one before was taken out of charge for an older one,
    so that only a person may put it back. `said`: who decided so, in the same write.
    """

    version: str
    previous: str = ""
    told: bool = field(default=False, compare=False)
    withdrawn: bool = field(default=False, compare=False)
    said: Said = field(default=NOBODY, compare=False)

    @property
    def decided_by_a_person(self) -> bool:
        """Whether a person chose what ranks: no machine undoes that."""
        return self.said.by == "person"

    def names(self, version: str) -> bool:
        """Whether the version ranks, or did before."""
        return version in {self.version, self.previous}


def pointer(root: Path, motion: Motion) -> Pointer | None:
    """Which version ranks; None where nothing has been trained."""
    file = root / motion / POINTER
    if not file.is_file():
        return None
    values = json.loads(file.read_text(encoding="utf-8"))
    told, withdrawn = bool(values.get("told", True)), bool(values.get("withdrawn"))
    when = values.get("when")
    said = Said(values.get("by", ""), values.get("why", ""), datetime.fromisoformat(when) if when else None)
    return Pointer(values["version"], values["previous"], told, withdrawn, said)


def write_pointer(root: Path, motion: Motion, now: Pointer) -> None:
    """Says what ranks from now on; for whoever holds `one_at_a_time`."""
    said = {"by": now.said.by, "why": now.said.why, "when": now.said.when.isoformat() if now.said.when else None}
    values = {"version": now.version, "previous": now.previous, "told": now.told, "withdrawn": now.withdrawn, **said}
    _write(root / motion / POINTER, values)


@contextmanager
def one_at_a_time(root: Path, motion: Motion) -> Iterator[None]:
    """Held while what ranks a motion is read, decided and written: two commands at once follow one another.

    The system frees the lock of a process that was killed.
    """
    (root / motion).mkdir(parents=True, exist_ok=True)
    with FileLock(root / f".{motion}.lock"):
        yield


def _write(file: Path, values: dict[str, Any]) -> None:
    """Replaces a file at once: a reader sees the old content or the new one, after a power cut too."""
    handle, name = tempfile.mkstemp(prefix=".new-", dir=file.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(values, out)
        out.flush()
        os.fsync(out.fileno())
    Path(name).chmod(0o644)
    Path(name).replace(file)

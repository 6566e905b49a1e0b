"""One training of a workspace at a time, and what is done of it if it is killed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from consumption.errors import ConsumptionError

LOCK, STATE = ".training.lock", ".training.json"


class TrainingUnderWay(ConsumptionError):
    """Another training of this workspace is running."""

    status = 409

    def __init__(self, root: Path, process: str) -> None:
        super().__init__(
            problem=f"another training is under way in {root.parent}{f' (process {process})' if process else ''}",
            remedy="wait until it is done, or end that process; nothing was changed",
        )


@dataclass(frozen=True)
class Underway:
    """A training that has begun: what it is of (a digest), and what it has done so far, by motion."""

    file: Path
    of: str
    done: dict[str, dict[str, Any]] = field(default_factory=dict)

    def finished(self, motion: str, what: Mapping[str, Any]) -> None:
        """One motion is done: it is not done again where a training of the same is begun anew after a kill."""
        self.done[motion] = dict(what)
        self.write()

    def write(self) -> None:
        """Put down what is done, at once: a reader sees the old content or the new one."""
        part = self.file.with_name(f"{self.file.name}.part")
        values = {"of": self.of, "done": self.done, "process": os.getpid()}
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        part.write_text(json.dumps(values, default=str), encoding="utf-8")
        part.replace(self.file)


@contextmanager
def one_training(models: Path, of: Mapping[str, Any]) -> Iterator[Underway]:
    """Held while a training runs; raises TrainingUnderWay where another one does.

    `of`: what it is of, as plain values; there are passwords among settings, so a digest is kept. One that was killed
    has left what it had done: that is `done` where it was of the same. The system frees the lock of a process that
    was killed.
    """
    models.mkdir(parents=True, exist_ok=True)
    file = models / STATE
    lock = FileLock(models / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise TrainingUnderWay(models, str(_left(file).get("process", ""))) from error
    try:
        left = _left(file)
        what = _digest(of)
        underway = Underway(file, what, left.get("done", {}) if left.get("of") == what else {})
        underway.write()
        yield underway
        file.unlink()
    finally:
        lock.release()


def _digest(of: Mapping[str, Any]) -> str:
    """Equal where all of it is; tells none of it."""
    return hashlib.sha256(json.dumps(of, default=str, sort_keys=True).encode()).hexdigest()


def _left(file: Path) -> dict[str, Any]:
    """What a training before this one left behind."""
    if not file.is_file():
        return {}
    values: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return values

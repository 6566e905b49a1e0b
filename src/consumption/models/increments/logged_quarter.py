"""One quarter of decisions as it was logged, kept as a file: whatever the catalogue says by then, it can be read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from consumption.features.signal import DRIVERS
from consumption.models.increments.belief import Moves
from consumption.models.increments.evidence import Quarter

FORMAT = 1


@dataclass(frozen=True, eq=False)
class LoggedQuarter:
    """The rows of a quarter, by the actions that its log names.

    `name`: 2026 Q2; `known_at`: by what was known when its outcomes were read; `made_for`: the settings they were
    read under; `actions`: the columns of `quarter.propensities`. Accounts are numbers, and nobody is named.
    """

    name: str
    known_at: datetime
    made_for: str
    actions: tuple[str, ...]
    quarter: Quarter

    def among(self, actions: Sequence[str]) -> Quarter:
        """The rows by these actions: those that got another one are left out, as if it had not been on offer."""
        of, names = self.quarter, list(actions)
        places = np.array([names.index(a) if a in names else -2 for a in self.actions] + [-1], dtype=np.int64)
        stays = places[of.taken] > -2  # the last place stands for none, which is -1
        of = _rows(of, stays)
        gone = [number for number, action in enumerate(self.actions) if action not in names]
        here = [number for number, action in enumerate(self.actions) if action in names]
        chances = np.zeros((len(of.taken), len(names)))
        rest = np.maximum(1 - of.propensities[:, gone].sum(axis=1), 1e-9)
        chances[:, places[here]] = np.minimum(of.propensities[:, here] / rest[:, None], 1.0)
        chances[of.own] = np.nan
        return replace(of, taken=places[of.taken], propensities=chances)

    def save(self, path: Path) -> None:
        """Writes a NumPy archive: a header in JSON, and arrays of numbers; whole or not at all."""
        header = {
            "format": FORMAT,
            "drivers": list(DRIVERS),
            "name": self.name,
            "known_at": self.known_at.isoformat(),
            "made_for": self.made_for,
            "actions": list(self.actions),
        }
        of = self.quarter
        part = path.with_name(f".{path.name}.part")
        with part.open("wb") as file:
            np.savez_compressed(
                file,
                allow_pickle=False,
                header=np.array(json.dumps(header)),
                drivers=of.drivers,
                chances=of.moves.chances,
                shrink=of.moves.shrink,
                grow=of.moves.grow,
                taken=of.taken,
                propensities=of.propensities,
                happened=of.happened,
                weight=of.weight,
                account=of.numbers,
            )
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """What `save` wrote; None where it is not there, not whole, or of other drivers: it is made anew."""
        try:
            with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            header = json.loads(str(arrays.pop("header")))
            if (header["format"], header["drivers"]) != (FORMAT, list(DRIVERS)):
                return None
            known_at = datetime.fromisoformat(header["known_at"])
            return cls(header["name"], known_at, header["made_for"], tuple(header["actions"]), _quarter(arrays))
        except (OSError, EOFError, BadZipFile, KeyError, ValueError):
            return None


def _quarter(arrays: dict[str, NDArray[Any]]) -> Quarter:
    moves = Moves(arrays.pop("chances"), arrays.pop("shrink"), arrays.pop("grow"))
    return Quarter(moves=moves, **arrays)


def _rows(of: Quarter, kept: NDArray[np.bool_]) -> Quarter:
    moves = Moves(of.moves.chances[kept], of.moves.shrink[kept], of.moves.grow[kept])
    return Quarter(
        of.drivers[kept],
        moves,
        of.taken[kept],
        of.propensities[kept],
        of.happened[kept],
        of.weight[kept],
        of.numbers[kept],
    )

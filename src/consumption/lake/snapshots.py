"""Snapshots kept in the lake: one partition a moment, replaced as a whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from consumption.lake.delta_table import DeltaPlace
from consumption.tables import TIMESTAMP

AS_OF = "as_of"
MADE_FROM = "made_from"
_COLUMNS = "snapshot_columns"  # the names and types a snapshot was written with: others came with later ones


@dataclass(frozen=True)
class Snapshots:
    """Signals of all accounts at several moments; their columns may differ from moment to moment."""

    place: DeltaPlace

    def write(self, frame: pl.DataFrame, *, as_of: datetime, made_from: str) -> None:
        """Keep this snapshot in place of any other of the same moment. `made_from` tells versions apart."""
        day = _written(as_of)
        columns = json.dumps({name: str(dtype) for name, dtype in frame.schema.items()})
        marked = frame.with_columns(
            pl.lit(day).alias(AS_OF), pl.lit(made_from).alias(MADE_FROM), pl.lit(columns).alias(_COLUMNS)
        )
        self.place.replace(self._as_stored(marked), where=f"{AS_OF} = '{day}'")

    def read(self, as_of: datetime, made_from: str | None = None) -> pl.DataFrame | None:
        """The snapshot of that moment as it was written; None without one, or if made from something else."""
        table = self.place.open()
        if table is None:
            return None
        found = pl.scan_delta(table).filter(pl.col(AS_OF) == _written(as_of)).collect()
        if found.is_empty() or made_from not in {None, found[MADE_FROM][0]}:
            return None
        columns: dict[str, str] = json.loads(found[_COLUMNS][0])
        return found.with_columns(pl.lit(as_of, dtype=TIMESTAMP).alias(AS_OF)).select(
            pl.col(name).cast(_UNSIGNED.get(dtype, found.schema[name]) if name != AS_OF else TIMESTAMP)
            for name, dtype in columns.items()
        )

    def kept(self) -> list[tuple[datetime, str]]:
        """The moments there are snapshots of, in order, and what each was made from."""
        files = self.place.files()
        if files.is_empty():
            return []
        parts = files.select(f"partition.{AS_OF}", f"partition.{MADE_FROM}").unique().sort(pl.all())
        return [(_read(day), made_from) for day, made_from in parts.iter_rows()]

    def _as_stored(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Types that Delta knows, and where a column is stored already, its type there."""
        signed = frame.with_columns(pl.col(pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64).cast(pl.Int64))
        table = self.place.open()
        if table is None:
            return signed
        types = pl.scan_delta(table).collect_schema()
        return signed.with_columns(pl.col(n).cast(types[n]) for n in signed.columns if n in types)


_UNSIGNED: dict[str, pl.DataType] = {
    str(t): t for t in (pl.UInt8(), pl.UInt16(), pl.UInt32(), pl.UInt64(), pl.Int64(), pl.Float64())
}


def _written(as_of: datetime) -> str:
    return as_of.astimezone(UTC).strftime("%Y-%m-%dT%H%M%S.%fZ")


def _read(day: str) -> datetime:
    return datetime.strptime(day, "%Y-%m-%dT%H%M%S.%fZ").replace(tzinfo=UTC)

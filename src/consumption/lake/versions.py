"""Which rows of a file are new: events not seen before, versions that say something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from consumption.lake.complete import first_known
from consumption.lake.delta import Lake
from consumption.lake.history import VERSION_ORDER
from consumption.lake.spool import Spool
from consumption.tables import ATTRIBUTES, BUCKET, LINE, LOADED_AT, RECEIVED_AT, TIMESTAMP, Table

PART_ROWS = 1_000_000
_OLD = "_old"


@dataclass(frozen=True)
class Fresh:
    """Rows to add, as Table.stored_schema, and how many of them the file has (the others mark a move)."""

    rows: pl.LazyFrame
    added: int


def fresh_rows(lake: Lake, table: Table, rows: pl.LazyFrame, loaded_at: datetime, *, spare: Spool) -> Fresh:
    """The rows of a file that add something, `rows` being as stored, with received_at null where the file says none.

    Rows without a key pass through. The others are compared in parts that fit in memory, all rows of a key in the
    same one; `spare` takes what is found.
    """
    keyless = pl.col(table.key[0]).is_null()
    alone, keyed = rows.select(keyless.sum().alias("alone"), (~keyless).sum().alias("keyed")).collect().row(0)
    if not keyed:
        return Fresh(rows, alone)
    added = alone
    parts = -(-keyed // PART_ROWS)
    for part in range(parts):
        mine = _part(table, part, parts)
        new, stored = rows.filter(~keyless, mine).collect(), lake.scan(table.name).filter(mine)
        found = (
            _new_events(table, new, stored) if table.optional_key else _new_versions(table, new, stored, loaded_at)
        )
        added += found.filter(pl.col(LINE) >= 0).height
        spare.add(found)
    return Fresh(pl.concat([rows.filter(keyless), spare.frame()]) if alone else spare.frame(), added)


def _part(table: Table, part: int, parts: int) -> pl.Expr:
    if parts == 1:
        return pl.lit(value=True)
    # Hashing within one process only: what is kept is the bucket, which does not depend on it.
    return pl.struct(table.key).hash() % parts == part


def _new_events(table: Table, new: pl.DataFrame, stored: pl.LazyFrame) -> pl.DataFrame:
    """The first row of each key that is not stored yet."""
    key = table.key[0]
    ids = new.select(pl.col(key).unique())
    between = pl.col(key).is_between(pl.lit(ids[key].min()), pl.lit(ids[key].max()))
    seen = stored.select(key).filter(between).join(ids.lazy(), on=key, how="semi").collect(engine="streaming")
    first = new.filter(pl.col(key).is_first_distinct())
    return first.join(seen, on=key, how="anti", maintain_order="left")


def _new_versions(table: Table, new: pl.DataFrame, stored: pl.LazyFrame, loaded_at: datetime) -> pl.DataFrame:
    """Rows that say something their key's versions do not, and marks of those that left for another account."""
    keys = new.select(table.key).unique()
    old = stored.join(keys.lazy(), on=list(table.key), how="semi").collect(engine="streaming")
    dated = _new_dated(table, new.filter(pl.col(RECEIVED_AT).is_not_null()), old)
    versions = pl.concat([old.filter(pl.col(LINE) >= 0), dated])
    undated = _new_undated(table, new.filter(pl.col(RECEIVED_AT).is_null()), versions, loaded_at)
    added = pl.concat([dated, undated])
    marks = _moved_away(table, pl.concat([old, added]))
    return pl.concat([added, marks])


def _values(table: Table) -> list[str]:
    return [*table.schema, ATTRIBUTES]


def _new_dated(table: Table, new: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """Rows whose file says when they were known: all but exact repeats.

    Equal values at another time are kept: a version in between may still arrive, from a file loaded later.
    """
    same = [*_values(table), RECEIVED_AT]
    once = new.unique(subset=same, keep="last", maintain_order=True)
    return once.join(old.filter(pl.col(LINE) >= 0), on=same, how="anti", nulls_equal=True, maintain_order="left")


def _new_undated(table: Table, new: pl.DataFrame, versions: pl.DataFrame, loaded_at: datetime) -> pl.DataFrame:
    """Rows known from their load: those that differ from the version before them, in the lake or up the file."""
    if new.is_empty():
        return new
    latest = versions.sort(VERSION_ORDER).unique(subset=table.key, keep="last", maintain_order=True)
    both = pl.concat(
        [latest.with_columns(pl.lit(value=True).alias(_OLD)), new.with_columns(pl.lit(value=False).alias(_OLD))]
    )
    ordered = both.sort(*table.key, ~pl.col(_OLD), LINE)
    starts = _changes(table.key)
    told = ordered.with_columns(
        pl.when(starts)
        .then(first_known(table, loaded_at))
        .otherwise(pl.lit(loaded_at, dtype=TIMESTAMP))
        .alias(RECEIVED_AT)
    )
    differs = starts | _changes(_values(table))
    return told.filter(differs & ~pl.col(_OLD)).drop(_OLD)


def _changes(names: Sequence[str]) -> pl.Expr:
    """Whether a row differs from the row before it in any of these columns."""
    first = pl.int_range(pl.len()) == 0
    return first | pl.any_horizontal(pl.col(n).ne_missing(pl.col(n).shift(1)) for n in names)


def _moved_away(table: Table, versions: pl.DataFrame) -> pl.DataFrame:
    """Marks for keys whose versions lie in several buckets: every version is marked in each of the others.

    So a reader of one bucket alone sees that the latest version of the row has left (see History.before).
    """
    key = list(table.key)
    homes = versions.select(*key, BUCKET).unique()
    spread = homes.filter(pl.len().over(key) > 1)
    if spread.is_empty():
        return versions.clear()
    real = versions.filter(pl.col(LINE) >= 0).join(spread.select(key).unique(), on=key, how="semi")
    everywhere = real.drop(BUCKET).join(spread, on=key, how="inner").select(versions.columns)
    marks = everywhere.join(real, on=[*key, BUCKET, LOADED_AT, RECEIVED_AT, LINE], how="anti")
    marks = marks.with_columns(-pl.col(LINE))
    return marks.join(versions, on=[*key, BUCKET, LOADED_AT, RECEIVED_AT, LINE], how="anti").select(versions.columns)

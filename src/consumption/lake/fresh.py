"""Which rows of a file add something to the lake, found without reading a table whole or a file into memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from consumption.lake.anonymous import Limit
from consumption.lake.complete import first_known
from consumption.lake.delta import Lake
from consumption.lake.spool import Spool
from consumption.lake.versions import new_versions
from consumption.tables import LINE, RECEIVED_AT, Table

PART_ROWS = 500_000
NO_LIMIT = Limit()


@dataclass(frozen=True)
class Fresh:
    """Rows to add, as Table.stored_schema, and how many of them the file has (the others mark a move)."""

    rows: pl.LazyFrame
    added: int


def fresh_rows(
    lake: Lake, table: Table, rows: pl.LazyFrame, loaded_at: datetime, *, spare: Spool, limit: Limit = NO_LIMIT
) -> Fresh:
    """The rows of a file that add something, `rows` being as stored, with received_at null where the file says none.

    Rows are compared with the versions of their keys in parts that fit in memory, all rows of a key in the same
    part; `spare` takes what is found. Of events only those are compared whose id comes twice: the others pass. Rows
    before the `limit` come without their person, and are compared with what is kept of such.
    """
    rows = limit.unnamed(table.name, rows)
    if table.optional_key:
        return _fresh_events(lake, table, rows, loaded_at, spare, limit=limit)
    parts = -(-rows.select(pl.len()).collect().item() // PART_ROWS)
    added = 0
    for part in range(parts):
        # Hashing within one process only: what is kept is the bucket, which does not depend on it.
        mine = pl.struct(table.key).hash() % parts == part if parts > 1 else pl.lit(value=True)
        new = rows.filter(mine).collect()
        old = _versions_of(limit.unnamed(table.name, lake.scan(table.name).filter(mine)), new, table.key)
        added += _add(spare, new_versions(table, new, old, loaded_at))
    return Fresh(spare.frame(), added)


def _fresh_events(
    lake: Lake, table: Table, rows: pl.LazyFrame, loaded_at: datetime, spare: Spool, *, limit: Limit
) -> Fresh:
    """Events: what has no id, or one that is in no other place, is new without looking further."""
    height = rows.select(pl.len()).collect().item()
    told = rows.with_columns(pl.coalesce(RECEIVED_AT, first_known(table, loaded_at)).alias(RECEIVED_AT))
    again = _come_again(lake, table, rows)
    if again.is_empty():
        return Fresh(told, height)
    more = 0
    twice = _one_of(table, again)
    with Spool(table.stored_schema) as stored:
        for batch in _near(lake, table, rows).filter(twice).collect_batches(lazy=True):
            stored.add(batch)
        parts = -(-(len(again) + stored.rows) // PART_ROWS)
        for part in range(parts):
            mine = _one_of(table, again.filter(again % parts == part))
            new = rows.filter(mine).collect()
            old = limit.unnamed(table.name, stored.frame().filter(mine)).collect()
            found = new_versions(table, limit.as_kept(table, new, old), old, loaded_at)
            more += _add(spare, found) - new.height
    return Fresh(pl.concat([told.filter(~twice), spare.frame()]), height + more)


def _come_again(lake: Lake, table: Table, rows: pl.LazyFrame) -> pl.Series:
    """Hashes of the ids that come twice in the file, or are stored already: a few too many do no harm."""
    (key,) = table.key
    own = rows.filter(pl.col(key).is_not_null()).select(pl.col(key).hash()).collect(engine="streaming")[key].sort()
    twice = own.filter(own == own.shift(1)).unique()
    if not lake.rows(table.name) or own.is_empty():
        return twice
    stored = _near(lake, table, rows).select(pl.col(key).hash())
    seen = stored.join(own.to_frame().lazy(), on=key, how="semi").unique().collect(engine="streaming")[key]
    return pl.concat([twice, seen]).unique()


def _one_of(table: Table, hashes: pl.Series) -> pl.Expr:
    """Whether a row's id has one of these hashes; a row without an id has none."""
    (key,) = table.key
    # A filter, not a join: of the rows that do not pass, no other column is read.
    return pl.col(key).is_not_null() & pl.col(key).hash().is_in(hashes.implode())


def _near(lake: Lake, table: Table, rows: pl.LazyFrame) -> pl.LazyFrame:
    """What is stored between the smallest and the largest id: of ids that grow, a small part of the table."""
    (key,) = table.key
    least, most = rows.select(pl.col(key).min().alias("least"), pl.col(key).max().alias("most")).collect().row(0)
    return lake.scan(table.name).filter(pl.col(key).is_between(pl.lit(least), pl.lit(most)))


def _versions_of(stored: pl.LazyFrame, new: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    keys = new.lazy().select(key).unique()
    return stored.join(keys, on=list(key), how="semi").collect(engine="streaming")


def _add(spare: Spool, found: pl.DataFrame) -> int:
    spare.add(found)
    return found.filter(pl.col(LINE) >= 0).height

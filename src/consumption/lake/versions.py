"""Which rows say something that the versions of their keys do not, and since when that is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from consumption.lake.complete import first_known
from consumption.lake.history import VERSION_ORDER
from consumption.tables import ATTRIBUTES, BUCKET, LINE, LOADED_AT, RECEIVED_AT, TIMESTAMP, Table

_OLD = "_old"


def new_versions(table: Table, new: pl.DataFrame, old: pl.DataFrame, loaded_at: datetime) -> pl.DataFrame:
    """Rows of `new` that add a version to those in `old`, and marks of those that left for another account.

    Both are as stored and have a key, `old` with every version of the keys of `new`; received_at is null where the
    file does not say it: such rows are known from their load, the first of a key from its own time.
    """
    real = old.filter(pl.col(LINE) >= 0)
    said = pl.col(RECEIVED_AT).is_not_null()
    dated = _corrections if table.optional_key else _all_but_repeats
    found = dated(table, new.filter(said), real)
    undated = _since_the_load(table, new.filter(~said), pl.concat([real, found]), loaded_at)
    added = pl.concat([found, undated])
    return pl.concat([added, _marks(table, pl.concat([old, added]))])


def _values(table: Table) -> list[str]:
    return [*table.schema, ATTRIBUTES]


def _all_but_repeats(table: Table, new: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """Rows whose file says when they were known: all but exact repeats.

    Equal values at another time are kept: a version in between may still arrive, from a file loaded later.
    """
    same = [*_values(table), RECEIVED_AT]
    once = new.unique(subset=same, keep="last", maintain_order=True)
    return once.join(old, on=same, how="anti", nulls_equal=True, maintain_order="left")


def _corrections(table: Table, new: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """Events whose file says when they were known: those that differ from the version before them.

    Equal values at a later time are the same event sent again, as senders do that are not sure it arrived.
    """
    both = _told_apart(new, old).sort(*table.key, *VERSION_ORDER)
    return both.filter(_changes(table.key) | _changes(_values(table))).filter(~pl.col(_OLD)).drop(_OLD)


def _since_the_load(table: Table, new: pl.DataFrame, versions: pl.DataFrame, loaded_at: datetime) -> pl.DataFrame:
    """Rows known from their load: those that differ from the version before them, in the lake or up the file."""
    if new.is_empty():
        return new
    latest = versions.sort(VERSION_ORDER).unique(subset=table.key, keep="last", maintain_order=True)
    ordered = _told_apart(new, latest).sort(*table.key, ~pl.col(_OLD), LINE)
    starts = _changes(table.key)
    told = ordered.with_columns(
        pl.when(starts)
        .then(first_known(table, loaded_at))
        .otherwise(pl.lit(loaded_at, dtype=TIMESTAMP))
        .alias(RECEIVED_AT)
    )
    differs = starts | _changes(_values(table))
    return told.filter(differs & ~pl.col(_OLD)).drop(_OLD)


def _told_apart(new: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(
        [old.with_columns(pl.lit(value=True).alias(_OLD)), new.with_columns(pl.lit(value=False).alias(_OLD))]
    )


def _changes(names: Sequence[str]) -> pl.Expr:
    """Whether a row differs from the row before it in any of these columns."""
    first = pl.int_range(pl.len()) == 0
    return first | pl.any_horizontal(pl.col(n).ne_missing(pl.col(n).shift(1)) for n in names)


def _marks(table: Table, versions: pl.DataFrame) -> pl.DataFrame:
    """Marks for keys with several homes: every version is marked, by a line below 0, in each of the others.

    So a reader of one home alone sees that the latest version of the row has left (see History.before). A home is a
    bucket. Of an event it is an account, so that one account can be read without looking at others; and a version is
    marked in its own home too, so that a reader of all events finds the few that were corrected by their marks.
    """
    key, home = list(table.key), ["account_id", BUCKET] if table.optional_key else [BUCKET]
    real = versions.filter(pl.col(LINE) >= 0)
    homes = versions.select(*key, *home).unique()
    several = real if table.optional_key else homes
    homes = homes.join(several.filter(pl.len().over(key) > 1).select(key).unique(), on=key, how="semi")
    if homes.is_empty():
        return versions.clear()
    version = [*key, *home, LOADED_AT, RECEIVED_AT, LINE]
    marks = real.drop(home).join(homes, on=key, how="inner").select(versions.columns)
    if not table.optional_key:
        marks = marks.join(real, on=version, how="anti")
    return marks.with_columns(-pl.col(LINE)).join(versions, on=version, how="anti").select(versions.columns)

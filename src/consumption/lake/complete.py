"""Rows of the contract, completed with what the lake adds to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import polars as pl

from consumption.lake.attributes import as_attributes
from consumption.tables import ATTRIBUTES, BUCKET, LINE, LOADED_AT, RECEIVED_AT, TIMESTAMP, Table

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


def bucket_of(ids: pl.Series, buckets: int) -> pl.Series:
    """The partition of each account id: the first 8 bytes (big endian) of its BLAKE2b, modulo `buckets`; Int32."""
    unique = ids.unique().drop_nulls()
    numbers = [int.from_bytes(blake2b(i.encode()).digest()[:8]) % buckets for i in unique.to_list()]
    return ids.replace_strict(unique, pl.Series(numbers, dtype=pl.Int32), default=None, return_dtype=pl.Int32)


class Buckets:
    """Buckets of account ids that come in batches: each id is hashed once."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._known = pl.DataFrame(schema={"account_id": pl.String, BUCKET: pl.Int32})

    def of(self, ids: pl.Series) -> pl.Series:
        """As `bucket_of`."""
        found = self._looked_up(ids)
        new = ids.filter(found.is_null() & ids.is_not_null()).unique()
        if new.is_empty():
            return found
        added = pl.DataFrame([new.alias("account_id"), bucket_of(new, self.count).alias(BUCKET)])
        self._known = pl.concat([self._known, added], rechunk=True)
        return self._looked_up(ids)

    def _looked_up(self, ids: pl.Series) -> pl.Series:
        return ids.to_frame("account_id").join(self._known, on="account_id", how="left", maintain_order="left")[
            BUCKET
        ]


def complete(
    table: Table, frame: pl.DataFrame, *, buckets: int = 1, loaded_at: datetime | None = None
) -> pl.DataFrame:
    """The frame with exactly the stored columns of the table, in order.

    Missing columns are null; others become attributes. `received_at` defaults to the row's own time, but never to
    later than `loaded_at`; without either the row was always known. Timestamps without a zone are UTC.
    """
    extra = [c for c in frame.columns if c not in table.stored_schema]
    attributes = [] if ATTRIBUTES in frame.columns else [as_attributes(frame.schema, extra).alias(ATTRIBUTES)]
    lines = [] if LINE in frame.columns else [pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(LINE)]
    typed = frame.with_columns(*attributes, *lines).with_columns(_typed(frame, table))
    known = typed.with_columns(pl.coalesce(RECEIVED_AT, first_known(table, loaded_at)).alias(RECEIVED_AT))
    loaded = known.with_columns(
        pl.coalesce(LOADED_AT, pl.lit(loaded_at, dtype=TIMESTAMP), RECEIVED_AT).alias(LOADED_AT)
    )
    return loaded.with_columns(in_bucket(table, loaded, Buckets(buckets))).select(*table.stored_schema)


def first_known(table: Table, loaded_at: datetime | None) -> pl.Expr:
    """When the first version of a row was known, if its file does not say.

    Rows without a time of their own (people, contacts, assets) count as always known: what is loaded today must
    serve the plan of today, whose moment is its midnight, and signals must mean the same in training.
    """
    if table.happened is None:
        return pl.lit(ALWAYS, dtype=TIMESTAMP)
    loaded = pl.lit(loaded_at or ALWAYS, dtype=TIMESTAMP)
    own = pl.col(table.happened).cast(TIMESTAMP) + timedelta(days=table.known_days)
    # Nothing can become known later than the moment it was loaded.
    return pl.min_horizontal(own, loaded) if loaded_at else own


def in_bucket(table: Table, frame: pl.DataFrame, buckets: Buckets) -> pl.Series:
    """The bucket of every row; 0 in tables that do not belong to accounts."""
    if not table.by_account or buckets.count == 1:
        return pl.zeros(frame.height, dtype=pl.Int32, eager=True).alias(BUCKET)
    return buckets.of(frame["account_id"])


def _typed(frame: pl.DataFrame, table: Table) -> list[pl.Expr]:
    own = [name for name in table.stored_schema if name not in {ATTRIBUTES, LINE}]
    return [_column(frame.schema.get(name), name, table).alias(name) for name in own]


def _column(found: pl.DataType | None, name: str, table: Table) -> pl.Expr:
    dtype = table.stored_schema[name]
    value = pl.lit(None, dtype=dtype) if found is None else pl.col(name)
    if isinstance(found, pl.Datetime) and found.time_zone is None and dtype == TIMESTAMP:
        value = value.dt.replace_time_zone("UTC")
    value = value.cast(dtype)
    return value.fill_null(1.0) if (table.name, name) == ("events", "quantity") else value

"""Columns that the contract does not name, kept as one JSON object a row."""

from __future__ import annotations

import json
from collections.abc import Sequence

import polars as pl


def as_attributes(schema: pl.Schema, names: Sequence[str]) -> pl.Expr:
    """The columns `names` as a compact JSON object a row: keys sorted, nulls left out, null where nothing is left."""
    if not names:
        return pl.lit(None, dtype=pl.String)
    joined = _members({name: (pl.col(name), schema[name]) for name in names})
    return pl.when(joined != "").then(pl.concat_str(pl.lit("{"), joined, pl.lit("}")))


def _members(values: dict[str, tuple[pl.Expr, pl.DataType]]) -> pl.Expr:
    """The values as `"name":value,...` without those that are null; empty text if all are."""
    members = [_member(name, *values[name]) for name in sorted(values)]
    return pl.concat_str(members, separator=",", ignore_nulls=True)


def _member(name: str, value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """`"name":value` as text; null where there is no value."""
    if isinstance(dtype, pl.Struct) and dtype.fields:
        joined = _members(
            {f.name: (value.struct.field(f.name), pl.Series(dtype=f.dtype).dtype) for f in dtype.fields}
        )
        start = pl.lit(f"{json.dumps(name, ensure_ascii=False)}:{{")
        return pl.when(joined != "").then(pl.concat_str(start, joined, pl.lit("}")))
    plain = _plain(value, dtype)
    encoded = pl.struct(plain.alias(name)).struct.json_encode()
    return pl.when(plain.is_not_null()).then(encoded.str.strip_prefix("{").str.strip_suffix("}"))


def _plain(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """As a type that JSON has; empty text is no value."""
    if dtype.is_temporal() or dtype in {pl.Categorical, pl.Enum, pl.Binary, pl.Decimal}:
        value = value.cast(pl.String, strict=False)
    return pl.when(value != "").then(value) if dtype == pl.String else value

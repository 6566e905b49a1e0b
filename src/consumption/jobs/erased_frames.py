"""Tables in Parquet files without a person: in texts, and in lists and records of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from consumption.lake.persons import Person
from consumption.lake.wording import Wording

_KEYS = ("account_id", "top_parent")


def parquet_names(file: Path, person: Person) -> bool:
    """Whether a text of the file names the person."""
    rows = pl.scan_parquet(file, hive_partitioning=False)
    schema = rows.collect_schema()
    wanted = [name for name, dtype in schema.items() if _has_text(dtype)]
    if all(schema[name] == pl.String for name in wanted):
        theirs = pl.col("account_id").is_in(list(person.accounts)) if "account_id" in wanted else pl.lit(value=False)
        rows = rows.filter(pl.any_horizontal(theirs, *(person.wording.hinted(name) for name in wanted)))
    return bool(_changes(rows.select(wanted).collect(), person))


def without(frame: pl.DataFrame, person: Person) -> pl.DataFrame:
    """A frame, of accounts or of anything, without the person in its texts."""
    return frame.with_columns(_changes(frame, person))


def _changes(frame: pl.DataFrame, person: Person) -> list[pl.Series]:
    """The columns that have to change, as they should be."""
    theirs = [False] * frame.height
    if "account_id" in frame.columns:
        theirs = frame["account_id"].cast(pl.String).is_in(list(person.accounts)).fill_null(value=False).to_list()
    plain, talks = person.wording, person.wording_of_talks
    found = []
    for name, dtype in frame.schema.items():
        if name in _KEYS or not _has_text(dtype):
            continue
        before = frame[name].to_list()
        after = [_redacted(v, talks if his else plain) for v, his in zip(before, theirs, strict=True)]
        if after != before:
            found.append(pl.Series(name, after, dtype=_open(dtype)))
    return found


def _has_text(dtype: pl.DataType) -> bool:
    if isinstance(dtype, pl.Struct):
        return any(_has_text(_instance(field.dtype)) for field in dtype.fields)
    if isinstance(dtype, pl.List | pl.Array):
        return _has_text(_instance(dtype.inner))
    return isinstance(dtype, pl.String | pl.Categorical | pl.Enum)


def _open(dtype: pl.DataType) -> pl.DataType:
    """The type with plain text where only some words were allowed."""
    if isinstance(dtype, pl.Struct):
        return pl.Struct({field.name: _open(_instance(field.dtype)) for field in dtype.fields})
    if isinstance(dtype, pl.Array):
        return pl.Array(_open(_instance(dtype.inner)), dtype.size)
    if isinstance(dtype, pl.List):
        return pl.List(_open(_instance(dtype.inner)))
    return pl.String() if isinstance(dtype, pl.Categorical | pl.Enum) else dtype


def _instance(dtype: Any) -> pl.DataType:  # noqa: ANN401 - a type of polars, or its class
    made: pl.DataType = dtype() if isinstance(dtype, type) else dtype
    return made


def _redacted(value: Any, wording: Wording) -> Any:  # noqa: ANN401 - a value of any column
    if isinstance(value, str):
        return wording.without(value)
    if isinstance(value, list):
        return [_redacted(v, wording) for v in value]
    if isinstance(value, dict):
        return {name: _redacted(v, wording) for name, v in value.items()}
    return value

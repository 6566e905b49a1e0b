"""The thirty signals by DuckDB: `signals.sql`, on all cores."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

SQL = Path(__file__).with_name("signals.sql")


def compute(files: Sequence[Path], accounts: Path, as_of: datetime, sql: Path = SQL) -> pl.DataFrame:
    """A row an account, a column a signal; in memory, in no particular order of rows."""
    *prepared, last = statements(files, accounts, as_of, sql)
    with duckdb.connect() as database:
        database.execute("set preserve_insertion_order = false")
        for statement in prepared:
            database.execute(statement)
        found = pl.from_arrow(database.sql(last).to_arrow_table())
    assert isinstance(found, pl.DataFrame)
    return found


def statements(files: Sequence[Path], accounts: Path, as_of: datetime, sql: Path) -> list[str]:
    """The statements of an SQL file, with paths and the moment's day put in."""
    texts = {
        "events": "[" + ", ".join(_text(file) for file in files) + "]",
        "accounts": _text(accounts),
        "day": str(int(as_of.timestamp()) // 86_400),
    }
    code = re.sub(r"--.*", "", sql.read_text(encoding="utf-8"))
    code = re.sub(r"\$(events|accounts|day)\b", lambda found: texts[found[1]], code)
    return [statement for statement in code.split(";") if statement.strip()]


def _text(file: Path) -> str:
    return "'" + str(file).replace("'", "''") + "'"

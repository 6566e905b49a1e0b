"""A person taken out of the store: out of every text in it, and out of what the database has not overwritten yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, String, Table, and_, false, make_url, or_, select, text, update

from consumption.lake.persons import Person
from consumption.lake.wording import Wording
from consumption.store.engine import WRITING, open_engine
from consumption.store.schema import plans

_ACCOUNT = "account_id"
_AT_ONCE = 1_000

Change = tuple[dict[str, Any], dict[str, str | None]]


def rows_naming(url: str, person: Person) -> dict[str, int]:
    """How many rows of each table of the store name the person; tables with none are left out."""
    if not _is_there(url):
        return {}
    with _connected(url, writing=False) as connection:
        found = {table.name: sum(1 for _ in _changes(connection, table, person)) for table in _tables(connection)}
    return {name: count for name, count in found.items() if count}


def erase_from_store(url: str, person: Person) -> None:
    """Take the person out of every text, all in one transaction, then have the database rewrite its files."""
    if not _is_there(url):
        return
    with _connected(url, writing=True) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
        tables = _tables(connection)
        for table in tables:
            for key, values in list(_changes(connection, table, person)):
                connection.execute(
                    update(table).where(and_(*(table.c[n] == v for n, v in key.items()))).values(values)
                )
    _rewrite_files(url, tables)


def _tables(connection: Connection) -> list[Table]:
    there = set(connection.dialect.get_table_names(connection))
    return [table for table in plans.metadata.sorted_tables if table.name in there]


def _texts(table: Table) -> list[Column[Any]]:
    """Columns that may name a person: text that is no key and no account."""
    return [
        c
        for c in table.columns
        if isinstance(c.type, String)
        and not c.primary_key
        and not c.foreign_keys
        and c.name not in {_ACCOUNT, "top_parent"}
    ]


def _changes(connection: Connection, table: Table, person: Person) -> Iterator[Change]:
    """The key of each row that names the person, with its texts as they should be."""
    texts, keys = _texts(table), list(table.primary_key.columns)
    if not texts:
        return
    plain, talks = person.wording, person.wording_of_talks
    hints = [c.icontains(form, autoescape=True) for c in texts for form in plain.forms]
    theirs = [table.c[_ACCOUNT].in_(person.accounts)] if _ACCOUNT in table.c else []
    account = [table.c[_ACCOUNT].label("_of")] if theirs else []
    wanted = select(*keys, *texts, *account).where(or_(false(), *hints, *theirs))
    for row in connection.execute(wanted.execution_options(yield_per=_AT_ONCE)).mappings():
        changed = _changed(row, texts, talks if row.get("_of") in person.accounts else plain)
        if changed:
            yield {c.name: row[c.name] for c in keys}, changed


def _changed(row: Any, texts: list[Column[Any]], wording: Wording) -> dict[str, str | None]:  # noqa: ANN401 - a row
    left = {c.name: wording.without(row[c.name]) for c in texts}
    return {name: value for name, value in left.items() if value != row[name]}


def _rewrite_files(url: str, tables: list[Table]) -> None:
    engine = open_engine(url)
    try:
        if engine.dialect.name == "sqlite":
            # Below SQLAlchemy, which would begin a transaction.
            with closing(engine.raw_connection()) as raw:
                for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                    raw.cursor().execute(statement)
            return
        with engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            for table in tables:
                alone.execute(text(f'VACUUM (FULL) "{table.name}"'))
    finally:
        engine.dispose()


def _is_there(url: str) -> bool:
    """Whether there is a store: opening SQLite would make one."""
    parsed = make_url(url)
    return parsed.get_backend_name() != "sqlite" or Path(str(parsed.database)).is_file()


@contextmanager
def _connected(url: str, *, writing: bool) -> Iterator[Connection]:
    engine = open_engine(url)
    try:
        with engine.execution_options(**{WRITING: writing}).begin() as connection:
            yield connection
    finally:
        engine.dispose()

"""Brings a store to the tables of this version, step by step, from the migrations in the package."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from consumption.errors import ConsumptionError

MIGRATIONS = Path(__file__).parent / "migrations"

# Any number will do, as long as nobody else locks it.
_LOCK = 7051420563


class OldStore(ConsumptionError):
    """The store's tables are not those of this version."""

    status = 503

    def __init__(self, found: str | None) -> None:
        super().__init__(
            problem=f"the store is at version {found or 'none'}, this program needs {newest()}",
            remedy="run consumption migrate",
        )


class NewerStore(ConsumptionError):
    """The store's tables are those of a later version of this program."""

    status = 503

    def __init__(self, found: str) -> None:
        super().__init__(
            problem=f"the store is at version {found}, which this program does not know: it knows up to {newest()}",
            remedy="use the version of this program that last opened the store",
        )


def newest() -> str:
    """The version that this program needs: the number before the name of the last migration."""
    return max(file.name.split("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def current(connection: Connection) -> str | None:
    """The version that the store is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def migrate(connection: Connection) -> None:
    """Runs the migrations that are missing, in the caller's transaction: all or none; NewerStore if it is ahead."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    found = current(connection)
    if found == newest():
        return
    if found is not None and found > newest():
        raise NewerStore(found)
    _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    # Alembic takes as long to import as all the rest of the store; only a migration waits for it.
    from alembic import command  # noqa: PLC0415 - as above
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")

"""docs/reference.md: every command, setting, table and error, rendered from the code itself.

`python -m consumption.cli.reference > docs/reference.md` writes it anew; a test compares.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl
import typer

import consumption
from consumption.cli.apps import app
from consumption.config import every_setting
from consumption.errors import ConsumptionError
from consumption.tables import LAKE, Table


def reference() -> str:
    """The whole page, as Markdown."""
    parts = ["# Reference", "Rendered from the code: `python -m consumption.cli.reference > docs/reference.md`."]
    parts += ["## Commands", *_commands(typer.main.get_command(app), "consumption")]
    parts += ["## Settings", _SETTINGS, _table(("setting", "default", "meaning"), _settings())]
    parts += ["## Tables", _TABLES]
    for table in LAKE.values():
        parts += [f"### {table.name}", _about(table)]
        parts.append(_table(("column", "type", "meaning"), _columns(table)))
    parts += ["## Errors", _ERRORS, _table(("error", "status", "when"), _errors())]
    return "\n\n".join(parts) + "\n"


_SETTINGS = (
    "In `consumption.toml`, or in the environment: `CONSUMPTION_` and the name in capitals, sections joined by `__` "
    "(`CONSUMPTION_POLICY__HOUR_COST=80`); the environment wins."
)
_TABLES = (
    "Columns in **bold** must be there and filled. Every table also takes `received_at`, when the row became known. "
    "Other columns of a file are kept as attributes. Timestamps without a zone are UTC unless settings name another."
)
_ERRORS = (
    "Each says what happened and what to do. The command line exits with 1; the service answers with the status."
)


def _commands(command: Any, name: str) -> Iterator[str]:  # noqa: ANN401 - Typer keeps its command types to itself
    if children := getattr(command, "commands", None):
        for child in children.values():
            yield from _commands(child, f"{name} {child.name}")
        return
    yield f"### {name}"
    yield (command.help or "").strip()
    rows = [(f"`{_spelled(one)}`", str(getattr(one, "help", None) or "")) for one in command.params]
    yield _table(("argument or option", "meaning"), [row for row in rows if row[0] != "`--help`"])


def _spelled(parameter: Any) -> str:  # noqa: ANN401 - as above
    options = [*parameter.opts, *parameter.secondary_opts]
    return " ".join(options) if options[0].startswith("-") else str(parameter.name).upper()


def _settings() -> Iterator[tuple[str, ...]]:
    return ((f"`{one.name}`", f"`{one.default!r}`", one.meaning) for one in every_setting())


def _about(table: Table) -> str:
    key = ", ".join(f"`{name}`" for name in table.key)
    return f"{table.meaning.capitalize()}. Key: {key}."


def _columns(table: Table) -> Iterator[tuple[str, ...]]:
    for column in table.columns:
        name = f"**{column.name}**" if column.required else column.name
        choice = f" ({', '.join(column.one_of)})" if column.one_of else ""
        bounds = f"; refused where it {column.allowed.otherwise}" if column.allowed else ""
        yield name, _kind(column.dtype), column.meaning + choice + bounds


def _kind(dtype: pl.DataType) -> str:
    names = {pl.String(): "text", pl.Float64(): "number", pl.Int64(): "whole number", pl.Date(): "date"}
    return names.get(dtype, "yes or no" if dtype == pl.Boolean() else "timestamp")


def _errors() -> list[tuple[str, ...]]:
    for module in pkgutil.walk_packages(consumption.__path__, "consumption."):
        if "__main__" not in module.name and "migrations" not in module.name:
            importlib.import_module(module.name)
    found = sorted(_below(ConsumptionError), key=lambda error: error.__name__)
    ours = [error for error in found if error.__module__.startswith("consumption.")]
    return [(f"`{e.__name__}`", str(e.status), " ".join((e.__doc__ or "").split())) for e in ours]


def _below(kind: type[ConsumptionError]) -> set[type[ConsumptionError]]:
    return set(kind.__subclasses__()).union(*(_below(one) for one in kind.__subclasses__()))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(reference())

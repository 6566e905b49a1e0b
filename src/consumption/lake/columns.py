"""Which column of a file is which of the contract, and what to say where one is missing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from consumption.errors import ConsumptionError
from consumption.lake.rows import Reading
from consumption.lake.spelling import Spelling
from consumption.tables import LAKE, RECEIVED_AT, Table

_CLOSE = 0.6
_SURER = 2  # columns by which another table must fit better before a complete file is refused


@dataclass(frozen=True)
class Mapping_:  # noqa: N801 - Mapping is taken
    """How the files of a table are to be read, where they do not follow the contract.

    `columns` leads from the contract's name (or a new name for an attribute) to the name in the file; `constants`
    from a name to the value of every row; `zone` is that of times that name none (UTC if not given); `date_format`
    is a strptime form tried before ISO 8601.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    date_format: str | None = None
    zone: str | None = None


AS_IS = Mapping_()


class MissingColumns(ConsumptionError):
    """A file lacks columns that its table must have."""

    def __init__(self, path: Path, table: Table, missing: Sequence[str], found: Sequence[str]) -> None:
        near = {name: close_to(name, found) for name in missing}
        lines = [f'{name} = "{column}"' for name, column in near.items() if column]
        example = f"; perhaps: {', '.join(lines)}" if lines else ""
        super().__init__(
            problem=f"{path} lacks {', '.join(missing)} of table `{table.name}`; it has {', '.join(found)}",
            remedy=f"name the columns under [ingest.{table.name}.columns] in consumption.toml{example} "
            f"(`consumption ingest {table.name} {path} --try` writes it); nothing was loaded",
        )


class WrongTable(ConsumptionError):
    """A file of one table was given for another."""

    def __init__(self, path: Path, table: Table, likely: Table) -> None:
        super().__init__(
            problem=f"{path} does not look like `{table.name}`: this looks like `{likely.name}`",
            remedy=f"consumption ingest {likely.name} {path}; if it is `{table.name}` all the same, name its columns "
            f"under [ingest.{table.name}.columns] in consumption.toml; nothing was loaded",
        )


class NoSuchColumn(ConsumptionError):
    """A mapping names a column that the file does not have."""

    def __init__(self, path: Path, table: Table, names: Sequence[str], found: Sequence[str]) -> None:
        super().__init__(
            problem=f"[ingest.{table.name}.columns] names {', '.join(names)}, but {path} has {', '.join(found)}",
            remedy="correct the mapping in consumption.toml; nothing was loaded",
        )


class UnknownZone(ConsumptionError):
    """A mapping names a time zone that does not exist."""

    def __init__(self, zone: str) -> None:
        super().__init__(
            problem=f"there is no time zone {zone}",
            remedy="use a name such as UTC or Europe/Berlin; nothing was loaded",
        )


def reading_of(path: Path, table: Table, found: Sequence[str], mapping: Mapping_) -> Reading:
    """How to read a file with these columns; an error if it lacks what the table must have."""
    columns = matched(table, found, mapping)
    absent = [source for source in mapping.columns.values() if _like(source, found) is None]
    if absent:
        raise NoSuchColumn(path, table, absent, found)
    missing = missing_columns(table, columns, mapping)
    likely = None if mapping.columns else likely_table(table, found, complete=not missing)
    if likely:
        raise WrongTable(path, table, likely)
    if missing:
        raise MissingColumns(path, table, missing, found)
    return Reading(table, columns, mapping.constants, spelling_of(mapping))


def spelling_of(mapping: Mapping_) -> Spelling:
    """The spelling that a mapping tells; UnknownZone if its zone does not exist."""
    zone = mapping.zone or "UTC"
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UnknownZone(zone) from error
    return Spelling(mapping.date_format, zone)


def matched(table: Table, found: Sequence[str], mapping: Mapping_) -> dict[str, str]:
    """Names of the contract, and those of the mapping, to columns of the file, without regard to case."""
    columns = {name: source for name in (*table.schema, RECEIVED_AT) if (source := _like(name, found))}
    columns = {name: source for name, source in columns.items() if name not in mapping.constants}
    mapped = {name: source for name, column in mapping.columns.items() if (source := _like(column, found))}
    return {**columns, **mapped}


def missing_columns(table: Table, columns: Mapping[str, str], mapping: Mapping_) -> list[str]:
    """Required columns that neither the file nor a constant gives."""
    return [name for name in table.required if name not in columns and name not in mapping.constants]


def close_to(name: str, found: Sequence[str], cutoff: float = _CLOSE) -> str | None:
    """The column of the file whose name is most like `name`, if any is close."""
    plain = {plain_name(column): column for column in found}
    near = difflib.get_close_matches(plain_name(name), plain, n=1, cutoff=cutoff)
    return plain[near[0]] if near else None


def plain_name(name: str) -> str:
    """A column's name in lower case, letters and digits only."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _like(name: str, found: Sequence[str]) -> str | None:
    """The column of that name: as written, else without regard to case."""
    if name in found:
        return name
    return next((column for column in found if column.strip().lower() == name.lower()), None)


def likely_table(table: Table, found: Sequence[str], *, complete: bool) -> Table | None:
    """Another table that the columns fit whole, and (if they fit this one too) clearly better."""
    names = {column.strip().lower() for column in found}
    others = [t for t in LAKE.values() if t != table and set(t.required) <= names]
    best = max(others, key=lambda t: len(names & set(t.schema)), default=None)
    if best is None:
        return None
    lead = len(names & set(best.schema)) - len(names & set(table.schema))
    return best if lead >= (_SURER if complete else 0) else None

"""Which files a user means: files, folders, globs and Delta tables."""

from __future__ import annotations

import glob
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from consumption.errors import ConsumptionError
from consumption.lake.batches import Batch, EmptyFile, UnreadableFile
from consumption.lake.csv_reader import read_csv
from consumption.lake.ndjson_reader import read_ndjson
from consumption.lake.parquet_reader import read_parquet

CSV, PARQUET, NDJSON = "csv", "parquet", "ndjson"
_FORMATS = {
    ".csv": CSV,
    ".tsv": CSV,
    ".txt": CSV,
    ".parquet": PARQUET,
    ".pq": PARQUET,
    ".ndjson": NDJSON,
    ".jsonl": NDJSON,
    ".json": NDJSON,
}
_PEEK_BYTES = 256 * 1024
_PEEK_ROWS = 1000


class NoSuchFile(ConsumptionError):
    """A path leads nowhere."""

    status = 404

    def __init__(self, path: Path) -> None:
        super().__init__(problem=f"there is no file or folder {path}", remedy="check the path; nothing was loaded")


class NoFilesFound(ConsumptionError):
    """A folder, or a pattern, holds nothing that can be read."""

    status = 404

    def __init__(self, path: Path) -> None:
        super().__init__(
            problem=f"{path} has no file to read",
            remedy=f"names of files should end in {', '.join(_FORMATS)}, or these with .gz; nothing was loaded",
        )


class UnknownFormat(ConsumptionError):
    """The ending of a file's name does not tell its format."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            problem=f"the format of {path} is not known from its name",
            remedy=f"rename it to end in {', '.join(_FORMATS)}, or these with .gz; nothing was loaded",
        )


class UnsupportedDelta(ConsumptionError):
    """A Delta table uses features under which its data files cannot be read one by one."""

    def __init__(self, path: Path, features: Sequence[str]) -> None:
        super().__init__(
            problem=f"the Delta table {path} uses {', '.join(features)}",
            remedy="write it once without them (REORG TABLE ... APPLY (PURGE), or a copy), then ingest that",
        )


@dataclass(frozen=True)
class SourceFile:
    """One file to read; `partition` has the columns that its folder's name gives (`year=2024`)."""

    path: Path
    format: str
    partition: Mapping[str, str | None] = field(default_factory=dict)

    def source(self, table: str) -> str:
        """The name of this file's content for this table: equal for equal bytes, wherever they are."""
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        # The same bytes in another partition are other rows.
        digest.update(json.dumps(dict(self.partition), sort_keys=True).encode() if self.partition else b"")
        digest.update(table.encode())
        return digest.hexdigest()

    def batches(self) -> Iterator[Batch]:
        """All rows, in order; EmptyFile if there is none."""
        rows = 0
        for batch in self._read():
            rows += batch.frame.height + len(batch.broken)
            yield self._with_partition(batch)
        if not rows:
            raise EmptyFile(self.path)

    def head(self) -> Batch:
        """The first rows, about a thousand; EmptyFile if there is none."""
        for batch in self._peek():
            if batch.frame.height or batch.broken:
                return self._with_partition(
                    Batch(batch.frame.head(_PEEK_ROWS), batch.lines.head(_PEEK_ROWS), batch.broken)
                )
        raise EmptyFile(self.path)

    def _read(self) -> Iterator[Batch]:
        if self.format == PARQUET:
            return read_parquet(self.path)
        return read_csv(self.path) if self.format == CSV else read_ndjson(self.path)

    def _peek(self) -> Iterator[Batch]:
        if not self.path.stat().st_size:
            raise EmptyFile(self.path)
        if self.format == PARQUET:
            return read_parquet(self.path, limit=_PEEK_ROWS)
        peek = read_csv if self.format == CSV else read_ndjson
        return peek(self.path, size=_PEEK_BYTES)

    def _with_partition(self, batch: Batch) -> Batch:
        added = {n: v for n, v in self.partition.items() if n not in batch.frame.columns}
        if not added:
            return batch
        columns = [pl.lit(value, dtype=pl.String).alias(name) for name, value in added.items()]
        return replace(batch, frame=batch.frame.with_columns(columns))


def find_files(paths: Iterable[Path]) -> list[SourceFile]:
    """The files behind paths, folders and patterns, in order, each once.

    A folder stands for every file below it whose name tells its format; names that begin with `.` or `_` are left
    out. A folder with a Delta log stands for the table's files as of now.
    """
    found = [file for path in paths for file in _behind(path)]
    return list({(file.path, file.format): file for file in found}.values())


def _behind(path: Path) -> list[SourceFile]:
    if path.is_dir():
        return _delta_files(path) if (path / "_delta_log").is_dir() else _folder_files(path)
    if path.exists():
        return [SourceFile(path, _format(path))]
    if not glob.has_magic(str(path)):
        raise NoSuchFile(path)
    matched = [Path(name) for name in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207 - absolute patterns too
    if not matched:
        raise NoFilesFound(path)
    return [file for each in matched for file in _behind(each)]


def _format(path: Path) -> str:
    ending = Path(path.name.removesuffix(".gz")).suffix.lower()
    if ending not in _FORMATS:
        raise UnknownFormat(path)
    return _FORMATS[ending]


def _folder_files(folder: Path) -> list[SourceFile]:
    below = [p for p in sorted(folder.rglob("*")) if p.is_file() and not _hidden(p.relative_to(folder))]
    known = [p for p in below if Path(p.name.removesuffix(".gz")).suffix.lower() in _FORMATS]
    if not known:
        raise NoFilesFound(folder)
    return [SourceFile(p, _format(p), _partition(p.relative_to(folder).parent)) for p in known]


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)


def _partition(folders: Path) -> dict[str, str | None]:
    pairs = [part.partition("=") for part in folders.parts if "=" in part]
    return {name: None if value == "__HIVE_DEFAULT_PARTITION__" else unquote(value) for name, _, value in pairs}


def _delta_files(folder: Path) -> list[SourceFile]:
    try:
        table = DeltaTable(str(folder))
    except DeltaError as error:
        raise UnreadableFile(folder, str(error)) from error
    awkward = {"deletionVectors", "columnMapping"} & set(table.protocol().reader_features or ())
    if awkward:
        raise UnsupportedDelta(folder, sorted(awkward))
    files = pl.DataFrame(table.get_add_actions(flatten=True)).sort("path")
    if files.is_empty():
        raise EmptyFile(folder)
    parts = [c for c in files.columns if c.startswith("partition.")]
    values = files.select(pl.col(parts).cast(pl.String)).rename(lambda c: c.removeprefix("partition.")).to_dicts()
    paths = files["path"].to_list()
    return [SourceFile(folder / unquote(p), PARQUET, v) for p, v in zip(paths, values, strict=True)]

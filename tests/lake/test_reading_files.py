"""The same rows, from any kind of file."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from deltalake import write_deltalake

from consumption.lake.batches import EmptyFile
from consumption.lake.csv_reader import read_csv
from consumption.lake.delta import Lake
from consumption.lake.files import NoFilesFound, NoSuchFile, UnknownFormat, find_files
from consumption.lake.ingest import ingest
from consumption.lake.ndjson_reader import read_ndjson
from consumption.tables import LAKE, Table
from tests.lake.conftest import NOW

ROWS = pl.DataFrame(
    {
        "account_id": ["acme", "bolt", "acme"],
        "timestamp": [datetime(2024, 3, day, 9, 30, tzinfo=UTC) for day in (1, 2, 3)],
        "event": ["export", "import, then export", 'say "hi"'],
        "quantity": [1.0, 2.5, 3.0],
        "plan": ["gold", None, "silver"],
    }
)
CSV = "account_id,timestamp,event,quantity,plan\n" + "\n".join(
    [
        "acme,2024-03-01T09:30:00Z,export,1,gold",
        'bolt,2024-03-02 09:30:00,"import, then export",2.5,',
        'acme,2024-03-03T10:30:00+01:00,"say ""hi""",3.0,silver',
    ]
)


def as_csv(path: Path) -> Path:
    """Commas, quotes, three spellings of times."""
    path = path / "rows.csv"
    path.write_text(CSV)
    return path


def as_semicolon_csv(path: Path) -> Path:
    """As spreadsheets write it in Europe: semicolons, a byte order mark, CRLF."""
    path = path / "rows.csv"
    text = CSV.replace("import, then export", "import| then export").replace(",", ";").replace("import|", "import,")
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    return path


def as_csv_gz(path: Path) -> Path:
    """Packed CSV."""
    path = path / "rows.csv.gz"
    path.write_bytes(gzip.compress(CSV.encode()))
    return path


def as_parquet(path: Path) -> Path:
    """Parquet with types."""
    path = path / "rows.parquet"
    ROWS.write_parquet(path)
    return path


def as_parquet_gz(path: Path) -> Path:
    """Packed Parquet."""
    plain = as_parquet(path)
    packed = path / "rows.parquet.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    return packed


def as_ndjson(path: Path) -> Path:
    """One object a line."""
    path = path / "rows.ndjson"
    ROWS.with_columns(pl.col("timestamp").dt.strftime("%Y-%m-%dT%H:%M:%SZ")).write_ndjson(path)
    return path


def as_ndjson_gz(path: Path) -> Path:
    """Packed NDJSON."""
    plain = as_ndjson(path)
    packed = path / "rows.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    return packed


def as_folder(path: Path) -> Path:
    """A folder with a folder a day, and files that are no data."""
    folder = path / "rows"
    for part in range(3):
        (folder / f"day={part}").mkdir(parents=True)
        ROWS[part : part + 1].write_parquet(folder / f"day={part}" / "part.parquet")
    (folder / "_SUCCESS").touch()
    (folder / "notes.md").write_text("not data")
    return folder


def as_glob(path: Path) -> Path:
    """A pattern that matches three files."""
    for part in range(3):
        ROWS[part : part + 1].write_parquet(path / f"rows_{part}.parquet")
    return path / "rows_*.parquet"


def as_delta_table(path: Path) -> Path:
    """A partitioned Delta table of three commits."""
    for part in range(3):
        write_deltalake(path / "rows", ROWS[part : part + 1], mode="append", partition_by=["plan"])
    return path / "rows"


KINDS = [
    as_csv,
    as_semicolon_csv,
    as_csv_gz,
    as_parquet,
    as_parquet_gz,
    as_ndjson,
    as_ndjson_gz,
    as_folder,
    as_glob,
    as_delta_table,
]


@pytest.mark.parametrize("written", KINDS, ids=lambda kind: kind.__name__.removeprefix("as_"))
def test_every_kind_of_file_gives_the_same_rows(lake: Lake, tmp_path: Path, written: Callable[[Path], Path]) -> None:
    """CSV, Parquet and NDJSON, plain or gzip, files, folders, patterns and Delta tables."""
    done = ingest(lake, "events", [written(tmp_path)], loaded_at=NOW)
    assert (done.added, done.wrong) == (3, 0)
    stored = lake.scan("events").sort("timestamp").collect()
    assert stored.select(ROWS.columns[:4]).equals(ROWS.select(ROWS.columns[:4]))
    plans = stored["attributes"].str.json_path_match("$.plan").to_list()
    assert plans == ["gold", None, "silver"]


@pytest.mark.parametrize("table", LAKE.values(), ids=lambda table: table.name)
def test_every_table_of_the_contract_can_be_loaded(lake: Lake, tmp_path: Path, table: Table) -> None:
    """A file with one example for each column comes back as that row."""
    examples: dict[pl.DataType, object] = {pl.String(): "x1", pl.Float64(): 0.5, pl.Int64(): 3, pl.Boolean(): True}
    row: dict[str, object] = {}
    for column in table.columns:
        row[column.name] = column.one_of[0] if column.one_of else examples.get(column.dtype, "2024-01-01")
        row[column.name] = "EUR" if column.name == "currency" else row[column.name]
    if table.name == "contracts":
        row["ends_on"] = "2025-01-01"
    path = tmp_path / "rows.ndjson"
    pl.DataFrame([row]).write_ndjson(path)
    assert ingest(lake, table.name, [path], loaded_at=NOW, strict=True).added == 1
    found = lake.scan(table.name).collect()
    assert found.schema == table.stored_schema
    assert not any(found[c.name].null_count() for c in table.columns)


def test_a_delta_table_that_grew_gives_its_new_rows_only(lake: Lake, tmp_path: Path) -> None:
    """Data files of a Delta table are recognised one by one."""
    table = as_delta_table(tmp_path)
    ingest(lake, "events", [table], loaded_at=NOW)
    write_deltalake(table, ROWS.with_columns(pl.col("timestamp").dt.offset_by("1mo")), mode="append")
    done = ingest(lake, "events", [table], loaded_at=NOW)
    assert (done.added, done.before) == (3, 3)


def test_the_same_bytes_in_another_partition_are_other_rows(lake: Lake, tmp_path: Path) -> None:
    """What a folder's name says belongs to the rows."""
    for month in ("01", "02"):
        (tmp_path / "rows" / f"month={month}").mkdir(parents=True)
        ROWS.write_parquet(tmp_path / "rows" / f"month={month}" / "part.parquet")
    assert ingest(lake, "events", [tmp_path / "rows"], loaded_at=NOW).added == 6


@pytest.mark.parametrize("size", [40, 90, 10_000])
def test_a_long_text_file_is_read_in_pieces_of_whole_rows(tmp_path: Path, size: int) -> None:
    """A piece never ends within quotes, and every row knows the line it begins in."""
    path = tmp_path / "rows.csv"
    path.write_text('id,text\n1,plain\n2,"two\nlines, ""quoted"""\n\n3,after\n,\n4,"a\n\n\nb"\n5,\n')
    batches = list(read_csv(path, size=size))
    frame = pl.concat([b.frame for b in batches])
    assert frame.fill_null("").rows() == [
        ("1", "plain"),
        ("2", 'two\nlines, "quoted"'),
        ("3", "after"),
        ("4", "a\n\n\nb"),
        ("5", ""),
    ]
    assert pl.concat([b.lines for b in batches]).to_list() == [2, 3, 6, 8, 12]


@pytest.mark.parametrize("size", [16, 10_000])
def test_lines_of_ndjson_may_differ_in_their_keys(tmp_path: Path, size: int) -> None:
    """A key that a line lacks is null; blank lines are skipped; a line that is no object is told with its number."""
    path = tmp_path / "rows.ndjson"
    path.write_text('{"a":1}\n\n{"b":{"c":2}}\n[1]\n{"a":"x"}\nnonsense\n')
    batches = list(read_ndjson(path, size=size))
    assert sum(b.frame.height for b in batches) == 3
    assert [line for b in batches for line in b.lines] == [1, 3, 5]
    assert [broken.line for b in batches for broken in b.broken] == [4, 6]


def test_files_of_a_folder_come_in_order_and_once(tmp_path: Path) -> None:
    """The order of files is that of their names; a file named twice is read once."""
    for name in ("b.csv", "a.csv", ".hidden.csv", "_temporary.csv"):
        (tmp_path / name).write_text(CSV)
    found = find_files([tmp_path, tmp_path / "a.csv"])
    assert [f.path.name for f in found] == ["a.csv", "b.csv"]


def test_paths_that_lead_nowhere(tmp_path: Path) -> None:
    """No such path, an empty folder, a pattern without match, an unknown ending: each has its own message."""
    (tmp_path / "rows.xlsx").touch()
    with pytest.raises(NoSuchFile, match="there is no file or folder"):
        find_files([tmp_path / "absent.csv"])
    with pytest.raises(NoFilesFound, match="has no file to read"):
        find_files([tmp_path])
    with pytest.raises(NoFilesFound, match="has no file to read"):
        find_files([tmp_path / "*.csv"])
    with pytest.raises(UnknownFormat, match="not known from its name"):
        find_files([tmp_path / "rows.xlsx"])


def test_an_empty_delta_table_is_an_empty_file(lake: Lake, tmp_path: Path) -> None:
    """A table without data files has no rows."""
    write_deltalake(tmp_path / "rows", ROWS.clear())
    with pytest.raises(EmptyFile):
        ingest(lake, "events", [tmp_path / "rows"], loaded_at=NOW)

"""Files that cannot be loaded: one clear error each, and nothing changes."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import polars as pl
import pytest

from consumption.errors import ConsumptionError
from consumption.lake.batches import EmptyFile, UnreadableFile, WrongEncoding
from consumption.lake.columns import Mapping_, MissingColumns, NoSuchColumn, UnknownZone, WrongTable
from consumption.lake.delta import Lake
from consumption.lake.ingest import WrongRows, ingest
from tests.lake.conftest import NOW, Load

GOOD = "account_id,created_at,name\nacme,2024-01-01,Acme\n"
CONTRACTS = (
    "contract_id,account_id,product,starts_on,ends_on,quantity,arr\nc1,acme,suite,2024-01-01,2025-01-01,10,1000\n"
)
EVENTS = "account_id,timestamp,event,asset_id\nacme,2024-01-01,export,m1\n"


def refused(lake: Lake, path: Path, table: str = "accounts") -> ConsumptionError:
    """The error that loading this file raises; the lake must stay as it was."""
    before = lake.versions()
    with pytest.raises(ConsumptionError) as error:
        ingest(lake, table, [path], loaded_at=NOW)
    assert lake.versions() == before
    assert lake.wrong_rows(table).collect().is_empty()
    assert error.value.remedy
    return error.value


def write(path: Path, data: str | bytes) -> Path:
    """The path, with these bytes or this text in it."""
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_a_missing_required_column_is_named_with_those_found(lake: Lake, tmp_path: Path) -> None:
    """The message names what is missing, what is there, and the likely mapping."""
    error = refused(lake, write(tmp_path / "a.csv", "Account ID,Created At,name\nacme,2024-01-01,Acme\n"))
    assert isinstance(error, MissingColumns)
    assert "lacks account_id, created_at of table `accounts`; it has Account ID, Created At, name" in error.problem
    assert "[ingest.accounts.columns]" in error.remedy
    assert 'account_id = "Account ID"' in error.remedy


@pytest.mark.parametrize(
    ("text", "table", "likely"),
    [
        (CONTRACTS, "accounts", "contracts"),
        (CONTRACTS, "products", "contracts"),
        (EVENTS, "assets", "events"),
        (GOOD, "contracts", "accounts"),
    ],
)
def test_a_file_of_another_table_is_recognised(
    lake: Lake, tmp_path: Path, text: str, table: str, likely: str
) -> None:
    """Also where it happens to have what the table asks for."""
    error = refused(lake, write(tmp_path / "a.csv", text), table)
    assert isinstance(error, WrongTable)
    assert f"this looks like `{likely}`" in error.problem


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.ndjson", "a.csv.gz"])
@pytest.mark.parametrize("data", [b"", gzip.compress(b"")], ids=["nothing", "packed nothing"])
def test_an_empty_file_is_refused(lake: Lake, tmp_path: Path, name: str, data: bytes) -> None:
    """No bytes, packed or not."""
    error = refused(lake, write(tmp_path / name, data))
    assert isinstance(error, EmptyFile | UnreadableFile)
    if data == b"" or "parquet" not in name:
        assert isinstance(error, EmptyFile)


def test_a_file_with_a_header_alone_is_refused(lake: Lake, tmp_path: Path) -> None:
    """No row is as empty as no byte, in CSV as in Parquet."""
    pl.DataFrame({"account_id": [], "created_at": []}).write_parquet(tmp_path / "a.parquet")
    assert isinstance(refused(lake, write(tmp_path / "a.csv", "account_id,created_at\n")), EmptyFile)
    assert isinstance(refused(lake, tmp_path / "a.parquet"), EmptyFile)


def test_a_damaged_parquet_file_is_refused(lake: Lake, tmp_path: Path) -> None:
    """Cut off, or no Parquet at all."""
    pl.DataFrame({"account_id": ["a"] * 99, "created_at": ["2024-01-01"] * 99}).write_parquet(
        tmp_path / "good.parquet"
    )
    whole = (tmp_path / "good.parquet").read_bytes()
    for data in (whole[: len(whole) // 2], b"PAR1" + bytes(60) + b"PAR1", b"account_id,created_at\n"):
        error = refused(lake, write(tmp_path / "bad.parquet", data))
        assert isinstance(error, UnreadableFile)
        assert "bad.parquet cannot be read" in error.problem


@pytest.mark.parametrize("kept", [0.3, 0.999])
def test_a_truncated_gzip_file_is_refused(lake: Lake, tmp_path: Path, kept: float) -> None:
    """However late it breaks off, and however many rows were good until there."""
    text = "account_id,created_at,name\n" + "".join(f"a{n},2024-01-01,{os.urandom(8).hex()}\n" for n in range(50_000))
    packed = gzip.compress(text.encode())
    error = refused(lake, write(tmp_path / "a.csv.gz", packed[: int(len(packed) * kept)]))
    assert isinstance(error, UnreadableFile)
    assert "damaged or cut off" in error.problem


@pytest.mark.parametrize("name", ["a.csv", "a.ndjson"])
def test_a_wrong_encoding_is_told_with_its_line(lake: Lake, tmp_path: Path, name: str) -> None:
    """The message names the line and how to convert the file."""
    rows = "account_id,created_at,name\na,2024-01-01,x\nb,2024-01-01,Zoë\n"
    if name.endswith("ndjson"):
        rows = '{"account_id":"a","created_at":"2024-01-01"}\n{"account_id":"b"}\n{"account_id":"Zoë"}\n'
    error = refused(lake, write(tmp_path / name, rows.encode("latin-1")))
    assert isinstance(error, WrongEncoding)
    assert "line 3 has the byte 0xEB" in error.problem
    assert "iconv" in error.remedy


def test_utf_16_is_recognised(lake: Lake, tmp_path: Path) -> None:
    """What spreadsheets call Unicode text."""
    error = refused(lake, write(tmp_path / "a.csv", GOOD.encode("utf-16")))
    assert isinstance(error, WrongEncoding)
    assert "UTF-16" in error.problem


def test_a_json_array_is_not_ndjson(lake: Lake, tmp_path: Path) -> None:
    """The message says how to turn one into the other."""
    error = refused(lake, write(tmp_path / "a.json", '[{"account_id":"a"}]'))
    assert isinstance(error, UnreadableFile)
    assert "jq" in error.problem


def test_all_files_are_checked_before_the_first_is_loaded(lake: Lake, tmp_path: Path) -> None:
    """A folder with one file of another table changes nothing."""
    write(tmp_path / "1.csv", GOOD)
    write(tmp_path / "2.csv", CONTRACTS)
    assert isinstance(refused(lake, tmp_path), WrongTable)


def test_a_mapping_to_a_column_that_is_not_there(lake: Lake, load: Load) -> None:
    """The message names the column that the mapping asks for and those found."""
    with pytest.raises(NoSuchColumn, match=r"names Konto, but .* has account_id, created_at, name"):
        load("accounts", GOOD, mapping=Mapping_(columns={"owner": "Konto"}))
    assert lake.names() == []


def test_a_zone_that_does_not_exist(load: Load) -> None:
    """A time zone is one of the IANA database."""
    with pytest.raises(UnknownZone, match="there is no time zone Mars/Base"):
        load("accounts", GOOD, mapping=Mapping_(zone="Mars/Base"))


def test_strict_refuses_a_file_with_any_wrong_row(lake: Lake, load: Load) -> None:
    """Nothing of that file is written, not even to quarantine."""
    with pytest.raises(WrongRows, match="wrong rows: 1, the first in line 3: created_at") as error:
        load("accounts", GOOD + "bolt,yesterday,Bolt\n", strict=True)
    assert "--strict" in error.value.remedy
    assert lake.names() == []
    assert lake.wrong_rows("accounts").collect().is_empty()

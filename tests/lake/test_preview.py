"""What `--try` shows."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from consumption.jobs.preview_text import shown
from consumption.lake.columns import AS_IS, Mapping_
from consumption.lake.preview import preview

GERMAN = "Account-ID;Created;Name;Stufe\n" + "".join(f"a{n};{n + 10}.01.2024;Firma {n};Gold\n" for n in range(12))


def test_the_first_ten_rows_are_shown_as_they_would_be_read(tmp_path: Path) -> None:
    """Contract columns that the file gives, in their types, and the attributes."""
    path = tmp_path / "accounts.csv"
    path.write_text("account_id,created_at,tier\n" + "a,2024-01-01,gold\n" * 20)
    shown = preview("accounts", path)
    assert shown.rows.columns == ["line", "account_id", "created_at", "attributes"]
    assert shown.rows.height == 10
    assert shown.rows["created_at"][0] == datetime(2024, 1, 1, tzinfo=UTC)
    assert (shown.missing, shown.mapping, shown.looks_like) == ((), "", None)


def test_a_mapping_to_paste_is_proposed(tmp_path: Path) -> None:
    """Close names and the form of dates are found; pasted, the file is read."""
    path = tmp_path / "accounts.csv"
    path.write_text(GERMAN)
    shown = preview("accounts", path)
    assert shown.missing == ("account_id", "created_at")
    table = tomllib.loads(shown.mapping)["ingest"]["accounts"]
    assert table["columns"] == {"account_id": "Account-ID", "created_at": "Created"}
    again = preview("accounts", path, mapping=Mapping_(columns=table["columns"]))
    assert again.missing == ()
    form = tomllib.loads(again.mapping)["ingest"]["accounts"]["date_format"]
    assert form == "%d.%m.%Y"
    read = preview("accounts", path, mapping=Mapping_(columns=table["columns"], date_format=form))
    assert read.rows.height == 10
    assert read.wrong.is_empty()


def test_what_cannot_be_guessed_is_left_to_fill_in(tmp_path: Path) -> None:
    """A required column without a likely source stands there empty, with a word."""
    path = tmp_path / "accounts.csv"
    path.write_text("account_id,q\na,1\n")
    assert 'created_at = ""  # required' in preview("accounts", path).mapping


def test_rows_that_would_be_wrong_are_shown_apart(tmp_path: Path) -> None:
    """With the reasons they would have in quarantine."""
    path = tmp_path / "accounts.csv"
    path.write_text("account_id,created_at\na,2024-01-01\nb,soon\n")
    shown = preview("accounts", path)
    assert shown.rows["line"].to_list() == [2]
    assert shown.wrong["reason"].to_list() == ['created_at: "soon" is not a time']


def test_a_file_of_another_table_is_recognised(tmp_path: Path) -> None:
    """The preview names the table that fits."""
    path = tmp_path / "x.csv"
    path.write_text("account_id,timestamp,event\na,2024-01-01,x\n")
    assert preview("accounts", path).looks_like == "events"


EXPORT = "Customer ID,When,Action,Member,Qty,Colour\n" + "".join(
    f"c{n},{n + 1}/03/2024 10:1{n % 10},export,u{n},{n},red\n" for n in range(20)
)


def test_the_columns_of_the_file_are_told_with_what_they_look_like_and_become(tmp_path: Path) -> None:
    """Each with its values' kind, an example, the column it is read as, and the one it is likely to be."""
    path = tmp_path / "export.csv"
    path.write_text("account_id," + EXPORT.split(",", 1)[1].replace("Member", "user_id"))
    told = {row[0]: row[1:] for row in preview("events", path).columns.iter_rows()}
    assert told["account_id"] == ("text, 20 different", "c0", "account_id", "")
    assert told["user_id"][2] == "user_id"
    assert told["Qty"] == ("whole number", "0", "attribute", "quantity")
    assert told["When"] == ("date as %d/%m/%Y %H:%M", "1/03/2024 10:10", "attribute", "timestamp")
    assert told["Colour"] == ("text, 1 value", "red", "attribute", "")


def test_columns_are_known_by_what_exports_call_them(tmp_path: Path) -> None:
    """Names, synonyms and values together; pasted once, every row is read."""
    path = tmp_path / "export.csv"
    path.write_text(EXPORT.replace("When", "Date"))
    section = tomllib.loads(preview("events", path).mapping)["ingest"]["events"]
    assert section["columns"] == {
        "account_id": "Customer ID", "timestamp": "Date", "event": "Action", "user_id": "Member", "quantity": "Qty"
    }  # fmt: skip
    assert section["date_format"] == "%d/%m/%Y %H:%M"
    read = preview("events", path, mapping=Mapping_(section["columns"], date_format=section["date_format"]))
    assert (read.rows.height, read.wrong.height, read.missing, read.mapping) == (10, 0, (), "")


def test_a_name_alone_is_not_enough(tmp_path: Path) -> None:
    """`value` may be a quantity: where it is no number it is not suggested."""
    path = tmp_path / "e.csv"
    path.write_text("account_id,timestamp,event,value\n" + "a,2024-01-01,x,high\n" * 5)
    assert preview("events", path).mapping == ""


def test_a_section_that_is_there_is_written_whole_and_replaced(tmp_path: Path) -> None:
    """TOML allows no second one: what stands in it comes again, with what is new."""
    path = tmp_path / "export.csv"
    path.write_text(EXPORT)
    written: dict[str, Any] = {
        "source": "exports/*.csv",
        "columns": {"account_id": "Customer ID"},
        "constants": {"product": "desk"},
    }
    mapping = Mapping_(columns=written["columns"], constants=written["constants"])
    told = preview("events", path, mapping=mapping, written=written)
    assert told.replaces
    section = tomllib.loads(told.mapping)["ingest"]["events"]
    assert section["source"] == "exports/*.csv"
    assert section["constants"] == {"product": "desk"}
    assert section["columns"]["account_id"] == "Customer ID"
    assert {"timestamp", "event", "user_id", "quantity"} <= set(section["columns"])
    assert not preview("events", path, mapping=AS_IS, written={}).replaces


def test_the_terminal_shows_it_all(tmp_path: Path) -> None:
    """Columns, rows, what is missing and what to paste, in tables that fit a screen."""
    path = tmp_path / "export.csv"
    path.write_text(EXPORT)
    text = shown(preview("events", path))
    for words in ("columns of the file", "is read as", "perhaps", "missing: account_id", "[ingest.events.columns]"):
        assert words in text
    assert max(len(line) for line in text.splitlines() if str(tmp_path) not in line) <= 120


def test_a_wide_table_lies_on_its_side(tmp_path: Path) -> None:
    """Too many columns for the terminal: a line a column, and no value is broken in pieces."""
    path = tmp_path / "contracts.csv"
    terms = "contract_id,account_id,product,starts_on,ends_on,quantity,arr,unit,period,currency,unit_price,kind"
    path.write_text(
        f"{terms}\n" + "c-100,acme,suite,2024-01-01,2025-01-01,40,12000,seat,year,EUR,25,subscription\n" * 4
    )
    lines = shown(preview("contracts", path)).splitlines()
    assert any("a line a column" in line for line in lines)
    assert ["starts_on", "2024-01-01", "2024-01-01"] in [line.split() for line in lines]

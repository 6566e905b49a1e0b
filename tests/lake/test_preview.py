"""What `--try` shows."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

from consumption.lake.columns import Mapping_
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

"""A frame as a file: for people in CSV, whole for programs."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from consumption.jobs.create import create
from consumption.jobs.export import export
from consumption.jobs.keys import store_of
from consumption.jobs.writing import UnknownEnding, write
from consumption.store.own_choices import Deed
from tests.store.book import DAY, MONDAY, NOON, publication

REASONS = [
    json.dumps([{"code": "a", "text": "Seats in use fell from 96 to 58", "value": 58}, {"text": "A bill is open."}]),
    "[]",
    None,
]
LIST = pl.DataFrame({"account_id": ["a", "b", "c"], "reasons": REASONS})


def test_reasons_are_sentences_in_a_csv_file(tmp_path: Path) -> None:
    """Who opens it in a spreadsheet reads them; nobody has to take JSON apart."""
    write(LIST, tmp_path / "list.csv")
    _, *rows = (tmp_path / "list.csv").read_text("utf-8").splitlines()
    assert rows == ["a,Seats in use fell from 96 to 58; A bill is open", 'b,""', "c,"]


@pytest.mark.parametrize(("ending", "read"), [(".parquet", pl.read_parquet), (".ndjson", pl.read_ndjson)])
def test_programs_get_reasons_with_their_code_and_figures(ending: str, read: type, tmp_path: Path) -> None:
    """As they are in the plan."""
    write(LIST, tmp_path / f"list{ending}")
    assert read(tmp_path / f"list{ending}")["reasons"].to_list() == REASONS


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """In a folder that is made for it; an ending that nobody knows leaves nothing behind."""
    write(LIST, tmp_path / "new" / "list.CSV")
    with pytest.raises(UnknownEnding, match=r"list\.xlsx"):
        write(LIST, tmp_path / "other" / "list.xlsx")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["list.CSV", "new"]


def test_own_choices_are_exported_as_they_were_told(tmp_path: Path) -> None:
    """Until the end of the day, in words or as an action, and since when one stands no more."""
    workspace, file = create(tmp_path / "w"), tmp_path / "own.parquet"
    with store_of(workspace) as store:
        store.publish(publication())
        rang = store.choose(Deed("delta", "ada@us.test", own_words="Rang"), NOON)
        store.choose(Deed("elm", "ada@us.test", action="training", reason="As agreed"), NOON + timedelta(hours=1))
        store.choose(Deed("fir", "ada@us.test", action="training"), NOON + DAY)
        store.take_back("delta", rang.decision_id, NOON + DAY)
    said = ["account_id", "action", "own_words", "reason", "undone_at"]
    assert export(workspace, "own_choices", file, as_of=MONDAY) == 2
    delta, elm = pl.read_parquet(file).select(said).rows()
    assert (delta, elm) == (("delta", None, "Rang", None, None), ("elm", "training", None, "As agreed", None))
    assert export(workspace, "own_choices", file, as_of=MONDAY + DAY) == 3
    assert pl.read_parquet(file)["undone_at"].to_list() == [NOON + DAY, None, None]

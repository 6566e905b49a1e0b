"""Wrong rows that a better mapping can read leave quarantine, and are loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumption.lake.columns import AS_IS, Mapping_
from consumption.lake.delta import Lake
from consumption.lake.ingest import Ingested, ingest
from consumption.lake.load import Load
from tests.lake.conftest import NOW

HALF = "account_id,timestamp,event\na,2024-01-01,x\na,02.01.2024,x\na,03.01.2024,x\nb,never,x\n"
GERMAN = Mapping_(date_format="%d.%m.%Y")


def read(lake: Lake, file: Path, mapping: Mapping_ = AS_IS) -> Ingested:
    """Load a file of events."""
    return ingest(lake, "events", [file], loaded_at=NOW, mapping=mapping)


def counts(lake: Lake) -> tuple[int, list[int]]:
    """Rows of events, and the lines in quarantine."""
    return lake.scan("events").collect().height, lake.wrong_rows("events").collect()["line"].sort().to_list()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One good row, two with German dates, one that nothing can read."""
    path = tmp_path / "half.csv"
    path.write_text(HALF)
    return path


def test_rows_that_a_new_mapping_reads_are_loaded_and_leave_quarantine(lake: Lake, file: Path) -> None:
    """The good rows of the first time are not loaded again; what is still wrong stays, once."""
    first = read(lake, file)
    assert (first.added, first.wrong, counts(lake)) == (1, 3, (1, [3, 4, 5]))
    mended = read(lake, file, GERMAN)
    assert (mended.added, mended.wrong, mended.before) == (2, 1, 0)
    assert counts(lake) == (3, [5])


def test_the_same_mapping_reads_nothing_twice(lake: Lake, file: Path) -> None:
    """Neither after the first load nor after the one that mended it."""
    for mapping in (AS_IS, GERMAN):
        read(lake, file, mapping)
        versions = lake.versions()
        again = read(lake, file, mapping)
        assert (again.added, again.wrong, again.before) == (0, 0, 1)
        assert lake.versions() == versions
    assert counts(lake) == (3, [5])


def test_going_back_to_the_old_mapping_loads_nothing_again(lake: Lake, file: Path) -> None:
    """Rows that were mended are known, whatever reads the file later."""
    for mapping in (AS_IS, GERMAN, AS_IS, GERMAN):
        read(lake, file, mapping)
    assert counts(lake) == (3, [5])


def test_a_file_that_could_not_be_read_at_all_leaves_quarantine_too(lake: Lake, tmp_path: Path) -> None:
    """All rows wrong, then a mapping, then none is; other files' wrong rows stay."""
    other, german = tmp_path / "other.csv", tmp_path / "german.csv"
    other.write_text("account_id,timestamp,event\nc,soon,x\n")
    german.write_text("account_id,timestamp,event\na,02.01.2024,x\na,03.01.2024,x\n")
    read(lake, other)
    assert read(lake, german).wrong == 2
    assert counts(lake) == (0, [2, 2, 3])
    assert read(lake, german, GERMAN).added == 2
    assert counts(lake) == (2, [2])
    assert lake.wrong_rows("events").collect()["file"].to_list() == [str(other)]


@pytest.mark.parametrize("killed_in", ["_put_in_quarantine", "_add"])
def test_a_kill_while_mending_repeats_nothing(
    lake: Lake, file: Path, monkeypatch: pytest.MonkeyPatch, killed_in: str
) -> None:
    """Before the good rows are added, or before the mended ones leave quarantine: the next run does the rest."""

    class Killed(BaseException):
        """The program ends here."""

    def kill(*_: object) -> None:
        raise Killed

    read(lake, file)
    with monkeypatch.context() as patch:
        patch.setattr(Load, killed_in, kill)
        with pytest.raises(Killed):
            read(lake, file, GERMAN)
    read(lake, file, GERMAN)
    assert counts(lake) == (3, [5])

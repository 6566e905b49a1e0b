"""A user adds a signal by writing a function in a file; what is wrong with it is told with file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from consumption.features.compute import compute_signals
from consumption.features.own_signals import OwnSignal, own_signals
from consumption.features.own_signals_elsewhere import fingerprints_elsewhere
from consumption.features.own_signals_wrong import SignalFailed, WrongOwnSignal, naming_what_fails
from consumption.features.signal import Signal
from consumption.features.signal_set import fingerprints
from tests.features.small import AS_OF, DAY, SIGNAL, accounts, events, history

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_signals" / "features"
HEAD = """\
import polars as pl
from consumption.features.signal import signal, weeks

"""
HEAVY = """\
@signal(unit="users", family="people", source="users", window=weeks(4), silence=0, label="Heavy users")
def heavy_users():
    "Users with ten events or more."
    return (pl.col("events") >= 10).sum()
"""


def written(folder: Path, text: str, name: str = "mine.py") -> Path:
    """A folder with one more file of signals."""
    folder = folder / "features"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    return folder


def test_a_function_in_a_file_is_a_signal(tmp_path: Path) -> None:
    """Nothing is packaged or registered: the file's functions are computed like ours."""
    (own,) = own_signals(written(tmp_path, HEAD + HEAVY))
    assert (own.signal.name, own.place) == ("heavy_users_28d", "features/mine.py, line 5")
    rows = [("acme", AS_OF - DAY, "open", "ada")] * 10 + [("acme", AS_OF - DAY, "open", "bob")] * 9
    found = compute_signals(history(events=events(*rows)), as_of=AS_OF, signals=[own.signal])
    assert found["heavy_users_28d"].to_list() == [1.0]


def test_without_files_there_are_no_own_signals(tmp_path: Path) -> None:
    """A workspace needs no folder of its own."""
    assert own_signals(tmp_path / "features") == ()


def test_a_signal_may_be_made_of_ours_and_of_its_neighbours(tmp_path: Path) -> None:
    """Signals that a file imports are not defined again; names that begin with _ only serve others."""
    text = HEAD + HEAVY.replace("def heavy", "def _heavy") + """
from consumption.features.frequency import active_users

@signal(unit="share", family="people", of=(_heavy_users, active_users), label="Share of heavy users")
def heavy_share(heavy, active):
    "Heavy users of all."
    return pl.when(active > 0).then(heavy / active)

active_users_168d = active_users.over(weeks(24), label="Users in half a year")
"""  # fmt: skip
    found = own_signals(written(tmp_path, text))
    assert [(own.signal.name, own.line) for own in found] == [("heavy_share", 12), ("active_users_168d", 16)]


def test_a_change_of_a_function_changes_the_fingerprint(tmp_path: Path) -> None:
    """A model trained on the old definition is refused; words and spaces change nothing."""

    def print_of(text: str) -> str:
        (own,) = own_signals(written(tmp_path, HEAD + text))
        return own.signal.fingerprint

    usual = print_of(HEAVY)
    assert print_of(HEAVY.replace("10", "12")) != usual
    assert print_of(HEAVY.replace("ten events", "10 events") + "\n# a remark\n") == usual


def test_the_example_is_fit_to_be_copied(tmp_path: Path) -> None:
    """The file in examples/ gives signals that can be computed, and are defined alike elsewhere."""
    folder = shutil.copytree(EXAMPLE, tmp_path / "features")
    own = own_signals(folder)
    assert len(own) >= 4
    quiet = compute_signals(history(accounts=accounts("acme")), as_of=AS_OF, signals=[one.signal for one in own])
    assert quiet["heavy_users_28d"].to_list() == [0.0]
    assert fingerprints_elsewhere(folder) == fingerprints([one.signal for one in own])


@pytest.mark.parametrize(
    "literal", ["pl.lit(date.today())", "pl.lit(datetime.now()).dt.date()", "pl.lit(hash('x'))", "pl.lit(random())"]
)
def test_a_definition_that_is_another_tomorrow_is_found(tmp_path: Path, literal: str) -> None:
    """What reads the clock or chance when it is defined would make every model stale by the next day."""
    text = f"""\
from datetime import date, datetime
from random import random
{HEAD}
@signal(unit="count", family="depth", source="account", label="Moving")
def moving():
    "Another number each day."
    return {literal}
"""
    folder = written(tmp_path, text)
    (own,) = own_signals(folder)
    assert fingerprints_elsewhere(folder)["moving"] != own.signal.fingerprint


WRONG = {
    "a line that is no Python": ("def broken(:\n", 4, "invalid syntax"),
    "an import that is not there": ("import no_such_thing\n", 4, "No module named"),
    "a function that fails": (HEAVY.replace("pl.col", "pl.colum"), 7, "colum"),
    "no docstring": (HEAVY.replace('    "Users with ten events or more."\n', ""), 4, "does not say what it means"),
    "no unit": (HEAVY.replace('unit="users", ', ""), 4, "unit"),
    "a unit there is not": (HEAVY.replace('"users", family', '"heads", family'), 4, "no unit 'heads'"),
    "a name of ours": (HEAVY.replace("heavy_users", "active_users"), 5, "there is a signal active_users_28d already"),
    "a frame there is not": (HEAVY.replace('source="users"', 'source="visitors"'), 5, "no frame 'visitors'"),
    "no window": (HEAVY.replace("window=weeks(4), ", ""), 5, "names none"),
    "a window of broken weeks": (HEAVY.replace("weeks(4)", "30"), 5, "no whole number of weeks"),
    "a Python function on values": (HEAVY.replace(">= 10", ".map_batches(abs)"), 5, "calls a Python function"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_with_file_and_line(tmp_path: Path, what: str) -> None:
    """Whoever wrote it finds the place, and what to do."""
    text, line, said = WRONG[what]
    with pytest.raises(WrongOwnSignal) as error:
        own_signals(written(tmp_path, HEAD + text))
    assert error.value.problem.startswith(f"features/mine.py, line {line}: ")
    assert said in error.value.problem
    assert error.value.remedy


def test_two_files_cannot_define_the_same_name(tmp_path: Path) -> None:
    """Both places are named."""
    written(tmp_path, HEAD + HEAVY, "a.py")
    with pytest.raises(WrongOwnSignal, match=r"features/b.py, line 5: .* defined in features/a.py, line 5"):
        own_signals(written(tmp_path, HEAD + HEAVY, "b.py"))


@pytest.mark.parametrize("wrong", ['pl.col("evnets").sum()', 'pl.col("events")', 'pl.col("events") + "x"'])
def test_what_cannot_be_computed_is_refused_with_the_columns_there_are(tmp_path: Path, wrong: str) -> None:
    """A column that the frame has not, or no single number: before anything is computed from data."""
    text = HEAD + HEAVY.replace('(pl.col("events") >= 10).sum()', wrong)
    with pytest.raises(SignalFailed) as error:
        own_signals(written(tmp_path, text))
    assert error.value.problem.startswith("features/mine.py, line 5: signal heavy_users_28d cannot be computed: ")
    assert "active_days_before" in error.value.remedy


def test_what_fails_on_data_alone_is_told_with_its_place(tmp_path: Path) -> None:
    """A text that is no number shows only where there is one; the signal is named, not just the column."""
    text = HEAD + HEAVY.replace(
        '(pl.col("events") >= 10).sum()', 'pl.col("user_id").cast(pl.String).cast(pl.Int64).max()'
    )  # fmt: skip
    (own,) = own_signals(written(tmp_path, text))
    told = history(events=events(("acme", AS_OF - DAY, "open", "ada")))

    def compute(*signals: Signal) -> pl.DataFrame:
        return compute_signals(told, as_of=AS_OF, signals=signals)

    both = [SIGNAL["events_28d"], own.signal]
    said = r"features/mine.py, line 4: signal heavy_users_28d"
    with pytest.raises(SignalFailed, match=said), naming_what_fails(both, compute):
        compute(*both)


def test_reading_a_file_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """No compiled copy that could outlive a change, and no module that another file would find."""
    folder = written(tmp_path, HEAD + HEAVY)
    first: tuple[OwnSignal, ...] = own_signals(folder)
    assert [file.name for file in folder.iterdir()] == ["mine.py"]
    assert own_signals(folder) == first

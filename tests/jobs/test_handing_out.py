"""What nobody carries out, as a file for a tool that takes no webhook: each once, none lost, none late."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.jobs import drafts
from consumption.jobs.export import export
from consumption.jobs.handing_out import HELD, FileIsThere, NothingToSendYet, hand_out
from consumption.jobs.keys import store_of
from consumption.jobs.number import number
from consumption.jobs.publish import publish
from consumption.jobs.published import PlanNotHere
from consumption.jobs.recommend import make_draft
from consumption.store.outbox import Sending
from tests.jobs import wholly
from tests.jobs.test_doctor import loaded

ROOT = Path(__file__).parents[2]
WITHHELD = "coil"
LATER = wholly.NOW + timedelta(hours=1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three accounts, a draft in which all runs by itself; one of them is held out, and its action withheld."""
    workspace = loaded(tmp_path_factory.mktemp("shop"), {**wholly.tables(), "events": wholly.events(60)})
    made = make_draft(workspace, as_of=wholly.AS_OF)
    out = pl.col("account_id") == WITHHELD
    chosen = made.recommendations.filter(pl.col("action") != "none").head(1)
    ids = made.recommendations.select("account_id", "recommendation_id")
    held = {
        "held_out": out,
        "would_be": pl.when(out).then(pl.lit(chosen["action"][0])),
        "action": pl.when(out).then(pl.lit("none")).otherwise(pl.lit(chosen["action"][0])),
    }
    alone = {**held, "delivery": pl.lit("self_service"), "rank": pl.lit(None, pl.Int64)}
    told = chosen.drop(ids.columns).join(ids, how="cross").select(made.recommendations.columns).with_columns(**alone)
    one = made.decisions.filter(pl.col("decision_id") == chosen["recommendation_id"][0]).drop(
        "account_id", "decision_id"
    )
    logged = one.join(ids.rename({"recommendation_id": "decision_id"}), how="cross").with_columns(**held)
    decided = logged.select(made.decisions.columns)
    drafts.save(workspace.drafts, replace(made, recommendations=told, decisions=decided))
    return workspace


@pytest.fixture
def shown(shop: Workspace, tmp_path: Path) -> Workspace:
    """A copy of it in which that day is published."""
    shutil.copytree(shop.root, tmp_path / "shown")
    workspace = Workspace.open(tmp_path / "shown")
    publish(workspace, as_of=wholly.AS_OF, now=wholly.NOW)
    return workspace


def test_each_is_handed_out_once(shown: Workspace, tmp_path: Path) -> None:
    """The file of the next day, or hour, has none of it; its key is the id of the recommendation."""
    first, second = tmp_path / "1.ndjson", tmp_path / "2.csv"
    done = hand_out(shown, first, as_of=wholly.AS_OF, now=wholly.NOW)
    assert done.text == f"2 rows to {first}"
    assert pl.read_ndjson(first)["account_id"].to_list() == ["acme", "bolt"]
    assert hand_out(shown, second, as_of=wholly.AS_OF, now=LATER).rows == 0
    assert pl.read_csv(second).columns == pl.read_ndjson(first).columns
    with store_of(shown) as store:
        assert store.sending(LATER) == Sending(sent=2, to_send=0, never=0)
        assert {(one.door, one.delivered, one.at) for one in store.tries()} == {("file", True, wholly.NOW)}


def test_no_file_has_what_is_withheld(shown: Workspace, tmp_path: Path) -> None:
    """Neither what is handed out nor the list of all: the held-out account is in none of them."""
    for name, rows in (("new", hand_out(shown, tmp_path / "new.csv", as_of=wholly.AS_OF, now=LATER).rows),
                       ("all", export(shown, "to_send", tmp_path / "all.csv", as_of=wholly.AS_OF))):  # fmt: skip
        assert rows == 2
        assert WITHHELD not in (tmp_path / f"{name}.csv").read_text("utf-8")


def test_a_file_that_is_there_is_not_written_over(shown: Workspace, tmp_path: Path) -> None:
    """Nobody may have taken it in yet; nothing counts as sent by the try."""
    file = tmp_path / "send.csv"
    file.write_text("yesterday's")
    with pytest.raises(FileIsThere, match="is there already"):
        hand_out(shown, file, as_of=wholly.AS_OF, now=wholly.NOW)
    assert file.read_text() == "yesterday's"
    assert hand_out(shown, tmp_path / "other.csv", as_of=wholly.AS_OF, now=wholly.NOW).rows == 2


def test_what_cannot_be_written_stays_to_be_sent(shown: Workspace, tmp_path: Path) -> None:
    """At once, not only when whoever tried it would have been done."""
    (tmp_path / "no folder").write_text("a file")
    with pytest.raises(OSError, match="no folder"):
        hand_out(shown, tmp_path / "no folder" / "send.csv", as_of=wholly.AS_OF, now=wholly.NOW)
    assert hand_out(shown, tmp_path / "send.csv", as_of=wholly.AS_OF, now=wholly.NOW).rows == 2


def test_killed_before_it_is_noted_the_same_rows_come_again(shown: Workspace, tmp_path: Path) -> None:
    """Under the same ids, by which the tool knows them; none is lost."""
    program = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from consumption.config import Workspace
from consumption.jobs import handing_out
handing_out.Delivery = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
root, file, as_of, now = sys.argv[1:]
when = {"as_of": datetime.fromisoformat(as_of), "now": datetime.fromisoformat(now)}
handing_out.hand_out(Workspace.open(Path(root)), Path(file), **when)
"""
    first, second = tmp_path / "1.parquet", tmp_path / "2.parquet"
    words = [str(shown.root), str(first), wholly.AS_OF.isoformat(), wholly.NOW.isoformat()]
    assert subprocess.run([sys.executable, "-c", program, *words], cwd=ROOT, check=False).returncode == -9
    assert hand_out(shown, tmp_path / "at once.csv", as_of=wholly.AS_OF, now=wholly.NOW).rows == 0
    assert hand_out(shown, second, as_of=wholly.AS_OF, now=wholly.NOW + HELD).rows == 2
    assert pl.read_parquet(first).equals(pl.read_parquet(second))


def test_nothing_is_handed_out_when_its_week_is_over(shown: Workspace, tmp_path: Path) -> None:
    """A hint of last week is not sent late: the file is empty, and it is said why."""
    done = hand_out(shown, tmp_path / "late.csv", as_of=wholly.AS_OF, now=wholly.AS_OF + timedelta(days=7))
    assert done.text.endswith("; 2 never will be: too late, answered, or not fitting any more")
    assert done.rows == 0


def next_day(workspace: Workspace, *, fits: bool) -> None:
    """Tuesday's plan, published, which says of every account and action that it fits, or that it does not."""
    day = wholly.AS_OF + timedelta(days=1)
    made = make_draft(workspace, as_of=day)
    drafts.save(workspace.drafts, replace(made, effects=made.effects.with_columns(eligible=pl.lit(fits))))
    publish(workspace, as_of=day, now=wholly.NOW + timedelta(days=1))


def test_what_does_not_fit_on_the_next_day_is_not_handed_out(shown: Workspace) -> None:
    """The plan of Tuesday says so, and what waits since Monday stays here."""
    next_day(shown, fits=False)
    with store_of(shown) as store:
        assert store.sending(LATER, as_of=wholly.AS_OF) == Sending(sent=0, to_send=0, never=2)


def test_a_day_whose_plan_is_gone_holds_no_other_up(shown: Workspace, tmp_path: Path) -> None:
    """It is named, and what it would send is free again at once, for the day its files are back."""
    next_day(shown, fits=True)
    monday, later = shown.drafts / f"{wholly.AS_OF:%Y-%m-%d}", LATER + timedelta(days=1)
    away = monday.rename(tmp_path / "away")
    done = hand_out(shown, tmp_path / "1.csv", as_of=wholly.AS_OF + timedelta(days=1), now=later)
    assert f"what the plan of {wholly.AS_OF:%Y-%m-%d} sends is left out: its files are gone from here" in done.text
    assert not {"acme", "bolt"} & set(pl.read_csv(tmp_path / "1.csv")["account_id"])
    away.rename(monday)
    done = hand_out(shown, tmp_path / "2.csv", as_of=wholly.AS_OF + timedelta(days=1), now=later)
    assert pl.read_csv(tmp_path / "2.csv")["account_id"].to_list() == ["acme", "bolt"]
    assert done.gone == ()


def test_a_day_of_its_own_whose_plan_is_gone_is_said(shown: Workspace, tmp_path: Path) -> None:
    """Whoever asks for that day is told, and nothing is written."""
    (shown.drafts / f"{wholly.AS_OF:%Y-%m-%d}").rename(tmp_path / "away")
    with pytest.raises(PlanNotHere):
        hand_out(shown, tmp_path / "1.csv", as_of=wholly.AS_OF, now=LATER)
    assert not (tmp_path / "1.csv").exists()


def test_the_name_of_the_file_is_kept_by_the_disk_too(
    shown: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder holds it: a file that was kept under no name is lost, and would count as sent."""
    kept: list[bool] = []

    def noted(of: int) -> None:
        kept.append(stat.S_ISDIR(os.fstat(of).st_mode))

    monkeypatch.setattr(os, "fsync", noted)
    hand_out(shown, tmp_path / "1.csv", as_of=wholly.AS_OF, now=wholly.NOW)
    assert kept[-2:] == [False, True]


def test_nothing_is_handed_out_of_a_plan_nobody_published(shop: Workspace, tmp_path: Path) -> None:
    """Its decisions are in no log; no file is made."""
    with pytest.raises(NothingToSendYet):
        hand_out(shop, tmp_path / "send.csv", as_of=wholly.AS_OF, now=wholly.NOW)
    assert list(tmp_path.iterdir()) == []


def test_the_number_says_what_was_sent_and_what_is_to_be(shown: Workspace, tmp_path: Path) -> None:
    """It was decided, and that does not send it."""
    told = number(shown, as_of=wholly.AS_OF, now=wholly.NOW).planned
    assert told is not None
    assert told.sent is not None
    assert (told.sent.sent, told.sent.to_send) == (0, 2)
    hand_out(shown, tmp_path / "send.csv", as_of=wholly.AS_OF, now=wholly.NOW)
    told = number(shown, as_of=wholly.AS_OF, now=wholly.NOW).planned
    assert told is not None
    assert told.sent is not None
    assert (told.sent.sent, told.sent.to_send) == (2, 0)

"""What is left of an erased person's events says what it said, and tells neither who nor when."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consumption.config import Workspace
from consumption.features.corrections import latest
from consumption.jobs.create import create
from consumption.jobs.erase import erase, look_for
from consumption.jobs.ingest import ingest
from consumption.jobs.opening import lake_of
from consumption.lake.erasing import erase_from_lake
from consumption.lake.persons import find_person, rows_by_account

NOW = datetime(2025, 6, 1, tzinfo=UTC)
DAY = "2025-05-05T"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two accounts; `member` is the user."""
    made = create(tmp_path / "w")
    (made.root / "consumption.toml").write_text('[ingest.events.columns]\nuser_id = "member"\n')
    made = Workspace.open(made.root)
    put(made, "accounts", "account_id,created_at\nacme,2025-01-01\nbolt,2025-01-01\n")
    return made


def put(workspace: Workspace, table: str, text: str) -> None:
    """Ingest a file of its own."""
    file = workspace.root.parent / f"{table}{len(list(workspace.root.parent.iterdir()))}.csv"
    file.write_text(text)
    ingest(workspace, table, [file], now=NOW)


def put_events(workspace: Workspace, *rows: str) -> None:
    """Ingest account, event, time of the fifth of May, member, event_id, quantity, time it was received, machine."""
    head = "account_id,event,timestamp,member,event_id,quantity,received_at,asset_id"
    put(workspace, "events", "\n".join([head, *rows, ""]))


def told(workspace: Workspace) -> list[tuple[str | None, float]]:
    """User and quantity of each event as it was told last."""
    return latest(lake_of(workspace).scan("events")).collect().select("user_id", "quantity").sort("quantity").rows()


@pytest.mark.parametrize(
    ("versions", "left"),
    [
        (["bob,e1,5,{d}09:05", "ada,e1,3,{d}14:00"], (None, 3)),
        (["ada,e1,3,{d}14:00", "ada,e1,5,{d}09:05"], (None, 3)),
        (["ada,e1,5,{d}09:05", "bob,e1,3,{d}14:00"], ("bob", 3)),
        (["ada,e1,5,{d}09:05", "ada,e1,4,2025-05-06T08:00", "ada,e1,3,{d}14:00"], (None, 4)),
    ],
)
def test_erasing_takes_back_no_correction(
    workspace: Workspace, versions: list[str], left: tuple[str | None, float]
) -> None:
    """Bob's 5 that Ada corrected to 3 stays 3, whatever the order in the file, and whoever came last."""
    put_events(workspace, *(f"acme,open,{DAY}09:00,{row.format(d=DAY)}," for row in versions))
    erase(workspace, "ada", now=NOW)
    assert told(workspace) == [left]


def test_an_event_that_moved_counts_where_it_moved_to(workspace: Workspace) -> None:
    """Ada's event of Acme was Bolt's: marks in both accounts get the same name and time, in every bucket."""
    put_events(workspace, f"acme,open,{DAY}09:00,ada,e1,5,{DAY}09:05,", f"bolt,open,{DAY}09:00,ada,e1,5,{DAY}14:00,")
    lake = lake_of(workspace)
    assert rows_by_account(lake, find_person(lake, "ada"))["rows"].to_list() == [1, 1]
    assert look_for(workspace, "ada").rows == {"lake/events": 2}
    erase(workspace, "ada", now=NOW)
    rows = lake.scan("events").collect()
    assert rows["event_id"].n_unique() == 1
    assert latest(rows.lazy()).collect()["account_id"].to_list() == ["bolt"]
    assert rows["received_at"].dt.truncate("1s").unique().to_list() == [datetime(2025, 5, 5, tzinfo=UTC)]


def test_an_interrupted_erasure_gives_the_same_names_again(workspace: Workspace) -> None:
    """With the secret that it keeps: versions in tables rewritten before and after stay one event's."""
    put_events(workspace, f"acme,open,{DAY}09:00,ada,e1,5,{DAY}09:05,")
    lake = lake_of(workspace)
    erase_from_lake(lake, find_person(lake, "ada"), secret="one")
    put_events(workspace, f"acme,open,{DAY}09:00,ada,e1,4,{DAY}10:00,")
    erase_from_lake(lake, find_person(lake, "ada"), secret="one")
    assert lake.scan("events").collect()["event_id"].n_unique() == 1


@pytest.mark.parametrize("user", ["48213", "u17", "ada"])
def test_ids_of_few_signs_leave_their_events_and_quarantine(workspace: Workspace, user: str) -> None:
    """Under whatever key a file has them: their wrong row goes, and their event's id; a longer id is another's."""
    put_events(
        workspace,
        f"acme,open,{DAY}09:00,{user},{user}-1,1,,", f"acme,open,soon,{user},x2,1,,",
        f"acme,open,soon,{user}9,x3,1,,",
        f"acme,open,{DAY}09:00,bob,bob-1,1,,",
    )  # fmt: skip
    assert look_for(workspace, user).rows == {"lake/events": 1, "lake/quarantine/events": 1}
    done = erase(workspace, user, now=NOW)
    lake = lake_of(workspace)
    rows = lake.scan("events").sort("user_id", nulls_last=True).collect()
    assert rows["event_id"][0] == "bob-1"
    assert user not in rows["event_id"][1]
    assert [json.loads(row)["member"] for row in lake.wrong_rows("events").collect()["row"]] == [f"{user}9"]
    assert done.receipt is not None
    assert (
        "Ids of few signs, and first names alone, were not looked for"
        in json.loads(done.receipt.read_text())["meaning"]
    )


def test_wrong_rows_of_others_stay_without_the_person(workspace: Workspace) -> None:
    """Bob has the number of the switchboard too, and Ada's namesake is at Bolt."""
    put(
        workspace,
        "contacts",
        "contact_id,account_id,user_id,name,phone,left_on\nc1,acme,ada,Ada Byron,+49 30 1234567,\n"
        "c2,acme,bob,Bob Kent,+49 30 1234567,soon\nc3,bolt,eve,Ada Byron,,soon\nc4,acme,,Ada Byron,,soon\n",
    )
    erase(workspace, "ada", now=NOW)
    rows = [json.loads(row) for row in lake_of(workspace).wrong_rows("contacts").sort("line").collect()["row"]]
    assert [(row["contact_id"], row["name"]) for row in rows] == [("c2", "Bob Kent"), ("c3", "[erased]")]
    assert rows[0]["phone"] == "[erased]"


def test_a_machine_that_only_they_used_goes(workspace: Workspace) -> None:
    """Not one that others used, or that is in the list of machines."""
    put(workspace, "assets", "asset_id,account_id\npress,acme\n")
    put_events(
        workspace,
        *(f"acme,open,{DAY}09:00,ada,{n},{n},,{machine}" for n, machine in enumerate(["phone", "press", "desk"])),
        f"bolt,open,{DAY}09:00,bob,9,9,,desk",
    )  # fmt: skip
    erase(workspace, "ada", now=NOW)
    rows = lake_of(workspace).scan("events").sort("quantity").collect()
    assert rows["asset_id"].to_list() == [None, "press", "desk", "desk"]


def test_a_counter_that_only_they_read_stays_one_under_another_name(workspace: Workspace) -> None:
    """Its readings are of one machine, and in order: without any name two counters would be one that falls."""
    put_events(
        workspace,
        *(f"acme,hours,{DAY}{9 + n}:00,ada,{n},{n},,m{n % 2}" for n in range(4)),
    )  # fmt: skip
    lake = lake_of(workspace)
    erase_from_lake(lake, find_person(lake, "ada"), ["hours"])
    rows = lake.scan("events").sort("quantity").collect()
    names = rows["asset_id"].to_list()
    assert names[:2] == names[2:]
    assert names[0] != names[1]
    assert rows["asset_id"].str.starts_with("erased-").all()
    order = rows.sort("asset_id", "timestamp")["quantity"].to_list()
    assert sorted([order[:2], order[2:]]) == [[0, 2], [1, 3]]
    assert max(rows["timestamp"]) < datetime(2025, 5, 5, tzinfo=UTC) + timedelta(seconds=1)

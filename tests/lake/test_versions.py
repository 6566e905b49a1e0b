"""Which rows are new, and since when they are known."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumption.lake import fresh, versions
from consumption.lake.delta import Lake, bucket_of
from consumption.lake.ingest import ingest_frame
from consumption.tables import Table
from tests.lake.conftest import NOW, Load

DAY = timedelta(days=1)
LATER = NOW + 30 * DAY


def account(name: str, **more: object) -> pl.DataFrame:
    """The account acme, with what is given."""
    return pl.DataFrame({"account_id": "acme", "created_at": datetime(2024, 1, 1, tzinfo=UTC), "name": name, **more})


def names(lake: Lake, as_of: datetime) -> list[str]:
    """The names that accounts had as known at a moment."""
    return lake.history().before(as_of).accounts.collect()["name"].to_list()


def test_a_known_key_with_equal_values_is_ignored(lake: Lake, load: Load) -> None:
    """Another export of the same account is no version."""
    load("accounts", account("Acme", tier="gold"))
    done = load("accounts", account("Acme", tier="gold").select("tier", "name", "created_at", "account_id"), at=LATER)
    done_in_text = load("accounts", "account_id,created_at,name,tier\nacme,2024-01-01,Acme,gold\n", at=LATER)
    assert (done.added, done.unchanged) == (0, 1)
    assert (done_in_text.added, done_in_text.unchanged) == (0, 1)
    assert lake.scan("accounts").collect().height == 1


@pytest.mark.parametrize("changed", [account("Acme Inc", tier="gold"), account("Acme", tier="silver")])
def test_a_known_key_with_other_values_is_a_version(lake: Lake, load: Load, changed: pl.DataFrame) -> None:
    """Other values, or other attributes; known from the moment of the load."""
    load("accounts", account("Acme", tier="gold"))
    assert load("accounts", changed, at=LATER).added == 1
    assert lake.scan("accounts").sort("received_at").collect()["received_at"].to_list() == [
        datetime(2024, 1, 1, tzinfo=UTC),
        LATER,
    ]


def test_a_first_version_is_known_from_its_own_time(lake: Lake, load: Load) -> None:
    """Accounts from created_at, contracts from the day before they start, others from when they happened."""
    load(
        "contracts",
        "contract_id,account_id,product,starts_on,ends_on,quantity,arr\nc,a,p,2024-03-01,2025-03-01,1,1\n",
    )
    load("outcomes", "account_id,occurred_on,kind\na,2024-03-01,churn\n")
    load("events", "account_id,timestamp,event\na,2024-03-01T10:00:00Z,x\n")
    known = {name: lake.scan(name).collect()["received_at"].item() for name in lake.names()}
    assert known == {
        "contracts": datetime(2024, 2, 29, tzinfo=UTC),
        "outcomes": datetime(2024, 3, 1, tzinfo=UTC),
        "events": datetime(2024, 3, 1, 10, tzinfo=UTC),
    }


def test_nothing_is_known_later_than_it_was_loaded(lake: Lake, load: Load) -> None:
    """A contract signed for next year is known now; what has no time of its own was always known."""
    load(
        "contracts",
        "contract_id,account_id,product,starts_on,ends_on,quantity,arr\nc,a,p,2026-03-01,2027-03-01,1,1\n",
    )
    load("people", "email\nada@example.com\n")
    assert lake.scan("contracts").collect()["received_at"].item() == NOW
    assert lake.scan("people").collect()["received_at"].item() < NOW - timedelta(days=365)


def test_a_file_may_say_when_its_rows_were_known(lake: Lake, load: Load) -> None:
    """received_at in the file counts, for first and for later versions."""
    load("accounts", account("Acme", received_at="2024-02-01"))
    load("accounts", account("Acme Inc", received_at="2024-03-01"))
    assert names(lake, datetime(2024, 2, 1, tzinfo=UTC)) == []
    assert names(lake, datetime(2024, 2, 2, tzinfo=UTC)) == ["Acme"]
    assert names(lake, datetime(2024, 3, 2, tzinfo=UTC)) == ["Acme Inc"]


def test_the_same_key_twice_in_a_file_is_two_versions(lake: Lake, load: Load) -> None:
    """The later line is the later version; a line that repeats the one before adds nothing."""
    rows = pl.concat([account("Acme"), account("Acme"), account("Acme Inc"), account("Acme")])
    done = load("accounts", rows)
    assert (done.added, done.unchanged) == (3, 1)
    assert names(lake, NOW + DAY) == ["Acme"]
    assert names(lake, NOW) == ["Acme"]
    assert lake.scan("accounts").collect()["name"].sort().to_list() == ["Acme", "Acme", "Acme Inc"]


def test_events_without_an_id_are_rows_of_their_own(lake: Lake, load: Load) -> None:
    """Equal rows are real: somebody did the same thing twice."""
    event = "account_id,timestamp,event\n" + "a,2024-01-01,x\n" * 3
    assert load("events", event).added == 3
    assert load("events", event + "a,2024-01-01,x\n").added == 4
    assert lake.scan("events").collect().height == 7


EVENT = "event_id,account_id,timestamp,event,quantity\n"


def quantities(lake: Lake, as_of: datetime) -> list[float]:
    """The quantities of the events known at a moment, in order."""
    return lake.history().before(as_of).events.collect()["quantity"].sort().to_list()


def test_an_event_sent_twice_is_one_event(lake: Lake, load: Load) -> None:
    """In one file and across files, whenever it was received; rows without an id stay."""
    first = load("events", EVENT + "e1,a,2024-01-01,x,1\n" * 2 + ",a,2024-01-01,x,1\n" * 2)
    second = load("events", EVENT + "e1,a,2024-01-01,x,1\ne2,a,2024-01-01,x,1\n", at=LATER)
    dated = EVENT.replace("quantity", "quantity,received_at")
    third = load("events", dated + "e2,a,2024-01-01,x,1,2024-02-01\ne2,a,2024-01-01,x,1,2024-02-02\n", at=LATER)
    assert [(done.added, done.unchanged) for done in (first, second, third)] == [(3, 1), (1, 1), (0, 2)]
    assert lake.scan("events").collect()["event_id"].sort().to_list() == [None, None, "e1", "e2"]


def test_a_correction_of_an_event_is_known_from_its_load(lake: Lake, load: Load) -> None:
    """A known id with other values is a new version; before it came the old values were what was known."""
    load("events", EVENT + "e1,a,2024-01-01,x,10\ne2,a,2024-01-01,x,5\n")
    assert load("events", EVENT + "e1,a,2024-01-01,x,100\ne2,a,2024-01-01,x,5\n", at=LATER).added == 1
    assert quantities(lake, LATER) == [5.0, 10.0]
    assert quantities(lake, LATER + DAY) == [5.0, 100.0]
    assert load("events", EVENT + "e1,a,2024-01-01,x,10\n\n", at=LATER + DAY).added == 1
    assert quantities(lake, LATER + 2 * DAY) == [5.0, 10.0]


def test_a_file_may_say_when_a_correction_was_known(lake: Lake, load: Load) -> None:
    """received_at in the file counts; what was known earlier and is loaded later takes its place before."""
    dated = EVENT.replace("quantity", "quantity,received_at")
    load("events", dated + "e1,a,2024-01-01,x,3,2024-03-03\n")
    done = load("events", dated + "e1,a,2024-01-01,x,2,2024-03-02\ne1,a,2024-01-01,x,1,2024-03-01\n")
    assert done.added == 2
    months = [datetime(2024, 3, day, 1, tzinfo=UTC) for day in (1, 2, 3)]
    assert [quantities(lake, moment) for moment in months] == [[1.0], [2.0], [3.0]]
    assert quantities(lake, months[0] - DAY) == []


def test_two_versions_of_an_event_in_a_file_are_the_later_line(lake: Lake, load: Load) -> None:
    """The first is known from its own time, the second from the load; together they are one event."""
    assert load("events", EVENT + "e1,a,2024-01-01,x,1\ne1,a,2024-01-01,x,2\n").added == 2
    assert quantities(lake, NOW) == [1.0]
    assert quantities(lake, NOW + DAY) == [2.0]


def test_an_event_that_moves_leaves_its_old_account(lake: Lake, load: Load) -> None:
    """Read by bucket, by account or all at once, an event has one account at a time; marks are not counted."""
    ids = [f"account {n}" for n in range(20)]
    first = bucket_of(pl.Series(ids), 8)[0]
    buckets = dict(zip(ids, bucket_of(pl.Series(ids), 8), strict=True))
    near = next(i for i in ids[1:] if buckets[i] == first)
    far = next(i for i in ids if buckets[i] != first)
    for number, account_id in enumerate((ids[0], near, far, ids[0])):
        done = load("events", EVENT + f"e1,{account_id},2024-01-01,x,1\n" + "\n" * number, at=NOW + number * DAY)
        assert (done.added, done.unchanged) == (1, 0)
        as_of = NOW + number * DAY + timedelta(hours=1)
        history = lake.history()
        whole = history.before(as_of).events.collect()["account_id"].to_list()
        parts = [lake.history([b]).before(as_of).events.collect()["account_id"] for b in range(8)]
        alone = [history.only([i]).before(as_of).events.collect()["account_id"] for i in ids]
        assert whole == pl.concat(parts).to_list() == pl.concat(alone).to_list() == [account_id]


def test_whoever_reads_all_events_finds_those_corrected_by_their_marks(lake: Lake, load: Load) -> None:
    """A line below 0 of the same load stands beside every version that is not the only one of its event."""
    dated = EVENT.replace("quantity", "quantity,received_at")
    load("events", EVENT + "e1,a,2024-01-01,x,1\ne2,a,2024-01-01,x,1\ne3,b,2024-01-01,x,1\n")
    assert lake.scan("events").filter(pl.col("line") < 0).collect().is_empty()
    load("events", EVENT + "e1,a,2024-01-01,x,2\n", at=LATER)
    load("events", dated + "e3,b,2024-01-01,x,2,2023-12-31\n", at=LATER + DAY)
    marks = lake.scan("events").filter(pl.col("line") < 0, pl.col("loaded_at") > NOW).collect()
    assert set(marks.select("event_id", "account_id", "loaded_at").rows()) == {
        ("e1", "a", LATER),
        ("e3", "b", LATER + DAY),
    }


def test_only_ids_that_come_again_are_compared(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids that are new pass without their rows being held against any others."""
    compared = []

    def watched(table: Table, new: pl.DataFrame, old: pl.DataFrame, at: datetime) -> pl.DataFrame:
        compared.append((new["event_id"].to_list(), old["event_id"].to_list()))
        return versions.new_versions(table, new, old, at)

    monkeypatch.setattr(fresh, "new_versions", watched)
    load("events", EVENT + "".join(f"e{n},a,2024-01-01,x,1\n" for n in range(20)))
    load("events", EVENT + "".join(f"e{n},a,2024-01-01,x,1\n" for n in range(19, 40)))
    assert compared == [(["e19"], ["e19"])]


def test_keys_are_compared_in_parts_with_the_same_answer(
    lake: Lake, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of more rows than fit in memory is compared part by part; all rows of a key are in the same part."""
    monkeypatch.setattr(fresh, "PART_ROWS", 7)
    rows = pl.DataFrame({"event_id": [f"e{n % 40}" for n in range(100)], "account_id": "a", "event": "x"})
    rows = rows.with_columns(
        timestamp=pl.lit("2024-01-01"), event_id=pl.when(pl.int_range(100) % 9 > 0).then("event_id")
    )
    done = load("events", rows)
    expected = rows["event_id"].drop_nulls().n_unique() + rows["event_id"].null_count()
    assert done.added == lake.scan("events").collect().height == expected
    people = pl.DataFrame(
        {"email": [f"{n % 20}@example.com" for n in range(60)], "name": [str(n // 40) for n in range(60)]}
    )
    assert load("people", people).added == 40


def test_a_contract_that_moves_leaves_its_old_bucket(lake: Lake, load: Load) -> None:
    """Read bucket by bucket or all at once, in whichever order files came, the contract has one account at a time."""
    ids = [f"account {n}" for n in range(20)]
    buckets = dict(zip(ids, bucket_of(pl.Series(ids), 8), strict=True))
    old, new = ids[0], next(i for i in ids if buckets[i] != buckets[ids[0]])
    head = "contract_id,account_id,product,starts_on,ends_on,quantity,arr,received_at\n"
    row = "c1,{},suite,2024-01-01,2025-01-01,10,1000,{}\n"
    load("contracts", head + row.format(new, "2024-06-01"))
    load("contracts", head + row.format(old, "2024-01-01"))
    load("contracts", head + row.format(old, "2024-09-01"))
    for as_of, owner in ((date(2024, 5, 1), old), (date(2024, 7, 1), new), (date(2024, 10, 1), old)):
        moment = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
        whole = lake.history().before(moment).contracts.collect()
        parts = pl.concat([lake.history([b]).before(moment).contracts.collect() for b in range(8)])
        assert whole["account_id"].to_list() == parts["account_id"].to_list() == [owner]


version = st.tuples(st.sampled_from("ab"), st.integers(1, 12), st.sampled_from("xyz"), st.sampled_from(["p", "q"]))


@settings(max_examples=15, deadline=None)
@given(data=st.data(), rows=st.lists(version, min_size=1, max_size=8, unique_by=lambda row: (row[0], row[1])))
def test_the_order_of_loading_does_not_matter_where_files_say_when(
    data: st.DataObject, rows: list[tuple[str, int, str, str]]
) -> None:
    """Any division into files, loaded in any order, gives the same answer as of every day."""
    frame = pl.DataFrame(rows, schema=["interaction_id", "day", "topic", "account_id"], orient="row").with_columns(
        pl.datetime(2024, 1, pl.col("day"), time_zone="UTC").alias("received_at"),
        pl.datetime(2023, 12, 1, time_zone="UTC").alias("timestamp"),
        pl.lit("call").alias("channel"),
    )
    order = data.draw(st.permutations(range(len(rows))))
    cut = data.draw(st.integers(0, len(rows)))
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder), buckets=4)
        for number, part in enumerate((order[:cut], order[cut:])):
            if part:
                ingest_frame(
                    lake,
                    "interactions",
                    frame[part].drop("day"),
                    name=f"part {number}",
                    source=str(number),
                    loaded_at=NOW + number * DAY,
                )
        for day in range(1, 14):
            moment = datetime(2024, 1, day, tzinfo=UTC) + timedelta(hours=1)
            known = frame.filter(pl.col("day") <= day).sort("day").unique("interaction_id", keep="last")
            expected = set(known.select("interaction_id", "topic", "account_id").rows())
            found = lake.history().before(moment).interactions.collect()
            assert set(found.select("interaction_id", "topic", "account_id").rows()) == expected
            assert found.height == len(expected)

"""What was known at a moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from consumption.lake.history import History

JUNE_1 = datetime(2024, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


def contracts(*rows: dict[str, object]) -> pl.DataFrame:
    """Contracts that are alike but for what is given."""
    plain = {
        "contract_id": "c1",
        "account_id": "acme",
        "product": "suite",
        "starts_on": date(2024, 1, 1),
        "ends_on": date(2025, 1, 1),
        "quantity": 10.0,
        "arr": 1000.0,
        "ended_on": None,
        "notice_given_on": None,
        "received_at": None,
    }
    times: dict[str, pl.DataType] = {
        "ended_on": pl.Date(),
        "notice_given_on": pl.Date(),
        "received_at": pl.Datetime("us", "UTC"),
    }
    return pl.DataFrame([{**plain, **row} for row in rows], schema_overrides=times)


def events(*rows: tuple[str, datetime]) -> pl.DataFrame:
    """Exports: account, moment."""
    return pl.DataFrame(rows, schema=["account_id", "timestamp"], orient="row").with_columns(event=pl.lit("export"))


def test_nothing_at_or_after_the_moment_is_seen() -> None:
    """The cut is half open: a microsecond before as_of is the past, as_of itself the future."""
    history = History.of(events=events(("acme", JUNE_1 - INSTANT), ("acme", JUNE_1), ("acme", JUNE_1 + DAY)))
    assert history.before(JUNE_1).events.collect()["timestamp"].to_list() == [JUNE_1 - INSTANT]


def test_a_row_that_was_received_later_is_not_seen() -> None:
    """What counts is what was known, not when it happened."""
    late = events(("acme", JUNE_1 - DAY)).with_columns(received_at=pl.lit(JUNE_1))
    assert History.of(events=late).before(JUNE_1).events.collect().is_empty()
    assert History.of(events=late).before(JUNE_1 + INSTANT).events.collect().height == 1


def test_the_latest_version_known_is_seen() -> None:
    """Of the versions of a key received before as_of, the last received one counts; the later line breaks ties."""
    history = History.of(
        contracts=contracts(
            {"arr": 3.0, "received_at": JUNE_1},
            {"arr": 1.0, "received_at": JUNE_1 - 2 * DAY},
            {"arr": 2.0, "received_at": JUNE_1 - DAY},
            {"arr": 2.5, "received_at": JUNE_1 - DAY},
        )
    )
    seen = [history.before(JUNE_1 + shift * DAY).contracts.collect()["arr"].to_list() for shift in (-1, 0, 1)]
    assert seen == [[1.0], [2.5], [3.0]]


def test_a_contract_signed_for_later_is_seen() -> None:
    """A contract that is known and starts in the future stays."""
    signed = contracts({"starts_on": date(2024, 9, 1), "received_at": JUNE_1 - DAY})
    assert History.of(contracts=signed).before(JUNE_1).contracts.collect().height == 1


def test_a_contract_is_known_the_day_before_it_starts() -> None:
    """Without received_at a contract is known one day before starts_on."""
    history = History.of(contracts=contracts({"starts_on": date(2024, 6, 2)}))
    assert history.before(JUNE_1).contracts.collect().is_empty()
    assert history.before(JUNE_1 + DAY).contracts.collect().height == 1


def test_the_end_and_the_notice_of_a_contract_are_hidden_until_they_come() -> None:
    """A notice is known after its day has begun; the day a contract ended on is its first day out of force."""
    history = History.of(contracts=contracts({"ended_on": date(2024, 7, 1), "notice_given_on": date(2024, 5, 31)}))
    seen = history.before(JUNE_1).contracts.collect()
    assert seen["ended_on"].to_list() == [None]
    assert seen["notice_given_on"].to_list() == [date(2024, 5, 31)]
    assert history.before(datetime(2024, 6, 30, tzinfo=UTC)).contracts.collect()["ended_on"].to_list() == [None]
    assert history.before(datetime(2024, 7, 1, tzinfo=UTC)).contracts.collect()["ended_on"].null_count() == 0
    on_the_day = history.before(datetime(2024, 5, 31, tzinfo=UTC)).contracts.collect()
    assert on_the_day["notice_given_on"].to_list() == [None]


def test_the_answer_of_an_interaction_is_hidden_until_it_is_closed() -> None:
    """Score and minutes of a row that closes later are null until then; an open row keeps what it has."""
    rows = pl.DataFrame(
        {
            "interaction_id": ["i1", "i2", "i3"],
            "account_id": ["acme"] * 3,
            "timestamp": [JUNE_1 - 3 * DAY] * 3,
            "channel": ["survey"] * 3,
            "score": [1.0, 2.0, 3.0],
            "minutes": [10.0, 20.0, 30.0],
            "closed_at": [JUNE_1, JUNE_1 - DAY, None],
        }
    )
    seen = History.of(interactions=rows).before(JUNE_1).interactions.collect().sort("interaction_id")
    assert seen["score"].to_list() == [None, 2.0, 3.0]
    assert seen["minutes"].to_list() == [None, 20.0, 30.0]
    assert seen["closed_at"].to_list() == [None, JUNE_1 - DAY, None]


def test_an_account_that_began_later_is_not_seen() -> None:
    """created_at, occurred_on and timestamp are the row's own time."""
    accounts = pl.DataFrame(
        {"account_id": ["old", "new"], "created_at": [JUNE_1 - DAY, JUNE_1], "received_at": [JUNE_1 - 2 * DAY] * 2}
    )
    outcomes = pl.DataFrame(
        {"account_id": ["old"] * 2, "occurred_on": [date(2024, 5, 31), date(2024, 6, 1)], "kind": ["churn"] * 2}
    )
    known = History.of(accounts=accounts, outcomes=outcomes).before(JUNE_1)
    assert known.accounts.collect()["account_id"].to_list() == ["old"]
    assert known.outcomes.collect()["occurred_on"].to_list() == [date(2024, 5, 31)]


def test_reading_it_once_into_memory_changes_no_answer() -> None:
    """collect() only makes many before() cheap."""
    history = History.of(
        contracts=contracts(
            *[
                {"contract_id": f"c{n % 7}", "arr": float(n), "received_at": JUNE_1 + (n * 37 % 11) * DAY}
                for n in range(60)
            ]
        ),
        events=events(*[("acme", JUNE_1 + n * DAY) for n in range(9)]),
    )
    held = history.collect()
    for shift in range(-1, 13):
        as_of = JUNE_1 + shift * DAY
        for table in ("contracts", "events"):
            lazily = history.before(as_of).frame(table).collect()
            assert lazily.equals(held.before(as_of).frame(table).collect())
    assert held.collect().contracts.collect().equals(held.contracts.collect())


def test_only_keeps_the_rows_of_some_accounts() -> None:
    """Rows of other accounts go; the team and the products stay; responses follow their decisions."""
    decisions = pl.DataFrame(
        {
            "decision_id": ["d1", "d2"],
            "account_id": ["acme", "bolt"],
            "timestamp": [JUNE_1] * 2,
            "action": ["call"] * 2,
        }
    )
    responses = pl.DataFrame(
        {
            "response_id": ["r1", "r2"],
            "decision_id": ["d1", "d2"],
            "timestamp": [JUNE_1] * 2,
            "response": ["accepted"] * 2,
        }
    )
    people = pl.DataFrame({"email": ["ada@example.com"]})
    history = History.of(
        events=events(("acme", JUNE_1), ("bolt", JUNE_1)), decisions=decisions, responses=responses, people=people
    ).only(["bolt"])
    assert history.events.collect()["account_id"].to_list() == ["bolt"]
    assert history.responses.collect()["response_id"].to_list() == ["r2"]
    assert history.people.collect().height == 1


def test_a_contract_that_moved_to_another_account_is_seen_there_alone() -> None:
    """One account alone and all together give the same: an old version does not come back."""
    history = History.of(
        contracts=contracts(
            {"account_id": "acme", "received_at": JUNE_1 - 3 * DAY},
            {"account_id": "bolt", "received_at": JUNE_1 - DAY},
        )
    )
    for known in (history, history.collect()):
        assert known.only(["acme"]).before(JUNE_1).contracts.collect().is_empty()
        assert known.only(["bolt"]).before(JUNE_1).contracts.collect()["account_id"].to_list() == ["bolt"]
        assert known.only(["acme"]).before(JUNE_1 - 2 * DAY).contracts.collect()["account_id"].to_list() == ["acme"]


def test_columns_that_the_contract_does_not_name_become_attributes() -> None:
    """Keys sorted, nulls left out, null where nothing is left."""
    accounts = pl.DataFrame(
        {
            "account_id": ["a", "b"],
            "created_at": [JUNE_1] * 2,
            "tier": ["gold", None],
            "area": [{"x": 1, "y": None}, None],
        }
    )
    seen = History.of(accounts=accounts).accounts.collect()["attributes"].to_list()
    assert seen == ['{"area":{"x":1},"tier":"gold"}', None]


def test_an_unknown_table_is_refused() -> None:
    """A frame under a name the contract does not have is a mistake of the caller."""
    with pytest.raises(TypeError, match="no such table: account"):
        History.of(account=pl.DataFrame())

"""Made-up histories: small, wild, and drawn from the contract of every table, for checks of signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

import polars as pl

from consumption.features.made_up_rows import Place, draw_row, later_version
from consumption.features.made_up_words import Words
from consumption.lake.complete import complete
from consumption.lake.history import VERSION_ORDER, History
from consumption.tables import LAKE, LINE, LOADED_AT, RECEIVED_AT, TIMESTAMP, Table

# Moments where calendars are odd: a leap day and the day after, changes of the clock, turns of the year, noon.
MOMENTS = (
    datetime(2025, 6, 1, tzinfo=UTC),
    datetime(2024, 2, 29, tzinfo=UTC),
    datetime(2024, 3, 1, tzinfo=UTC),
    datetime(2025, 3, 30, 1, tzinfo=UTC),
    datetime(2025, 10, 27, tzinfo=UTC),
    datetime(2025, 1, 1, tzinfo=UTC),
    datetime(2025, 5, 14, 12, tzinfo=UTC),
)

ACCOUNTS = 12
# At most so many rows of a table for one account; tables not named here have up to three.
MOST = {"events": 24, "interactions": 12, "contracts": 4, "decisions": 1, "responses": 1, "outcomes": 1}

_SHORT_DELAY = timedelta(days=400)


@dataclass(frozen=True)
class MadeUp:
    """A history with a future, and the moment it is looked at from.

    `tables` are complete frames (`Table.stored_schema`). The first account is silent: no other table names it.
    """

    as_of: datetime
    tables: Mapping[str, pl.DataFrame]

    @property
    def history(self) -> History:
        """As signals read it."""
        return History.of(**self.tables)

    @property
    def accounts(self) -> list[str]:
        """The ids of all accounts, in order."""
        return sorted(self.tables["accounts"]["account_id"].unique().to_list())

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(frame.height for frame in self.tables.values())

    def with_table(self, name: str, frame: pl.DataFrame) -> MadeUp:
        """The same with another table in place of one."""
        return replace(self, tables={**self.tables, name: frame})


def made_up(draw: Random, words: Words, *, accounts: int = ACCOUNTS, most: Mapping[str, int] = MOST) -> MadeUp:
    """A history of so many accounts; the same draws give the same history."""
    as_of = draw.choice(MOMENTS)
    ids = tuple(f"a{number}" for number in range(accounts))
    place = Place(draw, as_of, ids, words)
    return MadeUp(as_of, {name: _table(place, table, most.get(name, 3)) for name, table in LAKE.items()})


def numbered(number: int, words: Words, *, accounts: int = ACCOUNTS, most: Mapping[str, int] = MOST) -> MadeUp:
    """The made-up history of that number: the same each time."""
    return made_up(Random(number), words, accounts=accounts, most=most)  # noqa: S311 - no secret


def cut_off(made: MadeUp) -> MadeUp:
    """What could have been written just before the moment: nothing that came, or was told, later.

    Written by the rules of the contract alone, apart from the code that cuts for signals. What was loaded again
    later, was loaded earlier here: a value must not depend on when a row was loaded.
    """
    return replace(made, tables={n: _before(frame, LAKE[n], made.as_of) for n, frame in made.tables.items()})


def shuffled(made: MadeUp, draw: Random) -> MadeUp:
    """The same rows in another order; which of two versions is the later one stays told by `line`."""
    tables = {
        name: frame.sample(fraction=1, shuffle=True, seed=draw.randrange(1 << 30))
        for name, frame in made.tables.items()
    }
    return replace(made, tables=tables)


def upside_down(made: MadeUp) -> MadeUp:
    """The same rows from the last to the first."""
    return replace(made, tables={name: frame.reverse() for name, frame in made.tables.items()})


def without_use(made: MadeUp, *, before: datetime) -> MadeUp:
    """The same without events, and interactions (in all their versions), that happened before a time."""
    recent = {
        "events": made.tables["events"].filter(pl.col("timestamp") >= before),
        "interactions": made.tables["interactions"].filter(
            pl.col("timestamp").max().over("interaction_id") >= before
        ),
    }
    return replace(made, tables={**made.tables, **recent})


def silent_accounts(made: MadeUp) -> list[str]:
    """Accounts that no row of another table names, whatever its version."""
    named: set[str] = set()
    for name, frame in made.tables.items():
        if name != "accounts" and "account_id" in frame.columns:
            named.update(frame["account_id"].drop_nulls())
    linked = made.tables["accounts"].select("parent_id", "merged_into")
    named.update(*(linked[column].drop_nulls() for column in linked.columns))
    alone = made.tables["accounts"].filter(
        pl.all_horizontal(pl.col(linked.columns).is_null().all().over("account_id"))
    )
    return sorted(set(alone["account_id"]) - named)


def groups(accounts: Sequence[str], draw: Random, *, number: int = 2) -> list[list[str]]:
    """The accounts in so many groups, as drawn; a group that none fell into is left out."""
    of = {name: draw.randrange(number) for name in accounts}
    return [[name for name in of if of[name] == group] for group in sorted(set(of.values()))]


def _table(place: Place, table: Table, most: int) -> pl.DataFrame:
    rows: list[dict[str, object]] = []
    for name in place.owners(table):
        count = 1 if table.name == "accounts" else place.draw.randrange(most + 1)
        for number in range(count):
            row = draw_row(place, table, name, number)
            rows.append(row)
            if place.draw.randrange(5):
                continue
            if table.optional_key:
                # Equal events are real: once more, or a burst.
                rows += [row] * place.draw.choice((1, 12))
            else:
                rows.append(later_version(place, table, row, number))
    return _complete(table, rows)


def _complete(table: Table, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    schema = {name: dtype for name, dtype in table.stored_schema.items() if name not in {LINE, LOADED_AT, "bucket"}}
    return complete(table, pl.DataFrame(list(rows), schema=schema, strict=False))


def _before(frame: pl.DataFrame, table: Table, as_of: datetime) -> pl.DataFrame:
    past = frame.filter(pl.col(RECEIVED_AT) < as_of)
    if table.happened and table.name != "contracts":
        happened = pl.col(table.happened).cast(TIMESTAMP)
        if not table.optional_key:
            # A row that the latest version known says to come later has not come, whatever was said of it before.
            happened = happened.sort_by(*VERSION_ORDER).last().over(table.key)
        past = past.filter(happened < as_of)
    if table.name == "contracts":
        # The day a contract ended on is the first without it: that has come when its midnight has.
        past = past.with_columns(
            pl.when(pl.col("ended_on").cast(TIMESTAMP) <= as_of).then("ended_on").alias("ended_on"),
            pl.when(pl.col("notice_given_on").cast(TIMESTAMP) < as_of)
            .then("notice_given_on")
            .alias("notice_given_on"),
        )
    if table.name == "interactions":
        told = pl.col("closed_at").is_null() | (pl.col("closed_at") < as_of)
        past = past.with_columns(pl.when(told).then(name).alias(name) for name in ("closed_at", "score", "minutes"))
    return past.with_columns(pl.col(LOADED_AT) - _SHORT_DELAY)

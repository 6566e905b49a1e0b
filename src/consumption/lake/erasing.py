"""A person taken out of the lake: out of every table, every version of it, and the log of its changes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b

import polars as pl

from consumption.lake.anonymous import PERSONAL
from consumption.lake.delta import QUARANTINE, Lake
from consumption.lake.nobody import near, of_nobody
from consumption.lake.persons import Person, one_of
from consumption.lake.wording import Wording, whole_values
from consumption.tables import BUCKET, LAKE, LINE, Table

# A customer's people, our own, and accounts: one of these is the person, or is somebody else.
_WHOLE = {"user_id", "contact_id", "email", "owner", "lead", "actor", "account_id", "parent_id", "merged_into"}

# What of a wrong row may name a person.
_WRONG = ("row", "reason", "file")
_MACHINE, _THEIRS = "_machine", "_theirs"


@dataclass(frozen=True)
class Erasing:
    """What becomes of rows, for one person.

    Contact data of the person go. What they did becomes the account's: an event keeps its day, what was done and how
    much, and tells neither who did it nor when in the day; its id, which may tell either, becomes another. So what
    contracts are held against stays right, and distinct users fall by one. Telemetry under a made-up name would still
    be their whole history, which few facts lead back to them: there is no such name. A machine that only they used
    goes from their events, but for readings, where it gets another name: a counter is read machine by machine. What
    stays are lines of one file, in its order. A ticket or a call stays without who it was and what was said.
    Elsewhere their names are taken out of texts.
    """

    person: Person
    wording: Wording
    secret: str
    readings: frozenset[str] = frozenset()
    machines: frozenset[str] = frozenset()

    @staticmethod
    def of(person: Person, readings: Iterable[str] = (), secret: str | None = None) -> Erasing:
        """What becomes of rows, for this person; `readings` are events that meters read in order, `*` all of them.

        Names that are made up are made with the `secret`, without which nobody can tell what was named so.
        """
        return Erasing(person, person.wording, secret or secrets.token_hex(), frozenset(readings))

    def hinted(self, table: Table) -> pl.Expr:
        """Rows that may name the person: all that do, and a few more."""
        hints = (self.wording.hinted(name) for name in _texts(table))
        return pl.any_horizontal(self._theirs(table), *hints)

    def named(self, table: Table, rows: pl.DataFrame) -> pl.DataFrame:
        """Of rows that may name the person, those that do."""
        texts = [_names(self.wording, rows[name]).alias(name) for name in _texts(table)]
        return rows.filter(pl.any_horizontal(self._theirs(table), *map(pl.lit, texts)))

    def touched(self, table: Table, rows: pl.LazyFrame) -> pl.Expr:
        """Rows of a bucket that may need a change, and those that must be seen to tell what it is."""
        hinted, theirs = self.hinted(table), self._theirs(table)
        if table.name != "events":
            return hinted
        # Every version of their events: each stands, as itself or as a mark, beside every other.
        ids = rows.filter(theirs).select("event_id").unique().collect()["event_id"].drop_nulls()
        return hinted | near(theirs) | pl.col("event_id").is_in(ids.implode()).fill_null(value=False)

    def changed(self, table: Table, rows: pl.DataFrame) -> pl.DataFrame:
        """What is left of rows, in order."""
        theirs, own = self._theirs(table), frozenset[str]()
        if table.name == "contacts":
            rows = rows.filter(~theirs)
        if table.name == "events":
            in_order = pl.lit("*" in self.readings) | pl.col("event").is_in(sorted(self.readings))
            own = frozenset(rows.filter(theirs)["event_id"].drop_nulls())
            machine = self._machine(rows["asset_id"], theirs, in_order)
            # Who read which machine is told by the rows as they were.
            rows = of_nobody(rows.with_columns(machine.alias(_MACHINE)), theirs, in_order)
            rows = rows.with_columns(pl.col(_MACHINE).alias("asset_id")).drop(_MACHINE)
        if table.name == "interactions":
            gone = PERSONAL["interactions"]
            rows = rows.with_columns(pl.when(~theirs).then(pl.col(name)).alias(name) for name in gone)
        wording = self.wording
        keys = dict.fromkeys(table.key, own) | {"asset_id": frozenset[str]()}
        return rows.with_columns(
            self._renamed(rows[name], keys[name]) if name in keys else wording.redacted(rows[name])
            for name in _texts(table)
        )

    def _theirs(self, table: Table) -> pl.Expr:
        person = self.person
        if table.name in {"events", "interactions"}:
            return one_of("user_id", person.user_ids)
        if table.name == "contacts":
            who = {"contact_id": person.contact_ids, "user_id": person.user_ids, "email": person.emails}
            return pl.any_horizontal(one_of(column, values) for column, values in who.items())
        return pl.lit(value=False)

    def _machine(self, values: pl.Series, theirs: pl.Expr, in_order: pl.Expr) -> pl.Expr:
        """The machine of each row, without those that only they used."""
        own = sorted(self.machines.intersection(values))
        new = [self._made_up(name) for name in own]
        name = pl.col("asset_id").replace_strict(own, new, default=None, return_dtype=pl.String)
        is_own = theirs & pl.col("asset_id").is_in(own).fill_null(value=False)
        return pl.when(is_own & in_order).then(name).when(~is_own).then("asset_id")

    def _renamed(self, values: pl.Series, own: frozenset[str]) -> pl.Series:
        """Keys that name the person, and their `own`, get another name, the same for the same key."""
        new = [self._made_up(v) if v in own or self.wording.without(v) != v else v for v in values]
        return pl.Series(values.name, new, dtype=pl.String)

    def _made_up(self, name: str) -> str:
        """The same again where an erasure that was interrupted goes on."""
        return f"erased-{blake2b(name.encode(), digest_size=16, key=self.secret.encode()[:64]).hexdigest()}"


def rows_of(lake: Lake, person: Person) -> dict[str, int]:
    """How many rows each table of the lake has that name the person; those with none are left out."""
    erasing = Erasing.of(person)
    found: dict[str, int] = {}
    for table in LAKE.values():
        found[table.name] = _named(lake, table, erasing).filter(pl.col(LINE) >= 0).height
    for name in LAKE:
        found[f"quarantine/{name}"] = _wrong(lake, name, erasing).height
    found["snapshots"] = _named_in_snapshots(lake, erasing.wording).height
    return {place: count for place, count in found.items() if count}


def erase_from_lake(lake: Lake, person: Person, readings: Iterable[str] = (), *, secret: str | None = None) -> None:
    """Rewrite the tables without the person, then delete every older version; again, it goes on where it stopped.

    `readings` are events whose order within a day is kept, and with the same `secret` names are made up alike again
    (see `Erasing.of`). Contacts come last: should this be killed, they still tell who is meant.
    """
    erasing = replace(Erasing.of(person, readings, secret), machines=_machines_of(lake, person))
    for name in sorted(LAKE, key=lambda name: name == "contacts"):
        with lake.lock(name):
            _rewrite(lake, LAKE[name], erasing)
            lake.place(name).forget_past()
            _rewrite_quarantine(lake, name, erasing)
            lake.quarantine(name).forget_past()
    with lake.lock("snapshots"):
        _rewrite_snapshots(lake, erasing.wording)
        lake.snapshots_place.forget_past()
    lake.forget_kept()


def _texts(table: Table) -> list[str]:
    """Columns that may name a person in passing: not those that are a person, an account, or one of a few words."""
    fixed = {c.name for c in table.columns if c.one_of} | _WHOLE
    return [name for name, dtype in table.stored_schema.items() if dtype == pl.String and name not in fixed]


def _named(lake: Lake, table: Table, erasing: Erasing) -> pl.DataFrame:
    """The rows of a table that name the person."""
    rows = lake.scan(table.name).filter(erasing.hinted(table)).collect(engine="streaming")
    return erasing.named(table, rows)


def _rewrite(lake: Lake, table: Table, erasing: Erasing) -> None:
    """The buckets that have such rows, without the person in them."""
    for bucket in _named(lake, table, erasing)[BUCKET].unique().sort():
        mine = lake.scan(table.name).filter(pl.col(BUCKET) == bucket)
        touched = erasing.touched(table, mine)
        left = erasing.changed(table, mine.filter(touched).collect())
        lake.place(table.name).rewrite(pl.concat([mine.filter(~touched), left.lazy()]), where=f"{BUCKET} = {bucket}")


def _machines_of(lake: Lake, person: Person) -> frozenset[str]:
    """Machines that only this person used, and that no table lists."""
    theirs, used = one_of("user_id", person.user_ids), lake.scan("events").drop_nulls("asset_id")
    names = used.filter(theirs).select("asset_id").unique().collect(engine="streaming")["asset_id"]
    mine = pl.col("asset_id").is_in(names.implode())
    others = used.filter(~theirs, mine).select("asset_id").unique().collect(engine="streaming")["asset_id"]
    listed = lake.scan("assets").filter(mine).select("asset_id").collect()["asset_id"]
    return frozenset(names) - frozenset(others) - frozenset(listed)


def _wrong(lake: Lake, name: str, erasing: Erasing) -> pl.DataFrame:
    """The wrong rows that name the person, with whether the whole row is theirs."""
    wording, person = erasing.wording, erasing.person
    hints = [wording.hinted_as_value("row"), *(wording.hinted(column) for column in _WRONG)]
    rows = lake.wrong_rows(name).filter(pl.any_horizontal(hints)).collect()
    theirs = pl.Series(_THEIRS, [_is_theirs(row, person) for row in rows["row"].to_list()], dtype=pl.Boolean)
    named = pl.any_horizontal(theirs, *(_names(wording, rows[column]) for column in _WRONG))
    return rows.with_columns(theirs).filter(named)


def _is_theirs(row: str | None, person: Person) -> bool:
    values = whole_values(row or "")
    if values is None:
        # A line that could not be taken apart.
        return person.wording_but_phones.without(row) != row
    return person.are_theirs(values)


def _names(wording: Wording, values: pl.Series) -> pl.Series:
    return wording.redacted(values).ne_missing(values)


def _rewrite_quarantine(lake: Lake, name: str, erasing: Erasing) -> None:
    wrong = _wrong(lake, name, erasing)
    if wrong.height:
        others = lake.wrong_rows(name).join(wrong.lazy(), on=QUARANTINE.names(), how="anti", nulls_equal=True)
        kept = wrong.filter(~pl.col(_THEIRS)).drop(_THEIRS)
        kept = kept.with_columns(erasing.wording.redacted(kept[column]) for column in _WRONG)
        lake.quarantine(name).rewrite(pl.concat([others.collect(), kept]).lazy())


def _snapshot_texts(lake: Lake) -> Iterator[tuple[pl.LazyFrame, list[str]]]:
    table = lake.snapshots_place.open()
    if table is not None:
        frame = pl.scan_delta(table)
        partitions = lake.snapshots_place.partition_by
        schema = frame.collect_schema()
        yield frame, [n for n, t in schema.items() if t == pl.String and n not in {*partitions, "account_id"}]


def _named_in_snapshots(lake: Lake, wording: Wording) -> pl.DataFrame:
    for frame, texts in _snapshot_texts(lake):
        rows = frame.filter(pl.any_horizontal(wording.hinted(name) for name in texts)).collect()
        return rows.filter(pl.any_horizontal(_names(wording, rows[name]) for name in texts))
    return pl.DataFrame()


def _rewrite_snapshots(lake: Lake, wording: Wording) -> None:
    if not _named_in_snapshots(lake, wording).height:
        return
    for frame, texts in _snapshot_texts(lake):
        rows = frame.collect()
        lake.snapshots_place.rewrite(rows.with_columns(wording.redacted(rows[name]) for name in texts).lazy())

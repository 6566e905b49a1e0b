"""A person taken out of the lake: out of every table, every version of it, and the log of its changes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from consumption.lake.anonymous import PERSONAL
from consumption.lake.delta import QUARANTINE, Lake
from consumption.lake.nobody import near, of_nobody
from consumption.lake.persons import Person, one_of
from consumption.lake.wording import Wording
from consumption.tables import BUCKET, LAKE, Table

# A customer's people, our own, and accounts: one of these is the person, or is somebody else.
_WHOLE = {"user_id", "contact_id", "email", "owner", "lead", "actor", "account_id", "parent_id", "merged_into"}


@dataclass
class Erasing:
    """What becomes of rows, for one person.

    Contact data of the person go. What they did becomes the account's: an event keeps its day, what was done and how
    much, and tells neither who did it nor when in the day. So what contracts are held against
    stays right, and distinct users fall by one. Telemetry under a made-up name would still be their whole history,
    which few facts lead back to them: there is no such name. A ticket or a call stays without who it was and what was
    said. Elsewhere their names are taken out of texts.
    """

    person: Person
    wording: Wording
    readings: frozenset[str] = frozenset()
    _keys: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def of(person: Person, readings: Iterable[str] = ()) -> Erasing:
        """What becomes of rows, for this person; `readings` are events that meters read in order, `*` all of them."""
        return Erasing(person, person.wording, frozenset(readings))

    def hinted(self, table: Table) -> pl.Expr:
        """Rows that may name the person: all that do, and a few more."""
        hints = (self.wording.hinted(name) for name in _texts(table))
        return pl.any_horizontal(self._theirs(table), *hints)

    def named(self, table: Table, rows: pl.DataFrame) -> pl.DataFrame:
        """Of rows that may name the person, those that do."""
        texts = [_names(self.wording, rows[name]).alias(name) for name in _texts(table)]
        return rows.filter(pl.any_horizontal(self._theirs(table), *map(pl.lit, texts)))

    def touched(self, table: Table) -> pl.Expr:
        """Rows of a bucket that may need a change, and those that must be seen to tell what it is."""
        hinted = self.hinted(table)
        return hinted | near(self._theirs(table)) if table.name == "events" else hinted

    def changed(self, table: Table, rows: pl.DataFrame) -> pl.DataFrame:
        """What is left of rows, in order."""
        theirs = self._theirs(table)
        if table.name == "contacts":
            rows = rows.filter(~theirs)
        if table.name == "events":
            in_order = pl.lit("*" in self.readings) | pl.col("event").is_in(sorted(self.readings))
            rows = of_nobody(rows, theirs, in_order)
        if table.name == "interactions":
            gone = PERSONAL["interactions"]
            rows = rows.with_columns(pl.when(~theirs).then(pl.col(name)).alias(name) for name in gone)
        wording = self.wording
        texts = [wording.redacted(rows[name]) for name in _texts(table) if name not in table.key]
        keys = [self._renamed(rows[name], wording) for name in _texts(table) if name in table.key]
        return rows.with_columns(*texts, *keys)

    def _theirs(self, table: Table) -> pl.Expr:
        person = self.person
        if table.name in {"events", "interactions"}:
            return one_of("user_id", person.user_ids)
        if table.name == "contacts":
            who = {"contact_id": person.contact_ids, "user_id": person.user_ids, "email": person.emails}
            return pl.any_horizontal(one_of(column, values) for column, values in who.items())
        return pl.lit(value=False)

    def _renamed(self, values: pl.Series, wording: Wording) -> pl.Series:
        """Keys that name the person get another name, the same for the same key: rows stay apart."""
        new = [
            v if wording.without(v) == v else self._keys.setdefault(v, f"erased-{uuid.uuid4().hex}") for v in values
        ]
        return pl.Series(values.name, new, dtype=pl.String)


def rows_of(lake: Lake, person: Person) -> dict[str, int]:
    """How many rows each table of the lake has that name the person; those with none are left out."""
    erasing = Erasing.of(person)
    found: dict[str, int] = {}
    for table in LAKE.values():
        found[table.name] = _named(lake, table, erasing).height
    for name in LAKE:
        found[f"quarantine/{name}"] = _wrong(lake, name, erasing.wording).height
    found["snapshots"] = _named_in_snapshots(lake, erasing.wording).height
    return {place: count for place, count in found.items() if count}


def erase_from_lake(lake: Lake, person: Person, readings: Iterable[str] = ()) -> None:
    """Rewrite the tables without the person, then delete every older version; again, it goes on where it stopped.

    `readings` are events whose order within a day is kept (see `Erasing.of`). Contacts come last: should this be
    killed, they still tell who is meant.
    """
    erasing = Erasing.of(person, readings)
    for name in sorted(LAKE, key=lambda name: name == "contacts"):
        with lake.lock(name):
            _rewrite(lake, LAKE[name], erasing)
            lake.place(name).forget_past()
            _rewrite_quarantine(lake, name, erasing.wording)
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
    touched = erasing.touched(table)
    for bucket in _named(lake, table, erasing)[BUCKET].unique().sort():
        mine = lake.scan(table.name).filter(pl.col(BUCKET) == bucket)
        left = erasing.changed(table, mine.filter(touched).collect())
        lake.place(table.name).rewrite(pl.concat([mine.filter(~touched), left.lazy()]), where=f"{BUCKET} = {bucket}")


def _wrong(lake: Lake, name: str, wording: Wording) -> pl.DataFrame:
    hints = pl.any_horizontal(wording.hinted(column) for column in ("row", "reason", "file"))
    rows = lake.wrong_rows(name).filter(hints).collect()
    named = pl.any_horizontal(_names(wording, rows[column]) for column in ("row", "reason", "file"))
    return rows.filter(named)


def _names(wording: Wording, values: pl.Series) -> pl.Series:
    return wording.redacted(values).ne_missing(values)


def _rewrite_quarantine(lake: Lake, name: str, wording: Wording) -> None:
    wrong = _wrong(lake, name, wording)
    if wrong.height:
        left = lake.wrong_rows(name).join(wrong.lazy(), on=QUARANTINE.names(), how="anti", nulls_equal=True)
        lake.quarantine(name).rewrite(left.collect().lazy())


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

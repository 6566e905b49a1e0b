"""Rules that every signal keeps, whoever wrote it."""

from __future__ import annotations

import io
import math
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from consumption.features.compute import compute_signals, compute_snapshots, peer_reference, with_peers
from consumption.features.peer_groups import peer_groups
from consumption.features.signal import FAMILIES, Signal
from consumption.features.signal_set import SIGNALS, fingerprints, signals_for
from consumption.lake.history import History
from consumption.tables import LAKE, TIMESTAMP
from tests.features.small import AS_OF, DAY, RULES, rich

ALL = signals_for(RULES)
NAMES = [signal.name for signal in ALL]
TABLES = rich()
ROOT = Path(__file__).parents[2]


def snapshot(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """All signals of a history of these tables."""
    return compute_signals(History.of(**tables), as_of=AS_OF, rules=RULES)


@pytest.fixture(scope="module")
def whole() -> pl.DataFrame:
    """All signals of the rich history."""
    return snapshot(TABLES)


@pytest.fixture(scope="module")
def from_the_past() -> pl.DataFrame:
    """The same from a history that ends at `as_of`."""
    return snapshot({name: cut(name, frame) for name, frame in TABLES.items()})


@pytest.fixture(scope="module")
def shuffled() -> pl.DataFrame:
    """The same from rows in another order."""
    return snapshot({n: f.sample(fraction=1, shuffle=True, seed=i) for i, (n, f) in enumerate(TABLES.items())})


@pytest.fixture(scope="module")
def in_parts() -> pl.DataFrame:
    """The same computed for two halves of the accounts, put together."""
    history = History.of(**TABLES)
    ids = TABLES["accounts"]["account_id"].unique().sort().to_list()
    parts = [compute_signals(history.only(half), as_of=AS_OF, rules=RULES) for half in (ids[::2], ids[1::2])]
    together = pl.concat(parts).sort("account_id")
    return with_peers(together, peer_groups(history, AS_OF), ALL)


@pytest.fixture(scope="module")
def one_by_one(whole: pl.DataFrame) -> pl.DataFrame:
    """The same for single accounts, against the published snapshot of all."""
    history = History.of(**TABLES)
    peers = peer_reference(whole, peer_groups(history, AS_OF), ALL)
    ids = ["a00", "a01", "a02", "a57", "a59"]
    return pl.concat(compute_signals(history.only([one]), as_of=AS_OF, rules=RULES, peers=peers) for one in ids)


@pytest.fixture(scope="module")
def from_tiles() -> pl.DataFrame:
    """The same as one of several snapshots made from one set of tiles."""
    dates = [AS_OF - 56 * DAY, AS_OF - 28 * DAY, AS_OF, AS_OF + 28 * DAY]
    return list(compute_snapshots(History.of(**TABLES), dates, rules=RULES))[2]


def cut(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """A table as it could have been written just before `as_of`."""
    complete = History.of(**{name: frame}).frame(name).collect()
    past = complete.filter(pl.col("received_at") < AS_OF)
    happened = LAKE[name].happened
    if happened and name != "contracts":
        past = past.filter(pl.col(happened) < AS_OF)
    if name == "contracts":
        past = past.with_columns(
            pl.when(pl.col("ended_on").cast(TIMESTAMP) <= AS_OF).then("ended_on").alias("ended_on")
        )
    if name == "interactions":
        told = pl.col("closed_at").is_null() | (pl.col("closed_at") < AS_OF)
        past = past.with_columns(
            pl.when(told).then(column).alias(column) for column in ("closed_at", "score", "minutes")
        )
    return past


def same(name: str, one: pl.DataFrame, other: pl.DataFrame) -> bool:
    """Whether a signal has the same bits in both."""
    return one.select("account_id", name).equals(other.select("account_id", name))


def test_the_rich_history_has_a_future() -> None:
    """The check for leaks is worth something only where there is a future to see."""
    assert all(
        cut(name, frame).height < frame.height
        for name, frame in TABLES.items()
        if name in {"events", "accounts", "interactions", "contacts"}
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_signal_does_not_see_the_future(name: str, whole: pl.DataFrame, from_the_past: pl.DataFrame) -> None:
    """What happened, or was received, at or after as_of changes no value by a bit."""
    assert same(name, whole, from_the_past)


@pytest.mark.parametrize("name", NAMES)
def test_a_signal_does_not_depend_on_the_order_of_rows(
    name: str, whole: pl.DataFrame, shuffled: pl.DataFrame
) -> None:
    """The same rows in another order give the same bits."""
    assert same(name, whole, shuffled)


@pytest.mark.parametrize("name", NAMES)
def test_a_signal_is_the_same_in_parts(name: str, whole: pl.DataFrame, in_parts: pl.DataFrame) -> None:
    """Half of the accounts at a time gives the same bits as all at once."""
    assert same(name, whole, in_parts)


@pytest.mark.parametrize("name", NAMES)
def test_a_signal_is_the_same_for_one_account_alone(name: str, whole: pl.DataFrame, one_by_one: pl.DataFrame) -> None:
    """The live endpoint, which computes one account, gives the bits of the nightly job."""
    assert same(name, whole.filter(pl.col("account_id").is_in(one_by_one["account_id"].implode())), one_by_one)


@pytest.mark.parametrize("name", NAMES)
def test_a_signal_is_the_same_in_a_series_of_snapshots(
    name: str, whole: pl.DataFrame, from_tiles: pl.DataFrame
) -> None:
    """Training reads series of snapshots, the nightly job one: the bits are the same."""
    assert same(name, whole, from_tiles)


@pytest.mark.parametrize("name", NAMES)
def test_a_signal_is_finite_or_unknown(name: str, whole: pl.DataFrame) -> None:
    """No division by nothing reaches a model."""
    values = whole[name]
    assert values.dtype == pl.String or all(v is None or math.isfinite(v) for v in values)


@pytest.mark.parametrize("name", NAMES)
def test_a_signal_has_a_value_in_the_rich_history(name: str, whole: pl.DataFrame) -> None:
    """The generic checks hold every signal to something: none is unknown, or the same, for all."""
    assert whole[name].n_unique() > 1


@pytest.mark.parametrize("signal", ALL, ids=lambda s: s.name)
def test_a_signal_says_what_it_means(signal: Signal) -> None:
    """Meaning in a sentence, words for a rep, a known family, and a name that says its window."""
    assert signal.meaning.endswith(".")
    assert signal.label[0].isupper()
    assert signal.family in FAMILIES
    assert signal.window is None or signal.name.endswith(f"_{signal.window}d")


def test_every_account_has_a_row(whole: pl.DataFrame) -> None:
    """Silent accounts, accounts without contracts, accounts of yesterday: each known account once."""
    known = TABLES["accounts"].filter((pl.col("created_at") < AS_OF) & (pl.col("received_at") < AS_OF))
    assert whole["account_id"].to_list() == sorted(known["account_id"].unique().to_list())


def test_a_history_of_nothing_has_a_snapshot_of_nothing() -> None:
    """A group of buckets may be empty; it keeps the columns and types of the others."""
    nothing = compute_signals(History.of(), as_of=AS_OF, rules=RULES)
    assert nothing.is_empty()
    assert nothing.schema == snapshot(TABLES).schema
    quiet = compute_signals(History.of(accounts=TABLES["accounts"]), as_of=AS_OF, rules=RULES)
    assert quiet.schema == nothing.schema


def test_no_two_signals_are_named_or_defined_alike() -> None:
    """One thing, one signal."""
    assert [n for n, count in Counter(NAMES).items() if count > 1] == []
    definitions = Counter(
        (s.source, s.window, s.offset, s.silence, s.expr.meta.serialize(format="json"))
        for s in SIGNALS
        if s.source != "peers"
    )
    assert [d for d, count in definitions.items() if count > 1] == []
    labels = Counter(s.label for s in SIGNALS)
    assert [label for label, count in labels.items() if count > 1] == []


def test_no_two_signals_have_the_same_values(whole: pl.DataFrame) -> None:
    """What is the same for every account says the same."""
    columns: dict[tuple[object, ...], list[str]] = {}
    for name in NAMES:
        columns.setdefault(tuple(whole[name].to_list()), []).append(name)
    assert [names for names in columns.values() if len(names) > 1] == []


def test_values_do_not_depend_on_the_number_of_threads(whole: pl.DataFrame) -> None:
    """One thread, or as many as there are: the same bits."""
    script = (
        "from tests.features.test_every_signal import TABLES, snapshot; import sys;"
        "sys.stdout.buffer.write(snapshot(TABLES).serialize())"
    )
    alone = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "POLARS_MAX_THREADS": "1"}, cwd=ROOT, capture_output=True,
        check=True,
    )  # fmt: skip
    assert pl.DataFrame.deserialize(io.BytesIO(alone.stdout)).equals(whole)


def test_a_snapshot_in_the_middle_of_a_day_cuts_there() -> None:
    """An as_of with a time of day sees that day's events up to it, and drops those as long before its window."""
    noon = AS_OF + timedelta(hours=12)
    late = compute_signals(History.of(**TABLES), as_of=noon, rules=RULES)
    seen = TABLES["events"].filter(
        pl.col("timestamp").is_between(noon - 28 * DAY, noon, closed="left"), pl.col("received_at") < noon
    )
    counts = seen.group_by("account_id").len().rows()
    expected = {account: float(count) for account, count in counts}
    found = {a: v for a, v in late.select("account_id", "events_28d").rows() if v}
    assert found == expected


def test_fingerprints_tell_definitions_apart() -> None:
    """A fingerprint is new for every signal, and stays what it is from one process to the next."""
    assert len(set(fingerprints(ALL).values())) == len(ALL)
    assert fingerprints(ALL)["active_days_28d"] == FINGERPRINT_OF_ACTIVE_DAYS
    assert fingerprints(ALL, RULES)["value_events_28d"] != fingerprints(ALL)["value_events_28d"]


FINGERPRINT_OF_ACTIVE_DAYS = "208d6fc7557bbf93172167fe424188096570a532f5ef1304fac12a3c8d96cae7"

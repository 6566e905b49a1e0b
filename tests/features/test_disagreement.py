"""Accounts of which use and money say opposite things."""

from __future__ import annotations

import math

import polars as pl
import pytest

from consumption.features.compute import compute_signals
from consumption.features.disagreement import DISAGREEMENTS, KINDS, Kind, disagreements
from consumption.features.population import population
from consumption.features.signal_set import by_name
from consumption.lake.history import History
from tests.features.small import AS_OF, RULES, rich


def book(**values: object) -> pl.DataFrame:
    """A snapshot of acme with these values."""
    return pl.DataFrame({"account_id": ["acme"], **{name: [value] for name, value in values.items()}})


def people(*names: str, arr: float | None = 100.0, notice: bool = False) -> pl.DataFrame:
    """Accounts in force."""
    return pl.DataFrame({"account_id": list(names), "arr": [arr] * len(names), "notice_given": [notice] * len(names)},
                        schema_overrides={"arr": pl.Float64})  # fmt: skip


def test_buying_more_while_using_less_is_a_disagreement() -> None:
    """A tenth more ARR, a quarter less use: exactly that much is enough, with both values to read."""
    snapshot = book(arr_trend=math.log(1.1), events_trend_84d=math.log(0.75), arr=7.0)
    assert disagreements(snapshot, people("acme")).rows() == [
        ("acme", "bought_more_uses_less", "events_trend_84d", math.log(0.75), "arr_trend", math.log(1.1), 100.0)
    ]
    agreeing = snapshot.with_columns(events_trend_84d=pl.lit(0.0))
    assert disagreements(agreeing, people("acme")).is_empty()


def test_notice_given_speaks_against_growing_use() -> None:
    """It stands in the population, not among the signals."""
    snapshot = book(user_growth_84d=math.log(1.5))
    assert disagreements(snapshot, people("acme", notice=True))["kind"].to_list() == ["grows_and_leaves"]
    assert disagreements(snapshot, people("acme")).is_empty()


def test_what_is_unknown_disagrees_with_nothing() -> None:
    """An unknown value, a missing signal, an account that is not in force: no row, but the same columns."""
    unknown = pl.DataFrame({"account_id": ["acme"], "nps_last": [None], "seat_utilisation_28d": [0.1]},
                           schema_overrides={"nps_last": pl.Float64})  # fmt: skip
    for snapshot, accounts in ((unknown, people("acme")), (book(nps_last=10.0), people("acme")),
                               (book(nps_last=10.0, seat_utilisation_28d=0.1), people("other"))):  # fmt: skip
        found = disagreements(snapshot, accounts)
        assert found.is_empty()
        assert found.schema == DISAGREEMENTS


def test_several_disagree_the_most_money_first() -> None:
    """By ARR, then by account, then in the order of the kinds."""
    told = {"nps_last": 9.0, "seat_utilisation_28d": 0.2, "auto_renewing_share": 1.0}
    snapshot = pl.DataFrame([{"account_id": name, **told} for name in ("b", "a", "c")])
    accounts = pl.concat([people("a", "b", arr=5.0), people("c", arr=9.0)])
    found = disagreements(snapshot, accounts)
    assert found["account_id"].to_list() == ["c", "c", "a", "a", "b", "b"]
    assert found["kind"].to_list() == ["empty_and_happy", "empty_and_renewing"] * 3


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_compares_signals_there_are(kind: Kind) -> None:
    """Use against something that is not use, both by a signal (or by notice), with a meaning in a sentence."""
    signals = by_name()
    assert kind.usage.signal in signals
    assert kind.commercial.signal in {*signals, "notice_given"}
    assert kind.meaning.endswith(".")
    limits = book(**{side.signal: float(side.limit) for side in (kind.usage, kind.commercial)})
    found = disagreements(limits.drop("notice_given", strict=False), people("acme", notice=True))
    assert kind.name in found["kind"].to_list()


def test_a_whole_snapshot_is_searched() -> None:
    """From the signals themselves; the order of accounts changes nothing."""
    told = History.of(**rich(count=30))
    snapshot, accounts = compute_signals(told, as_of=AS_OF, rules=RULES), population(told, AS_OF)
    found = disagreements(snapshot, accounts)
    assert 0 < found["account_id"].n_unique() < accounts.height
    assert disagreements(snapshot.reverse(), accounts.reverse()).equals(found)

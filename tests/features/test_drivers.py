"""Drivers are numbers from 0 to 1 that follow their signals."""

from __future__ import annotations

import polars as pl

from consumption.features.compute import compute_signals
from consumption.features.drivers import DRIVER_LABELS, DRIVER_SIGNALS, DRIVERS, drivers
from consumption.features.signal_set import by_name
from consumption.lake.history import History
from tests.features.small import AS_OF, RULES, rich


def of(**signals: float | None) -> dict[str, float]:
    """Drivers of one account with these signals."""
    snapshot = pl.DataFrame({"account_id": ["acme"], **{n: [v] for n, v in signals.items()}})
    found = drivers(snapshot, pl.DataFrame({"account_id": ["acme"]}))
    return found.drop("account_id").row(0, named=True)


def test_drivers_lie_between_0_and_1_and_are_never_unknown() -> None:
    """For accounts of all kinds."""
    snapshot = compute_signals(History.of(**rich()), as_of=AS_OF, rules=RULES)
    found = drivers(snapshot, snapshot.select("account_id"))
    assert tuple(found.columns[1:]) == DRIVERS
    values = found.drop("account_id").unpivot()["value"]
    assert values.null_count() == 0
    assert values.is_between(0, 1).all()
    assert all(found[name].n_unique() > 1 for name in DRIVERS if name != "constant")


def test_one_account_alone_has_the_drivers_it_has_in_company() -> None:
    """To the bit."""
    snapshot = compute_signals(History.of(**rich()), as_of=AS_OF, rules=RULES)
    whole = drivers(snapshot, snapshot.select("account_id"))
    alone = pl.concat(drivers(snapshot, snapshot.select("account_id")[i]) for i in range(snapshot.height))
    assert alone.equals(whole)


def test_an_unknown_signal_leaves_its_driver_neutral() -> None:
    """Nothing known is neither good nor bad."""
    nothing = of()
    assert nothing == of(seat_utilisation_28d=None)
    assert nothing["constant"] == 1


def test_drivers_follow_business_sense() -> None:
    """Little use, a silent champion, a near renewal, a small part used, over-use, size."""
    assert of(seat_utilisation_28d=0.1)["low_adoption"] > 0.9
    assert of(seat_utilisation_28d=0.9)["low_adoption"] < 0.1
    assert of(champion_silent_days=60.0)["silent_champion"] > 0.9
    assert of(days_to_decision=10.0)["renewal_near"] > 0.9
    assert of(days_to_decision=300.0)["renewal_near"] < 0.1
    assert of(feature_breadth_84d=0.1)["shallow_breadth"] > 0.9
    assert of(seat_utilisation_28d=1.2)["over_use"] > 0.9
    assert of(seat_utilisation_28d=0.2)["under_use"] > 0.9
    assert of(open_severe_ticket_days=40.0)["friction"] > 0.9
    assert of(arr=1_000_000.0)["large"] > 0.9
    assert of(arr=2_000.0)["large"] < 0.1


def test_every_driver_has_words_and_signals_that_exist() -> None:
    """A driver names a group of reasons."""
    assert set(DRIVER_LABELS) == set(DRIVER_SIGNALS) == set(DRIVERS)
    assert {name for names in DRIVER_SIGNALS.values() for name in names} <= set(by_name())

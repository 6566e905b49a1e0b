"""Which readings belong to one gauge or counter, whoever read it and whatever it names."""

from __future__ import annotations

from typing import Any

import pytest

from consumption.features.rules import Meter, UsageRules
from tests.features.small import DAY, JUNE_1, contract, events, value_of

TODAY = JUNE_1.date()
COUNTER = UsageRules(meters={"hour": Meter(("read",), "counter")})
GAUGE = UsageRules(meters={"hour": Meter(("read",), "last")})


def bought(product: str = "press", **columns: object) -> dict[str, Any]:
    """100 units of a product since 50 days."""
    usual: dict[str, object] = {"unit": "hour", "quantity": 100.0, "product": product}
    return contract("acme", TODAY - 50 * DAY, TODAY + 50 * DAY, **(usual | columns))


def read(*readings: tuple[object, ...]) -> Any:
    """Readings a day apart, the last one yesterday: quantity, user, product, machine."""
    rows = enumerate(reversed(readings), start=1)
    return events(*(("acme", JUNE_1 - d * DAY, "read", user, q, *rest) for d, (q, user, *rest) in rows))


@pytest.mark.parametrize("machine", ["m1", None])
def test_a_counter_that_several_people_read_is_one(machine: str | None) -> None:
    """100, 110, 115 and 120, read by ada, bob, bob and ada: 20 and not 10 + 5 + 20."""
    seen = read(*((q, user, "press", machine) for q, user in zip((100.0, 110.0, 115.0, 120.0), "abba", strict=True)))
    assert value_of("unit_utilisation", events=seen, contracts=[bought()], rules=COUNTER) == 0.2


def test_operators_who_take_turns_run_a_machine_once() -> None:
    """Ten readings of two operators in turn, 10 hours apart: 90 run-hours."""
    seen = read(*((100.0 + 10 * k, "ab"[k % 2], "press", "m1") for k in range(10)))
    machine = [{"asset_id": "m1", "account_id": "acme"}]
    assert value_of("run_hours_28d", events=seen, assets=machine, rules=COUNTER) == 90


@pytest.mark.parametrize("machine", ["m1", None])
def test_a_gauge_that_two_people_tell_is_one(machine: str | None) -> None:
    """100 by ada, then 105 by bob: 105, and not 205."""
    seen = read((100.0, "a", "press", machine), (105.0, "b", "press", machine))
    held = [bought(quantity=210.0)]
    assert value_of("level_utilisation", events=seen, contracts=held, rules=GAUGE) == 0.5


@pytest.mark.parametrize("machine", ["m1", None])
def test_a_reading_without_a_product_is_of_the_one_named_before(machine: str | None) -> None:
    """100, 110, 115 and 120, of which the first and the last name the press: 20 for it, and nothing for the lathe."""
    seen = read(
        *((q, None, p, machine) for q, p in ((100.0, "press"), (110.0, None), (115.0, None), (120.0, "press")))
    )
    for product, share in (("press", 0.2), ("lathe", 0.0)):
        assert value_of("unit_utilisation", events=seen, contracts=[bought(product)], rules=COUNTER) == share
    told = read((100.0, None, "press", machine), (105.0, None, None, machine))
    assert value_of("level_utilisation", events=told, contracts=[bought(quantity=210.0)], rules=GAUGE) == 0.5


def test_before_the_first_name_a_reading_is_of_that_one_and_after_another_of_the_other() -> None:
    """100, press 110, 115; then lathe 50, 60: 15 of the press and 10 of the lathe, by one machine."""
    named = ((100.0, None), (110.0, "press"), (115.0, None), (50.0, "lathe"), (60.0, None))
    seen = read(*((q, None, p, "m1") for q, p in named))
    for product, share in (("press", 0.15), ("lathe", 0.1)):
        assert value_of("unit_utilisation", events=seen, contracts=[bought(product)], rules=COUNTER) == share


def test_readings_that_never_name_a_product_count_for_every_contract() -> None:
    """100 and 120: 20 of whatever was bought."""
    seen = read((100.0, "a", None, "m1"), (120.0, "b", None, "m1"))
    for product in ("press", "lathe"):
        assert value_of("unit_utilisation", events=seen, contracts=[bought(product)], rules=COUNTER) == 0.2


def test_each_machine_has_a_gauge_of_its_own() -> None:
    """Two users of one machine make one level, two machines of one user two: 40 + 20."""
    seen = read((30.0, "a", "press", "m1"), (20.0, "a", "press", "m2"), (40.0, "b", "press", "m1"))
    assert value_of("level_utilisation", events=seen, contracts=[bought()], rules=GAUGE) == 0.6

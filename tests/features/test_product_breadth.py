"""How many of the products owned are used: what silence tells, and what events without a product do not."""

from __future__ import annotations

from datetime import date

import pytest

from tests.features.small import DAY, JUNE_1, contract, events, value_of

OWNED = [
    contract("acme", date(2025, 1, 1), date(2026, 1, 1), product=product, contract_id=product)
    for product in ("desk", "lab")
]


@pytest.mark.parametrize(
    ("days", "product", "share"),
    [(10, "desk", 0.5), (10, "other", 0), (10, None, None), (84, "desk", 0.5), (85, "desk", 0), (200, "desk", 0)],
)
def test_an_owner_who_stopped_uses_none(days: int, product: str | None, share: float | None) -> None:
    """One of two products used so many days ago; unknown only where events of that time name none."""
    seen = events(("acme", JUNE_1 - days * DAY, "open", "ada", 1.0, product))
    assert value_of("product_breadth_84d", events=seen, contracts=OWNED) == share

"""How each product owned is used: by hand."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import polars as pl

from consumption.features.by_product import by_product
from tests.features.small import DAY, JUNE_1, contract, events, history, value_of

START, END = date(2025, 1, 1), date(2026, 1, 1)
OWNED = [
    contract("acme", START, END, product="desk", arr=600.0, contract_id="d"),
    contract("acme", START, END, product="lab", arr=300.0, contract_id="l"),
    contract("acme", START, END, product="spare", arr=100.0, contract_id="s"),
]


def used(**counts: tuple[int, int]) -> pl.DataFrame:
    """Events of each product in the last four weeks, and in the four before."""
    rows = [
        ("acme", JUNE_1 - days * DAY, "open", f"u{n % 2}", 1.0, None if product == "none" else product)
        for product, (now, before) in counts.items()
        for days, count in ((1, now), (30, before))
        for n in range(count)
    ]
    return events(*rows)


def values(seen: pl.DataFrame, **tables: Any) -> dict[str, object]:
    """All signals by product, of acme."""
    names = ("unused_product_arr_share_28d", "falling_product_arr_share_28d", "worst_product_events_trend_28d",
             "best_product_events_trend_28d", "main_product_events_trend_28d")  # fmt: skip
    given = {"contracts": OWNED} | tables
    return {name.removesuffix("_28d"): value_of(name, events=seen, **given) for name in names}


def test_the_row_of_the_account_takes_the_worst_and_the_best_product() -> None:
    """Desk 9 to 9, lab 7 to 1, spare 0 to 3: the lab is worst, the spare best, the desk worth most."""
    found = values(used(desk=(9, 9), lab=(1, 7), spare=(3, 0)))
    assert found == {
        "unused_product_arr_share": 0,
        "falling_product_arr_share": 0.3,
        "worst_product_events_trend": math.log(2 / 8),
        "best_product_events_trend": math.log(4),
        "main_product_events_trend": 0,
    }


def test_what_is_paid_for_and_not_used_counts_by_its_value() -> None:
    """No lab and no spare: 400 of 1,000; both had been used before, so they fell as well."""
    found = values(used(desk=(9, 9), lab=(0, 4), spare=(0, 1)))
    assert (found["unused_product_arr_share"], found["falling_product_arr_share"]) == (0.4, 0.4)


def test_a_quarter_less_is_no_fall_yet() -> None:
    """Three of four is where a fall begins, and is none."""
    assert values(used(desk=(3, 4), lab=(9, 9)))["falling_product_arr_share"] == 0


def test_one_product_alone_tells_nothing_by_product() -> None:
    """Its figures are the account's, which other signals tell."""
    assert set(values(used(desk=(2, 9)), contracts=OWNED[:1]).values()) == {None}


def test_events_that_name_no_product_tell_nothing_by_product() -> None:
    """Where none does it is unknown which product is used; an account without any event uses none of them."""
    assert set(values(used(none=(5, 5))).values()) == {None}
    assert values(used(none=(5, 5), desk=(1, 1)))["unused_product_arr_share"] == 0.4
    assert values(events())["unused_product_arr_share"] == 1


def test_without_a_contract_nothing_is_owned() -> None:
    """Use of what was not bought is no product of the account."""
    assert set(values(used(desk=(5, 5)), contracts=[]).values()) == {None}


def test_products_are_named_for_reasons_and_pages() -> None:
    """A row a product owned; of equal trends the one worth more is marked."""
    seen = used(desk=(9, 9), lab=(1, 7), spare=(1, 7))
    rows = by_product(history(contracts=OWNED, events=seen), JUNE_1)
    assert rows.select("product", "arr", "events_28d", "active_users_28d", "is_worst", "is_best").rows() == [
        ("desk", 600, 9, 2, False, True),
        ("lab", 300, 1, 1, True, False),
        ("spare", 100, 1, 1, False, False),
    ]
    assert rows["events_trend_28d"].to_list() == [0, math.log(2 / 8), math.log(2 / 8)]


def test_the_use_of_products_is_unknown_where_events_name_none() -> None:
    """The rows are there with their value; nothing is worst or best."""
    rows = by_product(history(contracts=OWNED, events=used(none=(5, 5))), JUNE_1)
    assert rows["arr"].to_list() == [600, 300, 100]
    assert rows["events_28d"].null_count() == 3
    assert not rows["is_worst"].any()

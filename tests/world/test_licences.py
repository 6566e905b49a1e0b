"""What files tell of a week is known in that week: no list is as long as what is bought later."""

from __future__ import annotations

import numpy as np
import polars as pl

from consumption.world.arrays import dates
from consumption.world.books import RESELLER
from consumption.world.customers import contacts
from consumption.world.state import WEEK
from consumption.world.stories import IDLE_LICENCES
from consumption.world.telemetry import _of_users
from consumption.world.truth import account_ids
from consumption.world.users import champions_gone, draw_users
from tests.world.test_mechanism import history


def test_no_more_people_hold_a_licence_than_have_been_bought() -> None:
    """A year before the end, by then, at the reseller's customers: of both products, and one for the champion."""
    past = history(0)
    users = draw_users(past, np.random.default_rng(5))
    week = past.weeks - 52
    today = dates("today", np.array([past.first_day + WEEK * week]))[0]
    there = contacts(past, users, np.random.default_rng(6)).unique("contact_id", keep="last", maintain_order=True)
    held = there.filter(
        pl.col("seat_assigned_on") <= today, pl.col("left_on").is_null() | (pl.col("left_on") > today)
    )
    holders = dict(held.group_by("account_id").len().iter_rows())
    quantity, second = (past.weekly[name][: week + 1].max(axis=0) for name in ("quantity", "second"))
    mine = np.flatnonzero((past.traits.book == RESELLER) & (past.traits.number != IDLE_LICENCES))
    ids = account_ids(past.traits.number).gather(mine)
    bought = quantity[mine] * (1.0 + 0.6 * second[mine]) + 2
    assert len(holders) > 20
    assert all(holders.get(name, 0) <= most for name, most in zip(ids, bought, strict=True))


def test_no_more_people_use_a_product_than_its_seats_leave_room_for() -> None:
    """At most 115 people share a hundred seats in a week, whatever the account will buy."""
    past = history(1)
    users = draw_users(past, np.random.default_rng(5))
    weeks = np.array([past.weeks - 52])
    lines = _of_users(past, users, champions_gone(past), weeks, np.random.default_rng(6))
    main = users.second == 0
    products = dict(zip(users.account[main], users.product[main], strict=True))
    seats = dict(zip(users.account[main], (users.seats > 0)[main], strict=True))
    seen = pl.DataFrame({"account": lines.account, "product": lines.product, "user": lines.user})
    for account, product, count in seen.group_by("account", "product").agg(pl.col("user").n_unique()).iter_rows():
        if products[account] == product and seats[account]:
            assert count <= max(np.ceil(1.15 * past.weekly["quantity"][weeks[0], account]), 1)

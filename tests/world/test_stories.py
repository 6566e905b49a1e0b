"""The two accounts that the demo's first minute shows."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from tests.world.conftest import AS_OF, World


def test_a_customer_of_the_reseller_pays_for_24_licences_nobody_uses(world: World) -> None:
    """Sixty licences are bought and assigned; in four weeks thirty-six people came."""
    account = pl.col("account_id") == world.summary.idle_licences
    contract = world.read("contracts").filter(account & (pl.col("ends_on") > AS_OF) & (pl.col("starts_on") <= AS_OF))
    assert contract["quantity"].to_list() == [60.0]
    events = world.read("events").filter(account & (pl.col("timestamp").dt.date() >= AS_OF - timedelta(days=28)))
    assert 35 <= events["user_id"].n_unique() <= 36
    seats = world.read("contacts").filter(
        account & pl.col("seat_assigned_on").is_not_null() & pl.col("left_on").is_null()
    )
    assert 58 <= seats.height <= 62


def test_a_guarantee_is_about_to_be_missed(world: World) -> None:
    """The machines ran enough until the quarter began; since then too little, with three weeks left to catch up."""
    account = pl.col("account_id") == world.summary.guarantee
    contract = world.read("contracts").filter(account & (pl.col("ends_on") > AS_OF) & (pl.col("starts_on") <= AS_OF))
    quantity, level = contract["quantity"][0], contract["guaranteed"][0]
    assert contract["kind"].to_list() == ["outcome"]
    assert contract["period"].to_list() == contract["measured_over"].to_list() == ["quarter"]
    began = contract.select(pl.col("starts_on").dt.offset_by("6mo"))["starts_on"][0]
    elapsed = (AS_OF - began).days
    assert 60 <= elapsed <= 75
    hours = world.read("events").filter(account & (pl.col("event") == "hours_run"))
    day = pl.col("timestamp").dt.date()
    run = float(hours.filter(day >= began)["quantity"].sum())
    assert 0.70 * level < run / (quantity * elapsed / 91) < 0.97 * level
    before = float(hours.filter(day.is_between(began - timedelta(days=91), began, closed="left"))["quantity"].sum())
    assert before / quantity > level

"""What comes too soon after something earlier."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from consumption.actions.catalogue import Catalogue, parse
from consumption.actions.grid import Flags, Grid
from consumption.actions.resting import Rests
from consumption.actions.standing import taken_up
from tests.actions.books import MONDAY, answered, decided, default_catalogue, small_catalogue

DAY = timedelta(days=1)
GAP = 14


ENTRY = (
    '[[action]]\nid = "{id}"\ntitle = "T"\nmotion = "help"\nservice_line = "support"\nhours = 1\n'
    'eligible = "true"\nsteps = ["go"]\n{more}\n'
)


def closed(catalogue: Catalogue, past: pl.DataFrame) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Pairs of account and action after what was taken up: those that are contacted, those that rest."""
    grid = Grid(past["account_id"].unique().sort(), catalogue.ordered)
    rests = Rests.of(grid, past, MONDAY, GAP)
    return named(grid, rests.contacted), named(grid, rests.resting)


def named(grid: Grid, flags: Flags) -> set[tuple[str, str]]:
    """The pairs that are flagged."""
    return set(grid.pairs.filter(pl.Series(flags.ravel())).select("account_id", "action").rows())


def test_the_same_action_rests_after_it_was_done() -> None:
    """Sixty days: on the sixtieth it is open again."""
    past = taken_up(
        decided(("a", MONDAY - 59 * DAY, "x", None), ("b", MONDAY - 60 * DAY, "x", None), by="rep"), answered()
    )
    _, resting = closed(small_catalogue("x 1 true"), past)
    assert resting == {("a", "x")}


def test_a_hint_in_the_product_is_no_contact() -> None:
    """Nobody is left alone for two weeks because a program showed a hint, nor sent another hint so soon."""
    past = taken_up(
        decided(("a", MONDAY - DAY, "in_product_nudges", None), ("b", MONDAY - DAY, "value_review", None), by="rep"),
        answered(),
    )
    contacted, _ = closed(default_catalogue(), past)
    people = {action.id for action in default_catalogue() if action.delivery != "self_service"}
    assert contacted == {("a", "in_product_nudges"), *(("b", action) for action in people)}


def test_an_action_may_have_its_own_contact_limit() -> None:
    """Two weeks after any contact, unless the action says how many days."""
    text = ENTRY.format(id="x", more="contact_gap_days = 40") + ENTRY.format(id="y", more="contact_gap_days = 0")
    past = taken_up(decided(("a", MONDAY - 20 * DAY, "z", None), by="rep"), answered())
    contacted, resting = closed(parse(text, []), past)
    assert contacted == {("a", "x")}
    assert not resting, "z is no action of this catalogue"


def test_todays_own_decisions_are_not_the_past() -> None:
    """The same day planned again is the same plan."""
    past = taken_up(decided(("a", MONDAY, "x", None), by="rep"), answered())
    assert closed(small_catalogue("x 1 true"), past) == (set(), set())

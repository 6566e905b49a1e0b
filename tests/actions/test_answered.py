"""What earlier decisions and their answers leave: each decision once, as its last answer left it."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from consumption.actions.standing import taken_up
from consumption.tables import RESPONSES_TABLE
from tests.actions.books import MONDAY, answered, decided

DAY = timedelta(days=1)


def said(*answers: tuple[str, str]) -> pl.DataFrame:
    """Responses to d0, one an hour after its day: response, attributes each; in an order of no meaning."""
    rows = [
        {"response_id": f"r{n}", "decision_id": "d0", "timestamp": MONDAY + n * DAY / 24, "response": response,
         "attributes": attributes}
        for n, (response, attributes) in enumerate(answers, start=1)
    ]  # fmt: skip
    return pl.concat([pl.DataFrame(schema=RESPONSES_TABLE.stored_schema), pl.DataFrame(rows[::-1])], how="diagonal")


def test_work_began_with_the_first_answer_and_is_whose_it_was_given_to_last() -> None:
    """Accepted, handed over twice, completed: the hours are of the first week, the last colleague spent them."""
    told = said(("accepted", "{}"), ("handed_over", '{"handed_to":"ada"}'), ("handed_over", '{"handed_to":"bea"}'),
                ("completed", "{}"))  # fmt: skip
    row = taken_up(decided(("a", MONDAY, "x", None)), told).row(0, named=True)
    assert (row["worked_at"], row["worked_by"]) == (MONDAY + DAY / 24, "bea")
    assert row["timestamp"] == MONDAY + 4 * DAY / 24


def test_the_day_that_was_named_last_counts() -> None:
    """Put off, and put off once more."""
    told = said(("snoozed", '{"until":"2026-03-09"}'), ("snoozed", '{"until":"2026-03-20"}'))
    row = taken_up(decided(("a", MONDAY, "x", None)), told).row(0, named=True)
    assert (row["alone_until"], row["back_on"]) == (date(2026, 3, 20), date(2026, 3, 20))


def test_what_people_did_and_answered_too_happened_once() -> None:
    """A rep's own choice is as its answer left it; what is sent by itself is done, whatever is said of it."""
    told = said(("dismissed", "{}"))
    own = taken_up(decided(("a", MONDAY, "x", None), by="rep"), told)
    assert own["worked_on"].to_list() == [False]
    assert own["timestamp"].to_list() == [MONDAY + DAY / 24]
    sent = taken_up(decided(("a", MONDAY, "x", None)), told, ("x",))
    assert sent["timestamp"].to_list() == [MONDAY]


def test_doing_nothing_is_not_taken_up() -> None:
    """Nobody was in touch, whoever answers what."""
    assert taken_up(decided(("a", MONDAY, "none", None)), said(("completed", "{}"))).is_empty()


def test_only_what_was_proposed_says_how_often_withheld_actions_rest() -> None:
    """A rep's own deed is always done; nobody answered a proposal, so nothing is known: all of them rest."""
    served, deed = decided(*[("a", MONDAY, "x", None)] * 4), decided(("b", MONDAY, "x", None), by="rep")
    held = decided(*((f"c{n}", MONDAY, "none", "x") for n in range(40)))
    ids = [pl.col("decision_id"), pl.lit("own"), pl.format("h{}", "account_id")]
    past = pl.concat(
        [rows.with_columns(decision_id=name) for rows, name in zip((served, deed, held), ids, strict=True)]
    )
    assert taken_up(past, answered(("own", "completed")))["withheld"].sum() == 40

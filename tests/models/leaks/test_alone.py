"""What one signal tells by itself, with figures by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from consumption.models.leaks.alone import auc, telling
from consumption.models.leaks.leak import TOO_GOOD, Leak, trusting
from consumption.models.leaks.leaning import alarms

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
OTHERS = [float(n) for n in range(10)]
# Of ten others with the values 0 to 9 this one is ahead of all, of four, of five, of none.
ALL, FOUR, FIVE, NONE = 50.0, 3.5, 4.5, -1.0


def book(lost: Sequence[tuple[float, int | None]], others: Sequence[float], moved: str = "stayed") -> pl.DataFrame:
    """An account each: a value, and in how many days it was lost; the others' outcome is `stayed`, or as said."""
    rows = [("churn", value, days) for value, days in lost] + [(moved, value, None) for value in others]
    return pl.DataFrame(
        {
            "account_id": [f"a{n:02d}" for n in range(len(rows))],
            "as_of": [MONDAY] * len(rows),
            "outcome": [outcome for outcome, _, _ in rows],
            "use": [value for _, value, _ in rows],
            "lost_on": [None if days is None else (MONDAY + timedelta(days=days)).date() for _, _, days in rows],
        },
        schema_overrides={"lost_on": pl.Date},
    )


def numbers(rows: pl.DataFrame) -> list[int]:
    """Which of the eight leaks are seen."""
    return [leak.kind.number for leak in telling("help", rows, ["use"])]


@pytest.mark.parametrize(("tenth", "seen"), [(NONE, []), (0.5, [3])])
def test_an_auc_over_nine_tenths_is_too_good_and_nine_tenths_are_not(tenth: float, seen: list[int]) -> None:
    """Of a hundred pairs 90 in order, or 91."""
    rows = book([(ALL, None)] * 9 + [(tenth, None)], OTHERS)
    assert numbers(rows) == seen


def test_what_tells_most_is_named_first() -> None:
    """Then by name."""
    rows = book([(ALL, None)] * 9 + [(0.5, None)], OTHERS).with_columns(
        **{name: pl.Series([ALL] * 10 + OTHERS) for name in ("best", "also")}
    )
    found = telling("help", rows, ["use", "best", "also"])
    assert [(leak.subjects, leak.seen[-4:]) for leak in found] == [
        (("also",), "1.00"), (("best",), "1.00"), (("use",), "0.91")
    ]  # fmt: skip


def test_an_auc_of_nine_accounts_says_nothing() -> None:
    """Nor one against nine others; of ten against ten it does."""
    assert numbers(book([(ALL, None)] * 10, OTHERS)) == [3]
    assert numbers(book([(ALL, None)] * 9, OTHERS)) == []
    assert numbers(book([(ALL, None)] * 10, OTHERS[:9])) == []
    again = book([(ALL, None)] * 9, OTHERS)
    assert numbers(pl.concat([again, again.head(9)])) == [], "accounts count, and not their rows"


@pytest.mark.parametrize(("days", "seen"), [(20, [2]), (21, [])])
def test_a_late_alarm_is_one_of_losses_under_three_weeks_away(days: int, seen: list[int]) -> None:
    """It tells those of 20 days ahead; what it tells three weeks ahead is no late alarm."""
    rows = book([(ALL, days)] * 10 + [(value + 0.5, 60) for value in OTHERS], OTHERS)
    assert numbers(rows) == seen


@pytest.mark.parametrize(("between", "seen"), [(FOUR, [2]), (FIVE, [])])
def test_the_jump_of_a_late_alarm_is_over_a_tenth_beyond_doubt(between: float, seen: list[int]) -> None:
    """Soon: AUC 1, without error. Later: .64, error .126, so that .36 - .252 = .108; .65 and .125: .0998."""
    later = [(ALL, 60)] * 6 + [(between, 60)] + [(NONE, 60)] * 3
    assert numbers(book([(ALL, 5)] * 10 + later, OTHERS)) == seen


def test_losses_of_which_no_day_is_known_are_neither_soon_nor_late() -> None:
    """With nine that are dated nothing can be said of late alarms."""
    later = [(value + 0.5, 60) for value in OTHERS]
    assert numbers(book([*[(ALL, 5)] * 9, (ALL, None), *later], OTHERS)) == []


def test_who_shrinks_is_looked_for_among_those_that_stayed() -> None:
    """And who grows, for the other motion: told by what happened to them, whoever left."""
    stayed = book([], [NONE] * 10)
    shrank = book([], [ALL] * 10, "contraction").with_columns(account_id=pl.col("account_id") + "s")
    (found,) = telling("help", pl.concat([stayed, shrank]), ["use"])
    assert found.seen == "alone it tells who shrinks with an AUC of 1.00"
    grew = shrank.with_columns(outcome=pl.lit("expansion"))
    (found,) = telling("expand", pl.concat([stayed, grew]), ["use"])
    assert found.seen == "alone it tells who grows with an AUC of 1.00"


def test_the_error_of_an_auc_is_that_of_hanley_and_mcneil() -> None:
    """Eight of twelve pairs of four and three: A = 2/3, Q1 = A / (2 - A), Q2 = 2 A x A / (1 + A)."""
    values = pl.Series([1.5, 3.5, 4.5, 5.5, 1.0, 2.0, 5.0])
    found = auc(values, np.array([1.0] * 4 + [0.0] * 3))
    assert found.auc == pytest.approx(8 / 12)
    q1, q2 = (2 / 3) / (4 / 3), 2 * (4 / 9) / (5 / 3)
    assert found.error == pytest.approx(np.sqrt((2 / 9 + 3 * (q1 - 4 / 9) + 2 * (q2 - 4 / 9)) / 12))


@pytest.mark.parametrize("known", [5.0, 0.0])
def test_the_unknown_count_as_lowest_or_as_highest_whichever_tells_more(known: float) -> None:
    """Beside a known value above all others they are highest, beside one below all lowest."""
    values = pl.Series([None, None, None, known, known, 1.0, 2.0])
    assert auc(values, np.array([1.0] * 5 + [0.0] * 2)).auc == 1.0


def test_a_word_of_one_account_tells_nothing() -> None:
    """It is judged by the other accounts that have it: names are no leak, however often they are there."""
    accounts = pl.Series(["a", "a", "b", "b", "c", "c", "d", "d"])
    happened = np.array([1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    assert auc(accounts, happened, accounts).auc == 0.5
    shared = pl.Series(["left"] * 4 + ["there"] * 4)
    assert auc(shared, happened, accounts).auc == 1.0


def test_a_model_leans_on_what_carries_a_tenth_of_it() -> None:
    """A tenth is heavy, a little less is not."""
    leaks = [Leak(TOO_GOOD, ("a",), "it tells too much")]
    assert len(alarms(leaks, {"a": 1.0, "b": 9.0})) == 1
    assert alarms(leaks, {"a": 0.99, "b": 9.0}) == []


def test_a_leak_names_six_signals_and_counts_the_rest() -> None:
    """Trusted ones are told apart, and stop nothing."""
    names = tuple("abcdefg")
    assert Leak(TOO_GOOD, names[:6], "seen").text == "Leak 3 (too good): a, b, c, d, e, f: seen."
    assert Leak(TOO_GOOD, names, "seen").text == "Leak 3 (too good): a, b, c, d, e, f and 1 more: seen."
    found = trusting([Leak(TOO_GOOD, names, "seen")], {"a", "z"})
    assert [(leak.subjects, leak.trusted, leak.stops) for leak in found] == [
        (names[1:], False, True),
        (("a",), True, False),
    ]
    assert found[1].text == "Leak 3 (too good): a: seen; trusted by settings."
    assert [leak.trusted for leak in trusting([Leak(TOO_GOOD, ("a",), "seen")], {"a"})] == [True]


def test_of_many_rows_as_many_as_tell_enough_are_looked_at() -> None:
    """Five thousand of each kind, evenly from the first to the last: what a tenth of them says stays."""
    others = [1.0] * 9 + [2.0]
    rows = book([(ALL, None)] * 10, OTHERS)
    many = pl.DataFrame({"use": others * 1_200}).with_row_index("account_id").select(
        pl.col("account_id").cast(pl.String), as_of=pl.lit(MONDAY), outcome=pl.lit("stayed"), use="use",
        lost_on=pl.lit(None, pl.Date),
    )  # fmt: skip
    (found,) = telling("help", pl.concat([rows.with_columns(use=pl.lit(2.0)).head(10), many]), ["use"])
    # Of ten others one is level with those that were lost: .9 + .05.
    assert found.seen == "alone it tells who leaves with an AUC of 0.95"

"""How far ahead labels look, and which snapshots may learn from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumption.models.samples.cases import lost_within
from consumption.models.samples.horizon import choose_horizon
from consumption.models.samples.split import USUAL_WINDOWS, Split, Windows, split, training_dates

AS_OF = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)


def losses(count: int, days: int) -> pl.DataFrame:
    """One loss after the other, evenly over the last `days` days."""
    lost = [(AS_OF - DAY * (days * i // count)).date() for i in range(count)]
    return pl.DataFrame({"account_id": [f"a{i}" for i in range(count)], "lost_on": lost})


def test_snapshots_are_counted_back_from_the_day_of_training() -> None:
    """Every 28 days, oldest first; the day of training itself has no label."""
    found = training_dates(AS_OF - 100 * DAY, AS_OF)
    assert found == [AS_OF - 56 * DAY, AS_OF - 28 * DAY]


def test_the_first_snapshot_has_something_to_look_back_on() -> None:
    """A snapshot on the first day of telemetry would know nothing."""
    assert training_dates(AS_OF - 55 * DAY, AS_OF) == []
    assert training_dates(AS_OF - 56 * DAY, AS_OF) == [AS_OF - 28 * DAY]


@given(
    days=st.integers(0, 1_500),
    horizon=st.sampled_from([56, 91, 182]),
    lead=st.integers(0, 30),
    every=st.sampled_from([7, 28]),
    shape=st.sampled_from([(3, 3), (1, 1), (1, 0), (2, 5)]),
)
def test_no_label_window_reaches_into_a_later_part(
    days: int, horizon: int, lead: int, every: int, shape: tuple[int, int]
) -> None:
    """The purge: training's windows end before validation begins, validation's 28 days before the test's."""
    windows = Windows(every=every, lead=lead)
    dates = training_dates(AS_OF - days * DAY, AS_OF, every=every)
    parts = split(dates, AS_OF, horizon=horizon, windows=windows, tests=shape[0], valids=shape[1])
    length = timedelta(days=lead + horizon)
    for earlier, later, gap in (("train", "valid", 0), ("valid", "test", 28), ("train", "test", 0)):
        for before in getattr(parts, earlier):
            assert all(before + length + gap * DAY <= after for after in getattr(parts, later))
    assert all(d + length + 30 * DAY <= AS_OF for d in parts.dates), "late signatures are still out"
    assert len(parts.dates) == len(set(parts.dates))


def days_of(parts: Split) -> tuple[list[int], list[int], list[int]]:
    """How many days before the training the snapshots of each part lie."""
    train, valid, test = ([(AS_OF - d).days for d in part] for part in (parts.train, parts.valid, parts.test))
    return train, valid, test


def test_parts_lie_as_worked_by_hand() -> None:
    """A label is known after 14 + 91 + 30 = 135 days: 140, 168, 196 test. 196 + 133 = 329: 336 to 392 validate.

    392 + 105 = 497: from 504 on they train.
    """
    dates = [AS_OF - 28 * k * DAY for k in range(20, 0, -1)]
    assert days_of(split(dates, AS_OF, horizon=91)) == ([560, 532, 504], [392, 364, 336], [196, 168, 140])
    alone = split(dates, AS_OF, horizon=91, tests=1, valids=0)
    assert days_of(alone) == ([28 * k for k in range(20, 8, -1)], [], [140]), "245 days and more train"
    assert (USUAL_WINDOWS.every, USUAL_WINDOWS.warm_up) == (28, 28)


@pytest.mark.parametrize(
    ("days", "parts"),
    [
        ((373, 268, 135), ([373], [268], [135])),
        ((372, 268, 135), ([], [268], [135])),
        ((373, 267, 135), ([], [373], [135])),
        ((373, 268, 134), ([], [], [268])),
    ],
)
def test_windows_may_touch(days: tuple[int, ...], parts: tuple[list[int], ...]) -> None:
    """One that ends on the day on which the next part, or the training, begins is over; a day on, it is not."""
    dates = [AS_OF - number * DAY for number in days]
    assert days_of(split(dates, AS_OF, horizon=91, tests=1, valids=1)) == parts


def test_a_date_that_the_purge_takes_out_is_used_by_no_part() -> None:
    """It is neither trained on nor tested on."""
    parts = Split(train=(AS_OF - 300 * DAY,), test=(AS_OF,))
    assert [parts.part(AS_OF - n * DAY) for n in (300, 100, 0)] == ["train", "unused", "test"]


def test_thirty_one_months_allow_to_look_half_a_year_ahead() -> None:
    """182 days need about 30 months: six training snapshots, then validation and test behind their purge."""
    chosen = choose_horizon(AS_OF - 952 * DAY, AS_OF, losses(400, 952))
    assert (chosen.days, chosen.learnable) == (182, True)
    assert [len(p) for p in (chosen.split.train, chosen.split.valid, chosen.split.test)] == [6, 3, 3]


def test_two_years_allow_to_look_a_quarter_ahead_and_say_when_more_is_possible() -> None:
    """The longest horizon that the history allows is taken, and the next one is dated."""
    chosen = choose_horizon(AS_OF - 728 * DAY, AS_OF, losses(400, 728))
    assert chosen.days == 91
    assert "182 days becomes possible around" in chosen.words[-1]
    assert all(words.endswith(".") for words in chosen.words)


def test_three_test_snapshots_go_before_a_longer_horizon() -> None:
    """Half a year ahead would leave one to test on; a quarter leaves three."""
    chosen = choose_horizon(AS_OF - 900 * DAY, AS_OF, losses(400, 900))
    assert (chosen.days, len(chosen.split.test)) == (91, 3)
    only = choose_horizon(AS_OF - 900 * DAY, AS_OF, losses(400, 900), options=(182,))
    assert (only.learnable, len(only.split.test)) == (True, 1)


def test_a_short_history_tests_on_one_snapshot() -> None:
    """Where three test snapshots leave too little to train on, one is enough."""
    chosen = choose_horizon(AS_OF - 480 * DAY, AS_OF, losses(400, 480))
    assert (chosen.days, len(chosen.split.test), chosen.learnable) == (56, 1, True)


def test_twelve_lost_accounts_are_too_few_to_learn_from() -> None:
    """Under 50 distinct lost accounts a rule ranks, and the words say so."""
    chosen = choose_horizon(AS_OF - 952 * DAY, AS_OF, losses(12, 952))
    assert not chosen.learnable
    assert "Where no model ranks yet, a rule does." in chosen.words[1]
    assert chosen.learnable_from is None, "at twelve in 952 days fifty take ten years"
    assert "over five years until a model can be tried" in chosen.words[-1]


def test_it_is_said_about_when_there_is_enough_to_learn_from() -> None:
    """Half a year, an account lost every second day: the soonest horizon with six snapshots and fifty losses."""
    chosen = choose_horizon(AS_OF - 182 * DAY, AS_OF, losses(91, 182))
    assert not chosen.learnable
    assert chosen.learnable_from is not None
    assert chosen.words[-1].startswith(f"A model can be tried from about {chosen.learnable_from.day} ")
    ahead = chosen.learnable_from - AS_OF
    assert choose_horizon(AS_OF - 182 * DAY - ahead, AS_OF, losses(91 + ahead.days // 2, 182 + ahead.days)).learnable
    assert choose_horizon(AS_OF - 952 * DAY, AS_OF, losses(400, 952)).learnable_from is None


def test_without_history_there_is_still_a_horizon() -> None:
    """A new install: nothing to split, the usual half year, and no error."""
    chosen = choose_horizon(AS_OF - 10 * DAY, AS_OF, losses(0, 1))
    assert (chosen.days, chosen.dates, chosen.learnable) == (182, (), False)


def test_who_gave_notice_long_before_is_nobody_to_learn_from() -> None:
    """Lost 100 days after the snapshot: half had given notice before it, half after it."""
    lost = pl.DataFrame(
        {
            "account_id": ["a", "b", "c"],
            "lost_on": [(AS_OF + 100 * DAY).date()] * 3,
            "notice_on": [(AS_OF - DAY).date(), AS_OF.date(), None],
        }
    )
    assert lost_within(lost, [AS_OF], 91, 14) == 2
    assert lost_within(lost.drop("notice_on"), [AS_OF], 91, 14) == 3
    assert lost_within(lost, [AS_OF], 56, 14) == 0
    assert lost_within(lost, [], 91, 14) == 0


def test_dates_without_any_label_are_no_snapshots_to_train_on() -> None:
    """Telemetry goes back further than contracts do: what nobody can label is not counted."""
    since = AS_OF - 500 * DAY
    whole = choose_horizon(AS_OF - 952 * DAY, AS_OF, losses(400, 952))
    chosen = choose_horizon(AS_OF - 952 * DAY, AS_OF, losses(400, 952), labelled_from=since)
    assert min(whole.dates) < since < min(chosen.dates)
    assert (whole.days, chosen.days) == (182, 56)


def test_the_horizon_is_chosen_by_what_rows_have() -> None:
    """Enough were lost for half a year, but rows have too few: the next shorter horizon is taken, not a rule."""
    asked: list[int] = []

    def in_rows(parts: Split, days: int) -> int:
        asked.append(days)
        assert len(parts.train) >= 6
        return 49 if days == 182 else 50

    long, many = AS_OF - 952 * DAY, losses(400, 952)
    assert choose_horizon(long, AS_OF, many).days == 182
    chosen = choose_horizon(long, AS_OF, many, in_rows=in_rows)
    assert (chosen.days, chosen.learnable, asked) == (91, True, [182, 91])


def test_where_no_rows_have_enough_a_rule_ranks_and_the_day_that_is_named_is_later() -> None:
    """Of those lost a tenth is in the rows: it is not said month after month that next month will do."""
    long, many = AS_OF - 952 * DAY, losses(400, 952)
    found = choose_horizon(long, AS_OF, many, in_rows=lambda *_: 20)
    assert not found.learnable
    assert found.learnable_from is not None
    assert found.learnable_from > AS_OF + 200 * DAY
    few = losses(12, 952)
    assert choose_horizon(long, AS_OF, few, in_rows=lambda *_: 1 // 0) == choose_horizon(long, AS_OF, few)


def test_a_book_that_grows_keeps_its_model() -> None:
    """A month more of history, month by month, 15 % of those lost in no row: once learnable it stays so."""
    begins, days = datetime(2023, 1, 1, tzinfo=UTC), 1_400
    lost = pl.DataFrame(
        {"account_id": [f"a{n}" for n in range(170)],
         "lost_on": [(begins + DAY * (30 + n * 1_370 // 170)).date() for n in range(170)]}
    )  # fmt: skip
    learnable = []
    for month in range(500, days, 28):
        now = begins + month * DAY
        known = lost.filter(pl.col("lost_on") < now.date() - 30 * DAY)

        def in_rows(parts: Split, ahead: int, known: pl.DataFrame = known) -> int:
            return int(0.85 * lost_within(known, parts.train, ahead, 14))

        learnable.append(choose_horizon(begins, now, known, in_rows=in_rows).learnable)
    assert learnable[-1]
    assert learnable == sorted(learnable)

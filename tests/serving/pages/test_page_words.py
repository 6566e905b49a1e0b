"""Numbers, money, dates and chances as people say them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from consumption.serving import words

TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (0, "0"),
        (950, "950"),
        (999.6, "1k"),
        (4_200, "4.2k"),
        (31_250, "31k"),
        (120_000, "120k"),
        (1_240_000, "1.2 M"),
    ],
)
def test_money_is_said_as_one_would_on_the_phone(amount: float, said: str) -> None:
    """Two digits are enough to decide; nobody says 31,250."""
    assert words.money(amount) == said


def test_money_carries_its_currency_where_it_is_given() -> None:
    """The common ones by their sign, others by their code; a loss by a minus."""
    assert words.money(120_000, "EUR") == "€120k"
    assert words.money(120_000, "SEK") == "SEK 120k"
    assert words.money(-300, "USD") == "\N{MINUS SIGN}$300"


@pytest.mark.parametrize(
    ("chance", "said"),
    [
        (0.005, "fewer than 1 in 50"),
        (0.05, "about 1 in 20"),
        (0.14, "about 1 in 8"),
        (0.31, "about 1 in 3"),
        (0.4, "about 2 in 5"),
        (0.52, "about 1 in 2"),
        (0.7, "about 2 in 3"),
        (0.97, "nearly all"),
    ],
)
def test_a_chance_is_said_as_people(chance: float, said: str) -> None:
    """Reps read how many of such accounts, never a percentage of certainty."""
    assert words.one_in(chance) == said


@pytest.mark.parametrize("chance", [i / 200 for i in range(4, 191)])
def test_a_chance_in_words_is_near_the_number(chance: float) -> None:
    """Words round; they must not mislead."""
    of, many = (int(part) for part in words.one_in(chance).removeprefix("about ").split(" in "))
    assert abs(of / many - chance) <= 0.06


def test_a_date_has_its_year_only_where_one_could_doubt() -> None:
    """Within the year, or within 300 days, the day and the month are enough."""
    assert words.day(date(2027, 1, 12), TODAY) == "12 Jan"
    assert words.day(date(2026, 1, 21), TODAY) == "21 Jan"
    assert words.day(date(2028, 1, 12), TODAY) == "12 Jan 2028"


def test_the_past_is_told_by_how_long_ago() -> None:
    """The nearer, the finer."""
    told = [words.since(NOW - timedelta(days=days), NOW) for days in (0, 1, 5, 21, 120)]
    assert told == ["today", "yesterday", "5 days ago", "3 weeks ago", "4 months ago"]


def test_hours_are_told_in_minutes_below_one() -> None:
    """Half an hour is thirty minutes to whoever plans a day."""
    assert [words.hours(h) for h in (0.5, 1, 7.5)] == ["30 minutes", "1 hour", "7.5 hours"]


def test_a_value_comes_with_its_unit() -> None:
    """Shares in percent, money in its currency, one of a thing in the singular."""
    units = ((0.28, "share"), (12.0, "users"), (1.0, "days"), (4_200.0, "money"), (3.0, "visits"), (1.0, "flag"))
    said = [words.in_unit(value, unit, "EUR") for value, unit in units]
    assert said == ["28\N{NO-BREAK SPACE}%", "12", "1 day", "€4.2k", "3 visits", "yes"]


def test_counting_minds_one_and_none() -> None:
    """No sentence reads `1 cards`."""
    assert [words.count(n, "card") for n in (0, 1, 1200)] == ["no cards", "1 card", "1,200 cards"]


def test_a_sentence_begins_with_a_capital_and_ends_with_a_stop() -> None:
    """Whatever the source left out; what it has is kept."""
    assert words.sentence("use fell") == "Use fell."
    assert words.sentence("Did it?") == "Did it?"
    assert not words.sentence("  ")


def test_a_long_text_is_cut_between_words() -> None:
    """And one sees that it was."""
    assert words.shortened("the nightly export fails", 16) == "the nightly…"
    assert words.shortened("short", 16) == "short"

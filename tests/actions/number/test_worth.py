"""What accounts were worth, and what they brought in a span."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from consumption.actions.number.worth import Span, Worth, changes
from consumption.lake.history import History

JAN, APRIL, JULY = date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)
NOW = datetime(2026, 10, 1, tzinfo=UTC)

Term = tuple[str, date, date, float]


def known(*terms: Term, at: datetime = NOW) -> Worth:
    """From contracts of (account, start, end, yearly value)."""
    rows = [
        {
            "contract_id": f"{a}{n}",
            "account_id": a,
            "product": "p",
            "starts_on": s,
            "ends_on": e,
            "quantity": 1.0,
            "arr": arr,
        }
        for n, (a, s, e, arr) in enumerate(terms)
    ]
    return Worth.known(History.of(contracts=pl.DataFrame(rows)), at, currency=None, gap_days=30)


def on(worth: Worth, account: str, *days: date) -> list[float]:
    """Its worth on some days."""
    return worth.on(pl.DataFrame({"account_id": [account] * len(days), "day": list(days)})).to_list()


def counting(*rows: tuple[str, date]) -> pl.DataFrame:
    """Accounts that count from a day on, with -10 % expected."""
    return pl.DataFrame(
        [(a, a, "treated", since, "call", -0.1) for a, since in rows],
        schema=["account_id", "top_parent", "arm", "since", "action", "expected"],
        orient="row",
    )


def test_worth_follows_contracts_and_closes_short_gaps() -> None:
    """A renewal ten days late is no loss; a contract that nobody renewed is worth nothing from its last day on."""
    worth = known(
        ("ash", JAN, APRIL, 100.0),
        ("ash", date(2026, 4, 11), date(2027, 4, 1), 150.0),
        ("elm", JAN, APRIL, 70.1),
        ("elm", JAN, JULY, 0.2),
    )
    assert on(worth, "ash", date(2025, 12, 31), JAN, date(2026, 4, 5), date(2026, 4, 11)) == [0, 100, 100, 150]
    assert on(worth, "elm", JAN, APRIL, JULY) == [70.3, 0.2, 0]
    assert on(worth, "nobody", JAN) == [0]
    assert dict(worth.in_force(JAN).iter_rows()) == {"ash": 100.0, "elm": 70.3}


def test_spans_add_up_to_the_whole() -> None:
    """What a quarter brought and what the next one brought is what both brought, for whoever counts."""
    worth = known(
        ("ash", JAN, APRIL, 100.0),
        ("ash", APRIL, JULY, 80.0),
        ("ash", JULY, date(2027, 7, 1), 120.0),
        ("elm", JAN, date(2026, 8, 1), 50.0),
    )
    counts = counting(("ash", date(2026, 2, 1)), ("elm", date(2026, 5, 1)))
    parts = [changes(counts, worth, Span(JAN, APRIL)), changes(counts, worth, Span(APRIL, JULY))]
    parts.append(changes(counts, worth, Span(JULY, date(2026, 10, 1))))
    whole = changes(counts, worth, Span(None, date(2026, 10, 1)))
    by_part = pl.concat(parts).group_by("account_id").agg(pl.col("change", "expected").sum()).sort("account_id")
    assert by_part["change"].to_list() == pytest.approx(whole["change"].to_list())
    assert whole["change"].to_list() == [20.0, -50.0]
    assert [frame["account_id"].to_list() for frame in parts] == [["ash"], ["ash", "elm"], ["ash", "elm"]]
    assert parts[0]["change"].to_list() == [0.0]
    assert parts[1]["change"].to_list() == [-20.0, 0.0]


def test_what_changes_on_a_quarters_first_day_is_that_quarters() -> None:
    """Windows are half open: a renewal on 1 April belongs to the second quarter."""
    worth = known(("ash", JAN, APRIL, 100.0), ("ash", APRIL, date(2027, 4, 1), 60.0))
    counts = counting(("ash", date(2026, 2, 1)))
    assert changes(counts, worth, Span(JAN, APRIL))["change"].to_list() == [0.0]
    assert changes(counts, worth, Span(APRIL, JULY))["change"].to_list() == [-40.0]


def test_one_account_cannot_outweigh_all_others() -> None:
    """Growth counts up to three times what the account was worth, as it does in labels."""
    worth = known(("ash", JAN, APRIL, 100.0), ("ash", APRIL, date(2027, 4, 1), 9_000.0))
    whole = changes(counting(("ash", date(2026, 2, 1))), worth, Span(None, JULY))
    assert whole["change"].to_list() == [200.0]


def test_what_was_expected_grows_with_the_days_followed() -> None:
    """-10 % in half a year is -5 % of 100 in 91 days."""
    worth = known(("ash", JAN, date(2027, 1, 1), 100.0))
    whole = changes(counting(("ash", JAN)), worth, Span(None, date(2026, 4, 2)))
    assert whole["expected"].to_list() == pytest.approx([-5.0])


def test_who_was_worth_nothing_does_not_count() -> None:
    """An account without a contract on its first day is left out, whatever it signs later."""
    worth = known(("ash", APRIL, JULY, 100.0))
    assert changes(counting(("ash", JAN)), worth, Span(None, JULY)).is_empty()


def test_without_contracts_outcomes_tell_and_accounts_count_one() -> None:
    """Churn leaves nothing for good, a contraction a quarter less, and who has no outcome is kept."""
    outcomes = pl.DataFrame(
        {
            "account_id": ["ash", "ash", "elm"],
            "occurred_on": [APRIL, JULY, APRIL],
            "kind": ["churn", "expansion", "contraction"],
        }
    )
    worth = Worth.known(History.of(outcomes=outcomes), NOW, currency=None, gap_days=30)
    assert not worth.money
    counts = counting(("ash", JAN), ("elm", JAN), ("fir", JAN))
    whole = changes(counts, worth, Span(None, date(2026, 9, 1)))
    assert dict(whole.select("account_id", "change").iter_rows()) == {"ash": -1.0, "elm": -0.25, "fir": 0.0}

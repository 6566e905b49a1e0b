"""Friction and voice, by hand."""

from __future__ import annotations

from typing import Any

from tests.features.small import DAY, JUNE_1, events, value_of


def contact(number: int, days: float, channel: str, **columns: object) -> dict[str, Any]:
    """One interaction of acme, that many days before the first of June."""
    usual = {"severity": None, "closed_at": None, "score": None, "measure": None, "amount": None}
    row = {"interaction_id": str(number), "account_id": "acme", "timestamp": JUNE_1 - days * DAY, "channel": channel}
    return usual | row | columns


def test_a_ticket_closed_later_is_open_now() -> None:
    """A ticket closed at as_of, or after, is open at as_of; one closed before is not."""
    tickets = [
        contact(1, 5, "ticket", severity=1, closed_at=JUNE_1),
        contact(2, 5, "ticket", severity=3, closed_at=JUNE_1 - DAY),
        contact(3, 9, "ticket", severity=2, closed_at=JUNE_1 + 9 * DAY),
    ]
    assert value_of("open_tickets", interactions=tickets) == 2
    assert value_of("open_severe_ticket_days", interactions=tickets) == 9
    assert value_of("ticket_days_to_close_182d", interactions=tickets) == 4
    assert value_of("open_tickets", as_of=JUNE_1 + DAY, interactions=tickets) == 1


def test_tickets_are_counted_in_half_open_windows() -> None:
    """One of exactly 84 days ago counts, one of as_of does not."""
    tickets = [contact(1, 84, "ticket", severity=2), contact(2, 0, "ticket", severity=1), contact(3, 1, "call")]
    assert value_of("tickets_84d", interactions=tickets) == 1
    assert value_of("severe_tickets_84d", interactions=tickets) == 1
    seen = events(*(("acme", JUNE_1 - DAY, "open", f"u{n}") for n in range(4)))
    assert value_of("tickets_per_100_users_84d", interactions=tickets, events=seen) == 25


def test_no_contact_at_all_is_zero_tickets_and_an_unknown_last_contact() -> None:
    """Counts are zero without interactions; ages and scores are unknown."""
    assert value_of("tickets_84d") == 0
    assert value_of("open_severe_ticket_days") == 0
    assert value_of("days_since_contact") is None
    assert value_of("nps_last") is None


def test_an_invoice_is_unpaid_until_it_is_paid() -> None:
    """Amounts of open invoices add up; the oldest is 40 days old."""
    bills = [
        contact(1, 40, "invoice", amount=100.1),
        contact(2, 30, "invoice", amount=200.2, closed_at=JUNE_1 + DAY),
        contact(3, 20, "invoice", amount=400.4, closed_at=JUNE_1 - DAY),
    ]
    assert value_of("unpaid_amount", interactions=bills) == 300.3
    assert value_of("unpaid_days", interactions=bills) == 40


def test_the_last_answer_counts() -> None:
    """Answers 9, 8 and then 5: five is last, three and a half below the mean before; no answer is silence."""
    asked = [
        contact(1, 90, "survey", measure="nps", score=9.0),
        contact(2, 60, "survey", measure="nps", score=8.0),
        contact(3, 30, "survey", measure="nps", score=5.0),
        contact(4, 10, "survey", measure="nps"),
        contact(5, 9, "survey", measure="csat", score=4.0),
    ]
    assert value_of("nps_last", interactions=asked) == 5
    assert value_of("nps_change", interactions=asked) == -3.5
    assert value_of("csat_last", interactions=asked) == 4
    assert value_of("ces_last", interactions=asked) is None
    assert value_of("survey_silence_364d", interactions=asked) == 0.2


def test_an_answer_that_came_later_is_not_known() -> None:
    """A survey answered after as_of was, as of then, asked and not answered."""
    asked = [contact(1, 10, "survey", measure="nps", score=2.0, closed_at=JUNE_1 + DAY)]
    assert value_of("nps_last", interactions=asked) is None
    assert value_of("survey_silence_364d", interactions=asked) == 1


def test_speaking_is_not_writing() -> None:
    """E-mails and tickets are no conversation."""
    spoken = [contact(1, 3, "email"), contact(2, 12.5, "call"), contact(3, 50, "training"), contact(4, 4, "outcome")]
    assert value_of("days_since_contact", interactions=spoken) == 12.5
    assert value_of("conversations_84d", interactions=spoken) == 2
    assert value_of("trainings_364d", interactions=spoken) == 1
    assert value_of("days_since_verified_outcome", interactions=spoken) == 4

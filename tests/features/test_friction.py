"""What gets in the way: flows that fail, sign-ins, tickets opened again, bills in dispute; by hand."""

from __future__ import annotations

from typing import Any

import polars as pl

from consumption.features.compute import compute_signals
from consumption.features.rules import UsageRules
from tests.features.small import DAY, JUNE_1, SIGNAL, accounts, events, history, value_of

FLOWS = UsageRules(flows={"order": ("order_begun", "order_done"), "invite": ("invite_begun", "invite_done")})
SIGN_INS = UsageRules(sign_in_failures=frozenset({"login_failed"}))


def many(*counted: tuple[str, int]) -> pl.DataFrame:
    """So many events of each name, the day before the first of June."""
    return events(*(("acme", JUNE_1 - DAY, name, "ada") for name, count in counted for _ in range(count)))


def ticket(*versions: tuple[float, float | None], account: str = "acme", topic: str | None = None) -> pl.DataFrame:
    """A ticket begun 60 days ago: for each version when it was received and when closed, in days before as_of."""
    return pl.DataFrame([
        {
            "interaction_id": "t", "account_id": account, "timestamp": JUNE_1 - 60 * DAY, "channel": "ticket",
            "topic": topic, "received_at": JUNE_1 - received * DAY,
            "closed_at": None if closed is None else JUNE_1 - closed * DAY,
        }
        for received, closed in versions
    ], infer_schema_length=None, schema_overrides={"closed_at": pl.Datetime("us", "UTC")})  # fmt: skip


def test_what_is_begun_and_not_finished_failed_or_was_given_up() -> None:
    """Ten orders begun and six done, five invitations begun and four done: 5 of 15, and 4 of 10 at worst."""
    seen = many(("order_begun", 10), ("order_done", 6), ("invite_begun", 5), ("invite_done", 4), ("other", 9))
    assert value_of("unfinished_flow_share_28d", events=seen, rules=FLOWS) == 5 / 15
    assert value_of("worst_flow_unfinished_share_28d", events=seen, rules=FLOWS) == 0.4


def test_more_finishes_of_one_flow_make_up_for_no_other() -> None:
    """Two orders begun none done, two invitations begun four done: 2 of 4 starts."""
    seen = many(("order_begun", 2), ("invite_begun", 2), ("invite_done", 4))
    assert value_of("unfinished_flow_share_28d", events=seen, rules=FLOWS) == 0.5


def test_a_flow_begun_four_times_is_no_worst() -> None:
    """Fewer than five starts say nothing; nor does a flow nobody began."""
    seen = many(("order_begun", 4), ("invite_done", 9))
    assert value_of("worst_flow_unfinished_share_28d", events=seen, rules=FLOWS) is None
    assert value_of("unfinished_flow_share_28d", events=many(("invite_done", 9)), rules=FLOWS) is None


def test_without_a_named_flow_or_failure_nothing_is_known() -> None:
    """No setting, no signal: unknown is not zero. With one, silence is no failure."""
    seen = many(("order_begun", 10), ("login_failed", 3))
    for name in ("unfinished_flow_share_28d", "sign_in_failures_28d", "locked_out_users_28d"):
        assert value_of(name, events=seen) is None
    assert value_of("sign_in_failures_28d", rules=SIGN_INS) == 0


def test_who_fails_to_sign_in_and_does_nothing_else_is_locked_out() -> None:
    """Ada failed and then worked; bob only failed; nobody knows who failed last; cem did not fail."""
    seen = events(
        ("acme", JUNE_1 - 2 * DAY, "login_failed", "ada"),
        ("acme", JUNE_1 - 2 * DAY, "open", "ada"),
        ("acme", JUNE_1 - 3 * DAY, "login_failed", "bob"),
        ("acme", JUNE_1 - 4 * DAY, "login_failed", "bob"),
        ("acme", JUNE_1 - 40 * DAY, "open", "bob"),
        ("acme", JUNE_1 - 5 * DAY, "login_failed", None),
        ("acme", JUNE_1 - 5 * DAY, "open", "cem"),
    )
    assert value_of("sign_in_failures_28d", events=seen, rules=SIGN_INS) == 4
    assert value_of("locked_out_users_28d", events=seen, rules=SIGN_INS) == 1


def test_a_closed_ticket_that_a_later_version_opens_was_reopened() -> None:
    """Closed 40 days ago, known 39 days ago; told to be open 20 days ago. As of 25 days ago nobody knew."""
    told = ticket((59, None), (39, 40), (20, None))
    assert value_of("reopened_tickets", interactions=told) == 1
    assert value_of("reopened_tickets", interactions=told, as_of=JUNE_1 - 25 * DAY) == 0
    assert value_of("reopened_tickets", interactions=told, as_of=JUNE_1 + 70 * DAY) == 0


def test_a_ticket_closed_again_was_open_in_between() -> None:
    """A closing later than the time the first one was known: 30 days ago, when 40 days ago had been told 39 ago."""
    assert value_of("reopened_tickets", interactions=ticket((39, 40), (20, 30))) == 1


def test_a_closing_put_right_is_no_reopening() -> None:
    """The first closing was known 39 days ago; that it truly was 39.5 days ago changes a figure, not the ticket."""
    assert value_of("reopened_tickets", interactions=ticket((39, 40), (20, 39.5))) == 0
    assert value_of("reopened_tickets", interactions=ticket((39, 40), (20, 45))) == 0
    assert value_of("reopened_tickets", interactions=ticket((59, None), (39, 40), (20, 40))) == 0


def test_a_ticket_may_say_itself_that_it_was_reopened() -> None:
    """By its topic, whatever the case, for systems that send no versions."""
    assert value_of("reopened_tickets", interactions=ticket((59, None), topic="Reopened")) == 1


def test_a_ticket_that_moved_to_another_account_is_reopened_there() -> None:
    """The second account's own history knows the versions of the first: the same value alone and in company."""
    versions = pl.concat([ticket((39, 40), account="first"), ticket((20, None), account="second")])
    both = history(accounts=accounts("first", "second"), interactions=versions)
    wanted = [SIGNAL["reopened_tickets"]]
    assert compute_signals(both, as_of=JUNE_1, signals=wanted)["reopened_tickets"].to_list() == [0, 1]
    alone = compute_signals(both.only(["second"]), as_of=JUNE_1, signals=wanted)
    assert alone["reopened_tickets"].to_list() == [1]


def bill(number: int, days: float, **columns: object) -> dict[str, Any]:
    """One invoice of acme."""
    usual = {"topic": None, "amount": 100.0, "closed_at": None}
    row = {
        "interaction_id": str(number),
        "account_id": "acme",
        "timestamp": JUNE_1 - days * DAY,
        "channel": "invoice",
    }
    return usual | row | columns


def test_a_bill_in_dispute_stays_one_until_it_is_settled() -> None:
    """Two disputes in a year, one of them settled since: 70.1 is still disputed; another bill is merely unpaid."""
    bills = [
        bill(1, 30, topic="Dispute: wrong quantity", amount=70.1),
        bill(2, 90, topic="dispute", closed_at=JUNE_1 - 9 * DAY),
        bill(3, 30),
        bill(4, 500, topic="dispute", closed_at=JUNE_1 - 400 * DAY),
    ]
    assert value_of("disputes_364d", interactions=bills) == 2
    assert value_of("disputed_amount", interactions=bills) == 70.1
    assert value_of("unpaid_amount", interactions=bills) == 170.1


def test_tickets_are_held_against_the_users_of_the_same_weeks() -> None:
    """Two tickets in 12 weeks and four users in those weeks, one of them in the last four: 50 per 100."""
    calls = [bill(n, 50, channel="ticket") for n in range(2)]
    seen = events(*(("acme", JUNE_1 - days * DAY, "open", f"u{days}") for days in (1, 40, 50, 60)))
    assert value_of("tickets_per_100_users_84d", interactions=calls, events=seen) == 50

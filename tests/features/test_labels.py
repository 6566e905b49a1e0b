"""What accounts did: churn, contraction, expansion, by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from consumption.features.labels import LabelRules, label
from consumption.features.losses import labelled_from, losses
from consumption.features.rules import Meter, UsageRules
from tests.features.small import DAY, JUNE_1, accounts, contract, events, history

TODAY = JUNE_1.date()
YEAR_AGO = date(2024, 6, 1)
RULES = LabelRules(horizon_days=182)
WINDOW_END = TODAY + timedelta(days=14 + 182)


def term(starts: int, ends: int, **columns: object) -> dict[str, Any]:
    """A contract of acme from one day to another, counted from the first of June."""
    return contract("acme", TODAY + timedelta(days=starts), TODAY + timedelta(days=ends), **columns)


def outcome_of(*contracts: dict[str, Any], rules: LabelRules = RULES) -> tuple[object, ...]:
    """Outcome, y, and whether it moved in the lead."""
    columns = ("outcome", "y", "moved_in_lead")
    return label(history(contracts=list(contracts)), JUNE_1, rules).select(columns).row(0)


def test_an_account_still_in_force_at_the_end_stayed() -> None:
    """Renewed at the same price, within the window or after it."""
    assert outcome_of(term(-100, 400)) == ("stayed", 0.0, False)
    assert outcome_of(term(-100, 50), term(50, 400)) == ("stayed", 0.0, False)


def test_an_account_whose_contracts_ended_churned() -> None:
    """At the end of the term, or cancelled before."""
    assert outcome_of(term(-100, 50)) == ("churn", -1.0, False)
    assert outcome_of(term(-100, 400, ended_on=TODAY + 90 * DAY)) == ("churn", -1.0, False)


def test_the_window_ends_before_its_last_moment() -> None:
    """The window is half open: what stops on its last day is lost in it, what stops on its end is not."""
    end = (WINDOW_END - TODAY).days
    assert outcome_of(term(-100, end - 1))[0] == "churn"
    assert outcome_of(term(-100, end))[0] == "stayed"


@pytest.mark.parametrize(
    ("arr", "outcome", "y"),
    [
        (600.0, "churn", -0.95), (601.0, "contraction", None), (10_800.0, "contraction", -0.1),
        (10_900.0, "stayed", None), (13_100.0, "stayed", None), (13_200.0, "expansion", 0.1),
        (60_000.0, "expansion", 2.0),
    ],
)  # fmt: skip
def test_thresholds(arr: float, outcome: str, y: float | None) -> None:
    """Churn leaves at most 5 %; contraction and expansion move at least 10 %; y is cut at 2."""
    found, change, _ = outcome_of(term(-100, 50), term(50, 400, arr=arr))
    assert found == outcome
    assert y is None or change == pytest.approx(y)


def test_a_gap_of_30_days_is_no_loss() -> None:
    """The window ends within a gap before a new contract: no loss up to 30 days, a loss from 31."""
    end = (WINDOW_END - TODAY).days
    assert outcome_of(term(-100, end - 5), term(end + 25, 900)) == ("stayed", 0.0, False)
    assert outcome_of(term(-100, end - 5), term(end + 26, 900)) == ("churn", -1.0, False)


def test_a_gap_may_be_followed_by_another_product() -> None:
    """An upgrade to another product, under another id, after two weeks."""
    end = (WINDOW_END - TODAY).days
    upgrade = term(end + 9, 900, contract_id="other", product="suite")
    assert outcome_of(term(-100, end - 5), upgrade)[0] == "stayed"


def test_a_contract_that_runs_on_does_not_hide_one_that_ended() -> None:
    """The renewal of another contract is not the successor of one that ended."""
    end = (WINDOW_END - TODAY).days
    kept = [term(-100, end + 5, contract_id="b", product="b"), term(end + 5, 900, contract_id="b", product="b")]
    assert outcome_of(term(-100, end - 5, contract_id="a"), *kept) == ("contraction", -0.5, False)


def test_what_moves_in_the_lead_is_marked() -> None:
    """A loss within 14 days came too soon to be helped; on the 14th day the window has begun."""
    assert outcome_of(term(-100, 13)) == ("churn", -1.0, True)
    assert outcome_of(term(-100, 14)) == ("churn", -1.0, False)
    assert outcome_of(term(-100, 10), term(10, 400, arr=24_000.0)) == ("expansion", 1.0, True)


def test_the_beginning_is_as_known_then_and_the_end_as_known_now() -> None:
    """A renewal entered a month late was not in force as known at as_of, so the account was not ranked then."""
    old, new = term(-400, -1), term(-1, 400, received_at=JUNE_1 + 30 * DAY)
    assert label(history(contracts=[old, new]), JUNE_1, RULES).is_empty()
    # One entered late, but before the training, still tells how it ended.
    assert outcome_of(term(-100, 50), term(50, 400, received_at=JUNE_1 + 90 * DAY))[0] == "stayed"


def test_a_corrected_price_is_no_expansion_of_what_was_known() -> None:
    """The beginning is the version known then."""
    first = term(-100, 400, arr=10_000.0, received_at=JUNE_1 - 100 * DAY)
    corrected = term(-100, 400, arr=20_000.0, received_at=JUNE_1 + DAY)
    row = label(history(contracts=[first, corrected]), JUNE_1, RULES).row(0, named=True)
    assert (row["arr0"], row["arr1"], row["moved_in_lead"]) == (10_000, 20_000, True)


def test_every_account_ranked_has_a_label() -> None:
    """One row each, sorted."""
    book = accounts("b", "a", "c")
    rows = [contract(one, YEAR_AGO, TODAY + 400 * DAY) for one in ("a", "b")]
    labels = label(history(accounts=book, contracts=rows), JUNE_1, RULES)
    assert labels["account_id"].to_list() == ["a", "b"]
    assert labels["window_end"].to_list() == [JUNE_1 + 196 * DAY] * 2


def outcomes(*rows: tuple[str, int, str, float | None]) -> pl.DataFrame:
    """Outcomes: account, days after the first of June, kind, amount."""
    schema = {"account_id": pl.String, "occurred_on": pl.Date, "kind": pl.String, "arr_delta": pl.Float64}
    return pl.DataFrame([(a, TODAY + timedelta(days=d), k, x) for a, d, k, x in rows], schema=schema, orient="row")


def test_before_the_first_contract_was_known_there_is_no_label() -> None:
    """Later moments are labelled by contracts, so these are not by outcomes: one measure for all."""
    bought = contract("acme", YEAR_AGO, TODAY + 900 * DAY) | {"received_at": JUNE_1}
    book = history(contracts=[bought], outcomes=outcomes(("acme", 30, "churn", None)))
    assert label(book, JUNE_1, RULES).is_empty()
    assert label(book, JUNE_1 + DAY, RULES)["outcome"].to_list() == ["stayed"]


def test_without_contracts_outcomes_tell() -> None:
    """Churn is -1, contraction -.25, expansion +.25; an amount counts as a share of the yearly spend."""
    book = accounts("a", "b", "c", "d", "e", yearly_spend=[None, None, None, 1000.0, None])
    told = outcomes(
        ("a", 30, "churn", None), ("b", 30, "contraction", None), ("c", 30, "expansion", None),
        ("d", 30, "contraction", -500.0), ("e", 196, "churn", None),
    )  # fmt: skip
    labels = label(history(accounts=book, outcomes=told), JUNE_1, RULES)
    assert labels["y"].to_list() == [-1.0, -0.25, 0.25, -0.5, 0.0]
    assert labels["outcome"].to_list() == ["churn", "contraction", "expansion", "contraction", "stayed"]
    assert labels["arr0"].to_list() == [1.0] * 5


def test_outcomes_count_from_the_first_day_of_the_window() -> None:
    """With no lead, an outcome on as_of is in the window; one on its end is not."""
    rules = LabelRules(horizon_days=7, source="outcomes", lead_days=0)
    book = accounts("a", "b", "c")
    told = outcomes(("a", 0, "churn", None), ("b", 7, "churn", None), ("c", 6, "churn", None))
    labels = label(history(accounts=book, outcomes=told), JUNE_1, rules)
    assert labels["outcome"].to_list() == ["churn", "stayed", "churn"]
    assert not labels["moved_in_lead"].any()


def test_silence_may_be_the_label() -> None:
    """No event in the label window is churn; one before it does not help. Who was silent before has no label."""
    rules = LabelRules(horizon_days=56, source="silence")
    seen = events(
        *(("ab"[n], JUNE_1 - 56 * DAY, "x", "u") for n in range(2)), ("c", JUNE_1 - 57 * DAY, "x", "u"),
        ("a", JUNE_1 + 14 * DAY, "x", "u"), ("b", JUNE_1 + 13 * DAY, "x", "u"), ("b", JUNE_1 + 70 * DAY, "x", "u"),
    )  # fmt: skip
    labels = label(history(accounts=accounts("a", "b", "c"), events=seen), JUNE_1, rules)
    assert labels.select("account_id", "outcome").rows() == [("a", "stayed"), ("b", "churn")]


def test_our_own_staff_keeps_no_account() -> None:
    """Events that `[exclude]` names, by user, by the user's address or by name, are no sign of life."""
    usage = UsageRules(excluded_users=frozenset({"me"}), excluded_domains=frozenset({"ours.example"}),
                       excluded_events=frozenset({"ping"}))  # fmt: skip
    rules = LabelRules(horizon_days=56, source="silence", usage=usage)
    before = [(a, JUNE_1 - DAY, "x", "u") for a in "abcd"] + [("e", JUNE_1 - DAY, "x", "me")]
    after = [("a", "x", "me"), ("b", "x", "you@ours.example"), ("c", "ping", "u"), ("d", "x", "u")]
    seen = events(*before, *((a, JUNE_1 + 20 * DAY, name, user) for a, name, user in after))
    book = history(accounts=accounts(*"abcde"), events=seen)
    labels = label(book, JUNE_1, rules)
    assert dict(labels.select("account_id", "outcome").rows()) == {
        "a": "churn", "b": "churn", "c": "churn", "d": "stayed",
    }  # fmt: skip
    gone = losses(book, JUNE_1 + 120 * DAY, rules)
    assert gone.select("account_id", "lost_on").rows() == [
        *((a, (JUNE_1).date()) for a in "abc"), ("d", (JUNE_1 + 21 * DAY).date()),
    ]  # fmt: skip


def test_consumption_may_be_the_label() -> None:
    """Thirteen times four weeks of use, before as_of and before the window's end; a move under a fifth is none."""
    rules = LabelRules(horizon_days=56, source="consumption")
    end = JUNE_1 + 70 * DAY
    rows = [(a, t, "x", "u", q) for a, later in (("a", 81.0), ("b", 50.0), ("c", 130.0)) for t, q in
            ((JUNE_1 - DAY, 100.0), (JUNE_1 + DAY, 100.0), (end - DAY, later))]  # fmt: skip
    labels = label(history(accounts=accounts("a", "b", "c", "d"), events=events(*rows)), JUNE_1, rules)
    assert labels["outcome"].to_list() == ["stayed", "contraction", "expansion"]
    assert labels["arr0"].to_list() == [1300.0] * 3


def test_only_what_meters_bill_is_consumed() -> None:
    """Looking at pages is no consumption where settings say that calls are billed."""
    usage = UsageRules(meters={"credit": Meter(events=("call",)), "seat": Meter(how="distinct_users")})
    rules = LabelRules(horizon_days=56, source="consumption", usage=usage)
    end = JUNE_1 + 70 * DAY
    rows = [("a", moment, name, "u", quantity) for moment, calls, pages in
            ((JUNE_1 - DAY, 100.0, 400.0), (JUNE_1 + DAY, 100.0, 400.0), (end - DAY, 10.0, 480.0))
            for name, quantity in (("call", calls), ("page", pages))]  # fmt: skip
    labels = label(history(accounts=accounts("a"), events=events(*rows)), JUNE_1, rules)
    assert labels.select("arr0", "outcome").rows() == [(1300.0, "contraction")]


def test_losses_are_ends_without_a_successor() -> None:
    """Certain once the gap has passed; a gap, an overlap and a future end are none."""
    book = [
        contract("gone", YEAR_AGO, TODAY - 30 * DAY),
        contract("late", YEAR_AGO, TODAY - 29 * DAY),
        contract("gap", YEAR_AGO, TODAY - 60 * DAY),
        contract("gap", TODAY - 40 * DAY, TODAY + 300 * DAY),
        contract("other", YEAR_AGO, TODAY + 10 * DAY, contract_id="1"),
        contract("other", YEAR_AGO, TODAY - 90 * DAY, contract_id="2", product="lab"),
    ]
    found = losses(history(accounts=accounts("gone", "late", "gap", "other"), contracts=book), JUNE_1, RULES)
    assert found.rows() == [("gone", TODAY - 30 * DAY)]
    told = outcomes(("a", -5, "churn", None), ("a", 5, "churn", None), ("b", -5, "renewal", None))
    assert losses(history(outcomes=told), JUNE_1, RULES).rows() == [("a", TODAY - 5 * DAY)]


def merged(known: int, *, days: int = 400, left: int | None = None) -> tuple[tuple[Any, ...], ...]:
    """Labels of `kept`, `new` and `old` where `old` is merged into `new`, known so many days after the first of June.

    `old` has a contract for `days` more, `new` for 400; if it left, all that it had was over on that day.
    """
    told = pl.lit(JUNE_1 + known * DAY, dtype=pl.Datetime("us", "UTC")).alias("received_at")
    merge = accounts("old").with_columns(pl.lit("new").alias("merged_into"), told)
    both = pl.concat([accounts("kept", "new", "old"), merge], how="diagonal")
    bought = [
        term(-100, ends, account_id=name, contract_id=name)
        for name, ends in (("kept", 400), ("new", 400 if left is None else left), ("old", days))
    ]
    book = history(accounts=both, contracts=bought)
    return tuple(label(book, JUNE_1, RULES).select("account_id", "arr0", "arr1", "outcome").rows())


def test_accounts_that_become_one_in_the_window_share_a_label() -> None:
    """What goes from one to the other is no loss and no gain; what both lose, both lost."""
    stayed = [(name, 12000.0, 12000.0, "stayed") for name in ("kept", "new", "old")]
    assert list(merged(40)) == stayed
    # The contract of the one that is no more ends: together they have half of what they had.
    assert list(merged(40, days=90))[1:] == [(name, 12000.0, 6000.0, "contraction") for name in ("new", "old")]
    assert list(merged(40, days=90, left=90))[1:] == [(name, 12000.0, 0.0, "churn") for name in ("new", "old")]


def test_a_merge_that_came_after_the_window_changes_no_label_of_it() -> None:
    """A customer that left is a loss, whatever became of its record a year later."""
    assert list(merged(300, days=90))[1:] == [("new", 12000.0, 12000.0, "stayed"), ("old", 12000.0, 0.0, "churn")]


def test_once_a_merge_is_known_both_are_one() -> None:
    """Ranked and labelled under the id that survived."""
    assert [row[0] for row in merged(-10)] == ["kept", "new"]
    assert merged(-10)[1][1:] == (24000.0, 24000.0, "stayed")


def test_merged_accounts_whose_use_tells_share_a_label() -> None:
    """Where one of two falls silent, half of what they were is left."""
    rules = LabelRules(horizon_days=56, source="silence")
    told = pl.lit(JUNE_1 + DAY, dtype=pl.Datetime("us", "UTC")).alias("received_at")
    people = pl.concat(
        [accounts("new", "old"), accounts("old").with_columns(pl.lit("new").alias("merged_into"), told)],
        how="diagonal",
    )
    before = (("new", JUNE_1 - DAY, "x", "u"), ("old", JUNE_1 - DAY, "x", "u"))
    heard = events(*before, ("new", JUNE_1 + 20 * DAY, "x", "u"))
    labels = label(history(accounts=people, events=heard), JUNE_1, rules)
    assert labels["outcome"].to_list() == ["contraction", "contraction"]


def test_no_snapshot_before_the_first_contract_is_known_can_have_a_label() -> None:
    """A contract that begins later, or is entered later, tells nothing of before."""
    early, late = term(-100, 400), term(-50, 400, received_at=JUNE_1 - 20 * DAY)
    assert labelled_from(history(contracts=[early, late]), RULES) == JUNE_1 - 100 * DAY
    assert labelled_from(history(contracts=[late]), RULES) == JUNE_1 - 20 * DAY
    assert labelled_from(history(), LabelRules(horizon_days=56, source="silence")) is not None

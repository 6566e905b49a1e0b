"""A held-out account is there like any with nothing to do."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from consumption.store.filters import AccountFilter, RecommendationFilter
from consumption.store.reading import UnknownRecommendation
from consumption.store.records import Account
from consumption.store.sql import Store
from consumption.store.viewer import Viewer
from tests.store.book import ENGINEER, LEAD, REP, SECRETS, publication, recommendation_id

PLUGIN = Viewer("", "crm", "plugin")
NOBODY_SPECIAL = [REP, LEAD, PLUGIN]


def _filled(record: Account) -> dict[str, object]:
    return {name: value for name, value in asdict(record).items() if value is not None}


@pytest.fixture
def week(store: Store) -> Store:
    """A store with Monday's plan."""
    store.publish(publication())
    return store


@pytest.mark.parametrize("viewer", NOBODY_SPECIAL, ids=lambda v: v.role)
def test_it_reads_like_one_for_which_there_were_no_hours(week: Store, viewer: Viewer) -> None:
    """Field by field, but for its own name and ranks, the held-out account is the one without hours."""
    held_out, no_hours = (asdict(week.account(a, visible_to=viewer)) for a in ("elm", "delta"))
    differ = {name for name in held_out if held_out[name] != no_hours[name]}
    assert differ == {
        "account_id",
        "name",
        "top_parent",
        "help_rank",
        "expand_rank",
        "best_rank",
        "brief",
        "attributes",
        "motion",
    }
    assert held_out["brief"] == {"asks": [{"text": "Ask elm"}]}
    assert held_out["why_not"] == "no_hours"


@pytest.mark.parametrize("viewer", NOBODY_SPECIAL, ids=lambda v: v.role)
def test_nothing_about_it_goes_through_any_door(week: Store, viewer: Viewer) -> None:
    """No list, no account and no recommendation gives its decision away, not even when asked for by name."""
    everything = RecommendationFilter(withheld=True)
    accounts = week.accounts(AccountFilter(), visible_to=viewer).items
    details = [week.account(account.account_id, visible_to=viewer) for account in accounts]
    advice = [r for r in week.recommendations(everything, visible_to=viewer).items if r.account_id == "elm"]
    assert advice == []
    text = repr([_filled(record) for record in (*accounts, *details)])
    assert [secret for secret in SECRETS if secret in text] == []
    with pytest.raises(UnknownRecommendation):
        week.recommendation(recommendation_id("elm"), visible_to=viewer)


@pytest.mark.parametrize("viewer", NOBODY_SPECIAL, ids=lambda v: v.role)
def test_duties_are_there_for_all(week: Store, viewer: Viewer) -> None:
    """A mandatory action is no experiment: it is shown for a held-out account as for any other."""
    duty = week.recommendation(recommendation_id("gum"), visible_to=viewer)
    assert (duty.action, duty.mandatory, duty.held_out, duty.propensity) == ("training", True, None, None)


def test_engineers_see_what_would_have_been(week: Store) -> None:
    """Who audits decisions sees the arm, the withheld action and its propensity."""
    account = week.account("elm", visible_to=ENGINEER)
    withheld = week.recommendation(recommendation_id("elm"), visible_to=ENGINEER)
    assert (account.held_out, account.why_not) == (True, "held_out")
    assert (withheld.would_be, withheld.propensity, withheld.shown) == ("executive_call", 0.9, False)


def test_the_withheld_action_looks_like_the_others_that_lost(week: Store) -> None:
    """Where the one that would have been chosen carries no reason for losing, it gets that of the hours."""
    codes = {a.why for a in week.account("elm", visible_to=REP).alternatives}
    assert (
        codes == {a.why for a in week.account("delta", visible_to=REP).alternatives} == {"Not in this quarter's plan"}
    )

"""What the account page may say where nothing is recommended."""

from __future__ import annotations

import json

import polars as pl

from consumption.actions.alternatives import SHOWN
from consumption.actions.why import told
from consumption.config import Workspace
from consumption.jobs.keys import store_of
from consumption.store.filters import AccountFilter
from consumption.store.viewer import OWNER_OF_FILES, Viewer

REP = Viewer("rep@example.com", "Rep", "rep")


def test_nothing_tells_what_a_held_out_account_would_have_got(made: Workspace) -> None:
    """Where nothing is recommended a rep sees neither what actions are worth nor any that needs no hours."""
    with store_of(made) as store:
        withheld = store.decisions_since().filter(pl.col("would_be").is_not_null())
        assert withheld.height > 0
        for account_id, would_be in withheld.select("account_id", "would_be").iter_rows():
            seen = store.account(account_id, visible_to=REP).alternatives
            assert {(other.value, other.effect) for other in seen} <= {(None, None)}
            assert all(other.hours for other in seen)
            assert "would_be" not in json.dumps([vars(other) for other in seen])
            whole = {other.action for other in store.account(account_id, visible_to=OWNER_OF_FILES).alternatives}
            assert would_be in whole


def test_no_list_and_no_word_tells_a_held_out_account(made: Workspace) -> None:
    """Where nothing is recommended a rep reads as many actions of either arm, and the reason follows from them."""
    with store_of(made) as store:
        arms = dict(store.holdout_members().select("account_id", "arm").iter_rows())
        listed = store.accounts(AccountFilter(), visible_to=REP, limit=400).items
        idle = [account for account in listed if account.why_not is not None]
        pages = {account.account_id: store.account(account.account_id, visible_to=REP) for account in idle}
    counts = {
        arm: {len(p.alternatives) for i, p in pages.items() if arms[i] == arm} for arm in ("holdout", "treated")
    }
    assert counts["holdout"] == counts["treated"] == {SHOWN}
    for account in idle:
        page = pages[account.account_id]
        assert account.why_not == page.why_not
        assert page.why_not == told([other.why for other in page.alternatives], notice_given=page.notice_given)

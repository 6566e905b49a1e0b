"""What the account page may say where nothing is recommended."""

from __future__ import annotations

import json

import polars as pl

from consumption.config import Workspace
from consumption.jobs.keys import store_of
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

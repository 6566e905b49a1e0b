"""Live advice about one account knows the talks that the nightly plan knows, from less of the lake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from consumption.actions.facts import Known
from consumption.jobs.live_advice import known_of
from consumption.lake.delta import Lake

MONDAY, DAY = datetime(2026, 3, 2, tzinfo=UTC), timedelta(days=1)
ACCOUNTS = [f"a{n:02d}" for n in range(12)]


def lake(root: Path) -> Lake:
    """Twelve accounts in four buckets, the first of them merged into the last, each with a talk on another day."""
    made = Lake(root, buckets=4)
    merged = [ACCOUNTS[-1], *[None] * 11]
    accounts = pl.DataFrame({"account_id": ACCOUNTS, "created_at": [MONDAY - 90 * DAY] * 12, "merged_into": merged})
    made.append("accounts", accounts, source="accounts")
    talks = pl.DataFrame({
        "interaction_id": [f"i{n}" for n in range(12)],
        "account_id": ACCOUNTS,
        "timestamp": [MONDAY - (n + 1) * DAY for n in range(12)],
        "channel": ["call", "ticket", "visit", "training"] * 3,
    })  # fmt: skip
    talks = talks.with_columns(received_at="timestamp")
    made.append("interactions", talks, source="talks")
    return made


def test_one_account_alone_knows_the_talks_that_all_know(tmp_path: Path) -> None:
    """Those with whom it took over are among them."""
    made = lake(tmp_path)
    told = made.history().without_events()
    everybody = Known.of(told, MONDAY, spoken_days=9).interactions
    assert everybody["account_id"].sort().to_list() == ["a02", "a03", "a04", "a06", "a07", "a08", "a11"]
    for account in ACCOUNTS:
        alone = known_of(made, told, account, MONDAY, 9).interactions
        mine = everybody.filter(pl.col("account_id") == account)
        assert_frame_equal(alone, mine, check_exact=True, check_row_order=False)

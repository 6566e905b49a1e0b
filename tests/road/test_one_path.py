"""One path: the batch, a part of it, one account alone and the API give the same values."""

from __future__ import annotations

import polars as pl
from fastapi.testclient import TestClient
from polars.testing import assert_frame_equal

from consumption.config import Workspace
from consumption.features.compute import compute_signals, peer_reference
from consumption.features.family import family
from consumption.features.peer_groups import peer_groups
from consumption.jobs.keys import store_of
from consumption.jobs.live import LiveSignals
from consumption.jobs.opening import lake_of, signals_of, usage_rules
from consumption.jobs.snapshots import snapshots
from consumption.serving.app import create_app
from consumption.tables import BUCKET
from tests.road.conftest import AS_OF, NOW


def batch(made: Workspace) -> pl.DataFrame:
    """The snapshot that was published."""
    return snapshots(made, [AS_OF])[AS_OF]


def reference(made: Workspace) -> pl.DataFrame:
    """How values lie in each segment of the whole snapshot: what a part of the accounts is compared with."""
    told = lake_of(made).history().without_events()
    return peer_reference(batch(made), peer_groups(told, AS_OF, currency=made.settings.currency), signals_of(made))


def test_half_of_the_buckets_give_the_values_of_the_batch(made: Workspace) -> None:
    """An account's signals do not depend on which others are worked on beside it, its family apart."""
    history, half = lake_of(made).history(), list(range(made.settings.buckets // 2))
    links = history.accounts.select("account_id", "parent_id", "merged_into", BUCKET).collect()
    mine = links.filter(pl.col(BUCKET).is_in(half))["account_id"].unique()
    found = compute_signals(
        history.only(family(links, mine).to_list()),
        as_of=AS_OF,
        signals=signals_of(made),
        rules=usage_rules(made),
        peers=reference(made),
    ).filter(pl.col("account_id").is_in(mine.implode()))
    whole = batch(made).filter(pl.col("account_id").is_in(mine.implode()))
    assert 0 < found.height < batch(made).height
    assert_frame_equal(found, whole, check_exact=True)


def test_one_account_alone_has_the_values_of_the_batch(made: Workspace) -> None:
    """What a live request computes is what the nightly job computed."""
    live = LiveSignals(made)
    for account in batch(made)["account_id"][:60:7]:
        alone = live.of(account, as_of=AS_OF)
        assert_frame_equal(alone, batch(made).filter(pl.col("account_id") == account), check_exact=True)


def test_the_api_gives_the_values_of_the_batch(made: Workspace) -> None:
    """A plugin reads the numbers that the model was given."""
    with store_of(made) as store:
        secret = store.create_key("test", ["read"], NOW).secret
    client = TestClient(create_app(made.root), headers={"Authorization": f"Bearer {secret}"})
    with client:
        listed = client.get("/v1/accounts", params={"limit": 5}).json()["items"]
        for account in listed:
            got = client.get(f"/v1/accounts/{account['account_id']}").json()
            ours = batch(made).filter(pl.col("account_id") == account["account_id"]).to_dicts()[0]
            told = {signal["name"]: signal.get("value", signal.get("text")) for signal in got["signals"]}
            shown = {name: value for name, value in told.items() if value is not None}
            known = {k: v for k, v in ours.items() if k not in {"account_id", "as_of"} and v is not None}
            assert shown == known

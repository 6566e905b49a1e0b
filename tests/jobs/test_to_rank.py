"""Who is ranked, where use alone tells who was lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from consumption.config import SETTINGS_FILE, Workspace
from consumption.jobs.recommend import inputs_of
from consumption.jobs.to_rank import OutOfUse, refuse_out_of_use
from tests.features.quality.small import AS_OF, book
from tests.jobs.test_doctor import loaded


@pytest.mark.parametrize(("source", "ranked"), [("contracts", True), ("silence", False), ("consumption", False)])
def test_an_account_that_fell_silent_long_ago_is_lost_and_not_to_be_saved(
    tmp_path: Path, source: str, *, ranked: bool
) -> None:
    """Where silence is the loss, three months of it are no warning of one: models have never seen such accounts."""
    tables = book()
    left = (pl.col("account_id") == "a01") & (pl.col("timestamp") >= AS_OF - timedelta(days=95))
    events = tables["events"].filter(~left)
    assert "a01" in events["account_id"].to_list()
    workspace = told_by(source, loaded(tmp_path, {"accounts": tables["accounts"], "events": events}))
    inputs = inputs_of(workspace, AS_OF)
    assert ("a01" in inputs.ranked["account_id"].to_list()) is ranked
    assert inputs.ranked.height == tables["accounts"].height - (not ranked)
    if not ranked:
        snapshot = inputs.snapshot.filter(pl.col("account_id") == "a01")
        with pytest.raises(OutOfUse, match="a01 has been out of use for 95 days"):
            refuse_out_of_use(workspace, snapshot)


@pytest.mark.parametrize("source", ["silence", "consumption"])
def test_who_just_came_and_whose_use_comes_under_another_name_are_not_lost(tmp_path: Path, source: str) -> None:
    """A new account has been silent since it began; what a merged account does is done by the one that survived."""
    tables = book()
    accounts = tables["accounts"].with_columns(
        created_at=pl.when(pl.col("account_id") == "a03").then(AS_OF - timedelta(days=3)).otherwise("created_at"),
        merged_into=pl.when(pl.col("account_id") == "a01").then(pl.lit("a02")),
    )
    events = tables["events"].filter(~pl.col("account_id").is_in(["a02", "a03"]))
    ranked = inputs_of(told_by(source, loaded(tmp_path, {"accounts": accounts, "events": events})), AS_OF).ranked
    assert set(accounts["account_id"]) - set(ranked["account_id"]) == {"a01"}


def told_by(source: str, workspace: Workspace) -> Workspace:
    """The workspace with that source of labels."""
    settings = workspace.root / SETTINGS_FILE
    settings.write_text(f'{settings.read_text("utf-8")}\n[labels]\nsource = "{source}"\nhorizon_days = 91\n', "utf-8")
    return Workspace.open(workspace.root)

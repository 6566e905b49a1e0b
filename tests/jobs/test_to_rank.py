"""Who is ranked, where use alone tells who was lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from consumption.config import SETTINGS_FILE, Workspace
from consumption.jobs.recommend import inputs_of
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
    workspace = loaded(tmp_path, {"accounts": tables["accounts"], "events": events})
    settings = workspace.root / SETTINGS_FILE
    settings.write_text(f'{settings.read_text("utf-8")}\n[labels]\nsource = "{source}"\nhorizon_days = 91\n', "utf-8")
    inputs = inputs_of(Workspace.open(workspace.root), AS_OF)
    assert ("a01" in inputs.ranked["account_id"].to_list()) is ranked
    assert inputs.ranked.height == tables["accounts"].height - (not ranked)

"""Since when telemetry tells of accounts: by what came in, or as settings say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from consumption.config import Workspace
from consumption.features.signal_set import SIGNALS, fingerprints
from consumption.jobs.create import create
from consumption.jobs.ingest import ingest
from consumption.jobs.opening import usage_rules


def test_telemetry_begins_with_the_first_event_received_or_as_settings_say(tmp_path: Path) -> None:
    """A row of a wrong clock, alone in 1970, moves nothing, whether it says when it came or not.

    Older events that come in later with that moment move nothing either; a day in settings is part of what signals
    mean.
    """
    workspace = create(tmp_path / "new")
    assert usage_rules(workspace).telemetry_since is None
    steady = [f"2025-02-{day:02},2025-02-{day:02}" for day in (3, 10, 17, 24)]
    for number, rows in enumerate((["2025-03-01,2025-03-01"], steady, ["1970-01-01,", "2024-11-01,2025-05-01"])):
        file = tmp_path / f"{number}.csv"
        lines = [f"acme,open,{row}" for row in rows]
        file.write_text("\n".join(["account_id,event,timestamp,received_at", *lines, ""]), "utf-8")
        ingest(workspace, "events", [file], now=datetime(2025, 6, 1, tzinfo=UTC))
        alone = date(2025, 3, 1) if number == 0 else date(2025, 2, 3)
        assert usage_rules(workspace).telemetry_since == alone
    found = usage_rules(workspace)
    assert found.telemetry_since == date(2025, 2, 3)
    (workspace.root / "consumption.toml").write_text("[events]\nsince = 2025-01-15\n", "utf-8")
    told = usage_rules(Workspace.open(workspace.root))
    assert told.telemetry_since == date(2025, 1, 15)
    before, after = fingerprints(SIGNALS, found), fingerprints(SIGNALS, told)
    moved = {name for name in before if before[name] != after[name]}
    assert moved == {"days_to_first_event", "days_to_value", "days_in_onboarding", "lapsed_value"}

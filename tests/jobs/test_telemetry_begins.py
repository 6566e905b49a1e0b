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
    """An event dated 1970 that came in later moves nothing; a day in settings is part of what signals mean."""
    workspace = create(tmp_path / "new")
    assert usage_rules(workspace).telemetry_since is None
    for number, row in enumerate(("2025-03-01", "2025-02-03", "1970-01-01,2025-05-01")):
        file = tmp_path / f"{number}.csv"
        file.write_text(f"account_id,event,timestamp{',received_at' * (number > 1)}\nacme,open,{row}\n", "utf-8")
        ingest(workspace, "events", [file], now=datetime(2025, 6, 1, tzinfo=UTC))
    found = usage_rules(workspace)
    assert found.telemetry_since == date(2025, 2, 3)
    (workspace.root / "consumption.toml").write_text("[events]\nsince = 2025-01-15\n", "utf-8")
    told = usage_rules(Workspace.open(workspace.root))
    assert told.telemetry_since == date(2025, 1, 15)
    before, after = fingerprints(SIGNALS, found), fingerprints(SIGNALS, told)
    moved = {name for name in before if before[name] != after[name]}
    assert moved == {"days_to_first_event", "days_to_value", "days_in_onboarding", "lapsed_value"}

"""`consumption signals --account`: in words with money in its currency, and whose use counts where."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from consumption.config import Workspace
from consumption.jobs.create import create
from consumption.jobs.ingest import ingest
from tests.conftest import Command

FILES = {
    "accounts": "account_id,created_at,parent_id,merged_into\n"
    "group,2024-01-01,,\nnorth,2024-01-01,group,\nsouth,2024-01-01,group,\nold,2024-01-01,,group\n",
    "contracts": "contract_id,account_id,product,starts_on,ends_on,quantity,arr,unit\n"
    "c1,group,desk,2025-01-01,2026-01-01,10,1200,seat\nc2,south,desk,2025-01-01,2026-01-01,10,600,seat\n",
    "events": "account_id,timestamp,event,user_id,product\n"
    "group,2025-05-01,open,ada,desk\nnorth,2025-05-20,open,bob,desk\n",
}


@pytest.fixture
def family(tmp_path: Path) -> Workspace:
    """A group that holds the contract, two subsidiaries, one with a contract of its own, and a merged account."""
    workspace = create(tmp_path / "new", settings='buckets = 2\ncurrency = "CHF"\n')
    for table, text in FILES.items():
        (tmp_path / f"{table}.csv").write_text(text, "utf-8")
        ingest(workspace, table, [tmp_path / f"{table}.csv"], now=datetime(2025, 6, 1, tzinfo=UTC))
    return workspace


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ("old", ["old was merged into group: its use and its contracts count there."]),
        (
            "north",
            [
                "Its use of desk and events that name no product counts for group, which holds the contract; here it "
                "does not."
            ],
        ),
        ("south", []),
        (
            "group",
            [
                "What old did counts here: merged into group.",
                "The use that north makes of desk and events that name no product counts here.",
            ],
        ),
    ],
)
def test_an_account_says_whose_use_counts_where(
    family: Workspace, command: Command, account: str, said: list[str]
) -> None:
    """Whoever sees no use of a subsidiary learns where it went; one with its own contract keeps its own."""
    code, out, err = command("signals", "--account", account, "--as-of", "2025-06-01", "-w", family.root)
    assert (code, err) == (0, "")
    head, _, rest = out.partition("\n\n")
    assert head.splitlines()[1:] == said
    if account == "group":
        assert "1,200 CHF  Worth a year (arr)" in rest

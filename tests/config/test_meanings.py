"""What each setting means is said in one place, and wherever settings are shown."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from consumption.cli.reference import reference
from consumption.config import Workspace, every_setting
from consumption.config.meanings import explained
from consumption.jobs.create import create

SETTINGS = {one.name: one for one in every_setting()}


def test_every_setting_says_what_it_means() -> None:
    """In a few words, without a full stop, that fit behind the setting."""
    wrong = [one.name for one in SETTINGS.values() if not 8 <= len(one.meaning) <= 90 or one.meaning.endswith(".")]
    assert wrong == []
    assert {"currency", "labels.churn", "meters.NAME.how", "ingest.NAME.zone", "limits"} <= set(SETTINGS)


def test_the_reference_and_a_new_workspace_say_it_in_the_same_words(tmp_path: Path) -> None:
    """A setting that is added, or means something else, is told so in both without anybody's doing."""
    written, page = (create(tmp_path / "w").root / "consumption.toml").read_text("utf-8"), reference()
    told = {name: one.meaning.replace("|", "\\|") for name, one in SETTINGS.items()}
    rows = [f"| `{name}` | `{one.default!r}` | {told[name]} |" for name, one in SETTINGS.items()]
    assert [row for row in rows if row not in page] == []
    # Sections whose keys users choose have no line of their own to say it behind.
    free = {"limits", "events.flows", "ingest.NAME.columns", "ingest.NAME.constants"}
    lacking = [name for name, one in SETTINGS.items() if name not in free and f"# {one.meaning}\n" not in written]
    assert lacking == []


def test_a_new_workspace_is_read_with_every_line_in_force(tmp_path: Path) -> None:
    """What stands there commented out can be used as it stands."""
    root = create(tmp_path / "w").root
    text = (root / "consumption.toml").read_text("utf-8")
    head, _, rest = text.partition("\n\n")
    live = re.sub(r"^# (?=[\[\w])", "", rest, flags=re.MULTILINE)
    assert head.startswith("# Settings")
    assert {section.partition(".")[0] for section in SETTINGS} <= {*tomllib.loads(live), "limits"}
    (root / "consumption.toml").write_text(live, "utf-8")
    settings = Workspace.open(root).settings
    assert (settings.priorities.least_hours, settings.limits) == ({"expand": 0.2}, {"executive_sponsor_call": 5})


def test_what_a_line_says_itself_stays() -> None:
    """Only a bare setting gets its meaning; a name that is none, and other sections' names, get nothing."""
    mine = "seed = 1 # mine\n[policy]\nhour_cost = 60\nseed = 2\n[meters.credit]\nhow = 'sum'\n"
    lines = explained(mine).splitlines()
    assert (lines[0], lines[3]) == ("seed = 1 # mine", "seed = 2")
    assert lines[2].endswith(" # what an hour of the team costs")
    assert lines[5].endswith(f" # {SETTINGS['meters.NAME.how'].meaning}")

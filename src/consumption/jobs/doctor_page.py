"""docs/doctor.md: every finding, rendered from the checks themselves.

`python -m consumption.jobs.doctor_page > docs/doctor.md` writes it anew; a test compares.
"""

from __future__ import annotations

import sys
from typing import Any

from consumption.features.quality.examination import CHECKS
from consumption.features.quality.finding import TOPICS, Check
from consumption.models.samples.readiness import LEARNING_CHECKS
from consumption.models.watching.records import DRIFT_CHECKS

_ABOUT = """\
# The doctor

Rendered from the checks: `python -m consumption.jobs.doctor_page > docs/doctor.md`.

```
consumption doctor
consumption doctor --as-of 2026-06-01 --json findings.json
```

looks at everything in the lake before anything is modelled, and says what the data can and cannot support. Each
finding gives what was seen in numbers, what that means for signals, models and plan, and what to do. It changes
nothing, works through the lake a group of buckets at a time, and can be run as often as one likes: after the first
load, after each new source, and when a list looks odd.

| severity | what it says |
|---|---|
| stop | nothing works before this is done; the exit code is 1 |
| warning | something will be wrong until somebody has looked at it |
| note | a limit, or an assumption, to know about |
| fine | looked at, and nothing to do |

`--json FILE` writes all of it: `workspace`, `as_of`, `counts` by severity, and `findings`, each with `code`, `topic`,
`title`, `severity`, `seen`, `means`, `do` and `rows`, the evidence (the terminal shows the first five of them).

Findings about loading (clocks, late events, what was loaded twice) look at every event in the lake; those about use
only at events that had happened and were known at the date asked for, without what `[exclude]` leaves out.
"""

_HEADINGS = {
    "history": "How far back telemetry goes",
    "outcomes": "What there is to learn from",
    "telemetry": "What events say",
    "time": "Clocks, zones and late events",
    "tracking": "Silences and new names",
    "who": "Users and machines",
    "loads": "Loads and tables",
    "accounts": "Accounts",
    "contracts": "Contracts and money",
    "meters": "Meters",
    "team": "The team",
    "settings": "Settings",
    "models": "Models",
}


def doctor_page() -> str:
    """The whole page, as Markdown."""
    checks: tuple[Check[Any], ...] = (*CHECKS, *LEARNING_CHECKS, *DRIFT_CHECKS)
    parts = [_ABOUT]
    for topic in TOPICS:
        parts += [f"## {_HEADINGS[topic]}\n", *(_told(check) for check in checks if check.topic == topic)]
    return "\n".join(parts)


def _told(check: Check[Any]) -> str:
    return (
        f"### {check.title}\n\n`{check.code}`: {check.rule}\n\n"
        f"What it means: {check.means}\n\nWhat to do: {check.do}\n"
    )


if __name__ == "__main__":
    sys.stdout.write(doctor_page())

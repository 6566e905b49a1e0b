"""Train, compare, promote, go back: the commands of `consumption`, from Python.

    python examples/retrain.py demo --as-of 2026-06-01 [--search 300]

Against any workspace, the one that `consumption demo` makes for example. It trains `help` as of the day, holds what
ranks against its challenger, promotes the challenger and goes back again. In the end the version ranks that training
left in charge; but the challenger, which ranked for a moment, is the version before it now (`previous`: going back
once more would let it rank), and no `challenger` any more. `--search` looks for better settings of the trees first,
for so many seconds.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from consumption.config import Workspace
from consumption.errors import ConsumptionError
from consumption.jobs.compare import NothingToCompare, compare
from consumption.jobs.promote import promote
from consumption.jobs.rollback import rollback
from consumption.jobs.train import train


def main() -> None:
    """The loop of an ML engineer, a call a step."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("workspace", type=Path)
    asked.add_argument("--as-of", required=True, help="as known at the start of this day, UTC: 2026-06-01")
    asked.add_argument("--search", type=float, default=0.0, metavar="SECONDS", help="needs consumption[search]")
    options = asked.parse_args()
    workspace = Workspace.open(options.workspace)
    as_of = datetime.fromisoformat(options.as_of).replace(tzinfo=UTC)

    for done in train(workspace, motions=("help",), as_of=as_of, search_seconds=options.search):
        print(done.text)
        if done.trained and done.trained.found:
            print("settings found:", done.trained.found.settings)

    try:
        held = compare(workspace, "help", as_of=as_of)
    except NothingToCompare as alone:
        print(alone.problem)
        return
    print(held.text)

    try:
        _, challenger = held.versions
        print(promote(workspace, "help", challenger, yes=True).text)
        print(rollback(workspace, "help").text)
    except ConsumptionError as refused:  # trained on other signals than today's, say
        print(f"{refused.problem}\n{refused.remedy}")


if __name__ == "__main__":
    main()

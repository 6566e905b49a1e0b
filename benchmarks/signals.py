"""The speed and memory of the signal engine, against DuckDB, pandas and only reading the files.

    python benchmarks/signals.py [PART...] [--events N] [--work DIR] [--json FILE] [--page]

Makes telemetry from a seed (20 M events of 20,000 accounts in 180 days) and computes the same thirty signals of it
by the project's engine, by DuckDB (`signals.sql`) and by pandas. Values are compared before any time is told; a
figure is a ratio of times of one run on the same files. Parts: build, many (26 snapshots), days (a new day), memory,
live; all of them if none is named. Files, lakes and figures are kept in `--work`; figures until the code changes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib.metadata import version
from os import cpu_count
from pathlib import Path

import consumption
from report import Figure, report
from signals_build import build, many
from signals_days import new_day
from signals_live import live
from signals_memory import memory
from signals_page import page
from signals_world import World

RUNS = 3
Part = Callable[[World, Path], list[Figure]]


def parts(runs: int) -> dict[str, Part]:
    """What can be measured, in order."""
    return {
        "build": lambda world, work: build(world, work, runs),
        "many": lambda world, work: many(world, work, runs),
        "days": new_day,
        "memory": memory,
        "live": live,
    }


def measured(part: str, measure: Part, world: World, work: Path) -> list[Figure]:
    """The figures of a part, kept for as long as neither the code nor the world changes."""
    file = work / f"figures-{_digest(world)}" / f"{part}.json"
    if not file.exists():
        figures = [asdict(figure) for figure in measure(world, work)]
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    return [Figure(**kept) for kept in json.loads(file.read_text(encoding="utf-8"))]


def machine() -> str:
    """What the figures depend on beside the code."""
    tools = [f"{name} {version(name)}" for name in ("polars", "duckdb", "pandas", "pyarrow", "deltalake")]
    return ", ".join([f"{cpu_count()} cores", f"Python {platform.python_version()}", *tools])


def _digest(world: World) -> str:
    code = [*Path(consumption.__file__).parent.rglob("*.py"), *Path(__file__).parent.glob("signals*")]
    texts = [file.read_bytes() for file in sorted(code) if file.is_file()]
    return hashlib.sha256(b"".join([repr(world).encode(), *texts])).hexdigest()[:12]


def _figures(names: list[str], world: World, work: Path, runs: int) -> Iterator[Figure]:
    known = parts(runs)
    for name in names or list(known):
        print(f"measuring {name} ...", flush=True)
        yield from measured(name, known[name], world, work)


def main() -> None:
    """Measures what is lacking, then prints the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument(
        "part", nargs="*", choices=[*parts(0), []], help="what to measure; everything if none is named"
    )
    arguments.add_argument("--events", type=float, default=20e6, help="in 180 days")
    arguments.add_argument("--accounts", type=int, help="as many as make 1,000 events each, if not named")
    arguments.add_argument("--runs", type=int, default=RUNS, help="of each engine; the best one counts")
    arguments.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "consumption-signals")
    arguments.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments.add_argument("--page", action="store_true", help="print the table as Markdown, for docs/performance.md")
    given = arguments.parse_args()
    world = World(round(given.events), given.accounts or max(round(given.events / 1000), 1))
    given.work.mkdir(parents=True, exist_ok=True)
    figures = list(_figures(given.part, world, given.work, given.runs))
    report(f"Signals: {machine()}", figures, given.json)
    if given.page:
        print(page(figures, machine()))


if __name__ == "__main__":
    main()

"""Whether the number can be trusted: intervals that hold, and no effect where there is none.

    python benchmarks/proof.py [--json FILE] [--cache DIR] [--worlds N] [--first SEED]

Lives through N made-up books (`proof_world.py`), two in four of them with no effect at all, and asks for the number
as the product does: from the log of decisions and from contracts, at every week of the year. Coverage: of 95 %
intervals of frozen quarters (one look each) and of the total at all looks of its sequence. False alarms: books
without any effect in which some weekly look says there is one; beside it the same with 1.96 standard errors.

What a world said is kept in the cache; a run that was stopped goes on there. Intervals were chosen on seeds 0 to 299.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from consumption.actions.number.arms import compare
from consumption.actions.number.counted import counted
from consumption.actions.number.proven import planned_variance
from consumption.actions.number.worth import Span, Worth, changes
from proof_world import WEEKS, Book, Lived, live, moment
from report import Figure, report

SIZES = (600, 1_500, 3_000)
CUTS = (0.0, 0.3, 0.0, 0.6)
SHARES = (0.10, 0.20)
CHOSEN = 0.04
GAP_DAYS = 30
QUARTER = 13
Z_95 = 1.96

World = dict[str, Any]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/consumption-proof"))  # noqa: S108 - only a default
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--first", type=int, default=1_000)
    asked = parser.parse_args()
    worlds = [_kept(asked.cache, seed) for seed in range(asked.first, asked.first + asked.worlds)]
    report(f"The number over {len(worlds)} books of {WEEKS} weeks", figures(worlds), asked.json)


def book(seed: int) -> Book:
    """The books go through all sizes, effects and shares."""
    return Book(
        accounts=SIZES[seed % 3],
        share=SHARES[seed // 12 % 2],
        chosen=CHOSEN,
        cut=CUTS[seed // 3 % 4],
        seed=seed,
    )


def told(lived: Lived) -> World:
    """What the number says of one world, and the truth beside it."""
    known = lived.history.before(moment(WEEKS))
    accounts = counted(known.decisions).join(lived.members.select("account_id", "top_parent"), on="account_id")
    # Contracts come when they start: what was known in a week is what this tells of its days.
    worth = Worth.known(lived.history, moment(WEEKS), currency=None, gap_days=GAP_DAYS)
    first = moment(int(lived.since[lived.since >= 0].min()))
    begun = Worth.known(lived.history, first, currency=None, gap_days=GAP_DAYS)
    planned = planned_variance(lived.members, begun, first.date())
    return {
        "book": asdict(lived.book),
        "quarters": [_quarter(lived, accounts, worth, start) for start in range(0, WEEKS, QUARTER)],
        "looks": [_look(lived, accounts, worth, week, planned) for week in range(1, WEEKS + 1)],
    }


def figures(worlds: Sequence[World]) -> list[Figure]:
    """Coverage, false alarms and bias, in all worlds and in those without any effect."""
    quarters = [q for w in worlds for q in w["quarters"] if q["missing"] is None]
    still = [w for w in worlds if w["book"]["cut"] == 0.0]
    still_quarters = [q for w in still for q in w["quarters"] if q["missing"] is None]
    ends = [w["looks"][-1] for w in worlds if w["looks"][-1]["missing"] is None]
    still_ends = [w["looks"][-1] for w in still if w["looks"][-1]["missing"] is None]
    return [
        Figure("coverage, frozen quarters", _share(quarters, _holds), target=0.93, note=_of(quarters)),
        Figure(
            "coverage, frozen quarters, no effect",
            _share(still_quarters, _holds),
            target=0.93,
            note=_of(still_quarters),
        ),
        Figure("coverage, the year's total", _share(ends, _holds), target=0.93, note=_of(ends)),
        Figure(
            "coverage, the year's total, no effect", _share(still_ends, _holds), target=0.93, note=_of(still_ends)
        ),
        Figure("coverage, total at every weekly look", _share(worlds, _holds_always), target=0.93, note=_of(worlds)),
        Figure("false alarms over weekly looks", _share(still, _alarm), target=0.05, at_most=True, note=_of(still)),
        Figure("the same with 1.96 standard errors", _share(still, _naive_alarm), note=_of(still)),
        Figure("the same, without waiting for enough data", _share(still, _hasty_alarm), note=_of(still)),
        Figure("mean total where nothing works", _mean(still_ends, "value"), "of ARR", note=_error(still_ends)),
        Figure("bias of the year's total", _bias(ends), "of ARR", note=_error(ends)),
        Figure("bias of frozen quarters", _bias(quarters), "of ARR", note=_error(quarters)),
        Figure("looks with an answer, of 52", float(np.mean([_answers(w) for w in worlds]))),
        *(_length(worlds, size) for size in SIZES),
        *(_found(worlds, size) for size in SIZES),
    ]


def _kept(cache: Path, seed: int) -> World:
    file = cache / f"{seed}.json"
    if not file.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(json.dumps(told(live(book(seed)))), "utf-8")
        part.replace(file)
    world: World = json.loads(file.read_text("utf-8"))
    return world


def _quarter(lived: Lived, accounts: pl.DataFrame, worth: Worth, start: int) -> World:
    end = start + QUARTER
    found = compare(changes(accounts, worth, Span(moment(start).date(), moment(end).date())))
    interval = found.fixed()
    return {"missing": found.missing, "truth": lived.truth(start, end), **asdict(interval)}


def _look(lived: Lived, accounts: pl.DataFrame, worth: Worth, week: int, planned: float) -> World:
    today = moment(week).date()
    by_then = accounts.filter(pl.col("since") < today)
    found = compare(changes(by_then, worth, Span(None, today)))
    interval = found.anytime(planned)
    return {
        "missing": found.missing, "truth": lived.truth(0, week), **asdict(interval), "error": found.variance**0.5,
        "withheld": found.withheld,
    }  # fmt: skip


def _holds(found: World) -> bool:
    return bool(found["low"] <= found["truth"] <= found["high"])


def _answered(world: World) -> list[World]:
    return [look for look in world["looks"] if look["missing"] is None]


def _answers(world: World) -> int:
    return len(_answered(world))


def _holds_always(world: World) -> bool:
    return all(_holds(look) for look in _answered(world))


def _alarm(world: World) -> bool:
    return any(look["low"] > 0 or look["high"] < 0 for look in _answered(world))


def _naive_alarm(world: World) -> bool:
    return any(abs(look["value"]) > Z_95 * look["error"] for look in _answered(world))


def _hasty_alarm(world: World) -> bool:
    looks = [look for look in world["looks"] if look["withheld"] >= 2]
    return any(abs(look["value"]) > Z_95 * look["error"] for look in looks)


def _share(rows: Sequence[World], rule: Callable[[World], bool]) -> float | None:
    return float(np.mean([rule(row) for row in rows])) if rows else None


def _mean(rows: Sequence[World], name: str) -> float | None:
    return float(np.mean([row[name] for row in rows])) if rows else None


def _bias(rows: Sequence[World]) -> float | None:
    return float(np.mean([row["value"] - row["truth"] for row in rows])) if rows else None


def _error(rows: Sequence[World]) -> str:
    missed = [row["value"] - row["truth"] for row in rows]
    return f"standard error {np.std(missed) / np.sqrt(len(missed)):.4f}" if missed else ""


def _of(rows: Sequence[World]) -> str:
    return f"of {len(rows)}"


def _length(worlds: Sequence[World], size: int) -> Figure:
    ends = [w["looks"][-1] for w in worlds if w["book"]["accounts"] == size]
    known = [look["high"] - look["low"] for look in ends if look["missing"] is None]
    return Figure(
        f"length of the year's sequence, {size:,} accounts", float(np.mean(known)) if known else None, "of ARR"
    )


def _found(worlds: Sequence[World], size: int) -> Figure:
    strong = [w for w in worlds if w["book"]["accounts"] == size and w["book"]["cut"] == max(CUTS)]
    return Figure(
        f"a strong effect proven within the year, {size:,} accounts", _share(strong, _alarm), note=_of(strong)
    )


if __name__ == "__main__":
    main()

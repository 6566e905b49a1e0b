"""Generate the demo world: contract tables as files, and apart from them the truth they were drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import numpy as np
import polars as pl

from consumption.errors import ConsumptionError
from consumption.world.arrays import day_number
from consumption.world.contact import interactions
from consumption.world.customers import accounts as account_rows
from consumption.world.customers import assets, contacts, goals, products
from consumption.world.decided import decisions, responses
from consumption.world.files import write_csv, write_ndjson, write_parquet
from consumption.world.history import Course, Past, in_force, live_out
from consumption.world.ledger import NEVER
from consumption.world.signed import contracts, invoiced
from consumption.world.state import WEEK
from consumption.world.stories import GUARANTEE, IDLE_LICENCES, PINNED, cast, tell
from consumption.world.team import Team, form_team
from consumption.world.telemetry import CHUNK_WEEKS, telemetry
from consumption.world.traits import draw_traits
from consumption.world.truth import HORIZON_WEEKS, LEAD_WEEKS, account_ids, truth_of_actions, truth_over_time
from consumption.world.users import draw_machines, draw_users

FEWEST_ACCOUNTS, FEWEST_MONTHS = 50, 6
_HALF_YEAR = 182
_TRUTH = "truth"
Progress = Callable[[str, int, int], None]


class TooSmallAWorld(ConsumptionError):
    """So few accounts or months tell nothing."""

    status = 422

    def __init__(self, accounts: int, months: int) -> None:
        super().__init__(
            f"a world of {accounts} accounts over {months} months is too small to learn from",
            f"ask for at least {FEWEST_ACCOUNTS} accounts and {FEWEST_MONTHS} months",
        )


@dataclass(frozen=True)
class WorldSummary:
    """What was written, and whom to look as.

    `rows`: rows a table. `half_year_loss`: share of the accounts in force that left within 182 days, the mean over
    the history. `idle_licences`, `guarantee`: the accounts of the two stories.
    """

    accounts: int
    in_force: int
    events: int
    rows: dict[str, int]
    half_year_loss: float
    arr: float
    rep: str
    lead: str
    engineer: str
    idle_licences: str
    guarantee: str


def generate(
    directory: Path,
    *,
    accounts: int = 1500,
    months: int = 36,
    seed: int = 0,
    as_of: date,
    progress: Progress | None = None,
) -> WorldSummary:
    """Write a world that leads up to `as_of` into `directory`: a folder a table, and `truth`, which nobody reads in.

    The same arguments give the same frames. `progress` hears what is being made, how much is done, and of how much.
    `TooSmallAWorld` under 50 accounts or 6 months.
    """
    if accounts < FEWEST_ACCOUNTS or months < FEWEST_MONTHS:
        raise TooSmallAWorld(accounts, months)
    tell_progress = progress or _silent
    past = _live(accounts, months, seed, as_of, tell_progress)
    told = tell(past)
    since = datetime.combine(as_of, time(), UTC).replace(year=as_of.year - 8, day=1)
    team = form_team(past, since, _random(seed, "team"))
    rows = _write_tables(directory, told, team, seed)
    rows["events"] = _write_events(directory / "events", told, seed, tell_progress)
    tell_progress("truth", 0, 1)
    write_parquet(directory / _TRUTH, truth_over_time(past, _random(seed, "truth")), "accounts")
    write_parquet(directory / _TRUTH, truth_of_actions(past, seed), "actions")
    tell_progress("truth", 1, 1)
    return _summary(past, team, rows)


def _silent(_what: str, _done: int, _of: int) -> None:
    """Tell nobody."""


def _random(seed: int, purpose: str) -> np.random.Generator:
    """A stream of its own for each purpose, so that a change to one part leaves the others as they were."""
    return np.random.default_rng([seed, *purpose.encode()])


def _live(accounts: int, months: int, seed: int, as_of: date, progress: Progress) -> Past:
    weeks = round(months * 365.25 / 12 / WEEK)
    today = day_number(as_of)
    first_day = today - WEEK * weeks
    traits = cast(draw_traits(accounts, first_day, weeks, _random(seed, "traits")), first_day, today)
    course = Course(first_day, weeks, LEAD_WEEKS + HORIZON_WEEKS, PINNED)
    return live_out(traits, course, _random(seed, "history"), lambda done, of: progress("history", done, of))


def _write_tables(directory: Path, past: Past, team: Team, seed: int) -> dict[str, int]:
    """Every table but the events; how many rows each has."""
    users, machines = draw_users(past, _random(seed, "users")), draw_machines(past, _random(seed, "machines"))
    csv = {
        "accounts": account_rows(past, team.owners, _random(seed, "accounts")),
        "contracts": contracts(past, _random(seed, "contracts")),
        "people": team.people,
        "contacts": contacts(past, users, _random(seed, "contacts")),
        "products": products(past),
        "goals": goals(past, _random(seed, "goals")),
    }
    ndjson = {
        "interactions": interactions(past, invoiced(past), _random(seed, "interactions")),
        "responses": responses(past, team.owners, _random(seed, "responses")),
    }
    parquet = {"decisions": decisions(past), "assets": assets(past, machines, _random(seed, "assets"))}
    for write, tables in ((write_csv, csv), (write_ndjson, ndjson), (write_parquet, parquet)):
        for name, frame in tables.items():
            write(directory / name, frame)
    return {name: frame.height for tables in (csv, ndjson, parquet) for name, frame in tables.items()}


def _write_events(folder: Path, past: Past, seed: int, progress: Progress) -> int:
    users, machines = draw_users(past, _random(seed, "users")), draw_machines(past, _random(seed, "machines"))
    chunks = -(-past.weeks // CHUNK_WEEKS)
    late, total = [], 0
    for i, (prompt, delayed) in enumerate(telemetry(past, users, machines, _random(seed, "telemetry"))):
        write_parquet(folder, prompt, f"events-{i + 1:02}")
        late.append(delayed)
        total += prompt.height + delayed.height
        progress("telemetry", i + 1, chunks)
    write_parquet(folder, pl.concat(late), "late")
    return total


def _summary(past: Past, team: Team, rows: dict[str, int]) -> WorldSummary:
    state = past.snapshots[-1]
    served = in_force(state, past.lost)
    value = state.price * state.quantity * (1.0 + state.second * past.traits.second_share)
    ids = account_ids(past.traits.number)
    return WorldSummary(
        accounts=len(served),
        in_force=int(served.sum()),
        events=rows["events"],
        rows=dict(sorted(rows.items())),
        half_year_loss=half_year_loss(past),
        arr=float(value[served].sum()),
        rep=team.rep,
        lead=team.lead,
        engineer=team.engineer,
        idle_licences=str(ids[IDLE_LICENCES]),
        guarantee=str(ids[GUARANTEE]),
    )


def half_year_loss(past: Past) -> float:
    """Share of the accounts in force that left within 182 days, over all snapshots that are half a year old.

    In a history too short to have one: the share of all accounts that have left.
    """
    seen = [s for s in past.snapshots if int(s.day[0]) + _HALF_YEAR <= past.today]
    here = [in_force(state, past.lost) for state in seen]
    left = [(past.lost < state.day + _HALF_YEAR)[h] for state, h in zip(seen, here, strict=True)]
    return float(np.concatenate(left).mean()) if left else float((past.lost < NEVER).mean())

"""A workspace in which it is known what two actions do: each account was given one of them, or none, by lot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from consumption.config import Workspace
from consumption.jobs.create import create
from consumption.jobs.ingest import ingest
from consumption.jobs.opening import lake_of

DAYS = tuple(datetime(2025, month, day, tzinfo=UTC) for month, day in ((2, 3), (5, 5), (8, 4), (11, 3)))  # Mondays
LATER = datetime(2026, 5, 4, tzinfo=UTC)
CHURN, CHANCE = 0.25, 0.3
WORKS, IDLE = "training", "newsletter"
SETTINGS = "[labels]\nhorizon_days = 56\n"


def catalogue(*claims: tuple[str, float]) -> str:
    """Actions of one hour each that cut the odds of churn, as the catalogue says."""
    return "\n".join(
        f'[[action]]\nid = "{name}"\ntitle = "{name}"\nmotion = "help"\nservice_line = "customer_success"\n'
        'hours = 1\neligible = "true"\nsteps = ["do it"]\n'
        f'[[action.prior]]\noutcome = "churn"\ndriver = "low_adoption"\nodds = {odds}\naccounts = 100\n'
        for name, odds in claims
    )


CLAIMS = ((WORKS, -0.15), (IDLE, -0.40))


def workspace(root: Path, accounts: int = 2_500) -> Workspace:
    """So many accounts in each quarter: training cuts the odds of churn by 70 %, a newsletter does nothing."""
    made = create(root / "w")
    settings = made.root / "consumption.toml"
    settings.write_text(settings.read_text("utf-8") + SETTINGS, "utf-8")
    made.actions_file.write_text(catalogue(*CLAIMS), "utf-8")
    parts = [_quarter(number, day, accounts) for number, day in enumerate(DAYS)]
    for table in ("accounts", "contracts", "decisions"):
        file = root / f"{table}.parquet"
        pl.concat([part[table] for part in parts]).write_parquet(file)
        ingest(made, table, [file], now=LATER)
    for day in DAYS:
        ids = pl.concat([part["accounts"] for part in parts])["account_id"]
        lake_of(made).write_snapshot(_snapshot(ids, day), as_of=day, made_from="made up")
    return Workspace.open(made.root)


def _quarter(number: int, day: datetime, accounts: int) -> dict[str, pl.DataFrame]:
    rng = np.random.default_rng([7, number])
    ids = [f"acct-{number}-{one:05d}" for one in range(accounts)]
    taken = rng.choice([WORKS, IDLE, "none"], accounts, p=[CHANCE, CHANCE, 1 - 2 * CHANCE])
    odds = CHURN / (1 - CHURN) * np.where(taken == WORKS, 0.3, 1.0)
    lost = rng.random(accounts) < odds / (1 + odds)
    ends = [(day + timedelta(days=40 if one else 900)).date() for one in lost]
    return {
        "accounts": pl.DataFrame({"account_id": ids, "created_at": [DAYS[0] - timedelta(days=400)] * accounts}),
        "contracts": pl.DataFrame({
            "contract_id": ids, "account_id": ids, "product": ["desk"] * accounts,
            "starts_on": [(DAYS[0] - timedelta(days=300)).date()] * accounts, "ends_on": ends,
            "quantity": [10.0] * accounts, "arr": [12_000.0] * accounts,
        }),
        "decisions": decisions(ids, [day] * accounts, list(taken)),
    }  # fmt: skip


def decisions(ids: Sequence[str], moments: Sequence[datetime], taken: Sequence[str]) -> pl.DataFrame:
    """What a policy of known chances chose."""
    chances = f'{{"{WORKS}": {CHANCE}, "{IDLE}": {CHANCE}, "none": {1 - 2 * CHANCE}}}'
    return pl.DataFrame({
        "decision_id": [f"d-{one}" for one in ids], "account_id": ids, "timestamp": moments, "action": taken,
        "propensity": [CHANCE if one != "none" else 1 - 2 * CHANCE for one in taken],
        "propensities": [chances] * len(ids), "decided_by": ["policy"] * len(ids),
    })  # fmt: skip


def _snapshot(ids: pl.Series, day: datetime) -> pl.DataFrame:
    """Everybody uses little of it."""
    stamp = pl.lit(day).cast(pl.Datetime("us", "UTC"))
    return pl.DataFrame({"account_id": ids.sort()}).with_columns(
        as_of=stamp, seat_utilisation_28d=pl.lit(0.1), events_trend_28d=pl.lit(-0.9)
    )

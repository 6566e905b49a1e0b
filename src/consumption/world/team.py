"""Our own people, and which accounts each of them looks after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from consumption.tables import TIMESTAMP
from consumption.world.arrays import Ints
from consumption.world.history import Past, in_force
from consumption.world.names import person_names
from consumption.world.stories import PINNED

_ACCOUNTS_A_REP = 60
_REPS_A_LEAD = 6
_SKILLS = ("training", "technical", "commercial", "advisory", "campaigns")
_LINES = ("customer_success", "education", "support", "professional", "field", "managed", "sales")


@dataclass(frozen=True)
class Team:
    """The rows of `people`, and the e-mail of each account's owner (an element an account)."""

    people: pl.DataFrame
    owners: list[str]
    rep: str
    lead: str
    engineer: str


def form_team(past: Past, known_since: datetime, rng: np.random.Generator) -> Team:
    """A rep for about 60 accounts in force, the first with both stories; a lead for six; an engineer, an admin."""
    served = np.flatnonzero(in_force(past.snapshots[-1], past.lost))
    reps = max(round(len(served) / _ACCOUNTS_A_REP), 1)
    leads = -(-reps // _REPS_A_LEAD)
    names = person_names(rng.permutation(700)[np.arange(reps + leads + 2) % 700])
    emails = [_email(name, i) for i, name in enumerate(names)]
    rep, lead = emails[:reps], emails[reps : reps + leads]
    owner = _owners(past, served, reps, rng)
    people = pl.DataFrame(
        {
            "email": emails,
            "name": names,
            "team": [f"Team {i // _REPS_A_LEAD + 1}" for i in range(reps)]
            + [f"Team {i + 1}" for i in range(leads)]
            + ["Data"] * 2,
            "lead": [lead[i // _REPS_A_LEAD] for i in range(reps)] + [None] * (leads + 2),
            "role": ["rep"] * reps + ["lead"] * leads + ["engineer", "admin"],
            "service_lines": [";".join(_LINES)] * reps + [None] * (leads + 2),
            "skills": [";".join(_SKILLS)] * reps + [None] * (leads + 2),
            "hours_week": _hours(reps, rng) + [0.0] * (leads + 2),
        }
    ).with_columns(received_at=pl.lit(known_since, dtype=TIMESTAMP))
    return Team(people, [rep[i] for i in owner.tolist()], rep[0], lead[0], emails[-2])


def _email(name: str, number: int) -> str:
    return f"{name.lower().replace(' ', '.')}{number // 700 or ''}@example.com"


def _hours(reps: int, rng: np.random.Generator) -> list[float]:
    """Hours a week for recommended work: half a week for most; the first rep's make a list of about eight."""
    return [20.0, *rng.choice([12.0, 16.0, 20.0], reps - 1, p=[0.2, 0.6, 0.2]).tolist()]


def _owners(past: Past, served: Ints, reps: int, rng: np.random.Generator) -> Ints:
    """Number of the rep of each account: those in force dealt out evenly, the stories' accounts to the first."""
    owner = rng.integers(0, reps, len(past.traits.number))
    dealt = rng.permutation(served)
    told = np.isin(dealt, PINNED)
    dealt = np.concatenate([dealt[told], dealt[~told]])
    owner[dealt] = np.arange(len(dealt)) * reps // max(len(dealt), 1)
    return owner

"""Who will do the work: owners, their hours, who is away."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from consumption.features.quality.evidence import Evidence
from consumption.features.quality.finding import FINE, NOTE, WARNING, Row, Seen, check
from consumption.features.quality.wording import count, day, listed, share

_ROWS = 20


@check(
    topic="team",
    title="Owners and their hours",
    means="The plan gives each owner who is not in people the hours of `[capacity] hours_per_week`, and no "
    "skills; accounts without an owner share one, `team`.",
    do="Load the team with hours_week and skills: `consumption ingest people FILE`; and owner (an e-mail) "
    "with accounts.",
)
def owners(evidence: Evidence) -> Iterator[Seen]:
    """Every ranked account should have an owner, and every owner a row in people."""
    ranked, people = evidence.book.population, evidence.book.people
    if ranked.is_empty():
        return
    owned = ranked["owner"].drop_nulls()
    strangers = owned.value_counts(name="accounts").join(people, left_on="owner", right_on="email", how="anti")
    without = ranked.height - len(owned)
    rows: list[Row] = list(
        strangers.sort("accounts", "owner", descending=[True, False]).head(_ROWS).iter_rows(named=True)
    )
    text = f"{owned.n_unique():,} owners of {count(ranked.height, 'ranked account')}"
    if people.is_empty():
        yield Seen(NOTE, f"{text}; there is no table of people.", rows)
    elif strangers.height or without:
        part = share(int(strangers["accounts"].sum()), ranked.height)
        missing = f"not in people: {strangers.height:,} ({part} of the accounts)"
        more = f"; {count(without, 'account')} without an owner" if without else ""
        yield Seen(WARNING if strangers.height else NOTE, f"{text}; {missing}{more}.", rows)
    else:
        yield Seen(FINE, f"{text}, all in people.")


@check(
    topic="team",
    title="Who is away",
    means="Their accounts get nothing in the plan of these weeks: the hours are not there.",
    do="Give their accounts another owner for the time, or correct away_from and away_to in people.",
)
def away(evidence: Evidence) -> Iterator[Seen]:
    """Owners of ranked accounts should be there, and have hours."""
    owned = evidence.book.population["owner"].drop_nulls().value_counts(name="accounts")
    mine = evidence.book.people.join(owned, left_on="email", right_on="owner")
    gone = mine.filter(pl.col("away_from") <= evidence.day, pl.col("away_to").fill_null(evidence.day) >= evidence.day)
    idle = mine.filter(pl.col("hours_week") <= 0)
    rows: list[Row] = [
        {"owner": row["email"], "accounts": row["accounts"], "until": str(row["away_to"] or "unknown")}
        for row in gone.sort("accounts", "email", descending=[True, False]).iter_rows(named=True)
    ]
    if gone.is_empty() and idle.is_empty():
        yield Seen(FINE, f"Nobody who owns an account is away on {day(evidence.day)}.")
        return
    more = f" {listed(idle['email'].sort().to_list())} have no hours a week." if idle.height else ""
    accounts = int(gone["accounts"].sum())
    yield Seen(
        NOTE,
        f"Away on {day(evidence.day)}: {count(gone.height, 'owner')} of {count(accounts, 'account')}.{more}",
        rows,
    )

"""Who is about to be erased, in lines: for whoever has to say that it is the right person."""

from __future__ import annotations

import polars as pl

from consumption.lake.persons import Person


def told(given: str, person: Person, rows: pl.DataFrame) -> tuple[str, ...]:
    """Who was found under what was given, and how many rows of which accounts are theirs (see `rows_by_account`)."""
    known = {
        "user": tuple(user for user in person.user_ids if user not in person.emails),
        "contact": person.contact_ids,
        "e-mail": person.emails,
        "name": person.names,
    }
    said = [f"{what}{'s' * (len(names) > 1)} {', '.join(names)}" for what, names in known.items() if names]
    lines = [f"{given} is {'; '.join(said)}"] if said else []
    for (account,), mine in rows.group_by("account_id", maintain_order=True):
        counts = ", ".join(f"{number:,} of {table}" for _, table, number in mine.iter_rows())
        lines.append(f"  in account {account}: {counts}")
    return tuple(lines)

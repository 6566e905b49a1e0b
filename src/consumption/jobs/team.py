"""Who may look at the lists, where nobody has said who is of the team."""

from __future__ import annotations

import polars as pl

from consumption.models.scored import NO_OWNER


def team_of(people: pl.DataFrame, population: pl.DataFrame) -> pl.DataFrame:
    """People as they are told; without any, a rep for each owner of an account, so that keys can be made for them.

    Where there are rows of people, only those are of the team.
    """
    if people.height:
        return people
    named = population.select(email=pl.col("owner").drop_nulls().unique().sort())
    owners = named.filter(pl.col("email") != NO_OWNER)
    unknown = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in people.schema.items() if name != "email"]
    return owners.select("email", *unknown).with_columns(role=pl.lit("rep")).select(people.columns)

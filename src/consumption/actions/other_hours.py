"""Other hours of a week: of an owner, or of a skill, by somebody new or from those who use them."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from consumption.actions.changes import Changes

MORE = "more hours: "
_ENOUGH = 1e-9


def of_owners(hours: pl.DataFrame, changes: Changes) -> pl.DataFrame:
    """Other hours of some owners; nobody has fewer than none."""
    rows = hours
    for owner, (number, more) in changes.owners.items():
        mine = (pl.col("owner") == owner) & pl.col("skill").is_null()
        now = (pl.col("hours") + number).clip(0) if more else pl.lit(number)
        rows = rows.with_columns(hours=pl.when(mine).then(now).otherwise("hours"))
    return rows


def more(pairs: pl.DataFrame, hours: pl.DataFrame, skill: str, number: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Hours of a skill by somebody new, who may do them for any account: pairs and hours with theirs."""
    owner = f"{MORE}{skill}"
    doubled = pairs.filter(pl.col("skill") == skill).with_columns(owner=pl.lit(owner))
    row = pl.DataFrame([(owner, None, number)], schema=hours.schema, orient="row")
    return pl.concat([pairs, doubled]), pl.concat([hours, row])


def fewer(hours: pl.DataFrame, cards: pl.DataFrame, skill: str, number: float) -> pl.DataFrame:
    """Hours of a skill taken from all who use them in `cards`, in proportion."""
    used = cards.filter(pl.col("skill") == skill).group_by("owner").agg(pl.col("hours").sum())
    share = max(1.0 - number / float(used["hours"].sum()), 0.0) if used.height else 1.0
    capped = used.select("owner", pl.lit(skill).alias("skill"), pl.col("hours") * share)
    return pl.concat([hours, capped.select(hours.columns)])


def beyond(changes: Changes, hours: pl.DataFrame, pairs: pl.DataFrame, cards: pl.DataFrame) -> tuple[str, ...]:
    """What of the changes of hours finds nothing, or more than there is, in words.

    `hours`, `pairs`: of the week, see `Book`; `cards`: of the week without the changes.
    """
    of_skills = (_of_skill(skill, number, pairs, cards) for skill, number in changes.skills.items())
    of_people = (_of_owner(owner, *asked, hours) for owner, asked in changes.owners.items())
    return tuple(line for lines in (*of_skills, *of_people) for line in lines)


def _of_skill(skill: str, number: float, pairs: pl.DataFrame, cards: pl.DataFrame) -> Iterator[str]:
    mine = pl.col("skill") == skill
    if number >= 0:
        if pairs.filter(mine & pl.col("open")).is_empty():
            yield f"no action that takes {skill} is open to anybody this week: more hours of it find nothing to do"
        return
    used = float(cards.filter(mine)["hours"].sum())
    if used <= 0:
        yield f"no card of this week takes hours of {skill}: there are none to take away"
    elif -number > used + _ENOUGH:
        yield f"the cards of this week take {used:g} hours of {skill}: {-number:g} are more, so all are taken away"


def _of_owner(owner: str, number: float, is_more: bool, hours: pl.DataFrame) -> Iterator[str]:
    found = hours.filter((pl.col("owner") == owner) & pl.col("skill").is_null())["hours"]
    if found.is_empty():
        yield f"no account in force takes hours of {owner}: other hours of theirs change nothing"
    elif is_more and -number > found[0] + _ENOUGH:
        yield f"{owner} has {found[0]:g} hours this week: {-number:g} are more, so all are taken away"

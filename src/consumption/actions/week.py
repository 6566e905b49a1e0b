"""The hours there are in the week of the plan, and whose hours an action takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

import polars as pl

from consumption.actions.catalogue import Catalogue
from consumption.actions.facts import timestamp
from consumption.actions.rules import CapacityRules
from consumption.actions.terms import SERVICE_LINES

TEAM = "team"
HOURS = {"owner": pl.String, "skill": pl.String, "hours": pl.Float64}
WORKDAYS = 5


@dataclass(frozen=True)
class Room:
    """What a week has left: `hours` (owner, skill, hours), and `counts`, the most of each action that has a limit."""

    hours: pl.DataFrame
    counts: dict[str, int] | None

    def less(self, settled: pl.DataFrame) -> Room:
        """Without what is settled (owner, skill, hours, action)."""
        return Room(hours_left(self.hours, settled), counts_left(self.counts, settled))


def monday_of(as_of: datetime) -> date:
    """The first day of the ISO week."""
    return as_of.date() - timedelta(days=as_of.weekday())


def owners(population: pl.DataFrame) -> pl.DataFrame:
    """Whose hours each service line takes at an account: account_id, service_line, owner.

    The account's owner, unless its attribute `owner_LINE` names another; accounts without an owner share one, `team`.
    Line after line as in SERVICE_LINES, and in each the accounts of `population` in their order.
    """
    accounts = population.select("account_id", *_of_lines())
    return accounts.unpivot(index="account_id", variable_name="service_line", value_name="owner")


@cache
def _of_lines() -> list[pl.Expr]:
    """Whose each service line is, a column a line."""
    named = pl.col("attributes").str.json_path_match
    return [pl.coalesce(named(f"$.owner_{n}"), "owner", pl.lit(TEAM)).alias(n) for n in SERVICE_LINES]


def week_hours(
    owned: pl.DataFrame,
    people: pl.DataFrame,
    catalogue: Catalogue,
    rules: CapacityRules,
    *,
    as_of: datetime,
    taken_up: pl.DataFrame,
) -> pl.DataFrame:
    """The hours of each owner for recommended work in the ISO week of `as_of`: owner, skill, hours.

    `owned`: as `owners`. Whoever has a row in `people` has its hours, less the workdays away; everyone else the
    default. What was already decided in this week has its hours taken off. A skill that somebody in `people` lists
    is closed (0 hours) to those whose own list is not empty and lacks it.
    """
    monday = monday_of(as_of)
    names = pl.DataFrame({"owner": owned["owner"].unique().sort()})
    there = people.select(
        owner="email", hours=_present(monday) * pl.col("hours_week").fill_null(rules.hours_per_week)
    ).unique("owner", keep="first", maintain_order=True)
    known = {name.lower(): name for name in (*there["owner"].drop_nulls(), *names["owner"].drop_nulls())}
    by = pl.col("worked_by").str.to_lowercase().replace_strict(known, default=None, return_dtype=pl.String)
    gone = _spent(owned, catalogue, taken_up.with_columns(worked_by=by), monday, as_of)
    hours = (
        names.join(there, on="owner", how="left")
        .with_columns(pl.col("hours").fill_null(rules.hours_per_week))
        .join(gone, on="owner", how="left")
        .select(
            "owner", skill=pl.lit(None, pl.String), hours=(pl.col("hours") - pl.col("spent").fill_null(0)).clip(0)
        )
    )
    return pl.concat([hours, _closed(names, people, catalogue)]).sort("owner", "skill")


def _present(monday: date) -> pl.Expr:
    """The share of the week's workdays on which a person is there."""
    days = [pl.lit(monday + timedelta(days=n)) for n in range(WORKDAYS)]
    away = [
        ((pl.col("away_from") <= d) & (d < pl.col("away_to").fill_null(date.max))).fill_null(value=False)
        for d in days
    ]
    return 1 - pl.sum_horizontal(a.cast(pl.Float64) for a in away) / WORKDAYS


def _closed(names: pl.DataFrame, people: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """No hours for a skill that others list and this owner does not."""
    listed = people.select(
        owner="email", skills=pl.col("skills").fill_null("").str.split(";").list.eval(pl.element().str.strip_chars())
    )
    known = set(listed["skills"].explode().drop_nulls()) - {""}
    rows = [
        (owner, skill, 0.0)
        for owner, skills in names.join(listed, on="owner").sort("owner").iter_rows()
        for skill in _needed(catalogue)
        if set(skills) - {""} and skill in known and skill not in skills
    ]
    return pl.DataFrame(rows, schema=HOURS, orient="row")


def _needed(catalogue: Catalogue) -> Iterable[str]:
    return sorted({action.skill for action in catalogue if action.skill})


def _spent(
    owned: pl.DataFrame, catalogue: Catalogue, taken_up: pl.DataFrame, monday: date, as_of: datetime
) -> pl.DataFrame:
    """Hours of what people started earlier in this week: owner, or who of the team did it or took over; spent."""
    earlier = taken_up.filter(_this_week(monday, as_of) & pl.col("worked_on"))
    lines = catalogue.frame.select("action", "service_line", "hours")
    done = (
        earlier.select("account_id", "action", "worked_by")
        .join(lines, on="action")
        .join(owned, on=["account_id", "service_line"])
        .with_columns(owner=pl.coalesce("worked_by", "owner"))
    )
    return done.group_by("owner").agg(pl.col("hours").sum().alias("spent"))


def _this_week(monday: date, as_of: datetime) -> pl.Expr:
    """What was begun earlier in the week."""
    start = datetime(monday.year, monday.month, monday.day, tzinfo=as_of.tzinfo)
    return pl.col("worked_at").is_between(timestamp(start), timestamp(as_of), closed="left")


def week_counts(
    limits: Mapping[str, int] | None, taken_up: pl.DataFrame, by_itself: Collection[str], *, as_of: datetime
) -> dict[str, int] | None:
    """What limits leave for the rest of the week: what was started in it, or sent `by_itself`, has its share."""
    begun = pl.col("worked_on") | pl.col("action").is_in(list(by_itself))
    done = taken_up.filter(_this_week(monday_of(as_of), as_of) & begun & ~pl.col("withheld"))
    return counts_left(limits, done)


def hours_left(hours: pl.DataFrame, settled: pl.DataFrame) -> pl.DataFrame:
    """The hours that what is settled (owner, skill, hours) leaves: owner, skill, hours."""
    whole = settled.group_by("owner").agg(pl.col("hours").sum().alias("gone"))
    part = settled.group_by("owner", "skill").agg(pl.col("hours").sum().alias("of_skill"))
    gone = pl.when(pl.col("skill").is_null()).then("gone").otherwise("of_skill").fill_null(0.0)
    return (
        hours.join(whole, on="owner", how="left", maintain_order="left")
        .join(part, on=["owner", "skill"], how="left", maintain_order="left")
        .select("owner", "skill", hours=(pl.col("hours") - gone).clip(0))
    )


def counts_left(limits: Mapping[str, int] | None, settled: pl.DataFrame) -> dict[str, int] | None:
    """What limits leave after what is settled (action)."""
    counts = dict(settled["action"].value_counts().iter_rows())
    return {action: max(most - counts.get(action, 0), 0) for action, most in limits.items()} if limits else None

"""Which cap is too low for what must be done: an owner's hours, their hours of a skill, or the count of an action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

ENOUGH = 1e-9


@dataclass(frozen=True)
class Short:
    """A cap, what is needed of it at least, and what there is."""

    owner: str | None
    skill: str | None
    action: str | None
    need: float
    has: float

    @property
    def text(self) -> str:
        """In words."""
        if self.action is not None:
            return f"{self.action} is needed {self.need:g} times and its limit is {self.has:g}"
        of_skill = f" of {self.skill}" if self.skill is not None else ""
        return f"{self.owner or 'nobody'} needs {self.need:g} hours{of_skill} and has {self.has:g}"


def shortages(
    named: pl.DataFrame, missing: pl.DataFrame, hours: pl.DataFrame, limits: Mapping[str, int] | None
) -> list[Short]:
    """The caps that cannot be kept; where each alone could be, those that the accounts left out have in common.

    `named`: account_id, action, hours, owner, skill of what must be done, one row of each account; `missing`:
    account_id of those for which nothing fits.
    """
    caps = _owners(named, hours) + _skills(named, hours) + _counts(named, limits or {})
    binding = [cap for cap in caps if cap.need > cap.has + ENOUGH]
    if binding:
        return binding
    left = named.join(missing, on="account_id", how="semi")
    touched = set(left["owner"]), set(left["action"])
    return [cap for cap in caps if cap.owner in touched[0] or cap.action in touched[1]]


def _owners(named: pl.DataFrame, hours: pl.DataFrame) -> list[Short]:
    whole: dict[str, float] = dict(
        hours.filter(pl.col("skill").is_null()).group_by("owner").agg(pl.col("hours").min()).iter_rows()
    )
    parts: dict[str, float] = dict(
        hours.filter(pl.col("skill").is_not_null()).group_by("owner").agg(pl.col("hours").sum()).iter_rows()
    )
    needs = _needs(named, ["owner"], pl.col("hours"))
    # Who has hours of skills alone has as many as these add up to; who has no row at all has none.
    return [
        Short(owner, None, None, need, whole.get(owner, parts.get(owner, 0.0)))
        for owner, need in needs.sort("owner").iter_rows()
    ]


def _skills(named: pl.DataFrame, hours: pl.DataFrame) -> list[Short]:
    there = hours.filter(pl.col("skill").is_not_null()).group_by("owner", "skill").agg(has=pl.col("hours").min())
    needs = _needs(named, ["owner", "skill"], pl.col("hours"))
    rows = there.join(needs, on=["owner", "skill"]).sort("owner", "skill").select("owner", "skill", "need", "has")
    return [Short(owner, skill, None, need, has) for owner, skill, need, has in rows.iter_rows()]


def _counts(named: pl.DataFrame, limits: Mapping[str, int]) -> list[Short]:
    needs = _needs(named, ["action"], pl.lit(1.0))
    return [
        Short(None, None, action, need, float(limits[action]))
        for action, need in needs.sort("action").iter_rows()
        if action in limits
    ]


def _needs(named: pl.DataFrame, cap: list[str], amount: pl.Expr) -> pl.DataFrame:
    """What a cap must give at least: of accounts all of whose rows fall under it, the row that takes least."""
    whole = named.group_by("account_id").agg(rows=pl.len())
    under = (
        named.with_columns(amount=amount)
        .group_by("account_id", *cap)
        .agg(mine=pl.len(), least=pl.col("amount").min())
    )
    bound = under.join(whole, on="account_id").filter(pl.col("mine") == pl.col("rows"))
    return bound.group_by(cap).agg(need=pl.col("least").sum())

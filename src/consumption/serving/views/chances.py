"""How sure one can be of an account's chances, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consumption.serving import words
from consumption.serving.views.card import HORIZONS
from consumption.store.records import AccountDetail, Plan

_WHAT = {"help": "shrink or leave", "expand": "buy more"}
_NEW = "It is a new account: until four weeks of use are known, what others of its segment did counts for most."


def how_sure(account: AccountDetail, plan: Plan) -> Iterator[str]:
    """As in: of accounts like this one, between 1 in 10 and 1 in 3 shrink or leave within six months."""
    told = account.brief.get("between")
    if not isinstance(told, Mapping):
        return
    horizon = plan.summary.get("horizon_days")
    within = HORIZONS.get(int(horizon) if isinstance(horizon, int | float) else 182, f"{horizon} days")
    low, high = (told.get(f"{account.motion}_{end}") for end in ("low", "high"))
    if isinstance(low, float) and isinstance(high, float):
        many = words.between(low, high)
        yield f"Of accounts like this one, {many} {_WHAT[account.motion]} within {within}, as far as can be told."
    if told.get("new"):
        yield _NEW

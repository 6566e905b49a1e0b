"""What was known at one moment of some accounts, by their kept tiles where those serve."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from consumption.features.kept_tiles import KeptTiles
from consumption.features.known import Facts, Known, unsettled
from consumption.features.rules import UsageRules
from consumption.features.tiles import Tiles, day_of
from consumption.lake.history import History


def known_at(
    history: History,
    as_of: datetime,
    rules: UsageRules,
    kept: KeptTiles | None = None,
    *,
    days: int = 0,
    lifetime: bool = False,
) -> Known:
    """What was known, for a reader of tiles of so many `days` before `as_of`, and of the `lifetime` or not.

    `kept` tiles of these accounts stand in for their events where their days are those of the moment. Other days, and
    lifetimes not asked for, are read when they are wanted all the same: the values never depend on it.
    """
    facts = Facts(as_of.astimezone(UTC), history)
    excluded = facts.excluded(rules)
    if kept is None or not kept.serve(facts.as_of):
        return Known.at(facts, Tiles.of(history, facts.as_of, rules, excluded), rules)
    day = day_of(facts.as_of)
    tiles = kept.tiles(unsettled([facts]), day - timedelta(days=days), rules, excluded)
    earlier = kept.lifetime(tiles, day, rules, excluded) if lifetime else None
    return Known.at(facts, tiles, rules, earlier)

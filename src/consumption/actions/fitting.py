"""Cards that no longer fit, since hours or counts became fewer: which of them stay, whatever their arm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

ENOUGH = 1e-9
Cap = tuple[str | None, str | None, str | None]


@dataclass(frozen=True)
class _Card:
    """Row of the frame, whether it takes hours, and how much of which cap: (owner, skill, action)."""

    row: int
    served: bool
    takes: tuple[tuple[Cap, float], ...]


def fitting(cards: pl.DataFrame, hours: pl.DataFrame, limits: Mapping[str, int] | None) -> pl.DataFrame:
    """The cards whose served ones fit all caps; where they do not, the most valuable stay.

    `cards`: account_id, action, value, hours, owner, skill, chosen_in, served. As in the plan, those of the first
    pass are taken first, withheld ones like any; the hours of the withheld then go to the next best, of both arms.
    So whether a card stays does not depend on its own arm.
    """
    room = _room(hours, limits or {})
    listed = _listed(cards, room)
    used: dict[Cap, float] = {}
    _take(used, (card for card in listed if card.served))
    over = {cap for cap, amount in used.items() if amount > room[cap] + ENOUGH}
    if not over:
        return cards
    tight = [card for card in listed if any(cap in over for cap, _ in card.takes)]
    rows = {card.row for card in tight}
    calm = [card for card in listed if card.row not in rows]
    stays = [*calm, *_by_rounds(cards, tight, _left(room, calm))]
    return cards[sorted(card.row for card in stays)]


def _by_rounds(cards: pl.DataFrame, tight: list[_Card], left: dict[Cap, float]) -> list[_Card]:
    """First those of the first pass, then whoever is left, as long as what is withheld frees something."""
    first = cards["chosen_in"] == "first"
    stays = _that_fit([card for card in tight if first[card.row]], left)
    left = _left(left, stays)
    while True:
        chosen = {card.row for card in stays}
        more = _that_fit([card for card in tight if card.row not in chosen], left)
        stays += more
        left = _left(left, more)
        if all(card.served for card in more):
            return stays


def _that_fit(asked: Iterable[_Card], left: Mapping[Cap, float]) -> list[_Card]:
    """One round: the most valuable first, each taking its hours, whatever its arm."""
    free, taken = dict(left), []
    for card in asked:
        if all(amount <= free[cap] + ENOUGH for cap, amount in card.takes):
            _take(free, [card], sign=-1)
            taken.append(card)
    return taken


def _listed(cards: pl.DataFrame, room: Mapping[Cap, float]) -> list[_Card]:
    """The most valuable first."""
    ordered = cards.with_row_index("row").sort("value", "account_id", descending=[True, False])
    return [
        _Card(
            row,
            served,
            tuple(
                (cap, amount)
                for cap, amount in (
                    ((owner, None, None), took),
                    ((owner, skill, None), took),
                    ((None, None, action), 1.0),
                )
                if cap in room
            ),
        )
        for row, served, owner, skill, action, took in ordered.select(
            "row", "served", "owner", pl.col("skill").fill_null(""), "action", "hours"
        ).iter_rows()
    ]


def _room(hours: pl.DataFrame, limits: Mapping[str, int]) -> dict[Cap, float]:
    """What there is of each cap; of several equal ones the lowest binds."""
    lowest = hours.group_by("owner", "skill").agg(pl.col("hours").min())
    found: dict[Cap, float] = {(owner, skill, None): most for owner, skill, most in lowest.iter_rows()}
    return found | {(None, None, action): float(most) for action, most in limits.items()}


def _left(room: Mapping[Cap, float], taken: Iterable[_Card]) -> dict[Cap, float]:
    """What the served ones leave."""
    left = dict(room)
    _take(left, (card for card in taken if card.served), sign=-1)
    return left


def _take(room: dict[Cap, float], cards: Iterable[_Card], *, sign: int = 1) -> None:
    for card in cards:
        for cap, amount in card.takes:
            room[cap] = room.get(cap, 0.0) + sign * amount

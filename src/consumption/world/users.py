"""Who appears in telemetry: the users of each account's products, and its machines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from consumption.world.arrays import Floats, Ints, Rows
from consumption.world.books import COMPUTE, COVER, DRAFT, INSIGHT, MACHINES, PRODUCTS, RUN_HOURS, VAULT, WORKSPACE
from consumption.world.history import Past
from consumption.world.stories import IDLE_LICENCES

SECOND_SEATS = {"Quillon Insight": 0.40, "Lumetra Vault": 0.60}  # seats of the second product for one of the main
_ALWAYS = 10**6
_CODE = {product.name: code for code, product in enumerate(PRODUCTS)}


@dataclass(frozen=True)
class Users(Rows):
    """One element a place for a user: the people in it change, `stays` weeks after each other.

    `rank` counts from 0 within account and product; `seats` are those of this product for one unit of the account's
    quantity (0: not counted in seats, then `places` bounds the users). `second`: a user of the second product.
    """

    account: Ints
    product: Ints
    rank: Ints
    seats: Floats
    places: Ints
    second: Ints
    pace: Floats
    curiosity: Floats
    stays: Ints
    phase: Ints


def second_product(past: Past) -> Ints:
    """Code of the second product each account has, or could have."""
    traits = past.traits
    software = np.where(traits.credits, _CODE[COMPUTE.name], _CODE[INSIGHT.name])
    by_book = np.stack(
        [software, np.full_like(software, _CODE[COVER.name]), np.full_like(software, _CODE[VAULT.name])]
    )
    return np.asarray(by_book[traits.book, np.arange(len(traits.book))])


def main_product(past: Past) -> Ints:
    """Code of the main product of each account."""
    return np.array([_CODE[p.name] for p in (WORKSPACE, RUN_HOURS, DRAFT)])[past.traits.book]


def crowding(past: Past) -> Floats:
    """How many people share the seats of each account at most, for one seat."""
    return np.where(past.traits.dormant > 0, 1.0, 1.15)


def draw_users(past: Past, rng: np.random.Generator) -> Users:
    """All places for users there ever are, account by account."""
    traits = past.traits
    most = past.weekly["quantity"][: past.weeks].max(axis=0)
    used = most * (1.0 - traits.dormant)
    room = crowding(past)
    few = np.clip(2 + np.round(traits.quantity * 0.3), 2, 8)
    main = np.where(traits.book == MACHINES, few, np.ceil(used * room))
    second = second_product(past)
    factor = np.array([SECOND_SEATS.get(p.name, 0.0) for p in PRODUCTS])[second]
    ever = past.weekly["second"][: past.weeks].max(axis=0) > 0
    added = np.where(ever & (factor > 0), np.maximum(np.ceil(used * room * factor), 1), 0)
    seats = np.where(traits.book == MACHINES, 0.0, 1.0)
    parts = [_places(past, main, main_product(past), seats, 0), _places(past, added, second, factor, 1)]
    account, product, rank, per, places, is_second = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    n = len(account)
    fixed = account == IDLE_LICENCES
    return Users(
        account=account,
        product=product,
        rank=rank,
        seats=per,
        places=places,
        second=is_second,
        pace=rng.gamma(2.0, 0.5, n),
        curiosity=0.07 * rng.standard_normal(n),
        stays=np.where(fixed, _ALWAYS, rng.integers(60, 260, n)),
        phase=np.where(fixed, 0, rng.integers(0, 260, n)),
    )


def _places(
    past: Past, count: Floats, product: Ints, seats: Floats, second: int
) -> tuple[Ints, Ints, Ints, Floats, Ints, Ints]:
    whole = count.astype(np.int64)
    account = np.repeat(past.traits.number, whole)
    rank = np.arange(len(account)) - np.repeat(np.cumsum(whole) - whole, whole)
    return account, product[account], rank, seats[account], whole[account], np.full(len(account), second)


def champions_gone(past: Past) -> Ints:
    """How many champions each account has lost so far: weeks x accounts."""
    champion = past.weekly["champion"]
    dropped = np.zeros(champion.shape, dtype=np.int64)
    dropped[1:] = champion[1:] < champion[:-1] - 0.12
    dropped[:, IDLE_LICENCES] = 0
    return np.cumsum(dropped, axis=0)


def user_number(users: Users, place: Ints, week: Ints, gone: Ints) -> Ints:
    """The number of the user in a place in a week; the first place of the main product is the champion's."""
    generation = (week + users.phase[place]) // users.stays[place]
    champion = (users.rank[place] == 0) & (users.second[place] == 0)
    return np.asarray(10_000 + 16 * place + np.minimum(np.where(champion, gone, generation), 15))


@dataclass(frozen=True)
class Machines(Rows):
    """One element a machine: the account it stands at, its rank there, and the week from which it is never heard."""

    account: Ints
    rank: Ints
    silent_from: Ints
    pace: Floats


def draw_machines(past: Past, rng: np.random.Generator) -> Machines:
    """All machines there ever are."""
    owns = past.traits.book == MACHINES
    most = np.where(owns, past.weekly["quantity"][: past.weeks].max(axis=0), 0).astype(np.int64)
    account = np.repeat(past.traits.number, most)
    rank = np.arange(len(account)) - np.repeat(np.cumsum(most) - most, most)
    n = len(account)
    mute = (rng.random(n) < 0.04) & (account > 1)
    return Machines(
        account=account,
        rank=rank,
        silent_from=np.where(mute, rng.integers(0, past.weeks, n), _ALWAYS),
        pace=np.exp(0.08 * rng.standard_normal(n)),
    )

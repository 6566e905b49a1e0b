"""The customers: accounts, the people in them, their machines, and what they want to reach."""

from __future__ import annotations

import numpy as np
import polars as pl

from consumption.tables import TIMESTAMP
from consumption.world.arrays import Flags, Ints, dates, moments, words
from consumption.world.books import BOOK_NAMES, INDUSTRIES, PRODUCTS, REGIONS, RESELLER, RUN_HOURS, SEGMENTS
from consumption.world.history import Past
from consumption.world.names import company_names, person_names
from consumption.world.state import WEEK
from consumption.world.stories import IDLE_LICENCES, UNUSED
from consumption.world.truth import account_ids
from consumption.world.users import Machines, Users, champions_gone

_GOALS = ("save time", "fewer faults", "lower cost", "faster start", "more output")
_LATER = 10_000  # weeks after today, for what goes on


def accounts(past: Past, owners: list[str], rng: np.random.Generator) -> pl.DataFrame:
    """One row an account."""
    traits = past.traits
    ids = account_ids(traits.number)
    industries = [INDUSTRIES[i] for i in traits.industry.tolist()]
    parents = pl.Series(np.where(traits.parent < 0, 0, traits.parent).astype(np.uint32))
    names = pl.Series("name", company_names(industries, rng))
    external = pl.Series(traits.number + 4_000_001).cast(pl.String)
    return pl.DataFrame(
        {
            "account_id": ids,
            "created_at": moments("created_at", traits.created * 86_400 + 9 * 3_600),
            "name": names,
            "segment": words("segment", SEGMENTS, traits.segment),
            "industry": pl.Series(industries),
            "region": words("region", REGIONS, traits.region),
            "owner": owners,
            "parent_id": ids.gather(parents).zip_with(
                pl.Series(traits.parent >= 0), pl.Series([None] * len(ids), dtype=pl.String)
            ),
            "kind": ["customer"] * len(ids),
            "yearly_spend": np.round(traits.arr * np.exp(rng.normal(1.0, 0.5, len(ids))), -2),
            "book": words("book", BOOK_NAMES, traits.book),
            "salesforce_id": "001QZ" + external.str.zfill(10),
            "hubspot_id": "7" + external,
        }
    )


def contacts(past: Past, users: Users, rng: np.random.Generator) -> pl.DataFrame:
    """One row a person and version: sponsors, champions and buyers everywhere, users where licences are assigned."""
    parts = [
        _standing(past, "sponsor", rng),
        _standing(past, "buyer", rng),
        _champions(past, users),
        _licensed(past, users),
        _idle(past),
    ]
    there = pl.concat(parts, how="diagonal_relaxed").filter(pl.col("since") < past.today)
    rows = there.sort("account", "role", "since", "user", nulls_last=True).with_row_index("n")
    rows = rows.with_columns(
        contact_id="P" + (pl.col("n") + 10_001).cast(pl.String),
        name=pl.Series(person_names(rng.integers(0, 700, rows.height))),
    )
    left = rows.filter(pl.col("until") < past.today - 2)
    now = _contact_rows(past, rows, pl.col("since"), pl.lit(None, dtype=pl.Int64))
    later = _contact_rows(past, left, pl.col("until") + 2, pl.col("until"))
    return pl.concat([now, later]).sort("contact_id", "received_at")


def _contact_rows(past: Past, rows: pl.DataFrame, known: pl.Expr, until: pl.Expr) -> pl.DataFrame:
    """Rows as known from a day on: a person who has left gets a second version that says so."""
    # Only the reseller keeps lists of who holds a licence; half a list would read as licences nobody was given.
    listed = pl.lit(pl.Series(past.traits.book == RESELLER).gather(rows["account"]))
    seat = pl.when(listed & (pl.col("user").is_not_null() | (pl.col("role") == "user")))
    return rows.select(
        contact_id="contact_id",
        account_id=account_ids(past.traits.number).gather(rows["account"]),
        user_id=pl.when(pl.col("user").is_not_null()).then("u_" + pl.col("user").cast(pl.String)),
        name=pl.when(pl.col("role") != "user").then("name"),
        email=pl.col("contact_id").str.to_lowercase() + "@customer.example.com",
        role="role",
        seat_assigned_on=seat.then(pl.col("since").cast(pl.Int32).cast(pl.Date)),
        invited_on=pl.col("since").cast(pl.Int32).cast(pl.Date),
        left_on=until.cast(pl.Int32).cast(pl.Date),
        do_not_contact=pl.col("n") % 211 == 0,
        received_at=(known * 86_400_000_000).cast(TIMESTAMP),
    )


def _standing(past: Past, role: str, rng: np.random.Generator) -> pl.DataFrame:
    n = len(past.traits.number)
    since = past.traits.starts - rng.integers(0, 60, n)
    return pl.DataFrame({"account": past.traits.number, "role": [role] * n, "since": since})


def _spells(past: Past, users: Users, place: Ints, generation: Ints, *, begins: Ints, ends: Ints) -> pl.DataFrame:
    """People of these places as they come and go, cut to the time the account was a customer."""
    account = users.account[place]
    since = np.maximum(past.first_day + WEEK * begins, past.traits.starts[account])
    until = past.first_day + WEEK * ends
    rows = pl.DataFrame(
        {"account": account, "user": 10_000 + 16 * place + generation, "since": since, "until": until}
    )
    stays = pl.Series(np.minimum(past.lost[account], past.today))
    return rows.filter((pl.col("since") < pl.col("until")) & (pl.col("since") < stays))


def _champions(past: Past, users: Users) -> pl.DataFrame:
    """The champion of each account, and the next one after it was lost."""
    gone = champions_gone(past)
    place = np.flatnonzero((users.rank == 0) & (users.second == 0))
    spells = []
    for generation in range(int(gone[: past.weeks].max()) + 1):
        of = np.minimum(generation, 15)
        begins = (gone < generation).sum(axis=0)[users.account[place]]
        ends = (gone <= generation).sum(axis=0)[users.account[place]]
        some = begins < past.weeks
        spells.append(
            _spells(past, users, place[some], np.full(some.sum(), of), begins=begins[some], ends=ends[some])
        )
    return pl.concat(spells).with_columns(role=pl.lit("champion")).unique(["user"], keep="first", maintain_order=True)


def _licensed(past: Past, users: Users) -> pl.DataFrame:
    """The other users of the reseller's customers: each got a licence when it came, or when there was one for it."""
    mine = (past.traits.book[users.account] == RESELLER) & ~((users.rank == 0) & (users.second == 0))
    place = np.flatnonzero(mine)
    account = users.account[place]
    used = users.seats[place] * (1.0 - past.traits.dormant[account])
    seats = np.maximum(past.weekly["quantity"][: past.weeks, account] * used, 1)
    owned = (users.second[place] == 0) | (past.weekly["second"][: past.weeks, account] > 0)
    first, last, ever = _while((users.rank[place] < seats) & owned)
    spells = []
    for generation in range(6):
        begins = np.maximum(np.maximum(generation * users.stays[place] - users.phase[place], 0), first)
        ends = np.minimum((generation + 1) * users.stays[place] - users.phase[place], last)
        some = ever & (ends > 0) & (begins < past.weeks)
        spells.append(
            _spells(past, users, place[some], np.full(some.sum(), generation), begins=begins[some], ends=ends[some])
        )
    return pl.concat(spells).with_columns(role=pl.lit("user"))


def _while(there: Flags) -> tuple[Ints, Ints, Flags]:
    """Of weeks x places: the first week there, the first one there no more (far ahead: never), and whether ever."""
    weeks = len(there)
    last = weeks - there[::-1].argmax(axis=0)
    return there.argmax(axis=0), np.where(last < weeks, last, weeks + _LATER), np.asarray(there.any(axis=0))


def _idle(past: Past) -> pl.DataFrame:
    """Licences assigned to people who never came, as many at a time as that time's licences allow."""
    traits = past.traits
    idle = np.floor(past.weekly["quantity"][: past.weeks] * traits.dormant * 0.8).astype(np.int64)
    idle[:, IDLE_LICENCES] = UNUSED
    most = idle.max(axis=0)
    account = np.repeat(traits.number, most)
    rank = np.arange(len(account)) - np.repeat(np.cumsum(most) - most, most)
    first, last, _ = _while(idle[:, account] > rank)
    since = np.where(first > 0, past.first_day + WEEK * first, 0)
    return pl.DataFrame(
        {
            "account": account,
            "role": ["user"] * len(account),
            "since": np.maximum(since, traits.starts[account] + 3),
            "until": past.first_day + WEEK * last,
        }
    )


def assets(past: Past, machines: Machines, rng: np.random.Generator) -> pl.DataFrame:
    """One row a machine and version: installed with its contract or before, taken out when fewer are paid for."""
    there = past.weekly["quantity"][: past.weeks][:, machines.account] > machines.rank
    first, last = there.argmax(axis=0), past.weeks - there[::-1].argmax(axis=0)
    n = len(machines.account)
    starts = past.traits.starts[machines.account]
    installed = np.where(first == 0, starts - rng.integers(0, 1_200, n), past.first_day + WEEK * first)
    removed = np.where(last < past.weeks, past.first_day + WEEK * last, past.today)
    rows = pl.DataFrame(
        {
            "asset_id": "m_" + pl.Series(10_000 + np.arange(n)).cast(pl.String),
            "account_id": account_ids(past.traits.number).gather(machines.account),
            "product": [RUN_HOURS.name] * n,
            "model": words("model", ["TV-200", "TV-310", "TV-450"], rng.integers(0, 3, n)),
            "site": words("site", ["hall 1", "hall 2", "yard"], rng.choice(3, n, p=[0.6, 0.3, 0.1])),
            "installed_on": dates("installed_on", installed),
            "warranty_until": dates("warranty_until", installed + 365 * rng.integers(2, 5, n)),
            "removed_on": dates("removed_on", removed),
            "received_at": moments("received_at", installed * 86_400),
        }
    )
    here = pl.Series(np.minimum(past.lost[machines.account], past.today) > installed)
    gone = here & pl.Series((removed < past.today) & (removed < past.lost[machines.account]))
    now = rows.filter(here).with_columns(removed_on=pl.lit(None, dtype=pl.Date))
    later = rows.filter(gone).with_columns(received_at=pl.col("removed_on").cast(TIMESTAMP))
    return pl.concat([now, later]).sort("asset_id", "received_at")


def goals(past: Past, rng: np.random.Generator) -> pl.DataFrame:
    """One row an account and goal; about half of the accounts have told one."""
    told = np.flatnonzero(rng.random(len(past.traits.number)) < 0.5)
    return pl.DataFrame(
        {
            "account_id": account_ids(past.traits.number).gather(told),
            "goal": words("goal", _GOALS, rng.integers(0, len(_GOALS), len(told))),
            "audience": ["operations"] * len(told),
            "target": np.round(rng.uniform(5, 30, len(told))),
            "weight": np.ones(len(told)),
            "received_at": moments("received_at", past.traits.starts[told] * 86_400),
        }
    ).filter(pl.col("received_at") < pl.lit(past.today * 86_400_000_000).cast(TIMESTAMP))


def products(past: Past) -> pl.DataFrame:
    """One row a product."""
    return pl.DataFrame(
        {
            "product": [p.name for p in PRODUCTS],
            "vendor": [p.vendor for p in PRODUCTS],
            "core_features": [";".join(p.core) or None for p in PRODUCTS],
            "entitled_features": [";".join(p.features) or None for p in PRODUCTS],
            "complements": [";".join(p.complements) or None for p in PRODUCTS],
        }
    ).with_columns(received_at=pl.lit((past.first_day - 1_500) * 86_400_000_000).cast(TIMESTAMP))

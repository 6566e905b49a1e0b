"""The events of some buckets, read once and summed up for the checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from consumption.features.corrections import latest
from consumption.features.exact import micro
from consumption.features.quality.metering import metered
from consumption.features.quality.repeats import repeats
from consumption.features.quality.telemetry import Telemetry
from consumption.features.quality.users import domains, paces, shared, suspects, user_days
from consumption.features.rules import UsageRules
from consumption.features.tiles import day_of
from consumption.lake.history import History
from consumption.tables import TIMESTAMP

# Times and places are told apart for so many regions and products, the largest; the others are taken together.
MOST_PLACES = 12
OTHERS = "(others)"
NO_REGION = "(no region)"
NO_PRODUCT = "(no product)"
RECENT_DAYS = 84

_HOUR = 3_600_000_000
_WORDS = ("account_id", "user_id", "asset_id", "product", "event")


@dataclass(frozen=True)
class Around:
    """What events are held against: the moment, the rules, and tables as known then.

    `regions`: account_id, region, a row an account. `contracts`: those in force. `contacts`: account_id, user_id of
    those with one. `assets`: account_id, asset_id, there (not removed). `staff`: users who are our own, as settings
    say.
    """

    as_of: datetime
    rules: UsageRules
    regions: pl.DataFrame
    contracts: pl.DataFrame
    contacts: pl.DataFrame
    assets: pl.DataFrame
    staff: frozenset[str] = frozenset()

    @property
    def day(self) -> date:
        """The first day that is not looked at."""
        return day_of(self.as_of)


def regions_of(accounts: pl.DataFrame) -> pl.DataFrame:
    """One row an account: account_id, region: the largest by name, the others together."""
    large = accounts["region"].drop_nulls().value_counts().sort("count", "region", descending=[True, False])
    names = large["region"].head(MOST_PLACES)
    kept = pl.when(pl.col("region").is_in(names.implode())).then("region").otherwise(pl.lit(OTHERS))
    region = pl.when(pl.col("region").is_null()).then(pl.lit(NO_REGION)).otherwise(kept)
    return accounts.select("account_id", region.alias("region"))


def gather(history: History, around: Around) -> Telemetry:
    """The sums of the events in `history`, some buckets whole."""
    events, here = _read(history, around), history.accounts.select(pl.col("account_id").unique()).collect()
    known = events.filter("known")
    hours, people = _hours(known, around), user_days(known)
    return Telemetry(
        totals=_totals(events, here, around),
        by_product=_counted(events, "product"),
        loads=_loads(events),
        hours=_placed(hours, "hour"),
        days=_placed(hours.with_columns(pl.col("hour") // 24), "day"),
        names=_plain(known.group_by("product", "event", "day").agg(_number(pl.len()).alias("events"))),
        spans=_spans(known, around),
        users=_plain(suspects(people)),
        paces=paces(people),
        shared=_plain(shared(people)),
        domains=_plain(domains(people)),
        left_out=_left_out(events, around.rules),
        metered=metered(known, around.contracts.join(here, on="account_id", how="semi"), around.rules, around.day),
    )


def _read(history: History, around: Around) -> pl.DataFrame:
    """The columns that are looked at, texts as codes that live as long as this frame."""
    words = {name: pl.Categorical(pl.Categories.random()) for name in _WORDS}
    moment, late = pl.lit(around.as_of), pl.col("received_at") - pl.col("timestamp")
    rows = latest(history.events).select(
        *_WORDS,
        "timestamp",
        "loaded_at",
        (pl.col("timestamp").dt.epoch("us") // _HOUR).cast(pl.Int32).alias("hour"),
        pl.col("timestamp").dt.date().alias("day"),
        micro(pl.col("quantity").fill_nan(None).fill_null(1.0)).fill_null(0).alias("quantity"),
        pl.col("event_id").is_not_null().alias("with_id"),
        late.dt.total_seconds().alias("late"),
        (pl.col("received_at") >= moment).alias("later"),
        ((pl.col("timestamp") < moment) & (pl.col("received_at") < moment) & _counts_at_all(around)).alias("known"),
        (pl.col("timestamp") >= moment).alias("future"),
    )
    return rows.with_columns(pl.col("product").fill_null(NO_PRODUCT)).cast(pl.Schema(words)).collect()


def _counts_at_all(around: Around) -> pl.Expr:
    """Whether an event is neither of our own staff nor one that settings leave out."""
    rules = around.rules
    users, events = sorted({*around.staff, *rules.excluded_users}), sorted(rules.excluded_events)
    ours = [pl.col("user_id").is_in(users), pl.col("event").is_in(events)]
    mail = pl.col("user_id").str.to_lowercase()
    ours += [mail.str.ends_with(f"@{domain.removeprefix('@').lower()}") for domain in rules.excluded_domains]
    return ~pl.any_horizontal(test.fill_null(value=False) for test in ours)


def _left_out(events: pl.DataFrame, rules: UsageRules) -> pl.DataFrame:
    """What settings leave out that is there: what (users, domains, events), name, events; domains by user ids."""
    named = {"users": ("user_id", rules.excluded_users), "events": ("event", rules.excluded_events)}
    parts = [_none_left_out()]
    for what, (column, names) in named.items():
        mine = events.filter(pl.col(column).cast(pl.String).is_in(sorted(names)))
        parts.append(_named_events(mine, what, pl.col(column).cast(pl.String)))
    mail = pl.col("user_id").cast(pl.String).str.to_lowercase()
    for domain in sorted(rules.excluded_domains):
        mine = events.filter(mail.str.ends_with(f"@{domain.removeprefix('@').lower()}"))
        parts.append(_named_events(mine, "domains", pl.lit(domain)))
    return pl.concat(parts).sort("what", "name")


def _none_left_out() -> pl.DataFrame:
    return pl.DataFrame(schema={"what": pl.String(), "name": pl.String(), "events": pl.Int64()})


def _named_events(events: pl.DataFrame, what: str, name: pl.Expr) -> pl.DataFrame:
    counted = events.group_by(name.alias("name")).agg(_number(pl.len()).alias("events"))
    return counted.filter(pl.col("events") > 0).select(pl.lit(what).alias("what"), "name", "events")


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Codes as texts again."""
    return frame.with_columns(
        pl.col(n).cast(pl.String) for n, t in frame.schema.items() if isinstance(t, pl.Categorical)
    )


def _number(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.Int64)


def _counts() -> list[pl.Expr]:
    nobody = pl.col("user_id").is_null() & pl.col("asset_id").is_null()
    flags = {
        "known": pl.col("known"),
        "future": pl.col("future"),
        "later": pl.col("later"),
        "with_user": pl.col("user_id").is_not_null(),
        "with_asset": pl.col("asset_id").is_not_null(),
        "with_neither": nobody,
        "with_quantity": pl.col("quantity") != 1_000_000,
        "with_id": pl.col("with_id"),
        "at_midnight": pl.col("timestamp").dt.epoch("us") % (24 * _HOUR) == 0,
        "ahead": pl.col("late") < 0,
    }
    ahead = pl.when(pl.col("late") < 0).then(-pl.col("late")).otherwise(0).sum()
    sums = [_number(flag.sum()).alias(name) for name, flag in flags.items()]
    return [_number(pl.len()).alias("rows"), *sums, ahead.alias("ahead_seconds")]


def _counted(events: pl.DataFrame, by: str) -> pl.DataFrame:
    return _plain(events.group_by(by).agg(_counts()).sort(by))


def _totals(events: pl.DataFrame, here: pl.DataFrame, around: Around) -> pl.DataFrame:
    who, what = (_plain(events.select("account_id", name).drop_nulls().unique()) for name in ("user_id", "asset_id"))
    contacts = around.contacts.join(here, on="account_id", how="semi").unique()
    listed = around.assets.join(here, on="account_id", how="semi")
    assets = listed.filter("there")
    matched = {
        "contacts": contacts.height,
        "contacts_seen": contacts.join(who, on=["account_id", "user_id"], how="semi").height,
        "assets": assets.height,
        "assets_seen": assets.join(what, on=["account_id", "asset_id"], how="semi").height,
        "assets_unlisted": what.join(listed, on=["account_id", "asset_id"], how="anti").height,
    }
    return events.select(_counts()).with_columns(pl.lit(n, dtype=pl.Int64).alias(k) for k, n in matched.items())


def _loads(events: pl.DataFrame) -> pl.DataFrame:
    day = 86_400
    late = [_number((pl.col("late") > days * day).sum()).alias(f"late_{days}") for days in (1, 7, 28)]
    summed = events.group_by("loaded_at").agg(
        _number(pl.len()).alias("rows"),
        _number((pl.col("late") < 0).sum()).alias("ahead"),
        *late,
        pl.col("timestamp").min().alias("first"),
        pl.col("timestamp").max().alias("last"),
    )
    again = summed.join(repeats(events), on="loaded_at", how="left")
    return again.with_columns(pl.col("repeated", "twins").fill_null(0)).sort("loaded_at")


def _hours(known: pl.DataFrame, around: Around) -> pl.DataFrame:
    """Events of each account by product, region and hour."""
    ids = around.regions.select(
        pl.col("account_id").cast(known.schema["account_id"]), pl.col("region").cast(pl.Categorical)
    )
    summed = known.group_by("account_id", "product", "hour").agg(_number(pl.len()).alias("events"))
    return summed.join(ids, on="account_id")


def _placed(hours: pl.DataFrame, slot: str) -> pl.DataFrame:
    """Events and accounts by product, region and slot: the hour, or the day, that the column `hour` counts."""
    by = ["product", "region", "hour"]
    if slot == "day":
        hours = hours.group_by("account_id", *by).agg(pl.col("events").sum())
    summed = hours.group_by(by).agg(pl.col("events").sum(), _number(pl.len()).alias("accounts"))
    number = pl.col("hour")
    when = number.cast(pl.Date) if slot == "day" else (number.cast(pl.Int64) * _HOUR).cast(TIMESTAMP)
    return _plain(summed.with_columns(when).rename({"hour": slot})).sort("product", "region", slot)


def _spans(known: pl.DataFrame, around: Around) -> pl.DataFrame:
    recent = pl.col("day") >= around.day - timedelta(days=RECENT_DAYS)
    summed = known.group_by("account_id", "product", "event").agg(
        _number(pl.len()).alias("events"),
        _number(pl.col("user_id").count()).alias("named"),
        _number(recent.sum()).alias("recent"),
        pl.col("day").min().alias("first"),
        pl.col("day").max().alias("last"),
    )
    return _plain(summed)

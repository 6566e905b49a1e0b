"""All that a check may look at: the tables as known at a moment, sums of the telemetry, what the lake holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from consumption.features.currency import without_rate
from consumption.features.in_force import in_force
from consumption.features.population import population
from consumption.features.quality.gathering import Around, regions_of
from consumption.features.quality.telemetry import Telemetry
from consumption.features.rules import UsageRules
from consumption.features.tiles import day_of
from consumption.lake.history import History

_TABLES = {
    "accounts": (
        "account_id", "created_at", "segment", "industry", "region", "owner", "parent_id", "kind", "merged_into",
        "attributes",
    ),
    "contracts": (
        "account_id", "contract_id", "product", "starts_on", "ends_on", "ended_on", "quantity", "arr", "kind",
        "unit", "period", "currency", "auto_renews", "notice_days",
    ),
    "interactions": ("account_id", "timestamp", "channel"),
    "outcomes": ("account_id", "occurred_on", "kind"),
    "people": ("email", "role", "hours_week", "away_from", "away_to"),
    "contacts": ("account_id", "user_id", "email"),
    "assets": ("account_id", "asset_id", "removed_on"),
}  # fmt: skip


@dataclass(frozen=True)
class Book:
    """The tables but events as known at a moment, one row a key; the accounts that are ranked then.

    `unrated`: currency, contracts, accounts, a row a currency of contracts in force without a rate.
    """

    accounts: pl.DataFrame
    contracts: pl.DataFrame
    interactions: pl.DataFrame
    outcomes: pl.DataFrame
    people: pl.DataFrame
    contacts: pl.DataFrame
    assets: pl.DataFrame
    population: pl.DataFrame
    unrated: pl.DataFrame

    @staticmethod
    def at(history: History, as_of: datetime, currency: str | None = None) -> Book:
        """What `history`, of all accounts, tells of these tables before `as_of`, money in `currency`."""
        known = history.before(as_of)
        frames = pl.collect_all([known.frame(name).select(columns) for name, columns in _TABLES.items()])
        read = dict(zip(_TABLES, frames, strict=True))
        return Book(
            **read,
            population=population(history, as_of, currency=currency),
            unrated=without_rate(history, as_of, currency),
        )

    def around(self, as_of: datetime, rules: UsageRules) -> Around:
        """What events are held against."""
        return Around(
            as_of,
            rules,
            regions_of(self.accounts),
            self.running(day_of(as_of)),
            self.contacts.select("account_id", "user_id").drop_nulls("user_id"),
            self.assets.select("account_id", "asset_id", pl.col("removed_on").is_null().alias("there")),
            _staff(self.contacts, rules),
        )

    def running(self, day: date) -> pl.DataFrame:
        """Contracts in force on a day."""
        return self.contracts.filter(in_force(day))


LATER = pl.Schema({"table": pl.String(), "rows": pl.Int64()})


@dataclass(frozen=True)
class Evidence:
    """What checks look at.

    `tables`: table, rows, loaded_at (the last load), one row a table that exists. `wrong`: table, reason, rows,
    loaded_at (the last), one row a reason. `later`: table, rows (received at the moment or after it). Rows tell who a
    person is for `retention_days`; 0: for ever.
    """

    as_of: datetime
    rules: UsageRules
    book: Book
    telemetry: Telemetry
    tables: pl.DataFrame
    wrong: pl.DataFrame
    later: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LATER))
    retention_days: int = 0

    @property
    def day(self) -> date:
        """The first day that is not looked at."""
        return day_of(self.as_of)


def _staff(contacts: pl.DataFrame, rules: UsageRules) -> frozenset[str]:
    """Users whom contacts know by an e-mail address of a domain that settings leave out."""
    mail = pl.col("email").fill_null("").str.to_lowercase()
    domains = [f"@{domain.removeprefix('@').lower()}" for domain in rules.excluded_domains]
    ours = pl.any_horizontal([pl.lit(value=False), *(mail.str.ends_with(domain) for domain in domains)])
    return frozenset(contacts.filter(ours)["user_id"].drop_nulls())

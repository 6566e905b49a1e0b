"""A small book in good order, and evidence gathered from it as the doctor does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache

import polars as pl

from consumption.features.quality.evidence import Book, Evidence
from consumption.features.quality.examination import CHECKS
from consumption.features.quality.finding import Finding
from consumption.features.quality.gathering import gather
from consumption.features.quality.telemetry import Telemetry
from consumption.features.rules import Meter, UsageRules
from consumption.lake.history import History

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
# A Monday, and 26 weeks before the moment.
FIRST = date(2025, 12, 1)
DAYS = (AS_OF.date() - FIRST).days
LOADED = AS_OF - timedelta(hours=1)

RULES = UsageRules(
    value_events=frozenset({"report_shared"}),
    error_events=frozenset({"export_failed"}),
    meters={"seat": Meter(how="distinct_users")},
    currency="EUR",
)

Tables = dict[str, pl.DataFrame]
_EVENTS = ("report_opened", "report_shared", "export_failed", "report_opened")


def account(number: int) -> str:
    """The id of an account: even ones are in the north, odd ones in the south."""
    return f"a{number:02d}"


@cache
def _events() -> pl.DataFrame:
    """Forty accounts, two products, four events a working day each, between 8 and 16 o'clock."""
    days = pl.DataFrame({"day": [FIRST + timedelta(days=d) for d in range(DAYS)]}).filter(
        pl.col("day").dt.weekday() < 6
    )
    who = pl.DataFrame({"number": range(40)}).with_columns(
        pl.format("a{}", pl.col("number").cast(pl.String).str.zfill(2)).alias("account_id")
    )
    what = pl.DataFrame({"nth": range(4), "event": _EVENTS})
    products = pl.DataFrame({"product": ["desk", "lab"]})
    grid = days.join(who, how="cross").join(products, how="cross").join(what, how="cross").with_row_index("row")
    # Scattered, but the same in every run: multiples of primes stand in for chance.
    row = pl.col("row").cast(pl.Int64)
    time = pl.col("day").cast(pl.Datetime("us", "UTC")) + pl.duration(hours=8, seconds=row * 7_919 % (8 * 3_600))
    return grid.select(
        "account_id",
        time.alias("timestamp"),
        "event",
        pl.format("{}-u{}", "account_id", (row + pl.col("nth")) % 5).alias("user_id"),
        "product",
        pl.lit(LOADED).alias("loaded_at"),
    )


def book() -> Tables:
    """Tables in good order: nothing in them deserves a warning."""
    numbers = range(40)
    ids = [account(n) for n in numbers]
    accounts = pl.DataFrame({
        "account_id": ids,
        "created_at": [AS_OF - 700 * DAY] * 40,
        "segment": ["small" if n % 4 else "large" for n in numbers],
        "region": ["south" if n % 2 else "north" for n in numbers],
        "owner": ["ada@ours.example" if n % 3 else "bo@ours.example" for n in numbers],
        "kind": ["customer"] * 40,
    })  # fmt: skip
    contracts = pl.DataFrame([
        {
            "contract_id": f"{one}-{product}", "account_id": one, "product": product, "starts_on": date(2025, 10, 1),
            "ends_on": date(2026, 10, 1), "quantity": 6.0, "arr": 12_000.0, "unit": "seat", "period": "year",
            "currency": "EUR",
        }
        for one in ids
        for product in ("desk", "lab")
    ])  # fmt: skip
    people = pl.DataFrame({"email": ["ada@ours.example", "bo@ours.example"], "hours_week": [20.0, 20.0]})
    contacts = pl.DataFrame({
        "contact_id": [f"p-{one}" for one in ids], "account_id": ids, "user_id": [f"{one}-u1" for one in ids]
    })  # fmt: skip
    return {"accounts": accounts, "contracts": contracts, "people": people, "contacts": contacts, "events": _events()}


def evidence(tables: Tables, *, rules: UsageRules = RULES, as_of: datetime = AS_OF, parts: int = 1) -> Evidence:
    """What checks look at, the events gathered in so many groups of accounts."""
    history = History.of(**tables)
    known = Book.at(history, as_of, rules.currency)
    around = known.around(as_of, rules)
    ids = sorted({*tables["accounts"]["account_id"], *tables["events"]["account_id"]})
    groups = [history] if parts == 1 else [history.only(ids[k::parts]) for k in range(parts)]
    telemetry = Telemetry.joined(gather(group, around) for group in groups)
    held = [(name, frame.height, LOADED) for name, frame in tables.items()]
    return Evidence(as_of, rules, known, telemetry, stored(held), wrong([]))


def stored(rows: Iterable[tuple[str, int, datetime]]) -> pl.DataFrame:
    """The frame of tables: table, rows, loaded_at."""
    schema = pl.Schema({"table": pl.String(), "rows": pl.Int64(), "loaded_at": pl.Datetime("us", "UTC")})
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def wrong(rows: Iterable[tuple[str, str, int, datetime]]) -> pl.DataFrame:
    """The frame of the quarantine: table, reason, rows, loaded_at."""
    schema = pl.Schema(
        {"table": pl.String(), "reason": pl.String(), "rows": pl.Int64(), "loaded_at": pl.Datetime("us", "UTC")}
    )
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def changed(table: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Tables:
    """The book in good order, with one table changed."""
    tables = book()
    return {**tables, table: change(tables[table])}


def found(tables: Tables, code: str, *, rules: UsageRules = RULES, as_of: datetime = AS_OF) -> list[Finding]:
    """What one check has to say."""
    (check,) = [one for one in CHECKS if one.code == code]
    return check(evidence(tables, rules=rules, as_of=as_of))

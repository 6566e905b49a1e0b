"""Defects planted in a book that is otherwise in good order, one for each check."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from consumption.features.quality.finding import NOTE, STOP, WARNING
from consumption.features.rules import Meter

from .planting import (
    ACCOUNT,
    LAB,
    NORTH,
    PLANTS,
    THREE_DAYS,
    TIME,
    USER,
    accounts,
    contracts_with,
    events,
    events_with,
    more,
    plant,
    program,
    without,
)
from .small import AS_OF, DAY, LOADED, RULES, Tables, account, book, changed

__all__ = ["PLANTS"]


@plant(STOP, "40 accounts and 0 events")
def nothing_to_look_at() -> Tables:
    """No event was ever loaded."""
    return changed("events", lambda rows: rows.clear())


@plant(NOTE, "Trends over 12 weeks need 168 days")
def history_length() -> Tables:
    """Only the last two months are there."""
    return without(TIME < AS_OF - 60 * DAY)


@plant(WARNING, "5 events (under 0.1%) lie between")
def stray_beginnings() -> Tables:
    """Five events of the dawn of time, from a clock that was never set."""
    return more(book()["events"].head(5).with_columns(TIME - 900 * DAY))


@plant(WARNING, "The last event is of 11 May 2026, 21 days before 1 June 2026")
def freshness() -> Tables:
    """Nothing came in for three weeks."""
    return without(TIME > AS_OF - 20 * DAY)


@plant(WARNING, "most name neither a user nor an asset")
def who_and_what() -> Tables:
    """The column of users was not mapped."""
    return events(user_id=pl.lit(None, pl.String))


@plant(WARNING, "No event is declared as value", replace(RULES, value_events=frozenset()))
def value_events() -> Tables:
    """Settings name no value."""
    return book()


@plant(NOTE, "export_failed look like some", replace(RULES, error_events=frozenset()))
def error_events() -> Tables:
    """Settings name no errors, though some events look like errors."""
    return book()


@plant(WARNING, "by 2 hours on average")
def clocks_ahead() -> Tables:
    """One product's clocks are two hours ahead."""
    return events(received_at=pl.when(LAB).then(TIME - pl.duration(hours=2)).otherwise(TIME))


@plant(WARNING, "3 events (under 0.1%) lie after the date asked for")
def future_events() -> Tables:
    """Three events of another century."""
    return more(book()["events"].head(3).with_columns(TIME + 9_000 * DAY))


@plant(WARNING, "50% over 7 days")
def late_events() -> Tables:
    """One product reports nine days later."""
    return events(received_at=pl.when(LAB).then(TIME + 9 * DAY).otherwise(TIME))


@plant(NOTE, "All of the events of lab fall on midnight")
def without_time_of_day() -> Tables:
    """One product sends dates only."""
    return events_with("timestamp", TIME.dt.truncate("1d"), LAB)


@plant(WARNING, "lab in north")
def moved_hours() -> Tables:
    """In April one file was read in the wrong zone."""
    return events_with("timestamp", TIME + pl.duration(hours=5), LAB & NORTH & (TIME.dt.month() == 4))


@plant(WARNING, "3 silent days in 1 stretch: lab in north")
def silent_tracking() -> Tables:
    """One product in one region is not counted for three days."""
    return without(LAB, NORTH, THREE_DAYS)


@plant(WARNING, "report_shared became report_sent; settings still name report_shared")
def renamed_events() -> Tables:
    """A release gave an event another name, and settings still know the old one."""
    return events_with(
        "event", pl.lit("report_sent"), (TIME >= AS_OF - 80 * DAY) & (pl.col("event") == "report_shared")
    )


@plant(WARNING, "Probably programs: 1 of 201 users")
def programs() -> Tables:
    """A monitor signs in every half hour, day and night."""
    return program("probe", days=40, a_day=48, hours=24)


@plant(WARNING, '"anonymous" as user in up to 40 accounts')
def placeholder_users() -> Tables:
    """One product does not know who is signed in."""
    return events_with("user_id", pl.lit("anonymous"), LAB)


@plant(WARNING, "1 user of ours.example in 1 account")
def own_people() -> Tables:
    """A rep works in the account of a customer."""
    return events_with("user_id", pl.lit("Ada@Ours.example"), USER == "a03-u2")


@plant(WARNING, "None of 40 contacts")
def contacts_in_events() -> Tables:
    """The CRM knows users by other ids."""
    return changed("contacts", lambda rows: rows.with_columns(pl.lit("x").alias("user_id")))


@plant(WARNING, "from 20 of 20 machines of the installed base, and from 20 machines not in the table")
def assets_in_events() -> Tables:
    """Half of the machines are in no table."""
    listed = [account(number) for number in range(20)]
    assets = pl.DataFrame({"asset_id": [f"{one}-m" for one in listed], "account_id": listed})
    return {**events(asset_id=pl.when(LAB).then(pl.format("{}-m", ACCOUNT))), "assets": assets}


@plant(WARNING, "hardly anything else in 1 file")
def loaded_twice() -> Tables:
    """Three days came in again, in another file."""
    again = book()["events"].filter(THREE_DAYS)
    return more(again.with_columns(pl.lit(LOADED + timedelta(minutes=1)).alias("loaded_at")))


@plant(WARNING, "most are in 1 file")
def copies_within_a_file() -> Tables:
    """A join doubled the rows of one file."""
    earlier = events_with("loaded_at", pl.lit(LOADED - DAY), THREE_DAYS)["events"]
    return {**book(), "events": pl.concat([earlier, earlier.filter(THREE_DAYS)])}


@plant(WARNING, "Ranked: 0 of 40 accounts")
def ranked_accounts() -> Tables:
    """Everybody is on trial."""
    return accounts(kind="trial")


@plant(WARNING, "Never an event: 40 of 40 ranked accounts")
def silent_accounts() -> Tables:
    """Events spell account ids another way."""
    return events(account_id=pl.concat_str(pl.lit("0"), ACCOUNT))


@plant(WARNING, "2 contracts of 1 account")
def unknown_accounts() -> Tables:
    """An account is missing from the export."""
    return changed("accounts", lambda rows: rows.filter(ACCOUNT != "a07"))


@plant(WARNING, "3 in a circle, 0 naming")
def families() -> Tables:
    """Three accounts are each other's parents."""
    up = ACCOUNT.replace_strict({"a00": "a02", "a02": "a04", "a04": "a00"}, default=None)
    return changed("accounts", lambda rows: rows.with_columns(up.alias("parent_id")))


@plant(NOTE, "1 of 3 segments with fewer than 5 ranked accounts: 3 accounts")
def small_segments() -> Tables:
    """A segment of three accounts."""
    tiny = pl.when(ACCOUNT < "a03").then(pl.lit("tiny")).otherwise("segment")
    return changed("accounts", lambda rows: rows.with_columns(tiny.alias("segment")))


@plant(WARNING, "10 of 40 customers without one, 10 of whom use the product")
def contracts() -> Tables:
    """A quarter of the contracts was not exported."""
    return changed("contracts", lambda rows: rows.filter(ACCOUNT > "a09"))


@plant(NOTE, "40 of 40 accounts began before, and so did 80 of 80 contracts", replace(RULES, since=date(2025, 12, 1)))
def older_accounts() -> Tables:
    """Telemetry set in when accounts were two years old, and their contracts two months."""
    return book()


@plant(WARNING, "credits ([meters])", replace(RULES, meters={**RULES.meters, "credits": Meter()}))
def settings_without_effect() -> Tables:
    """A meter of a unit that no contract has."""
    return book()


@plant(WARNING, "80 with no quantity")
def contract_values() -> Tables:
    """Contracts that say nothing of how much."""
    return contracts_with(quantity=0.0)


@plant(WARNING, "No rate is known for USD: 80 contracts")
def currencies() -> Tables:
    """Dollars, and no rate for them."""
    return contracts_with(currency="USD")


@plant(WARNING, "for credit all quantities of the product are added up")
def assumed_meters() -> Tables:
    """Credits, and no word on what uses them up."""
    return contracts_with(unit="credit")


@plant(WARNING, "none at all for Desk")
def unused_units() -> Tables:
    """Contracts spell the product another way."""
    return contracts_with(product="Desk")


@plant(WARNING, "Over twice what was bought: all of 80 contracts")
def use_over_bought() -> Tables:
    """Seats for one and a half users, used by four."""
    return contracts_with(quantity=1.5)


@plant(WARNING, "not in people: 1 (all of the accounts)")
def owners() -> Tables:
    """An owner nobody knows."""
    return accounts(owner="eve@ours.example")


@plant(NOTE, "Away on 1 June 2026: 2 owners of 40 accounts")
def away() -> Tables:
    """Everybody is on holiday."""
    gone = {"away_from": date(2026, 5, 20), "away_to": date(2026, 6, 9)}
    return changed("people", lambda rows: rows.with_columns(pl.lit(day).alias(name) for name, day in gone.items()))

"""Users who are no customers: programs, placeholders, our own people."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from consumption.features.exact import over
from consumption.features.quality.evidence import Evidence
from consumption.features.quality.finding import FINE, NOTE, WARNING, Row, Seen, check
from consumption.features.quality.wording import count, listed, share

# Awake in twenty hours of a usual day, for two weeks.
_AWAKE_HOURS, _AWAKE_DAYS = 20, 14
# As good as every day, weekends too, for four weeks, with always as good as the same number of events.
_DAILY_SHARE, _DAILY_DAYS, _EVEN, _EVEN_PACE = 0.9, 28, 0.1, 20
# Far more than nearly everybody else, on several days.
_BUSY_PACE, _BUSY_TIMES, _BUSY_DAYS, _NEARLY = 500, 20, 5, 0.95
_PLACEHOLDER_ACCOUNTS, _PLACEHOLDER_SHARE = 10, 0.02
_NOBODY = (
    "null",
    "none",
    "nil",
    "nan",
    "undefined",
    "unknown",
    "anonymous",
    "anon",
    "guest",
    "system",
    "n/a",
    "na",
    "-",
    "0",
)
_MAIL_FOR_ALL = (
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "yahoo.com",
    "icloud.com",
    "gmx.de",
    "web.de",
)


@check(
    topic="who",
    title="Programs among the users",
    means="A monitor or script counts as an active user: seats look used, accounts look alive that are not, "
    "and one user seems to carry the account.",
    do='Leave them out in consumption.toml if they are programs: `users = ["..."]` under `[exclude]`',
)
def programs(evidence: Evidence) -> Iterator[Seen]:
    """No user should be awake around the clock, do always the same, or do far more than everybody else.

    That is: active in 20 hours of a usual day, on 14 days or more; 20 or more events a day, always the same number
    give or take a tenth, on nine days of ten, weekends included, for 28 days; 500 events a day and 20 times what 95 %
    of users stay under.
    """
    found = _programs(evidence.telemetry.users, evidence.telemetry.paces)
    users = int(evidence.telemetry.paces["users"].sum())
    if found.is_empty():
        yield Seen(FINE, f"None of {count(users, 'user')} behaves like a program.")
        return
    whole = evidence.telemetry.spans.group_by("account_id").agg(pl.col("events").sum().alias("all"))
    with_all = found.join(whole, on="account_id", how="left").sort("events", "user_id", descending=[True, False])
    rows: list[Row] = [
        {
            "user": row["user_id"],
            "account": row["account_id"],
            "why": row["why"],
            "events": row["events"],
            "of its account": share(row["events"], row["all"]),
        }
        for row in with_all.iter_rows(named=True)
    ]
    total = int(evidence.telemetry.spans["events"].sum())
    names = ", ".join(f'"{name}"' for name in with_all["user_id"].head(5))
    yield Seen(
        WARNING,
        f"Probably programs: {found.height:,} of {count(users, 'user')}, with "
        f"{share(int(found['events'].sum()), total)} of all events.",
        rows,
        do=f"If they are programs, leave them out in consumption.toml: `users = [{names}]` under `[exclude]`",
    )


@check(
    topic="who",
    title="Placeholders for users",
    means="Everybody who is not signed in counts as one and the same person: too few users, and nobody comes "
    "or goes.",
    do='Leave the column empty where nobody is known, or leave the id out: `users = ["..."]` under `[exclude]`',
)
def placeholder_users(evidence: Evidence) -> Iterator[Seen]:
    """A user id should be of a person: not shared by ten accounts and 2 % of them, not null, anonymous or 0."""
    accounts = evidence.telemetry.spans["account_id"].n_unique()
    shared = evidence.telemetry.shared
    nobody = pl.col("user_id").str.to_lowercase().is_in(_NOBODY)
    wide = (pl.col("accounts") >= _PLACEHOLDER_ACCOUNTS) & (pl.col("accounts") >= _PLACEHOLDER_SHARE * accounts)
    found = shared.filter(nobody | wide).sort("events", "user_id", descending=[True, False])
    if found.is_empty():
        yield Seen(FINE, "No user id stands for nobody in particular.")
        return
    rows: list[Row] = [dict(zip(("user", "accounts", "events"), row, strict=True)) for row in found.iter_rows()]
    names = listed([f'"{name}"' for name in found["user_id"]])
    yield Seen(WARNING, f"{names} as user in up to {max(found['accounts']):,} accounts.", rows)


@check(
    topic="who",
    title="Our own people among the users",
    means="Support and consultants who sign in to help look like customers who came back: an account in "
    "trouble seems to recover because we are there.",
    do='Leave them out in consumption.toml: `domains = ["..."]` under `[exclude]`',
)
def own_people(evidence: Evidence) -> Iterator[Seen]:
    """No user of a customer should have an e-mail address of the domain that owners and people of the team have."""
    ours = _our_domains(evidence)
    found = evidence.telemetry.domains.filter(pl.col("domain").is_in(ours)).sort("events", descending=True)
    if found.is_empty():
        known = evidence.telemetry.domains.height
        text = (
            "No user has an address of our own."
            if known
            else "User ids are no e-mail addresses: own people cannot be told."
        )
        yield Seen(FINE, text)
        return
    domains = ", ".join(f'"{name}"' for name in found["domain"])
    users, accounts = int(found["users"].sum()), int(found["accounts"].sum())
    yield Seen(
        WARNING,
        f"{count(users, 'user')} of {listed(found['domain'].to_list())} in {count(accounts, 'account')}: "
        f"{count(int(found['events'].sum()), 'event')}.",
        do=f"Leave them out in consumption.toml: `domains = [{domains}]` under `[exclude]`",
    )


@check(
    topic="who",
    title="Contacts and their use",
    means="Where ids do not match, nobody knows whether the champion or the sponsor is still active: people "
    "signals fall back on behaviour and speak of the busiest user.",
    do="Give contacts the user_id that stands in events (an export of your sign-in system has both).",
)
def contacts_in_events(evidence: Evidence) -> Iterator[Seen]:
    """At least half of the contacts with a user_id should occur in the events of their account."""
    contacts, seen = evidence.telemetry.total("contacts"), evidence.telemetry.total("contacts_seen")
    if not evidence.book.contacts.height:
        yield Seen(
            NOTE,
            "There are no contacts.",
            means="Roles are unknown: people signals come from behaviour and speak of the busiest user, never "
            "of the champion.",
            do="Export contacts from the CRM, with the user_id of events: `consumption ingest contacts FILE`",
        )
    elif not contacts:
        yield Seen(NOTE, f"None of {evidence.book.contacts.height:,} contacts has a user_id.")
    else:
        text = f"{share(seen, contacts)} of {count(contacts, 'contact')} with a user_id occur in events."
        yield Seen(FINE if seen >= contacts / 2 else WARNING, text)


@check(
    topic="who",
    title="Installed base and reports",
    means="A machine that is missing from the table cannot be told from one that is not reporting: "
    "utilisation of the installed base is of the machines that are known.",
    do="Complete the table: `consumption ingest assets FILE`, or correct the ids that events send.",
)
def assets_in_events(evidence: Evidence) -> Iterator[Seen]:
    """Machines that send events should be in the assets table, and at least half of those in it should send some."""
    total = evidence.telemetry.total
    listed_, seen, strange = total("assets"), total("assets_seen"), total("assets_unlisted")
    if not listed_ and not strange:
        yield Seen(FINE, "There are no machines, neither in events nor in the assets table.")
        return
    if not evidence.book.assets.height:
        yield Seen(NOTE, f"Events come from {count(strange, 'machine')}, and there is no assets table.")
        return
    text = (
        f"Events come from {seen:,} of {count(listed_, 'machine')} of the installed base, "
        f"and from {count(strange, 'machine')} not in the table."
    )
    bad = strange > 0.05 * max(1, listed_) or seen < listed_ / 2
    yield Seen(WARNING if bad else FINE, text)


def _programs(users: pl.DataFrame, paces: pl.DataFrame) -> pl.DataFrame:
    """Users who behave like programs, with the reason: the first of the rule that holds."""
    usual = _under(paces, _NEARLY)
    awake = (pl.col("hours") >= _AWAKE_HOURS) & (pl.col("days") >= _AWAKE_DAYS)
    span = (pl.col("last") - pl.col("first")).dt.total_days() + 1
    daily = (over(pl.col("days"), 1) >= _DAILY_SHARE * span) & (span >= _DAILY_DAYS)
    even = (pl.col("high") - pl.col("low") <= _EVEN * pl.col("pace")) & (pl.col("pace") >= _EVEN_PACE)
    busy = (pl.col("pace") >= max(_BUSY_PACE, _BUSY_TIMES * usual)) & (pl.col("days") >= _BUSY_DAYS)
    why = (
        pl.when(awake).then(pl.format("active {} hours a day", pl.col("hours").round().cast(pl.Int64)))
        .when(daily & even).then(pl.format("{} events every day", pl.col("pace").round().cast(pl.Int64)))
        .when(busy).then(pl.format("{} events a day", pl.col("pace").round().cast(pl.Int64)))
    )  # fmt: skip
    return users.with_columns(why.alias("why")).drop_nulls("why")


def _under(paces: pl.DataFrame, part: float) -> int:
    """The pace that this part of the users stays under or at."""
    if paces.is_empty():
        return 0
    reached = paces.sort("pace").filter(pl.col("users").cum_sum() >= part * pl.col("users").sum())
    return int(reached["pace"][0])


def _our_domains(evidence: Evidence) -> list[str]:
    people = pl.concat(
        [evidence.book.people.select("email"), evidence.book.accounts.select(pl.col("owner").alias("email"))]
    )
    domains = people.select(pl.col("email").str.extract(r"@([^@\s]+)$").str.to_lowercase())["email"]
    return [name for name in domains.drop_nulls().unique().sort() if name not in _MAIL_FOR_ALL]

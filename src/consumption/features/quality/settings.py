"""Settings held against the data: names that match nothing, and rows that are forgotten too soon."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

import polars as pl

from consumption.features.quality.evidence import Evidence
from consumption.features.quality.finding import FINE, WARNING, Row, Seen, check
from consumption.features.quality.wording import count, listed
from consumption.features.signal_set import attribute_signals

# The longest window of signals that tell people apart, and the one before it that they compare it with.
PEOPLE_DAYS = 168
_LOOKED_INTO = 1_000
_FAR = 0.7


@check(
    topic="settings",
    title="Settings that match nothing",
    means="A misspelt name is no error: the setting simply does nothing, and what it should change stays as it is.",
    do="Correct the names in consumption.toml, or take out what is not needed any more.",
)
def settings_without_effect(evidence: Evidence) -> Iterator[Seen]:
    """Each unit of a meter should be in a contract, each attribute in an account, each event and user in events.

    That is: units under `[meters]` and their events; `[signals] attributes` and `features`; `sessions`, `flows` and
    `sign_in_failures` under `[events]`; users, domains and events under `[exclude]`.
    """
    rows = [*_meters(evidence), *_events(evidence), *_excluded(evidence), *_attributes(evidence)]
    if not rows:
        yield Seen(FINE, "Every unit, event, user and attribute that settings name is there.")
        return
    said = listed([f"{row['name']} ({row['setting']})" for row in rows])
    yield Seen(WARNING, f"{count(len(rows), 'name')} in settings without a match: {said}.", rows)


@check(
    topic="settings",
    title="People forgotten",
    means="Signals of people look back 84 days and compare with the 84 before: of days before the limit nobody knows "
    "any more who was active. Users look new who are not, so growth, days to value and the stage are wrong, and lost "
    "users are missed.",
    do="Keep them longer, if you may: `user_rows_days = 168` under `[retention]`. Snapshots made before keep what "
    "they said; those made later say otherwise.",
)
def short_retention(evidence: Evidence) -> Iterator[Seen]:
    """`[retention] user_rows_days`, where set, should be 168 or more."""
    days = evidence.retention_days
    if not days:
        yield Seen(FINE, "Rows tell who a person is for as long as they are kept.")
    elif days >= PEOPLE_DAYS:
        yield Seen(FINE, f"Rows tell who a person is for {days:,} days.")
    else:
        yield Seen(WARNING, f"Rows tell who a person is for {count(days, 'day')}.")


def _meters(evidence: Evidence) -> Iterator[Row]:
    units = evidence.book.contracts["unit"].drop_nulls().unique().to_list()
    # Without contracts there is nothing to hold them against.
    if units:
        yield from _missing("[meters]", evidence.rules.meters, units)


def _events(evidence: Evidence) -> Iterator[Row]:
    rules, seen = evidence.rules, evidence.telemetry.names["event"].unique().to_list()
    if not seen:
        return
    yield from _missing("[signals] features", rules.features, seen)
    yield from _missing("[events] sessions", rules.session_events, seen)
    yield from _missing("[events] sign_in_failures", rules.sign_in_failures, seen)
    for flow, pair in sorted(rules.flows.items()):
        yield from _missing(f"[events.flows] {flow}", pair, seen)
    for unit, meter in sorted(rules.meters.items()):
        yield from _missing(f"[meters.{unit}] events", meter.events, seen)


def _excluded(evidence: Evidence) -> Iterator[Row]:
    rules, matched = evidence.rules, evidence.telemetry.left_out
    if not evidence.telemetry.total("rows"):
        return
    named = {"users": rules.excluded_users, "domains": rules.excluded_domains, "events": rules.excluded_events}
    mail = evidence.book.contacts["email"].str.extract(r"@([^@\s]+)$").str.to_lowercase().drop_nulls().unique()
    for what, names in named.items():
        there = set(matched.filter(pl.col("what") == what)["name"])
        if what == "domains":
            there |= {name for name in names if name.removeprefix("@").lower() in set(mail)}
        for name in sorted(set(names) - there):
            yield {"setting": f"[exclude] {what}", "name": name, "perhaps": None}


def _attributes(evidence: Evidence) -> Iterator[Row]:
    accounts = evidence.book.accounts
    if accounts.is_empty():
        return
    signals = attribute_signals(evidence.rules)
    said = accounts.select(s.expr.is_not_null().any().alias(s.name) for s in signals)
    absent = [s.name.removeprefix("attr_") for s in signals if not said[s.name][0]]
    if absent:
        yield from _missing("[signals] attributes", absent, _keys(accounts["attributes"]))


def _keys(texts: pl.Series) -> set[str]:
    """Names of attributes in the first rows that have any."""
    return {name for text in texts.drop_nulls().head(_LOOKED_INTO) for name in json.loads(text)}


def _missing(setting: str, names: Iterable[str], there: Collection[str]) -> Iterator[Row]:
    for name in sorted(set(names) - set(there)):
        close = get_close_matches(name, sorted(there), n=1, cutoff=_FAR)
        yield {"setting": setting, "name": name, "perhaps": close[0] if close else None}

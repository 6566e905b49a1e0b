"""Open what a workspace names: its lake, its rules, its catalogue, its registry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from consumption.actions.catalogue import Catalogue, load
from consumption.actions.facts import columns
from consumption.config import Workspace
from consumption.features.labels import LabelRules
from consumption.features.own_signals import FOLDER, OwnSignal, own_signals
from consumption.features.rules import Meter, UsageRules
from consumption.features.signal import Signal
from consumption.features.signal_set import SIGNALS, signals_for
from consumption.lake.delta import Lake
from consumption.tables import RECEIVED_AT

_DAYS_MORE, _FOUR_WEEKS = 3, 28


def lake_of(workspace: Workspace) -> Lake:
    """The lake of a workspace."""
    return Lake(workspace.lake_url, workspace.settings.buckets)


def usage_rules(workspace: Workspace) -> UsageRules:
    """What settings say of events, and when telemetry begins: for whatever is computed from the lake."""
    return replace(declared_rules(workspace), first_received=first_received(lake_of(workspace)))


def first_received(lake: Lake) -> date | None:
    """The day from which events come in: the first that has three more such days within four weeks of it.

    Without such a day, the first day of all; None without events. When they were received and not when they happened:
    older events that come in later with the time of it do not change what was known of accounts before. A row of a
    wrong clock, alone in 1970, moves nothing either.
    """
    files = lake.place("events").files()
    if files.is_empty():
        return None
    # The file that ends first tells it nearly always: then no other is read.
    soonest = files[f"max.{RECEIVED_AT}"].min()
    every = lake.scan("events").select(pl.col(RECEIVED_AT))
    for rows in (every.filter(pl.col(RECEIVED_AT) <= soonest), every):
        days = rows.select(pl.col(RECEIVED_AT).dt.date()).unique().collect(engine="streaming").to_series().sort()
        steady = days.filter((days.shift(-_DAYS_MORE) - days).dt.total_days() < _FOUR_WEEKS)
        if len(steady):
            return _day(steady[0])
    return _day(days[0])


def _day(found: object) -> date | None:
    return found if isinstance(found, date) else None


def declared_rules(workspace: Workspace) -> UsageRules:
    """What counts as value, as an error, and how events use up units, by settings alone."""
    settings = workspace.settings
    return UsageRules(
        value_events=frozenset(settings.events.value),
        error_events=frozenset(settings.events.errors),
        session_events=frozenset(settings.events.sessions),
        meters={unit: Meter(m.events, m.how) for unit, m in settings.meters.items()},
        attributes=settings.signals.attributes,
        features=settings.signals.features,
        currency=settings.currency,
        flows=settings.events.flows,
        sign_in_failures=frozenset(settings.events.sign_in_failures),
        excluded_users=frozenset(settings.exclude.users),
        excluded_domains=frozenset(settings.exclude.domains),
        excluded_events=frozenset(settings.exclude.events),
        since=settings.events.since,
    )


def signals_of(workspace: Workspace) -> tuple[Signal, ...]:
    """The signals of a workspace: ours, its own, and those of attributes and features that settings name."""
    own = [one.signal for one in own_signals_of(workspace)]
    return signals_for(declared_rules(workspace), (*SIGNALS, *own))


def own_signals_of(workspace: Workspace) -> tuple[OwnSignal, ...]:
    """The signals that the workspace's `features/*.py` define; raises `WrongOwnSignal` where one cannot be used."""
    return own_signals(workspace.root / FOLDER, declared_rules(workspace))


def label_rules(workspace: Workspace, horizon_days: int) -> LabelRules:
    """What counts as an outcome, looking so many days ahead."""
    labels = workspace.settings.labels
    return LabelRules(
        horizon_days=horizon_days,
        source=labels.source,
        lead_days=labels.lead_days,
        gap_days=labels.gap_days,
        churn=labels.churn,
        contraction=labels.contraction,
        expansion=labels.expansion,
        usage=usage_rules(workspace),
    )


def catalogue_of(workspace: Workspace) -> Catalogue:
    """The catalogue of actions, checked against what it may name."""
    attributes = [name.partition(":")[0] for name in workspace.settings.signals.attributes]
    names = columns(signals_of(workspace), attributes)
    return load(workspace.actions_file, names)

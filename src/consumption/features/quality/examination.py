"""All checks of tables and events, in the order findings of one topic are told."""

from __future__ import annotations

from consumption.features.quality import (
    bought,
    clocks,
    content,
    customers,
    later,
    loads,
    past,
    settings,
    team,
    tracking,
    who,
    worth,
)
from consumption.features.quality.evidence import Evidence
from consumption.features.quality.finding import Check, Finding, in_order

CHECKS: tuple[Check[Evidence], ...] = (
    past.nothing_to_look_at,
    past.history_length,
    past.stray_beginnings,
    past.freshness,
    content.who_and_what,
    content.value_events,
    content.error_events,
    clocks.clocks_ahead,
    clocks.future_events,
    clocks.late_events,
    clocks.without_time_of_day,
    clocks.moved_hours,
    tracking.silent_tracking,
    tracking.renamed_events,
    who.programs,
    who.placeholder_users,
    who.own_people,
    who.contacts_in_events,
    who.assets_in_events,
    loads.loaded_twice,
    loads.copies_within_a_file,
    loads.rows_in_quarantine,
    loads.tables,
    later.received_later,
    customers.ranked_accounts,
    customers.older_accounts,
    customers.silent_accounts,
    customers.unknown_accounts,
    customers.families,
    customers.small_segments,
    bought.contracts,
    worth.contract_values,
    worth.currencies,
    bought.assumed_meters,
    bought.unused_units,
    bought.use_over_bought,
    team.owners,
    team.away,
    settings.settings_without_effect,
    settings.short_retention,
)


def examine(evidence: Evidence) -> list[Finding]:
    """What every check has to say, most serious first."""
    return in_order(finding for check in CHECKS for finding in check(evidence))

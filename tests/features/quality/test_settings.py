"""Settings held against the data: a name that matches nothing is told, with the one that was probably meant."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from consumption.features.quality.evidence import Evidence
from consumption.features.quality.examination import examine
from consumption.features.quality.finding import FINE, NOTE, STOP, WARNING, Finding
from consumption.features.rules import Meter, UsageRules

from .small import RULES, Tables, book, changed, evidence, found

CODE = "settings_without_effect"


def tables() -> Tables:
    """The book, with an attribute of accounts and an address of a contact."""
    accounts = changed("accounts", lambda rows: rows.with_columns(plan=pl.lit("gold")))
    contacts = book()["contacts"].with_columns(email=pl.format("{}@Ours.example", "contact_id"))
    return {**accounts, "contacts": contacts}


@pytest.mark.parametrize(
    ("rules", "row"),
    [
        (replace(RULES, meters={"seats": Meter()}), ("[meters]", "seats", "seat")),
        (
            replace(RULES, meters={"seat": Meter(("report_open",))}),
            ("[meters.seat] events", "report_open", "report_opened"),
        ),
        (replace(RULES, excluded_users=frozenset({"robot", "a00-u1"})), ("[exclude] users", "robot", None)),
        (replace(RULES, excluded_domains=frozenset({"us.example"})), ("[exclude] domains", "us.example", None)),
        (replace(RULES, excluded_events=frozenset({"ping", "report_shared"})), ("[exclude] events", "ping", None)),
        (replace(RULES, attributes=("plans", "plan", "segment")), ("[signals] attributes", "plans", "plan")),
        (replace(RULES, features=("report_share",)), ("[signals] features", "report_share", "report_shared")),
        (replace(RULES, flows={"see": ("report_opened", "seen")}), ("[events.flows] see", "seen", None)),
    ],
)
def test_a_name_that_matches_nothing_is_told(rules: UsageRules, row: tuple[str, str, str | None]) -> None:
    """Where it stands, what it is, and what is there that looks like it; names that match are not told."""
    (finding,) = found(tables(), CODE, rules=rules)
    assert finding.severity is WARNING
    assert [tuple(one.values()) for one in finding.rows] == [row]


def test_a_domain_of_contacts_is_a_match() -> None:
    """Users are known by their contacts' addresses too, in capitals or not."""
    rules = replace(RULES, excluded_domains=frozenset({"@ours.example"}))
    assert [finding.severity for finding in found(tables(), CODE, rules=rules)] == [FINE]


@pytest.mark.parametrize(("days", "severity"), [(0, FINE), (167, WARNING), (168, FINE)])
def test_people_are_not_to_be_forgotten_within_the_windows_of_signals(days: int, severity: object) -> None:
    """Twelve weeks; 0 keeps them for ever."""
    (finding,) = _of("short_retention", replace(evidence(book()), retention_days=days))
    assert finding.severity is severity


def test_rows_of_today_are_told_with_their_number() -> None:
    """They are there, and count from tomorrow: whoever has just loaded them is told so."""
    late = pl.DataFrame({"table": ["contracts", "events"], "rows": [2, 1000]})
    (finding,) = _of("received_later", replace(evidence(book()), later=late))
    assert finding.severity is NOTE
    assert finding.seen == "1,002 rows received on 1 June 2026 or later: 2 of contracts, 1,000 of events."


def test_whoever_has_loaded_only_rows_of_today_is_told_when_they_count() -> None:
    """Nothing is known as of today, and yet nothing was lost."""
    empty = {**book(), "events": book()["events"].clear()}
    late = pl.DataFrame({"table": ["events"], "rows": [7]})
    stops = [one for one in examine(replace(evidence(empty), later=late)) if one.severity is STOP]
    assert [one.seen.split("; ")[-1] for one in stops] == ["7 rows came in on 1 June 2026 or later."]
    assert "counts from the next day on" in stops[0].means


def _of(code: str, looked_at: Evidence) -> list[Finding]:
    return [finding for finding in examine(looked_at) if finding.code == code]

"""Account: one scroll with everything a rep needs before, in and after a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Any

from consumption.serving import words
from consumption.serving.charts import Week, weeks_of
from consumption.serving.views.answers import Choice
from consumption.serving.views.by_rule import by_rule
from consumption.serving.views.call import BriefLine, call_brief, moment, question
from consumption.serving.views.card import CardSource, CardView, account_url, answered_view, decision
from consumption.serving.views.chances import how_sure
from consumption.serving.views.deeds import Told
from consumption.serving.views.entitlement import EntitlementView, entitlement_view
from consumption.serving.views.own_choice import OwnChoiceView, own_choice_view, own_choices_told
from consumption.serving.views.reason import UNKNOWN, ReasonView, reason_views
from consumption.serving.views.timeline import TimelineEntry, timeline
from consumption.serving.views.why import why_not, why_not_this
from consumption.store.own_choices import OwnChoice
from consumption.store.records import RUNNING, AccountDetail, Alternative, Person, Plan, Recommendation, Response

# What people do moves these; days pass by themselves, and a change of a change is nothing one can say.
CAN_COME_BACK = frozenset({"users", "events", "share", "count", "quantity"})
NO_ENTITLEMENTS = "No contract in force is known here, so there is nothing to hold its use against."


@dataclass(frozen=True)
class WeekView:
    """A week of use as text."""

    label: str
    people: str
    events: str
    value_events: str


@dataclass(frozen=True)
class OtherView:
    """An action that was weighed and lost, and why."""

    title: str
    why: str


@dataclass(frozen=True)
class PersonView:
    """Somebody at the customer who uses what they bought."""

    name: str
    days: str
    seen: str


@dataclass(frozen=True)
class AccountView:
    """The page Account.

    `facts`: pairs of label and text. `reason`, `ask`: the one reason and the one thing to ask. `card` is empty where
    nothing is recommended; `no_advice` then says why. `change` says what would change this; `made` by what and when;
    `own_choice` is the form for what somebody did by their own judgement.
    """

    name: str
    facts: tuple[Choice, ...]
    brief: tuple[BriefLine, ...]
    reason: str
    ask: str
    card: CardView | None
    no_advice: str
    reasons: tuple[ReasonView, ...]
    entitlements: tuple[EntitlementView, ...]
    no_entitlements: str
    usage_text: str
    weeks: tuple[WeekView, ...]
    chart_url: str
    others: tuple[OtherView, ...]
    change: str
    people: tuple[PersonView, ...]
    timeline: tuple[TimelineEntry, ...]
    made: tuple[str, ...]
    own_choice: OwnChoiceView


@dataclass(frozen=True)
class AccountSource:
    """What the page is made of, as the store gives it to its viewer; `recommendations` newest first."""

    account: AccountDetail
    plan: Plan
    current: Recommendation | None
    recommendations: Sequence[Recommendation] = ()
    responses: Sequence[Response] = ()
    people: Sequence[Person] = ()
    own_choices: Sequence[OwnChoice] = ()
    viewer: str = ""

    @property
    def told(self) -> Told:
        """How what people did is told here."""
        return Told.by(self.plan.actions, self.people)


def account_view(source: AccountSource, *, now: datetime) -> AccountView:
    """The page at a moment."""
    account, plan, today = source.account, source.plan, now.date()
    brief, current = brief_lists(account.brief), source.current
    weeks = weeks_of(brief["weekly"])
    last = {r.recommendation_id: r for r in sorted(source.responses, key=lambda r: r.timestamp)}
    url = account_url(account.account_id)
    cards = [r for r in source.recommendations if r.status in RUNNING]
    answered = last.get(current.recommendation_id) if current else None
    card = _card(current, source, answered, now) if current else None
    return AccountView(
        name=account.name or account.account_id,
        facts=_facts(source, today),
        brief=call_brief(account, brief, _deeds(source), currency=plan.currency, now=now),
        reason=card.reason if card else why_not(account.why_not),
        ask=question(current),
        card=card,
        no_advice=f"Nothing is recommended here now. {why_not(account.why_not)}",
        reasons=reason_views(current.reasons if current else (), weeks, plan.currency),
        entitlements=tuple(entitlement_view(entry, today) for entry in brief["entitlements"]),
        no_entitlements=NO_ENTITLEMENTS,
        usage_text=_usage(weeks),
        weeks=tuple(_week(week, today) for week in reversed(weeks)),
        chart_url=f"{url}/weekly.svg",
        others=tuple(_other(other, plan) for other in _lost(account.alternatives, current)),
        change=_change(current, plan),
        people=tuple(_person(person, now) for person in brief["people"][:8]),
        timeline=_timeline(source, brief, now),
        made=_made(account, plan, today),
        own_choice=own_choice_view(account.account_id, plan.actions, cards, today=today),
    )


def brief_lists(brief: Mapping[str, object]) -> dict[str, list[dict[str, Any]]]:
    """The lists of an account's brief; empty where one is missing."""
    names = ("weekly", "entitlements", "contracts", "interactions", "people")
    found = {name: brief.get(name) for name in names}
    return {
        name: [dict(row) for row in rows if isinstance(row, Mapping)] if isinstance(rows, Sequence) else []
        for name, rows in found.items()
    }


def _timeline(
    source: AccountSource, brief: Mapping[str, Sequence[Mapping[str, Any]]], now: datetime
) -> tuple[TimelineEntry, ...]:
    own = own_choices_told(source.own_choices, source.told, source.viewer, now)
    return timeline(brief, source.recommendations, source.responses, own, now=now)


def _deeds(source: AccountSource) -> list[tuple[datetime, str]]:
    """What was done there by our people's own judgement: when, and what by whom."""
    return [(one.timestamp, source.told.deed(one)) for one in source.own_choices]


def _facts(source: AccountSource, today: date) -> tuple[Choice, ...]:
    account, plan = source.account, source.plan
    owner = source.told.names.get(account.owner or "", account.owner or "")
    yearly = f"{words.money(account.arr, plan.currency)} a year" if plan.money and account.arr is not None else ""
    pairs = (
        ("Segment", words.capital(account.segment or "")),
        ("Looked after by", owner or "nobody yet"),
        ("Worth", yearly or "no contracts loaded"),
        ("Decision", decision(account, today).removesuffix(".") or "no date known"),
    )
    return tuple((label, text) for label, text in pairs if text)


def _usage(weeks: Sequence[Week]) -> str:
    if not weeks:
        return ""
    last, usual = weeks[-1], median(week.people for week in weeks)
    people = words.count(last.people, "person", "people")
    who = f"{words.capital(people)} used it in the last week; {words.number(round(usual))} is usual here."
    did = f"{words.count(last.events, 'event')} came from them, {last.value_events:,} of value."
    return f"{who} {did}" if last.events else who


def _week(week: Week, today: date) -> WeekView:
    label = words.day(week.begins, today)
    return WeekView(label, f"{week.people:,}", f"{week.events:,}", f"{week.value_events:,}")


def _lost(alternatives: Sequence[Alternative], current: Recommendation | None) -> list[Alternative]:
    chosen = current.action if current else ""
    lost = [other for other in alternatives if other.action not in {chosen, "none"}]
    return sorted(lost, key=lambda other: (not other.eligible, -(other.value or 0.0), other.action))


def _other(other: Alternative, plan: Plan) -> OtherView:
    why = why_not_this(other.why or (None if other.eligible else "ineligible"), plan)
    brings = ""
    if plan.money and other.eligible and other.value is not None and other.value > 0:
        takes = f" for {words.hours(other.hours)}" if other.hours else ""
        brings = f" It would bring about {words.money(other.value, plan.currency)}{takes}."
    return OtherView(title=other.title or words.titled(other.action), why=f"{why}{brings}")


def _card(found: Recommendation, source: AccountSource, answered: Response | None, now: datetime) -> CardView:
    """What is recommended now, as a card."""
    url = account_url(source.account.account_id)
    made = CardSource(found, source.account, source.plan, answered, source.people, source.own_choices)
    return answered_view(made, now=now, back=url)


def _change(current: Recommendation | None, plan: Plan) -> str:
    labels = {signal.name: signal.label for signal in plan.signals}
    if current is None:
        return ""
    for reason in current.reasons:
        changed = reason.value is not None and reason.value != reason.baseline
        if not changed or reason.baseline is None or reason.unit not in CAN_COME_BACK or "percentile" in reason.code:
            continue
        label = labels.get(reason.code, words.titled(reason.code))
        usual = words.in_unit(reason.baseline, reason.unit or "", plan.currency)
        return f"What would change this: {label[0].lower()}{label[1:]} back at its usual {usual}."
    return ""


def _person(person: Mapping[str, Any], now: datetime) -> PersonView:
    seen = person.get("last_seen")
    when = words.since(moment(seen, now), now) if seen else UNKNOWN
    who = str(person.get("name") or person.get("user_id", ""))
    return PersonView(who, words.number(float(person.get("active_days_28d") or 0)), when)


def _made(account: AccountDetail, plan: Plan, today: date) -> tuple[str, ...]:
    ranked_by = "a rule" if account.ranked_by == "rule" else account.ranked_by
    when = words.day(plan.as_of.date(), today)
    made = f"Ranked by {ranked_by}, from what was known on {when}.", f"The plan's version is {plan.policy_version}."
    why = by_rule(plan, account.motion)
    return *made, *([why] if why else []), *how_sure(account, plan)

"""What the store hands out: plain records, as a given viewer may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, TypeVar

Json = Mapping[str, object]
Item = TypeVar("Item")

STATUSES = ("open", "accepted", "handed_over", "snoozed", "completed", "dismissed", "replaced", "withdrawn")
RUNNING = ("open", "accepted", "handed_over", "snoozed")  # open: nobody has answered; the others are started


@dataclass(frozen=True)
class SignalText:
    """How a signal is shown: its unit and its label in plain words."""

    name: str
    unit: str
    label: str


@dataclass(frozen=True)
class ActionText:
    """How an action of the catalogue is shown: what we do, and what the customer does."""

    id: str
    title: str
    service_line: str
    steps: tuple[str, ...] = ()
    customer_steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """One publication: what was known then, which models ranked, and whether there is money at all."""

    plan_id: int
    as_of: datetime
    published_at: datetime
    model_versions: Mapping[str, str]
    policy_version: str
    seed: int
    currency: str | None
    money: bool
    summary: Json
    actions: tuple[ActionText, ...]
    signals: tuple[SignalText, ...]


@dataclass(frozen=True)
class Person:
    """One of our own team."""

    email: str
    name: str | None
    team: str | None
    lead: str | None
    role: str
    service_lines: tuple[str, ...]
    skills: tuple[str, ...]
    hours_week: float | None
    away_from: date | None
    away_to: date | None


@dataclass(frozen=True)
class Account:
    """One account in force at the latest publication.

    `motion` is the list on which it stands higher (`help` or `expand`); `best_rank` its place there. `why_not` is
    the code of why nothing is recommended, empty where something is. Money is empty without contracts; `weight` is
    then 1 in place of ARR. `held_out` is empty but to engineers and admins.
    """

    account_id: str
    as_of: datetime
    name: str | None
    segment: str | None
    industry: str | None
    region: str | None
    owner: str | None
    parent_id: str | None
    top_parent: str
    created_at: datetime
    arr: float | None
    weight: float
    currency: str | None
    renewal_on: date | None
    decision_on: date | None
    notice_given: bool
    motion: str
    p_churn: float
    p_contraction: float
    p_expansion: float
    s_contraction: float
    s_expansion: float
    help_probability: float
    expand_probability: float
    value_at_stake: float | None
    value_to_gain: float | None
    help_rank: int
    expand_rank: int
    best_rank: int
    ranked_by: str
    why_not: str | None
    held_out: bool | None
    attributes: Json

    @property
    def external_account_id(self) -> str | None:
        """The account's id in the caller's system."""
        return external_id(self.attributes)


def external_id(attributes: Json) -> str | None:
    """The first attribute, by name, that ends in `_id` (salesforce_id, hubspot_id); None where none does."""
    ids = sorted(name for name, value in attributes.items() if name.lower().endswith("_id") and value is not None)
    return str(attributes[ids[0]]) if ids else None


@dataclass(frozen=True)
class Alternative:
    """An action that was weighed for an account, and why it lost (empty for the one chosen)."""

    action: str
    title: str | None
    effect: float | None
    value: float | None
    hours: float | None
    eligible: bool
    why: str | None


@dataclass(frozen=True)
class AccountDetail(Account):
    """An account with its signals, what a page tells about it, and the actions that were weighed."""

    signals: Json = field(default_factory=dict)
    brief: Json = field(default_factory=dict)
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True)
class Reason:
    """Why an account is on the list: a sentence, and the figures behind it."""

    code: str
    text: str
    value: float | None = None
    baseline: float | None = None
    peer: float | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Recommendation:
    """A decision as people see it. The last five fields are empty but to engineers and admins.

    `created_at` is when this action was first recommended for the account without a break, so a card is new where
    it equals its plan's `published_at`. `handed_to` is the second person who sees it. `ended_because`, of a withdrawn
    one: cleared (its reason is gone), displaced, week_over, another (card). `instead`: what else fits the account.
    """

    recommendation_id: str
    account_id: str
    account_name: str | None
    external_account_id: str | None
    segment: str | None
    as_of: datetime
    contract_id: str | None
    product: str | None
    motion: str | None
    action: str
    title: str | None
    service_line: str | None
    owner: str
    handed_to: str | None
    hours: float
    reason_text: str | None
    reasons: tuple[Reason, ...]
    probability: float | None
    value_at_stake: float | None
    expected_value: float | None
    currency: str | None
    priority: float | None
    rank: int | None
    mandatory: bool
    status: str
    snoozed_until: date | None
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    model_version: str | None
    policy_version: str | None
    steps: tuple[str, ...]
    customer_steps: tuple[str, ...]
    delivery: str | None = None
    ended_because: str | None = None
    instead: tuple[str, ...] | None = None
    shown: bool | None = None
    why_not: str | None = None
    held_out: bool | None = None
    propensity: float | None = None
    would_be: str | None = None


@dataclass(frozen=True)
class Answer:
    """What a person does with a recommendation.

    `response` is one of the contract's responses; `action` what is done in its place (replaced); `until` when a
    snoozed one comes back (a week on, if empty); `to` who takes over (handed_over).
    """

    response: str
    actor: str
    reason: str | None = None
    action: str | None = None
    until: date | None = None
    to: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Response:
    """What a person did with a recommendation."""

    response_id: str
    recommendation_id: str
    account_id: str
    timestamp: datetime
    response: str
    reason: str | None
    action: str | None
    until: date | None
    handed_to: str | None
    actor: str


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items of a list, and where it goes on (empty at its end)."""

    items: tuple[Item, ...]
    next_cursor: str | None
    as_of: datetime | None

"""Accounts as programs see them: flat objects, plain types, absent fields left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from consumption.actions.why import WHY_NOT
from consumption.store import records

# An empty field is left out of the response, and its type has no null: clients that generate code from the
# description get plain types.
Value = TypeVar("Value")
Maybe = Annotated[Value | SkipJsonSchema[None], Field(default=None)]

# What may be absent has its length here: a field held against nothing would be an error of ours.
Key = Annotated[str, StringConstraints(max_length=200)]
Email = Annotated[str, StringConstraints(max_length=320)]
Words = Annotated[str, StringConstraints(max_length=500)]
Note = Annotated[str, StringConstraints(max_length=2000)]


@dataclass(frozen=True)
class Reply:
    """What a reply refers to: our pages as this caller reaches them, and the request it answers."""

    base_url: str
    request_id: str

    def account(self, account_id: str) -> str:
        """The page of an account."""
        return f"{self.base_url}/accounts/{quote(account_id, safe='')}"

    def accept(self, recommendation_id: str, account_id: str) -> str:
        """The page on which a recommendation is answered."""
        return f"{self.account(account_id)}#r-{quote(recommendation_id, safe='')}"


class Signal(BaseModel):
    """One number, or one word, about an account; without either it is not known."""

    name: str = Field(description="The signal, as in the list of signals.")
    value: Maybe[float] = Field(description="Its value, where it is a number; yes is 1, no is 0.")
    text: Maybe[str] = Field(description="Its value, where it is a word.")
    unit: Maybe[str] = Field(description="What is counted.")
    label: Maybe[str] = Field(description="The signal in plain words.")

    @staticmethod
    def of(name: str, value: object, text: records.SignalText | None) -> Signal:
        """From a snapshot's value, and how the signal is shown."""
        number = float(value) if isinstance(value, int | float) else None
        return Signal(
            name=name,
            value=number,
            text=value if isinstance(value, str) else None,
            unit=text.unit if text else None,
            label=text.label if text else None,
        )


class Attribute(BaseModel):
    """One thing the caller's own files said about an account."""

    name: str
    value: str


class WhyNot(BaseModel):
    """Why nothing is recommended."""

    code: str
    text: str

    @staticmethod
    def of(code: str | None) -> WhyNot | None:
        """In words; None where something is recommended."""
        return None if code is None else WhyNot(code=code, text=WHY_NOT.get(code, code))


class Account(BaseModel):
    """One account in force."""

    id: str
    account_id: str = Field(description="The same as id, as other objects name it.")
    external_account_id: Maybe[str] = Field(description="Its id in the caller's system.")
    name: Maybe[str]
    segment: Maybe[str]
    industry: Maybe[str]
    region: Maybe[str]
    owner: Maybe[str] = Field(description="E-mail of who looks after it.")
    parent_id: Maybe[str]
    as_of: datetime = Field(description="What was known before this moment counts.")
    motion: str = Field(description="The list on which it stands higher: help or expand.")
    help_probability: float = Field(description="Probability that it shrinks or leaves, 0 to 1.")
    expand_probability: float = Field(description="Probability that it grows, 0 to 1.")
    help_low: Maybe[float] = Field(description="help_probability lies above this in 9 of 10 cases; in detail only.")
    help_high: Maybe[float] = Field(description="And below this in 9 of 10; in detail only.")
    expand_low: Maybe[float] = Field(description="As help_low, of expand_probability.")
    expand_high: Maybe[float] = Field(description="As help_high, of expand_probability.")
    help_rank: int = Field(description="1 is most to lose.")
    expand_rank: int = Field(description="1 is most to gain.")
    value_at_stake: Maybe[float] = Field(description="Expected loss, in money.")
    value_to_gain: Maybe[float] = Field(description="Expected gain, in money.")
    arr: Maybe[float] = Field(description="Yearly value in force.")
    currency: Maybe[str] = Field(description="Of all money here; ISO 4217.")
    renewal_on: Maybe[date] = Field(description="When the term ends.")
    decision_on: Maybe[date] = Field(description="Until when it can leave.")
    notice_given: bool
    ranked_by: str = Field(description="The version of the model, or the rule, that ranked it.")
    why_not: Maybe[WhyNot]
    account_url: str = Field(description="Its page.")
    attributes: list[Attribute]
    signals: Maybe[list[Signal]] = Field(description="Only where one account is asked for.")
    held_out: Maybe[bool] = Field(description="Only for engineers and admins.")

    @staticmethod
    def of(found: records.Account, reply: Reply) -> Account:
        """From the store's record."""
        same = {name: getattr(found, name) for name in Account.model_fields if hasattr(found, name)}
        return Account(
            **same
            | {
                "id": found.account_id,
                "why_not": WhyNot.of(found.why_not),
                "account_url": reply.account(found.account_id),
                "attributes": [
                    Attribute(name=name, value=str(value))
                    for name, value in found.attributes.items()
                    if value is not None
                ],
                "signals": None,
            }
        )

    @staticmethod
    def in_detail(found: records.AccountDetail, texts: Sequence[records.SignalText], reply: Reply) -> Account:
        """As `of`, with signals."""
        by_name = {text.name: text for text in texts}
        signals = [Signal.of(name, value, by_name.get(name)) for name, value in found.signals.items()]
        between = found.brief.get("between")
        told = between if isinstance(between, Mapping) else {}
        ends = {name: told.get(name) for name in ("help_low", "help_high", "expand_low", "expand_high")}
        return Account.of(found, reply).model_copy(update={"signals": signals, **ends})


class AccountPage(BaseModel):
    """Some accounts, and where the list goes on."""

    items: list[Account]
    next_cursor: Maybe[str] = Field(description="Absent at the end of the list.")
    as_of: Maybe[datetime] = Field(description="Absent before the first publication.")
    request_id: str

    @staticmethod
    def of(page: records.Page[records.Account], reply: Reply) -> AccountPage:
        """From the store's page."""
        items = [Account.of(item, reply) for item in page.items]
        return AccountPage(items=items, next_cursor=page.next_cursor, as_of=page.as_of, request_id=reply.request_id)

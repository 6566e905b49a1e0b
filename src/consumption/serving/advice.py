"""Recommendations and responses as programs see them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from consumption.serving.payloads import Email, Key, Maybe, Note, Reply, WhyNot, Words
from consumption.store import records


class Reason(BaseModel):
    """Why an account is on the list, and the figures behind it."""

    code: str
    text: str
    value: Maybe[float]
    baseline: Maybe[float] = Field(description="The account's own usual value.")
    peer: Maybe[float] = Field(description="The median of its peers.")
    unit: Maybe[str]


class Recommendation(BaseModel):
    """What to do next for an account."""

    id: str
    account_id: str
    account_name: Maybe[str]
    external_account_id: Maybe[str] = Field(description="The account's id in the caller's system.")
    segment: Maybe[str]
    contract_id: Maybe[str]
    product: Maybe[str]
    motion: Maybe[str] = Field(description="help or expand.")
    action: str = Field(description="An action of the catalogue.")
    title: Maybe[str]
    service_line: Maybe[str]
    delivery: Maybe[str] = Field(
        description="self_service: it is sent, and no card; remote or on_site: a person does it."
    )
    owner: str = Field(description="E-mail of whose it is.")
    handed_to: Maybe[str] = Field(description="E-mail of who took over.")
    reason_text: Maybe[str]
    reasons: list[Reason]
    steps: list[str] = Field(description="What we do.")
    customer_steps: list[str] = Field(description="What the customer does.")
    probability: Maybe[float] = Field(description="Of what the motion is about, 0 to 1.")
    value_at_stake: Maybe[float] = Field(description="Expected loss or gain, in money.")
    expected_value: Maybe[float] = Field(description="What the action is expected to bring, net of its cost.")
    currency: Maybe[str]
    hours: float
    priority: Maybe[float]
    as_of: datetime
    expires_at: Maybe[datetime]
    created_at: datetime
    updated_at: datetime
    status: str = Field(
        description="open, accepted, handed_over, snoozed, completed, dismissed, replaced; withdrawn: it is gone."
    )
    snoozed_until: Maybe[date]
    model_version: Maybe[str]
    policy_version: Maybe[str]
    accept_url: str = Field(description="The page on which it is answered.")
    account_url: str
    shown: Maybe[bool] = Field(description="Only for engineers and admins, as all that follows.")
    why_not: Maybe[str]
    held_out: Maybe[bool]
    propensity: Maybe[float]
    would_be: Maybe[str]

    @staticmethod
    def of(found: records.Recommendation, reply: Reply) -> Recommendation:
        """From the store's record."""
        same = {name: getattr(found, name) for name in Recommendation.model_fields if hasattr(found, name)}
        return Recommendation(
            **same
            | {
                "id": found.recommendation_id,
                "reasons": [Reason(**vars(reason)) for reason in found.reasons],
                "accept_url": reply.accept(found.recommendation_id, found.account_id),
                "account_url": reply.account(found.account_id),
            }
        )


class RecommendationPage(BaseModel):
    """Some recommendations, and where the list goes on."""

    items: list[Recommendation]
    next_cursor: Maybe[str] = Field(description="Absent at the end of the list.")
    as_of: Maybe[datetime] = Field(description="Absent before the first publication.")
    why_not: Maybe[WhyNot] = Field(description="For one account for which nothing is recommended.")
    request_id: str

    @staticmethod
    def of(
        page: records.Page[records.Recommendation], reply: Reply, why_not: str | None = None
    ) -> RecommendationPage:
        """From the store's page."""
        return RecommendationPage(
            items=[Recommendation.of(item, reply) for item in page.items],
            next_cursor=page.next_cursor,
            as_of=page.as_of,
            why_not=WhyNot.of(why_not),
            request_id=reply.request_id,
        )


class ResponseSent(BaseModel):
    """What a person did with a recommendation."""

    model_config = ConfigDict(extra="forbid")

    response: Literal["accepted", "completed", "handed_over", "snoozed", "dismissed", "replaced"]
    reason: Maybe[Note] = Field(description="Why, in a code of yours or in words.")
    action: Maybe[Words] = Field(description="For replaced: what is done in its place.")
    until: Maybe[date] = Field(description="For snoozed: the day it comes back; a week from now if absent.")
    handed_to: Maybe[Email] = Field(description="For handed_over, which needs it: e-mail of who takes over.")
    actor: Maybe[Email] = Field(description="E-mail of the person, where the key is tied to none.")
    idempotency_key: Maybe[Key] = Field(description="As the header Idempotency-Key.")

    def answer(self, actor: str, idempotency_key: str | None) -> records.Answer:
        """As the store takes it."""
        return records.Answer(
            response=self.response,
            actor=actor,
            reason=self.reason,
            action=self.action,
            until=self.until,
            to=self.handed_to,
            idempotency_key=idempotency_key or self.idempotency_key,
        )


class Response(BaseModel):
    """A response as it was stored."""

    id: str
    recommendation_id: str
    account_id: str
    timestamp: datetime
    response: str
    reason: Maybe[str]
    action: Maybe[str]
    until: Maybe[date]
    handed_to: Maybe[str]
    actor: str
    request_id: str

    @staticmethod
    def of(found: records.Response, reply: Reply) -> Response:
        """From the store's record."""
        same = {name: value for name, value in vars(found).items() if name in Response.model_fields}
        return Response(**same | {"id": found.response_id, "request_id": reply.request_id})

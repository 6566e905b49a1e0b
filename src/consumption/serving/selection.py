"""The filters of a list, as query parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import AwareDatetime
from pydantic.json_schema import SkipJsonSchema

from consumption.serving.auth import NotAllowed
from consumption.serving.deps import CanRead
from consumption.store.filters import AccountFilter, RecommendationFilter

MOST_IDS = 200

Status = Literal["open", "accepted", "handed_over", "snoozed", "completed", "dismissed", "replaced", "withdrawn"]
Text = Annotated[str | SkipJsonSchema[None], Query(max_length=320)]
Motion = Annotated[Literal["help", "expand"] | SkipJsonSchema[None], Query()]


@dataclass(frozen=True)
class Paging:
    """Where a page begins, and how long it may be."""

    cursor: str | None
    limit: int


def paging(
    cursor: Annotated[
        str | SkipJsonSchema[None], Query(max_length=500, description="next_cursor of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="The most items of one page.")] = 50,
) -> Paging:
    """What part of a list the caller asks for."""
    return Paging(cursor, limit)


def which_accounts(
    owner: Annotated[str | SkipJsonSchema[None], Query(description="E-mail of who looks after it.")] = None,
    motion: Motion = None,
    segment: Text = None,
    account_id: Annotated[
        list[str] | SkipJsonSchema[None], Query(description="These accounts; up to 200.", max_length=MOST_IDS)
    ] = None,
    search: Annotated[str | SkipJsonSchema[None], Query(description="A part of name or id.", max_length=200)] = None,
) -> AccountFilter:
    """Which accounts the caller asks for."""
    return AccountFilter(owner, motion, segment, tuple(account_id or ()), search)


def which_recommendations(
    *,
    reader: CanRead,
    owner: Annotated[str | SkipJsonSchema[None], Query(description="E-mail of whose they are.")] = None,
    motion: Motion = None,
    segment: Text = None,
    service_line: Text = None,
    status: Annotated[list[Status] | SkipJsonSchema[None], Query(description="What is running, if absent.")] = None,
    updated_since: Annotated[
        AwareDatetime | SkipJsonSchema[None],
        Query(
            description="What changed since, oldest first, withdrawn ones too; with a zone, as 2025-06-02T06:00:00Z."
        ),
    ] = None,
    by_itself: Annotated[
        bool, Query(description="What is sent by itself and is nobody's card, in place of the cards.")
    ] = False,
    withheld: Annotated[
        bool, Query(description="Also what was decided and not shown; for engineers and admins.")
    ] = False,
) -> RecommendationFilter:
    """Which recommendations the caller asks for."""
    if withheld and not reader.sees_holdout:
        raise NotAllowed("what was not shown is for engineers and admins", "leave `withheld` out")
    return RecommendationFilter(
        owner=owner,
        motion=motion,
        segment=segment,
        service_line=service_line,
        status=tuple(status or ()),
        updated_since=updated_since,
        withheld=withheld,
        by_itself=by_itself,
    )


ThePaging = Annotated[Paging, Depends(paging)]
WhichAccounts = Annotated[AccountFilter, Depends(which_accounts)]
WhichRecommendations = Annotated[RecommendationFilter, Depends(which_recommendations)]

"""The routes of /v1: thin; nothing is caught in them."""

from __future__ import annotations

from fastapi import APIRouter, Request

from consumption.serving.advice import Recommendation, RecommendationPage, Response, ResponseSent
from consumption.serving.deps import CanBeCached, CanRead, Now, RequestId, TheOptions, TheStore
from consumption.serving.health import Health
from consumption.serving.own_choices import OwnChoice, OwnChoicePage, OwnChoiceSent, TheChooser
from consumption.serving.parameters import OnlyKnown, OnlyKnownByAnybody
from consumption.serving.payloads import Account, AccountPage
from consumption.serving.problems import PROBLEMS
from consumption.serving.replies import SentOnce, TheReply, TheResponder
from consumption.serving.selection import ThePaging, WhichAccounts, WhichRecommendations
from consumption.store.filters import RecommendationFilter

router = APIRouter(prefix="/v1", dependencies=[OnlyKnown])
open_router = APIRouter(prefix="/v1", dependencies=[OnlyKnownByAnybody])


@open_router.get("/health", operation_id="getHealth", response_model_exclude_none=True)
def get_health(request: Request, store: TheStore, options: TheOptions, now: Now, request_id: RequestId) -> Health:
    """Whether the service answers, and how old what it shows is; open to everybody."""
    return Health.of(store.latest_as_of(), now, options.stale_after, request.app.version, request_id)


@router.get(
    "/accounts",
    operation_id="listAccounts",
    response_model_exclude_none=True,
    responses=PROBLEMS,
    dependencies=[CanBeCached],
)
def list_accounts(
    which: WhichAccounts,
    paging: ThePaging,
    store: TheStore,
    reader: CanRead,
    reply: TheReply,
) -> AccountPage:
    """Accounts in force, those with most to lose or to gain first."""
    page = store.accounts(which, visible_to=reader, cursor=paging.cursor, limit=max(paging.limit, len(which.ids)))
    return AccountPage.of(page, reply)


@router.get(
    "/accounts/{account_id}",
    operation_id="getAccount",
    response_model_exclude_none=True,
    responses=PROBLEMS,
    dependencies=[CanBeCached],
)
def get_account(account_id: str, store: TheStore, reader: CanRead, reply: TheReply) -> Account:
    """One account with its signals."""
    plan = store.latest_plan()
    return Account.in_detail(store.account(account_id, visible_to=reader), plan.signals if plan else (), reply)


@router.get(
    "/accounts/{account_id}/recommendations",
    operation_id="listAccountRecommendations",
    response_model_exclude_none=True,
    responses=PROBLEMS,
    dependencies=[CanBeCached],
)
def list_account_recommendations(
    account_id: str,
    paging: ThePaging,
    store: TheStore,
    reader: CanRead,
    reply: TheReply,
) -> RecommendationPage:
    """What to do next for one account, best first; why nothing, where that is so."""
    account = store.account(account_id, visible_to=reader)
    which = RecommendationFilter(account=account_id)
    page = store.recommendations(which, visible_to=reader, cursor=paging.cursor, limit=paging.limit)
    return RecommendationPage.of(page, reply, None if page.items else account.why_not)


@router.post(
    "/accounts/{account_id}/own-choices",
    operation_id="addOwnChoice",
    status_code=201,
    response_model_exclude_none=True,
    responses=PROBLEMS,
)
def add_own_choice(
    account_id: str, sent: OwnChoiceSent, key: SentOnce, chooser: TheChooser, reply: TheReply
) -> OwnChoice:
    """Says what a person did for an account by their own judgement; sent again, it is stored once.

    What is recommended for the account now is answered instead, as a response.
    """
    return OwnChoice.of(chooser.by_program(account_id, sent, key), reply)


@router.get(
    "/accounts/{account_id}/own-choices",
    operation_id="listOwnChoices",
    response_model_exclude_none=True,
    responses=PROBLEMS,
)
def list_own_choices(account_id: str, store: TheStore, reader: CanRead, now: Now, reply: TheReply) -> OwnChoicePage:
    """What people did for an account by their own judgement, latest first, without what was taken back."""
    store.account(account_id, visible_to=reader)
    return OwnChoicePage.of(store.own_choices(account_id), reply, now)


@router.delete(
    "/accounts/{account_id}/own-choices/{own_choice_id}",
    operation_id="undoOwnChoice",
    response_model_exclude_none=True,
    responses=PROBLEMS,
)
def undo_own_choice(account_id: str, own_choice_id: str, chooser: TheChooser, reply: TheReply) -> OwnChoice:
    """Takes back what was told by mistake, up to four weeks after it was told; again, it changes nothing."""
    return OwnChoice.of(chooser.take_back(account_id, own_choice_id), reply)


@router.get(
    "/recommendations",
    operation_id="listRecommendations",
    response_model_exclude_none=True,
    responses=PROBLEMS,
    dependencies=[CanBeCached],
)
def list_recommendations(
    which: WhichRecommendations,
    paging: ThePaging,
    store: TheStore,
    reader: CanRead,
    reply: TheReply,
) -> RecommendationPage:
    """What to do next, best first; with `updated_since`, what changed."""
    page = store.recommendations(which, visible_to=reader, cursor=paging.cursor, limit=paging.limit)
    return RecommendationPage.of(page, reply)


@router.get(
    "/recommendations/{recommendation_id}",
    operation_id="getRecommendation",
    response_model_exclude_none=True,
    responses=PROBLEMS,
    dependencies=[CanBeCached],
)
def get_recommendation(recommendation_id: str, store: TheStore, reader: CanRead, reply: TheReply) -> Recommendation:
    """One recommendation, withdrawn and answered ones too."""
    return Recommendation.of(store.recommendation(recommendation_id, visible_to=reader), reply)


@router.post(
    "/recommendations/{recommendation_id}/responses",
    operation_id="respondToRecommendation",
    status_code=201,
    response_model_exclude_none=True,
    responses=PROBLEMS,
)
def respond_to_recommendation(
    recommendation_id: str, sent: ResponseSent, key: SentOnce, responder: TheResponder, reply: TheReply
) -> Response:
    """Says what a person did with a recommendation; sent again, it is stored once."""
    return Response.of(responder.take(recommendation_id, sent, key), reply)

"""The pages' routes: thin; what a page shows is made in `views`, what goes wrong becomes a page too."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from consumption.errors import ConsumptionError
from consumption.serving import charts
from consumption.serving.actors import taker_of
from consumption.serving.auth import NotSignedIn
from consumption.serving.deps import CanRespond, Now, SameOrigin, SignedIn, TheOptions, TheSessions, TheStore
from consumption.serving.own_choices import OwnChoiceForm, TheChooser
from consumption.serving.problems import SIGN_IN
from consumption.serving.rendering import fragment, page
from consumption.serving.sources import Asked, account_source, card_source, look_as_source, today_source
from consumption.serving.views import (
    FrameView,
    account_view,
    answered_view,
    brief_lists,
    frame_view,
    look_as_view,
    problem_view,
    sign_in_view,
    today_view,
)
from consumption.serving.views.card import account_url
from consumption.serving.way_back import TODAY, own_page, way_back
from consumption.store.records import Answer, Plan
from consumption.store.viewer import Viewer


class NothingPublished(ConsumptionError):
    """A page of an account was asked for before the first publication."""

    status = 404

    def __init__(self) -> None:
        super().__init__("no plan has been published yet", "run it first: consumption run")


class PageRoute(APIRoute):
    """A route whose problems people read: as a page, or as a line where only a part of a page was asked for."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own handler; what goes wrong in it becomes something to read."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except ConsumptionError as error:
                return await _problem(request, error)

        return handled


router = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass(frozen=True)
class Frames:
    """Makes the frame of whatever page is asked for."""

    plan: Plan | None
    now: Now
    options: TheOptions

    def of(self, name: str, viewer: Viewer | None = None) -> FrameView:
        """The frame of a page, for whoever is signed in."""
        return frame_view(
            name,
            name=viewer.name if viewer else "",
            demo=self.options.look_as,
            plan=self.plan,
            now=self.now,
            stale_after=self.options.stale_after,
        )


def the_frames(store: TheStore, now: Now, options: TheOptions) -> Frames:
    """Frames over the latest publication."""
    return Frames(store.latest_plan(), now, options)


TheFrames = Annotated[Frames, Depends(the_frames)]


@router.get("/")
def enter() -> Response:
    """The address itself leads to Today, and from there to sign-in where nobody is."""
    return RedirectResponse("/today", status_code=303)


@router.get(SIGN_IN)
def sign_in_page(request: Request, store: TheStore, sessions: TheSessions, frames: TheFrames) -> Response:
    """Whom to look as, in a demo on this machine; a field for a key elsewhere."""
    if not sessions.may_look_as(request):
        return page("look_as.html", frame=frames.of("sign-in"), look=sign_in_view())
    source = look_as_source(store, base_url=str(request.base_url).rstrip("/"))
    return page("look_as.html", frame=frames.of("sign-in"), look=look_as_view(source))


@router.post("/look-as", dependencies=[SameOrigin])
def look_as(request: Request, sessions: TheSessions, email: Annotated[str, Form()]) -> Response:
    """A session as somebody of the team."""
    response = RedirectResponse("/today", status_code=303)
    sessions.look_as(request, response, email)
    return response


@router.post(SIGN_IN, dependencies=[SameOrigin])
def sign_in(request: Request, sessions: TheSessions, key: Annotated[str, Form()]) -> Response:
    """A session with a key tied to a person."""
    response = RedirectResponse("/today", status_code=303)
    sessions.sign_in(request, response, key)
    return response


@router.post("/sign-out", dependencies=[SameOrigin])
def sign_out(sessions: TheSessions) -> Response:
    """No session any more."""
    response = RedirectResponse(SIGN_IN, status_code=303)
    sessions.sign_out(response)
    return response


@router.get("/today")
def today(
    store: TheStore, viewer: SignedIn, now: Now, frames: TheFrames, asked: Annotated[Asked, Depends()]
) -> Response:
    """The week's list of the viewer, or of a lead's team."""
    source = today_source(store, viewer, asked, now=now)
    return page("today.html", frame=frames.of("today", viewer), today=today_view(source, now=now))


@router.get("/accounts/{account_id}")
def account(account_id: str, store: TheStore, viewer: SignedIn, now: Now, frames: TheFrames) -> Response:
    """Everything about one account."""
    if frames.plan is None:
        raise NothingPublished
    source = account_source(store, viewer, account_id, frames.plan)
    store.audit(viewer.email, "read", f"account {account_id}", now)
    return page("account.html", frame=frames.of("account", viewer), account=account_view(source, now=now))


@router.get("/accounts/{account_id}/weekly.svg")
def weekly_chart(
    account_id: str, store: TheStore, viewer: SignedIn, theme: charts.Theme = "light", size: charts.Size = "wide"
) -> Response:
    """An account's weeks as a picture."""
    brief = brief_lists(store.account(account_id, visible_to=viewer).brief)
    svg = charts.weekly_chart(charts.weeks_of(brief["weekly"]), theme=theme, size=size)
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=300"})


@router.post("/accounts/{account_id}/own-choice")
def own_choice(account_id: str, chooser: TheChooser, form: Annotated[OwnChoiceForm, Depends()]) -> Response:
    """What the viewer did by their own judgement; then where it stands among all that happened."""
    chooser.by_page(account_id, form)
    return RedirectResponse(f"{account_url(account_id)}#timeline", status_code=303)


@router.post("/accounts/{account_id}/own-choice/{own_choice_id}/undo")
def undo_own_choice(account_id: str, own_choice_id: str, chooser: TheChooser) -> Response:
    """What the viewer told by mistake is taken back."""
    chooser.take_back(account_id, own_choice_id)
    return RedirectResponse(f"{account_url(account_id)}#timeline", status_code=303)


@dataclass(frozen=True)
class AnswerForm:
    """The form of a card: response, why, until when, what instead, in whose words, who takes over, the way back."""

    now: Now
    response: Annotated[str, Form()]
    reason: Annotated[str, Form()] = ""
    until: Annotated[date | None, Form()] = None
    action: Annotated[str, Form()] = ""
    note: Annotated[str, Form(max_length=200)] = ""
    to: Annotated[str, Form(max_length=320)] = ""
    back: Annotated[str, Form()] = "/today"

    def by(self, actor: str) -> Answer:
        """The answer of that person; own words stand in for an action where none was chosen."""
        instead = (self.action or self.note.strip()) if self.response == "replaced" else ""
        reason = self.note.strip() if self.action else self.reason
        to = self.to if self.response == "handed_over" else ""
        return Answer(
            self.response, actor, reason=reason or None, action=instead or None, until=self.until, to=to or None
        )


@router.post("/recommendations/{recommendation_id}/answer")
def answer(
    request: Request,
    recommendation_id: str,
    store: TheStore,
    viewer: CanRespond,
    form: Annotated[AnswerForm, Depends()],
) -> Response:
    """What the viewer does with a recommendation; the card as it then is, or the page it stands on."""
    store.recommendation(recommendation_id, visible_to=viewer)
    given = form.by(viewer.email)
    store.respond(recommendation_id, replace(given, to=taker_of(store, given.to)), form.now)
    here = own_page(form.back) or TODAY
    if "hx-request" not in request.headers:
        return RedirectResponse(f"{here}#r-{recommendation_id}", status_code=303)
    card = answered_view(card_source(store, viewer, recommendation_id), now=form.now, back=here)
    return fragment("advice.html" if here.startswith("/accounts/") else "card.html", card=card)


async def _problem(request: Request, error: ConsumptionError) -> Response:
    part = "hx-request" in request.headers
    if isinstance(error, NotSignedIn):
        return Response(status_code=401, headers={"HX-Redirect": SIGN_IN}) if part else RedirectResponse(SIGN_IN, 303)
    problem = problem_view(error)
    if part:
        return Response(f"{problem.what} {problem.remedy}", error.status, media_type="text/plain")
    back = await way_back(request)
    return page("problem.html", status=error.status, frame=FrameView(page="problem"), problem=problem, back=back)

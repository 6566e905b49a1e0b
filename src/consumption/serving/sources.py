"""What each page is made of, fetched from the store as its viewer may see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from consumption.actions.week_told import HOURS_OF, together
from consumption.serving.advice import RecommendationPage
from consumption.serving.payloads import Reply
from consumption.serving.views import AccountSource, CardSource, Found, LookAsSource, TodaySource
from consumption.serving.views.sent import sent_lines
from consumption.store.filters import AccountFilter, RecommendationFilter
from consumption.store.reading import UnknownRecommendation
from consumption.store.records import Account, Person, Plan, Recommendation, Response
from consumption.store.sql import Store
from consumption.store.viewer import Viewer

CLOSED = ("completed", "dismissed", "replaced")
GONE = ("cleared", "displaced")
MOST_CARDS = 200
MOST_ACCOUNTS = 1000
MOST_FOUND = 25
# As a program without a person behind it sees the workspace.
PLUGIN = Viewer(email="", name="plugin", role="plugin")


@dataclass(frozen=True)
class Asked:
    """What the address of Today asks for: one owner of the team, or accounts by a part of their name."""

    owner: str = ""
    find: str = ""


def today_source(store: Store, viewer: Viewer, asked: Asked, *, now: datetime) -> TodaySource:
    """The list of the viewer; of their team, or of one in it, for a lead."""
    plan = store.latest_plan()
    everyone = store.people()
    team = _team(everyone, viewer)
    chosen = asked.owner if asked.owner in {person.email for person in team} else ""
    owners = [viewer.email] if not team else [chosen] if chosen else [person.email for person in team]
    listed = [found for owner in owners for found in _this_week(store, viewer, owner, now)]
    accounts = {a.account_id: a for owner in owners for a in _accounts_of(store, viewer, owner)}
    return TodaySource(
        plan=plan,
        recommendations=[found for found in listed if has_card(found)],
        by_itself=_sent(store, [found for found in listed if not has_card(found)], now),
        ended=[found for owner in owners for found in _ended(store, viewer, owner, now)],
        accounts=accounts | _handed_over(store, viewer, listed, accounts),
        answers={r.recommendation_id: r for r in _answers(store, listed)},
        hours=_hours(everyone, owners),
        week=together(plan.summary.get(HOURS_OF), owners) if plan else None,
        owner=owners[0] if len(owners) == 1 else "",
        team=team,
        people=everyone,
        own_choices=store.own_choices(*sorted({found.account_id for found in listed})),
        found=_found(store, viewer, asked.find.strip()),
    )


def account_source(store: Store, viewer: Viewer, account_id: str, plan: Plan) -> AccountSource:
    """One account, with what was recommended for it and answered; UnknownAccount where there is none."""
    account = store.account(account_id, visible_to=viewer)
    every = RecommendationFilter(account=account_id, status=("open", "accepted", "handed_over", "snoozed", *CLOSED))
    found = store.recommendations(every, visible_to=viewer, limit=MOST_CARDS).items
    newest = sorted(found, key=lambda r: r.created_at, reverse=True)
    running = [r for r in newest if r.status not in CLOSED]
    everyone = store.people()
    return AccountSource(
        account=account,
        plan=plan,
        current=running[0] if running else None,
        recommendations=newest,
        responses=store.responses(account=account_id),
        people=everyone,
        viewer=viewer.email,
        own_choices=store.own_choices(account_id),
    )


def card_source(store: Store, viewer: Viewer, recommendation_id: str) -> CardSource:
    """One card; UnknownRecommendation where this viewer may not see one of that id."""
    found = store.recommendation(recommendation_id, visible_to=viewer)
    plan = store.latest_plan()
    if plan is None:
        raise UnknownRecommendation(recommendation_id)
    account = store.account(found.account_id, visible_to=viewer)
    last = next(iter(store.responses(recommendation=recommendation_id)), None)
    return CardSource(found, account, plan, last, store.people(), store.own_choices(found.account_id))


def look_as_source(store: Store, *, base_url: str) -> LookAsSource:
    """The team, and what a key that is tied to nobody gets."""
    best = store.recommendations(RecommendationFilter(by_itself=False), visible_to=PLUGIN, limit=1)
    everyone = store.people()
    rep, cards = _busiest(store, [person.email for person in everyone if person.role == "rep"])
    return LookAsSource(
        people=everyone,
        rep=rep,
        cards=cards,
        accounts=store.count_accounts(AccountFilter(owner=rep)) if rep else 0,
        base_url=base_url,
        reply=RecommendationPage.of(best, Reply(base_url, "demo")).model_dump_json(exclude_none=True, indent=2),
    )


def has_card(found: Recommendation) -> bool:
    """Whether somebody has to do it; what the product does by itself has no place in a list."""
    return found.rank is not None


def _sent(store: Store, alone: Sequence[Recommendation], now: datetime) -> dict[str, str]:
    """What became of what nobody carries out, in words by account."""
    return sent_lines(alone, store.queued([found.recommendation_id for found in alone]), now.date())


def _busiest(store: Store, reps: Sequence[str]) -> tuple[str, int]:
    """The rep with most cards, by e-mail, and how many they are; nobody where nobody has any."""
    shown = store.recommendations(RecommendationFilter(), visible_to=PLUGIN, limit=MOST_ACCOUNTS).items
    cards = Counter(found.owner for found in shown if has_card(found) and found.owner in reps)
    return min(cards.items(), key=lambda item: (-item[1], item[0]), default=("", 0))


def _team(everyone: Sequence[Person], viewer: Viewer) -> list[Person]:
    """Whom a viewer may look at beside themselves: a lead's people; all reps for engineers and admins."""
    reps = [person for person in everyone if person.role == "rep"]
    if viewer.role == "lead":
        return [person for person in reps if person.lead == viewer.email]
    return reps if viewer.role in {"engineer", "admin"} else []


def _this_week(store: Store, viewer: Viewer, owner: str, now: datetime) -> list[Recommendation]:
    """What runs, and what was answered since Monday."""
    running = store.recommendations(RecommendationFilter(owner=owner), visible_to=viewer, limit=MOST_CARDS).items
    answered = RecommendationFilter(owner=owner, status=CLOSED, updated_since=_monday(now))
    return [*running, *store.recommendations(answered, visible_to=viewer, limit=MOST_CARDS).items]


def _ended(store: Store, viewer: Viewer, owner: str, now: datetime) -> list[Recommendation]:
    """Cards that the plan took off the list since Monday: the reason cleared, or something else needed the hours."""
    which = RecommendationFilter(owner=owner, status=("withdrawn",), updated_since=_monday(now))
    found = store.recommendations(which, visible_to=viewer, limit=MOST_CARDS).items
    return [r for r in found if r.ended_because in GONE and has_card(r)]


def _monday(now: datetime) -> datetime:
    return datetime.combine(now.date() - timedelta(days=now.weekday()), time.min, tzinfo=now.tzinfo)


def _accounts_of(store: Store, viewer: Viewer, owner: str) -> tuple[Account, ...]:
    return store.accounts(AccountFilter(owner=owner), visible_to=viewer, limit=MOST_ACCOUNTS).items


def _handed_over(
    store: Store, viewer: Viewer, listed: Sequence[Recommendation], known: dict[str, Account]
) -> dict[str, Account]:
    """Accounts of others whose card was handed over to this list."""
    ids = tuple(sorted({r.account_id for r in listed} - set(known)))
    if not ids:
        return {}
    page = store.accounts(AccountFilter(ids=ids), visible_to=viewer, limit=len(ids))
    return {account.account_id: account for account in page.items}


def _answers(store: Store, listed: Sequence[Recommendation]) -> list[Response]:
    """The last response to each that has one."""
    answered = [r.recommendation_id for r in listed if r.status != "open"]
    return [last for identity in answered for last in store.responses(recommendation=identity)[:1]]


def _hours(everyone: Sequence[Person], owners: Sequence[str]) -> float | None:
    hours = [person.hours_week for person in everyone if person.email in owners]
    known = [length for length in hours if length is not None]
    return sum(known) if known and len(known) == len(owners) else None


def _found(store: Store, viewer: Viewer, query: str) -> Found | None:
    if not query:
        return None
    page = store.accounts(AccountFilter(search=query), visible_to=viewer, limit=MOST_FOUND)
    return Found(query=query, accounts=page.items, more=page.next_cursor is not None)

"""Today: the week's list of one rep, or of a lead's team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from consumption.actions.week_told import WeekHours
from consumption.serving import words
from consumption.serving.views.answers import ENDED_WORDS
from consumption.serving.views.by_rule import by_rule
from consumption.serving.views.card import QUIET, CardView, account_url, card_view
from consumption.serving.views.deeds import Told
from consumption.serving.views.why import why_not
from consumption.store.own_choices import OwnChoice
from consumption.store.records import Account, Person, Plan, Recommendation, Response

MOST_WAITING = 200


@dataclass(frozen=True)
class RowView:
    """An account in a list: its name, its page, and one sentence about it."""

    name: str
    url: str
    why: str


@dataclass(frozen=True)
class OwnerChoice:
    """Whose list a lead may look at; an empty e-mail is the whole team."""

    email: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class TodayView:
    """The page Today.

    `cards` are those still to do or under way, `answered` those that are not, `ended` what the plan took off the
    list this week and why; `waiting` the owner's other accounts with why not. `results` is none unless somebody
    searches. `note` says so where there is no money, or where a rule ranks.
    """

    title: str
    summary: str
    cards: tuple[CardView, ...]
    answered: tuple[CardView, ...] = ()
    ended: tuple[RowView, ...] = ()
    note: str = ""
    empty_title: str = ""
    empty: str = ""
    waiting_title: str = ""
    waiting: tuple[RowView, ...] = ()
    waiting_more: str = ""
    query: str = ""
    results: tuple[RowView, ...] | None = None
    results_title: str = ""
    owners: tuple[OwnerChoice, ...] = ()


@dataclass(frozen=True)
class Found:
    """What a search for an account's name brought."""

    query: str
    accounts: Sequence[Account]
    more: bool


@dataclass(frozen=True)
class TodaySource:
    """What Today is made of, as the store gives it.

    `recommendations` are those with a card, `by_itself` what is sent without anyone's hours, in words by account,
    `ended` cards that the plan took off the list this week; `accounts` the owner's, by id; `answers` the last
    response by recommendation; `team` the people a lead may choose from (empty for a rep), `people` all of ours,
    `owner` the chosen one (empty: all of them); `hours` of a week where known, and `week` as the plan tells them;
    `own_choices` at the accounts that have a card.
    """

    plan: Plan | None
    recommendations: Sequence[Recommendation]
    accounts: Mapping[str, Account]
    answers: Mapping[str, Response]
    hours: float | None
    by_itself: Mapping[str, str] = field(default_factory=dict)
    ended: Sequence[Recommendation] = ()
    owner: str = ""
    team: Sequence[Person] = ()
    people: Sequence[Person] = ()
    own_choices: Sequence[OwnChoice] = ()
    week: WeekHours | None = None
    found: Found | None = None


def today_view(source: TodaySource, *, now: datetime, back: str = "/today") -> TodayView:
    """The page at a moment."""
    today = now.date()
    if source.plan is None:
        return _nothing_published(source, today)
    cards = [_card(found, source, source.plan, now, back) for found in _in_order(source.recommendations)]
    doing = tuple(card for card in cards if card.state != QUIET)
    page = TodayView(
        title=_title(source, today),
        summary=_summary(source.recommendations, source.hours, source.week),
        cards=doing,
        answered=tuple(card for card in cards if card.state == QUIET),
        ended=_ended(source),
        note=_note(source.plan),
        owners=_owners(source),
    )
    return _searched(_waiting(_explained(page, source), source), source)


def _note(plan: Plan) -> str:
    money = "" if plan.money else "No contracts are loaded, so shares of accounts stand in place of money."
    return " ".join(filter(None, [money, by_rule(plan)]))


def _nothing_published(source: TodaySource, today: date) -> TodayView:
    empty = "No plan has been published yet. Whoever runs consumption here can do so: consumption run."
    page = TodayView(title=_title(source, today), summary="No cards yet.", cards=(), owners=_owners(source))
    return replace(page, empty_title="No plan yet", empty=empty)


def _card(found: Recommendation, source: TodaySource, plan: Plan, now: datetime, back: str) -> CardView:
    answered = source.answers.get(found.recommendation_id)
    account = source.accounts.get(found.account_id)
    people = source.people
    card = card_view(found, account, plan=plan, today=now.date(), answered=answered, back=back, people=people)
    names = {person.email: person.name or person.email for person in source.team}
    since = Told.by(plan.actions, people).since(found, source.own_choices, now)
    return replace(card, owner_name="" if source.owner else names.get(found.owner, ""), since=since)


def _ended(source: TodaySource) -> tuple[RowView, ...]:
    """What stood on the list this week and does not any more, but for accounts that have another card."""
    listed = {found.account_id for found in source.recommendations}
    gone = sorted(
        (r for r in source.ended if r.account_id not in listed), key=lambda r: (r.rank or 10**9, r.account_id)
    )
    return tuple(
        RowView(
            name=r.account_name or r.account_id,
            url=account_url(r.account_id),
            why=f"{r.title or words.titled(r.action)}: {_lowered(ENDED_WORDS[r.ended_because or ''])}",
        )
        for r in gone
    )


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _in_order(recommendations: Sequence[Recommendation]) -> list[Recommendation]:
    """Best first; what must be done comes before what is worth doing."""
    return sorted(recommendations, key=lambda r: (not r.mandatory, r.rank or 10**9, r.recommendation_id))


def _title(source: TodaySource, today: date) -> str:
    chosen = [person for person in source.team if person.email == source.owner]
    whose = (
        f"{chosen[0].name or chosen[0].email}: the week"
        if chosen
        else "The team's week"
        if source.team
        else "Your week"
    )
    monday = today - timedelta(days=today.weekday())
    sunday = monday + timedelta(days=6)
    begins = f"{monday.day}" if monday.month == sunday.month else words.day(monday, today)
    return f"{whose}, {begins}\N{EN DASH}{words.day(sunday, today)}"


def _summary(recommendations: Sequence[Recommendation], have: float | None, week: WeekHours | None) -> str:
    needed = sum(r.hours for r in recommendations)
    cards = words.count(len(recommendations), "card")
    if not recommendations:
        return words.sentence(cards)
    if week is not None:
        return f"{cards} · {week.text}"
    if have is None:
        return f"{cards} · {words.hours(needed)}"
    return f"{cards} · {words.number(round(needed, 1))} of {words.hours(have)}"


def _explained(page: TodayView, source: TodaySource) -> TodayView:
    if page.cards:
        return page
    if page.answered:
        return replace(page, empty_title="All answered", empty="Every card of this week has an answer. Well done.")
    if not source.accounts:
        reason = "No account has you as its owner, so there is no list. You can still search for any account."
        return replace(page, empty_title="No accounts yet", empty=reason)
    reason = (
        "None of your accounts has something that is worth your hours this week. Each one, with why, is listed below."
    )
    return replace(page, empty_title="Nothing to do this week", empty=reason)


def _waiting(page: TodayView, source: TodaySource) -> TodayView:
    listed = {found.account_id for found in source.recommendations}
    others = sorted((a for a in source.accounts.values() if a.account_id not in listed), key=lambda a: a.best_rank)
    rows = tuple(_row(account, source.by_itself.get(account.account_id)) for account in others[:MOST_WAITING])
    more = len(others) - len(rows)
    return replace(
        page,
        waiting=rows,
        waiting_title=f"Everything else can wait: see why ({words.count(len(others), 'account')}).",
        waiting_more=f"And {words.count(more, 'account')} more; search finds them by name." if more else "",
    )


def _row(account: Account, why: str | None = None) -> RowView:
    why = why or why_not(account.why_not)
    return RowView(name=account.name or account.account_id, url=account_url(account.account_id), why=why)


def _searched(page: TodayView, source: TodaySource) -> TodayView:
    if source.found is None:
        return page
    found = source.found
    listed = {r.account_id: f"On your list: {r.title or r.action}." for r in source.recommendations}
    rows = tuple(_row(a, listed.get(a.account_id) or _whose(a)) for a in found.accounts)
    title = f"{words.count(len(rows), 'account')} found for “{found.query}”"
    if found.more:
        title = f"The first {len(rows)} accounts found for “{found.query}”"
    return replace(page, query=found.query, results=rows, results_title=words.capital(title))


def _whose(account: Account) -> str:
    facts = [account.segment or "", f"looked after by {account.owner}" if account.owner else "nobody looks after it"]
    return words.sentence(", ".join(fact for fact in facts if fact))


def _owners(source: TodaySource) -> tuple[OwnerChoice, ...]:
    if not source.team:
        return ()
    people = sorted(source.team, key=lambda person: person.name or person.email)
    everyone = OwnerChoice("", "The whole team", chosen=not source.owner)
    return everyone, *(OwnerChoice(p.email, p.name or p.email, chosen=p.email == source.owner) for p in people)

"""One card: an account, why it is on the list, what to do, and what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import quote

from consumption.serving import words
from consumption.serving.views.answers import DISMISS_REASONS, ENDED_WORDS, REASON_WORDS, SNOOZE_REASONS, Choice
from consumption.serving.views.colleagues import colleagues
from consumption.serving.views.deeds import Told
from consumption.store.own_choices import OwnChoice
from consumption.store.records import Account, ActionText, Person, Plan, Recommendation, Response

MOTIONS = {"help": "Needs help", "expand": "Ready to grow"}
BY_ITSELF = "the product does it, without your hours"
OPEN, STARTED, QUIET = "open", "started", "quiet"
STATES = {"open": OPEN, "accepted": STARTED, "handed_over": STARTED}
HORIZONS = {182: "six months", 91: "three months", 56: "eight weeks"}


@dataclass(frozen=True)
class CardView:
    """A recommendation as its owner reads it.

    `state` is open, started or quiet (answered: only a line is left); `said` the answer in words; `detail` pairs of
    label and sentence shown on tap; `back` is the page a plain form returns to; `instead` the other actions that may
    be chosen; `colleagues` who may take over; `since`: what somebody did by themselves after it was written; dates
    are ISO dates for the form's fields.
    """

    anchor: str
    account_name: str
    account_url: str
    motion: str
    motion_words: str
    reason: str
    action_title: str
    hours: str
    state: str
    said: str
    detail: tuple[Choice, ...]
    other_reasons: tuple[str, ...]
    steps: tuple[str, ...]
    customer_steps: tuple[str, ...]
    respond_url: str
    back: str
    snooze_first: str
    snooze_default: str
    snooze_reasons: tuple[Choice, ...]
    dismiss_reasons: tuple[Choice, ...]
    instead: tuple[Choice, ...]
    colleagues: tuple[Choice, ...] = ()
    since: str = ""
    can_reopen: bool = False
    is_new: bool = False
    owner_name: str = ""


def card_view(
    found: Recommendation,
    account: Account | None,
    *,
    plan: Plan,
    today: date,
    answered: Response | None,
    back: str,
    people: Sequence[Person] = (),
) -> CardView:
    """The card of a recommendation; `answered` is the last response to it, if any; `people`: our team."""
    name = found.account_name or found.account_id
    reasons = [reason.text for reason in found.reasons]
    first = found.reason_text or (reasons[0] if reasons else "")
    card = CardView(
        anchor=f"r-{found.recommendation_id}",
        account_name=name,
        account_url=account_url(found.account_id),
        motion=found.motion or "help",
        motion_words=MOTIONS.get(found.motion or "help", "To do"),
        reason=words.sentence(first) or _due(account, today),
        action_title=found.title or words.titled(found.action),
        hours=words.hours(found.hours) if found.hours else BY_ITSELF,
        state=STATES.get(found.status, QUIET),
        said=_said(found, answered, plan, today),
        detail=_detail(found, account, plan, today),
        other_reasons=tuple(words.sentence(text) for text in reasons if text.strip(". ") != first.strip(". ")),
        steps=found.steps,
        customer_steps=found.customer_steps,
        respond_url=f"/recommendations/{quote(found.recommendation_id, safe='')}/answer",
        back=back,
        snooze_first=(today + timedelta(days=1)).isoformat(),
        snooze_default=(today + timedelta(days=14)).isoformat(),
        snooze_reasons=SNOOZE_REASONS,
        dismiss_reasons=DISMISS_REASONS,
        instead=_instead(found, plan.actions),
        colleagues=colleagues(people, found),
        is_new=found.status == "open" and found.created_at == plan.published_at and plan.plan_id > 1,
    )
    return replace(card, can_reopen=found.status == "snoozed")


@dataclass(frozen=True)
class CardSource:
    """What one card is made of."""

    found: Recommendation
    account: Account
    plan: Plan
    answered: Response | None
    people: Sequence[Person] = ()
    own_choices: Sequence[OwnChoice] = ()


def answered_view(source: CardSource, *, now: datetime, back: str) -> CardView:
    """A card by itself, as it is after an answer."""
    card = card_view(
        source.found,
        source.account,
        plan=source.plan,
        today=now.date(),
        answered=source.answered,
        back=back,
        people=source.people,
    )
    told = Told.by(source.plan.actions, source.people)
    return replace(card, since=told.since(source.found, source.own_choices, now))


def account_url(account_id: str) -> str:
    """The address of an account's page."""
    return f"/accounts/{quote(account_id, safe='')}"


def _said(found: Recommendation, answered: Response | None, plan: Plan, today: date) -> str:
    """What was answered, in one sentence; empty while nobody has."""
    reason = _reason(answered)
    because = f": {reason[0].lower()}{reason[1:].rstrip('.')}" if reason else ""
    if found.status == "snoozed" and found.snoozed_until:
        return f"Snoozed until {words.day(found.snoozed_until, today)}{because}."
    if found.status == "replaced":
        return f"Something else instead{_in_place(answered, plan)}."
    sentences = {
        "accepted": "Started.",
        "completed": "Done.",
        "handed_over": f"Handed over to {found.handed_to or 'a colleague'}.",
        "dismissed": f"Not right{because}.",
        "withdrawn": ENDED_WORDS.get(found.ended_because or "", "Taken off the list."),
    }
    return sentences.get(found.status, "")


def _reason(answered: Response | None) -> str:
    code = (answered.reason or "") if answered else ""
    return REASON_WORDS.get(code, code)


def _in_place(answered: Response | None, plan: Plan) -> str:
    action = (answered.action or "") if answered else ""
    title = {known.id: known.title for known in plan.actions}.get(action, action)
    return f": {title[:1].lower()}{title[1:].rstrip('.')}" if title else ""


def _detail(found: Recommendation, account: Account | None, plan: Plan, today: date) -> tuple[Choice, ...]:
    lines = [
        ("What is at stake" if found.motion == "help" else "What it could bring", _stake(found, account, plan)),
        ("The date that decides", decision(account, today) if account else ""),
        ("What doing it is worth", _worth(found, plan)),
        ("On the list", f"Until {words.day(found.expires_at.date(), today)}." if found.expires_at else ""),
    ]
    return tuple((label, text) for label, text in lines if text)


def _stake(found: Recommendation, account: Account | None, plan: Plan) -> str:
    if account is None:
        return ""
    return f"{stake_in_money(found, account, plan)} {chance(found, account, plan)}".strip()


def stake_in_money(found: Recommendation, account: Account, plan: Plan) -> str:
    """As in: €120k a year, 31k of it at risk. In percent where there are no contracts."""
    grow = found.motion == "expand"
    if plan.money and account.arr is not None and found.value_at_stake is not None:
        yearly, part = words.money(account.arr, plan.currency), words.money(found.value_at_stake)
        return f"{yearly} a year, {part} {'more within reach' if grow else 'of it at risk'}."
    part = words.share(account.expand_probability if grow else account.help_probability)
    return f"Without contracts there are no amounts: {part} of such accounts {'grow' if grow else 'shrink or leave'}."


def chance(found: Recommendation, account: Account, plan: Plan) -> str:
    """As in: about 1 in 3 such accounts leave within six months."""
    if not plan.money:
        return ""
    horizon = plan.summary.get("horizon_days")
    within = HORIZONS.get(int(horizon) if isinstance(horizon, int | float) else 182, f"{horizon} days")
    if found.motion == "expand":
        how_many, what = account.expand_probability, "buy more"
    elif account.p_churn >= account.help_probability / 2:
        how_many, what = account.p_churn, "leave"
    else:
        how_many, what = account.help_probability, "shrink or leave"
    return words.sentence(f"{words.one_in(how_many)} such accounts {what} within {within}")


def decision(account: Account, today: date) -> str:
    """The date that decides, as a sentence; empty where there is none."""
    ends = words.day(account.renewal_on, today) if account.renewal_on else ""
    if account.notice_given:
        return f"Has given notice; the contract ends on {ends}." if ends else "Has given notice."
    if account.decision_on and account.decision_on > today:
        return f"Can leave until {words.day(account.decision_on, today)}."
    if ends:
        return f"Can no longer leave this term; it renews on {ends}." if account.decision_on else f"Renews on {ends}."
    return ""


def _due(account: Account | None, today: date) -> str:
    """What stands for a reason where the action is due whatever the signals say."""
    if account is not None and account.notice_given:
        ends = f"; the contract ends on {words.day(account.renewal_on, today)}" if account.renewal_on else ""
        return f"They gave notice{ends}."
    return "It is due this week, whatever the numbers say."


def _worth(found: Recommendation, plan: Plan) -> str:
    if found.expected_value is None or found.expected_value <= 0:
        return ""
    if plan.money:
        return f"About {words.money(found.expected_value, plan.currency)} on average, after its cost."
    return f"Keeps about {words.share(found.expected_value)} more of such an account."


def _instead(found: Recommendation, actions: Sequence[ActionText]) -> tuple[Choice, ...]:
    fits = found.instead
    others = [
        (a.id, a.title) for a in actions if a.id not in {found.action, "none"} and (fits is None or a.id in fits)
    ]
    return tuple(sorted(others, key=lambda choice: choice[1]))

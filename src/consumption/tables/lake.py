"""The thirteen tables of the data contract."""

from __future__ import annotations

import polars as pl

from consumption.tables.contract import TIMESTAMP, Column, Table

CHANNELS = ("ticket", "survey", "call", "email", "meeting", "training", "visit", "invoice", "outcome")
OUTCOME_KINDS = ("churn", "contraction", "renewal", "expansion")
RESPONSES = ("accepted", "completed", "handed_over", "snoozed", "dismissed", "replaced")
ACCOUNT_KINDS = ("customer", "trial", "partner", "internal", "test")
PERIODS = ("term", "year", "quarter", "month")
ROLES = ("rep", "lead", "engineer", "admin")


def _text(name: str, meaning: str, *, one_of: tuple[str, ...] = ()) -> Column:
    return Column(name, pl.String(), meaning, one_of=one_of)


def _number(name: str, meaning: str) -> Column:
    return Column(name, pl.Float64(), meaning)


def _whole(name: str, meaning: str) -> Column:
    return Column(name, pl.Int64(), meaning)


def _date(name: str, meaning: str) -> Column:
    return Column(name, pl.Date(), meaning)


def _time(name: str, meaning: str) -> Column:
    return Column(name, TIMESTAMP, meaning)


def _flag(name: str, meaning: str) -> Column:
    return Column(name, pl.Boolean(), meaning)


def _must(column: Column) -> Column:
    return Column(column.name, column.dtype, column.meaning, required=True, one_of=column.one_of)


_ACCOUNT = _must(_text("account_id", "the customer organisation"))

ACCOUNTS = Table(
    "accounts",
    (
        _ACCOUNT,
        _must(_time("created_at", "when the account began")),
        _text("name", "what people call it"),
        _text("segment", "peers are found within a segment"),
        _text("industry", "line of business"),
        _text("region", "where it is"),
        _text("owner", "e-mail of the rep who looks after it"),
        _text("parent_id", "the account it belongs to"),
        _text("kind", "only customers are ranked", one_of=ACCOUNT_KINDS),
        _text("merged_into", "the account that survived a merge"),
        _number("yearly_spend", "what it spends a year on everything of this kind, for share of wallet"),
    ),
    key=("account_id",),
    happened="created_at",
    meaning="a customer organisation",
)

CONTRACTS = Table(
    "contracts",
    (
        _must(_text("contract_id", "the contract; a renewal may keep the id")),
        _ACCOUNT,
        _must(_text("product", "what was bought")),
        _must(_date("starts_on", "first day in force")),
        _must(_date("ends_on", "end of the term as signed, exclusive")),
        _must(_number("quantity", "how many units, for each period")),
        _must(_number("arr", "yearly value in the contract's currency")),
        _text("kind", "how it is paid", one_of=("subscription", "consumption", "outcome", "warranty")),
        _text("unit", "what is counted: seat, credit, asset, hour"),
        _text("period", "the time the quantity is for", one_of=PERIODS),
        _date("ended_on", "when it stopped earlier: amended or cancelled"),
        _flag("auto_renews", "renews itself unless notice is given"),
        _whole("notice_days", "days before the end by which notice must be given"),
        _date("notice_given_on", "when the customer gave notice"),
        _number("unit_price", "price of one unit"),
        _number("overage_price", "price of one unit beyond the quantity"),
        _flag("rolls_over", "unused units move to the next period"),
        _text("currency", "ISO 4217 code"),
        _number("margin", "share of the value that is margin"),
        _number("guaranteed", "share of the quantity that an outcome contract guarantees"),
        _text("measured_over", "period the guarantee is measured over", one_of=PERIODS),
        _number("penalty", "what missing the guarantee once costs"),
    ),
    key=("contract_id", "starts_on"),
    happened="starts_on",
    known_days=-1,
    meaning="what an account bought, for one term",
)

EVENTS = Table(
    "events",
    (
        _ACCOUNT,
        _must(_time("timestamp", "when it happened")),
        _must(_text("event", "what was done: the product feature")),
        _text("user_id", "who did it"),
        _text("asset_id", "or which machine"),
        _text("product", "in which product"),
        _number("quantity", "how much; 1 if absent"),
        _text("event_id", "recognises the same event sent twice"),
    ),
    key=("event_id",),
    optional_key=True,
    happened="timestamp",
    meaning="one line of telemetry",
)

INTERACTIONS = Table(
    "interactions",
    (
        _must(_text("interaction_id", "the contact")),
        _ACCOUNT,
        _must(_time("timestamp", "when it began")),
        _must(_text("channel", "how", one_of=CHANNELS)),
        _text("topic", "what about"),
        _text("measure", "what a survey measured", one_of=("nps", "csat", "ces")),
        _number("score", "the answer; empty: asked, no answer"),
        _whole("severity", "1 worst to 4"),
        _number("minutes", "how long"),
        _number("amount", "of an invoice"),
        _time("closed_at", "when it was closed or paid"),
        _text("user_id", "with whom"),
        _text("text", "what was said"),
    ),
    key=("interaction_id",),
    happened="timestamp",
    meaning="one contact in any channel",
)

DECISIONS = Table(
    "decisions",
    (
        _must(_text("decision_id", "the decision")),
        _ACCOUNT,
        _must(_time("timestamp", "when it was taken")),
        _must(_text("action", "what was chosen; `none` is the control")),
        _number("propensity", "probability of what was taken; empty: not known"),
        _text("propensities", "JSON object: every action and `none`"),
        _text("would_be", "what a held-out account would have got"),
        _text("decided_by", "who chose", one_of=("policy", "rep")),
    ),
    key=("decision_id",),
    happened="timestamp",
    meaning="an action chosen, or withheld, for an account",
)

RESPONSES_TABLE = Table(
    "responses",
    (
        _must(_text("response_id", "the response")),
        _must(_text("decision_id", "to which decision")),
        _must(_time("timestamp", "when")),
        _must(_text("response", "what the person did", one_of=RESPONSES)),
        _text("reason", "why"),
        _text("action", "what was done in its place"),
        _text("actor", "e-mail of the person"),
    ),
    key=("response_id",),
    happened="timestamp",
    by_account=False,
    meaning="what a person did with a recommendation",
)

OUTCOMES = Table(
    "outcomes",
    (
        _ACCOUNT,
        _must(_date("occurred_on", "when")),
        _must(_text("kind", "what the account did", one_of=OUTCOME_KINDS)),
        _number("arr_delta", "change of yearly value"),
    ),
    key=("account_id", "occurred_on", "kind"),
    happened="occurred_on",
    meaning="what an account did, where contracts cannot tell",
)

PEOPLE = Table(
    "people",
    (
        _must(_text("email", "who")),
        _text("name", "what others call them"),
        _text("team", "their team"),
        _text("lead", "e-mail of their lead"),
        _text("role", "what they may see", one_of=ROLES),
        _text("service_lines", "service lines they work for, separated by `;`"),
        _text("skills", "what they can do, separated by `;`"),
        _number("hours_week", "hours a week for recommended work"),
        _date("away_from", "first day away"),
        _date("away_to", "first day back"),
    ),
    key=("email",),
    happened=None,
    by_account=False,
    meaning="our own team",
)

CONTACTS = Table(
    "contacts",
    (
        _must(_text("contact_id", "the person at the customer")),
        _ACCOUNT,
        _text("user_id", "as which user they appear in events"),
        _text("name", "their name"),
        _text("email", "their e-mail"),
        _text("phone", "their phone"),
        _text("role", "their part", one_of=("sponsor", "champion", "admin", "buyer", "user")),
        _date("seat_assigned_on", "when they got a seat"),
        _date("invited_on", "when they were invited"),
        _date("left_on", "when they left"),
        _flag("do_not_contact", "never to be contacted"),
    ),
    key=("contact_id",),
    happened=None,
    meaning="people at the customer",
)

ASSETS = Table(
    "assets",
    (
        _must(_text("asset_id", "the machine")),
        _ACCOUNT,
        _text("product", "which product it runs"),
        _text("model", "its model"),
        _text("site", "where it stands"),
        _date("installed_on", "since when"),
        _date("warranty_until", "end of warranty, exclusive"),
        _date("removed_on", "when it was taken out"),
        _text("contract_id", "under which contract"),
    ),
    key=("asset_id",),
    happened=None,
    meaning="the installed base",
)

GOALS = Table(
    "goals",
    (
        _ACCOUNT,
        _must(_text("goal", "from the catalogue of goals")),
        _text("audience", "for whom"),
        _number("target", "how much"),
        _number("weight", "how important"),
    ),
    key=("account_id", "goal"),
    happened=None,
    meaning="what an account wants to reach",
)

PRODUCTS = Table(
    "products",
    (
        _must(_text("product", "the product")),
        _text("vendor", "who makes it"),
        _text("core_features", "features that matter most, separated by `;`"),
        _text("entitled_features", "features a buyer may use, separated by `;`"),
        _text("complements", "products that go with it, separated by `;`"),
    ),
    key=("product",),
    happened=None,
    by_account=False,
    meaning="what is sold",
)

RATES = Table(
    "rates",
    (
        _must(_text("currency", "ISO 4217 code of the currency that is exchanged")),
        _must(_date("valid_on", "from which day on")),
        _must(_number("rate", "units of the workspace's currency for one of it")),
    ),
    key=("currency", "valid_on"),
    happened="valid_on",
    by_account=False,
    meaning="what a currency is worth, from a day on",
)

LAKE: dict[str, Table] = {
    table.name: table
    for table in (
        ACCOUNTS,
        CONTRACTS,
        EVENTS,
        INTERACTIONS,
        DECISIONS,
        RESPONSES_TABLE,
        OUTCOMES,
        PEOPLE,
        CONTACTS,
        ASSETS,
        GOALS,
        PRODUCTS,
        RATES,
    )
}

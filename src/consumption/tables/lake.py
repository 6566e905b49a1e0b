"""The thirteen tables of the data contract."""

from __future__ import annotations

from consumption.tables.columns import (
    ACCOUNT,
    CURRENCY_CODE,
    MOST_ONE,
    NOT_BELOW_ZERO,
    SHARE,
    date,
    flag,
    must,
    number,
    text,
    time,
    whole,
)
from consumption.tables.contract import Table
from consumption.tables.standing import ASSETS, CONTACTS, GOALS, PEOPLE, PRODUCTS, RATES

CHANNELS = ("ticket", "survey", "call", "email", "meeting", "training", "visit", "invoice", "outcome")
OUTCOME_KINDS = ("churn", "contraction", "renewal", "expansion")
RESPONSES = ("accepted", "completed", "handed_over", "snoozed", "dismissed", "replaced")
ACCOUNT_KINDS = ("customer", "trial", "partner", "internal", "test")
PERIODS = ("term", "year", "quarter", "month")

ACCOUNTS = Table(
    "accounts",
    (
        ACCOUNT,
        must(time("created_at", "when the account began")),
        text("name", "what people call it"),
        text("segment", "peers are found within a segment"),
        text("industry", "line of business"),
        text("region", "where it is"),
        text("owner", "e-mail of the rep who looks after it"),
        text("parent_id", "the account it belongs to"),
        text("kind", "only customers are ranked", one_of=ACCOUNT_KINDS),
        text("merged_into", "the account that survived a merge"),
        number("yearly_spend", "what it spends a year on everything of this kind, for share of wallet"),
    ),
    key=("account_id",),
    happened="created_at",
    meaning="a customer organisation",
)

CONTRACTS = Table(
    "contracts",
    (
        must(text("contract_id", "the contract; a renewal may keep the id")),
        ACCOUNT,
        must(text("product", "what was bought")),
        must(date("starts_on", "first day in force")),
        must(date("ends_on", "end of the term as signed, exclusive")),
        must(number("quantity", "how many units, for each period; below zero in a line that takes back")),
        must(number("arr", "yearly value in the contract's currency")),
        text("kind", "how it is paid", one_of=("subscription", "consumption", "outcome", "warranty")),
        text("unit", "what is counted: seat, credit, asset, hour"),
        text("period", "the time the quantity is for", one_of=PERIODS),
        date("ended_on", "when it stopped earlier: amended or cancelled"),
        flag("auto_renews", "renews itself unless notice is given"),
        whole("notice_days", "days before the end by which notice must be given", allowed=NOT_BELOW_ZERO),
        date("notice_given_on", "when the customer gave notice"),
        number("unit_price", "price of one unit", allowed=NOT_BELOW_ZERO),
        number("overage_price", "price of one unit beyond the quantity", allowed=NOT_BELOW_ZERO),
        flag("rolls_over", "unused units move to the next period"),
        text("currency", "ISO 4217 code", allowed=CURRENCY_CODE),
        number("margin", "share of the value that is margin", allowed=MOST_ONE),
        number("guaranteed", "share of the quantity that an outcome contract guarantees", allowed=SHARE),
        text("measured_over", "period the guarantee is measured over", one_of=PERIODS),
        number("penalty", "what missing the guarantee once costs", allowed=NOT_BELOW_ZERO),
    ),
    key=("contract_id", "starts_on"),
    happened="starts_on",
    known_days=-1,
    meaning="what an account bought, for one term",
)

EVENTS = Table(
    "events",
    (
        ACCOUNT,
        must(time("timestamp", "when it happened")),
        must(text("event", "what was done: the product feature")),
        text("user_id", "who did it"),
        text("asset_id", "or which machine"),
        text("product", "in which product"),
        number("quantity", "how much; 1 if absent"),
        text("event_id", "recognises the same event sent twice"),
    ),
    key=("event_id",),
    optional_key=True,
    happened="timestamp",
    meaning="one line of telemetry",
)

INTERACTIONS = Table(
    "interactions",
    (
        must(text("interaction_id", "the contact")),
        ACCOUNT,
        must(time("timestamp", "when it began")),
        must(text("channel", "how", one_of=CHANNELS)),
        text("topic", "what about"),
        text("measure", "what a survey measured", one_of=("nps", "csat", "ces")),
        number("score", "the answer; empty: asked, no answer"),
        whole("severity", "1 worst to 4"),
        number("minutes", "how long", allowed=NOT_BELOW_ZERO),
        number("amount", "of an invoice"),
        time("closed_at", "when it was closed or paid"),
        text("user_id", "with whom"),
        text("text", "what was said"),
    ),
    key=("interaction_id",),
    happened="timestamp",
    meaning="one contact in any channel",
)

DECISIONS = Table(
    "decisions",
    (
        must(text("decision_id", "the decision")),
        ACCOUNT,
        must(time("timestamp", "when it was taken")),
        must(text("action", "what was chosen; `none` is the control")),
        number("propensity", "probability of what was taken; empty: not known", allowed=SHARE),
        text("propensities", "JSON object: every action and `none`"),
        text("would_be", "what a held-out account would have got"),
        text("decided_by", "who chose", one_of=("policy", "rep")),
    ),
    key=("decision_id",),
    happened="timestamp",
    meaning="an action chosen, or withheld, for an account",
)

RESPONSES_TABLE = Table(
    "responses",
    (
        must(text("response_id", "the response")),
        must(text("decision_id", "to which decision")),
        must(time("timestamp", "when")),
        must(text("response", "what the person did", one_of=RESPONSES)),
        text("reason", "why"),
        text("action", "what was done in its place"),
        text("actor", "e-mail of the person"),
    ),
    key=("response_id",),
    happened="timestamp",
    by_account=False,
    meaning="what a person did with a recommendation",
)

OUTCOMES = Table(
    "outcomes",
    (
        ACCOUNT,
        must(date("occurred_on", "when")),
        must(text("kind", "what the account did", one_of=OUTCOME_KINDS)),
        number("arr_delta", "change of yearly value"),
    ),
    key=("account_id", "occurred_on", "kind"),
    happened="occurred_on",
    meaning="what an account did, where contracts cannot tell",
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

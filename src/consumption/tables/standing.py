"""Tables that tell how things stand: people, machines, goals, products, rates."""

from __future__ import annotations

from consumption.tables.columns import (
    ABOVE_ZERO,
    ACCOUNT,
    CURRENCY_CODE,
    NOT_BELOW_ZERO,
    date,
    flag,
    must,
    number,
    text,
)
from consumption.tables.contract import Table

ROLES = ("rep", "lead", "engineer", "admin")

PEOPLE = Table(
    "people",
    (
        must(text("email", "who")),
        text("name", "what others call them"),
        text("team", "their team"),
        text("lead", "e-mail of their lead"),
        text("role", "what they may see", one_of=ROLES),
        text("service_lines", "service lines they work for, separated by `;`"),
        text("skills", "what they can do, separated by `;`"),
        number("hours_week", "hours a week for recommended work", allowed=NOT_BELOW_ZERO),
        date("away_from", "first day away"),
        date("away_to", "first day back"),
    ),
    key=("email",),
    happened=None,
    by_account=False,
    meaning="our own team",
)

CONTACTS = Table(
    "contacts",
    (
        must(text("contact_id", "the person at the customer")),
        ACCOUNT,
        text("user_id", "as which user they appear in events"),
        text("name", "their name"),
        text("email", "their e-mail"),
        text("phone", "their phone"),
        text("role", "their part", one_of=("sponsor", "champion", "admin", "buyer", "user")),
        date("seat_assigned_on", "when they got a seat"),
        date("invited_on", "when they were invited"),
        date("left_on", "when they left"),
        flag("do_not_contact", "never to be contacted"),
    ),
    key=("contact_id",),
    happened=None,
    meaning="people at the customer",
)

ASSETS = Table(
    "assets",
    (
        must(text("asset_id", "the machine")),
        ACCOUNT,
        text("product", "which product it runs"),
        text("model", "its model"),
        text("site", "where it stands"),
        date("installed_on", "since when"),
        date("warranty_until", "end of warranty, exclusive"),
        date("removed_on", "when it was taken out"),
        text("contract_id", "under which contract"),
    ),
    key=("asset_id",),
    happened=None,
    meaning="the installed base",
)

GOALS = Table(
    "goals",
    (
        ACCOUNT,
        must(text("goal", "from the catalogue of goals")),
        text("audience", "for whom"),
        number("target", "how much"),
        number("weight", "how important", allowed=NOT_BELOW_ZERO),
    ),
    key=("account_id", "goal"),
    happened=None,
    meaning="what an account wants to reach",
)

PRODUCTS = Table(
    "products",
    (
        must(text("product", "the product")),
        text("vendor", "who makes it"),
        text("core_features", "features that matter most, separated by `;`"),
        text("entitled_features", "features a buyer may use, separated by `;`"),
        text("complements", "products that go with it, separated by `;`"),
    ),
    key=("product",),
    happened=None,
    by_account=False,
    meaning="what is sold",
)

RATES = Table(
    "rates",
    (
        must(text("currency", "ISO 4217 code of the currency that is exchanged", allowed=CURRENCY_CODE)),
        must(date("valid_on", "from which day on")),
        must(number("rate", "units of the workspace's currency for one of it", allowed=ABOVE_ZERO)),
    ),
    key=("currency", "valid_on"),
    happened="valid_on",
    by_account=False,
    meaning="what a currency is worth, from a day on",
)

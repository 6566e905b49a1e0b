"""What an entry of the catalogue may hold, as a part of the page about actions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields

import polars as pl

from consumption.actions.catalogue import Action
from consumption.actions.conditions import FUNCTIONS
from consumption.actions.entry_keys import KEYS, PRIOR_KEYS, Key
from consumption.actions.facts import FACTS
from consumption.actions.rules import PolicyRules
from consumption.actions.terms import FUNDINGS
from consumption.features.drivers import DRIVER_LABELS, DRIVER_SIGNALS
from consumption.tables import POPULATION

EXAMPLE = """\
[[action]]
id = "loader_training"
title = "Train the operators of the new loaders"
motion = "help"
service_line = "education"
skill = "training"
hours = 6
delivery = "on_site"
travel_hours = 3
funding = "sponsored"                       # the maker pays the cost ...
cost = 400
vendor = "Hartmann"                         # ... for accounts that own its products
sponsored_until = 2027-01-01                # ... through 31 December
eligible = "tenure_days < 365 AND segment IN ('construction', 'mining') AND COALESCE(open_severe_ticket_days, 0) = 0"
goals = ["more output"]
cooldown_days = 120
contact_gap_days = 7
steps = [
  "Ask the site's lead which shift struggles most",
  "Train that shift on its own machine",
  "Compare its output after two weeks",
]
customer_steps = ["Free the shift for half a day"]
[[action.prior]]
outcome = "churn"
driver = "low_adoption"
odds = -0.25
accounts = 200
"""

FACTS_IN_WORDS: Mapping[str, str] = {
    "has_subscription": "a subscription is in force",
    "has_consumption_contract": "it pays for what it uses",
    "has_outcome_contract": "it pays for an outcome",
    "has_warranty": "a warranty is in force",
    "auto_renews": "one of the contracts in force renews itself",
    "contracts": "how many contracts are in force",
    "products": "of how many products",
    "do_not_contact": "everyone known there asked not to be contacted; closes every action by itself",
    "legal_dispute": "the account attribute of that name says so; closes every action by itself",
}


def entry_markdown() -> str:
    """What an entry may hold: keys, who pays, conditions, drivers, and one whole entry."""
    return "\n\n".join(
        [
            "## What an entry may hold",
            "An action is one `[[action]]` of `actions.toml`. Keys without a default must be there.",
            _table(("key", "kind", "meaning", "what it may be", "default"), _keys(KEYS.values(), _defaults())),
            "What it is believed to change, one `[[action.prior]]` each (all four keys must be there):",
            _table(("key", "kind", "meaning", "what it may be"), (row[:4] for row in _keys(PRIOR_KEYS.values(), {}))),
            "A whole entry, to copy from:",
            f"```toml\n{EXAMPLE}```",
            _COSTS,
            _table(("funding", "our hours", "our cost", "meaning"), _fundings()),
            _MORE_ON_COSTS,
            _CONDITIONS,
            _table(("name", "kind", "meaning"), _facts()),
            f"Functions: {', '.join(f'`{name}`' for name in sorted(FUNCTIONS))}.",
            "### Drivers\n\nEach is 0 to 1 in an account, from the signals that are known of it.",
            _table(("driver", "in words", "from"), _drivers()),
            _GOALS,
        ]
    )


_COSTS = """### What it costs, and who pays

An action is worth its effect (yearly value kept or added) less what it costs us: its hours at `[policy] hour_cost`
(those of the journey too), its `cost`, and its `discount`, as far as we bear them. Hours that somebody else pays for
are hours of the week all the same: the plan never fills more than there are."""

_MORE_ON_COSTS = """What a customer pays us for billable work, beyond its cost, is not counted as a gain: it
ends with the work. The hours of a paid offer are ours because nobody pays for being sold to; what they bring is what
the customer buys, and stands in the priors of `expansion`.

`discount` is a share of the account's yearly value, counted as if whoever is offered it takes it. It is for what the
priors do not say. The package's own actions have none: what right-sizing gives up is its prior of `contraction`, what
a renewal for several years gives up is its prior of `expansion`, and a discount beside it would count that twice.
Without contracts nothing is counted in money, and costs count nothing."""

_CONDITIONS = """### Conditions

`eligible` is one SQL expression about the account itself, as of the plan's date: `true` for every account. What is
unknown does not hold; write `COALESCE(x, 0)` where unknown means none. It may compare (`=`, `!=`, `<`, `<=`, `>`,
`>=`, `BETWEEN`, `IN`, `LIKE`, `IS NULL`), reckon (`+`, `-`, `*`, `/`, `%`), join (`AND`, `OR`, `NOT`, `CASE`), and
name:

- every signal of [signals.md](signals.md), and those of the workspace (`consumption check signals`);
- account attributes that `[signals] attributes` names, as text;
- what stands in this table, of account and contracts."""

_GAP = PolicyRules().contact_gap_days
_GOALS = f"""### Goals and contact

`goals` are words of the customers (column `goal` of the table `goals`). An action that serves all goals of an account
counts a quarter more there, one that serves some of them their share of that. `consumption check actions` names goals
that no account has.

`contact_gap_days` is how long after any other contact this action waits; if it is not given, {_GAP} days, and after a
call, meeting, visit or training that is only logged as many as `[policy] logged_contact_days` says. What people do
and what runs by itself are counted apart. `cooldown_days` is how long this very action is not done again for the
account. A mandatory action waits for no other contact. `sponsored_until` is the first day without the vendor's money:
from that day on the action is open to nobody.
"""


_KINDS: Mapping[type[pl.DataType], str] = {
    pl.String: "text",
    pl.Float64: "number",
    pl.Int64: "whole number",
    pl.Boolean: "true or false",
    pl.Date: "date",
    pl.Datetime: "moment",
}


def _keys(keys: Iterable[Key], defaults: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    for key in keys:
        may = ", ".join(f"`{choice}`" for choice in key.choices) or (key.limits.text if key.limits else "")
        yield f"`{key.name}`", key.kind, key.meaning, may, defaults.get(key.name, "")


def _defaults() -> dict[str, str]:
    """What each key is where it is not written; nothing for those that must be."""
    values = {field.name: field.default for field in fields(Action) if field.default is not MISSING}
    return (
        {name: _said(value) for name, value in values.items()} | {"prior": "none"} | {"contact_gap_days": f"`{_GAP}`"}
    )


def _said(value: object) -> str:
    if value in (None, "", ()):
        return "none"
    return (
        f"`{str(value).lower() if isinstance(value, bool) else f'{value:g}' if isinstance(value, float) else value}`"
    )


def _fundings() -> Iterator[tuple[str, ...]]:
    for name, funding in FUNDINGS.items():
        yield (
            f"`{name}`",
            *("yes" if ours else "no" for ours in (funding.our_hours, funding.our_cost)),
            funding.meaning,
        )


def _facts() -> Iterator[tuple[str, ...]]:
    for name, dtype in POPULATION.schema.items():
        yield f"`{name}`", _KINDS[dtype.base_type()], _OF_ACCOUNTS[name]
    for name, dtype in FACTS.items():
        yield f"`{name}`", _KINDS[dtype.base_type()], FACTS_IN_WORDS[name]


def _drivers() -> Iterator[tuple[str, ...]]:
    for name, label in DRIVER_LABELS.items():
        made_of = ", ".join(f"`{signal}`" for signal in DRIVER_SIGNALS[name])
        yield f"`{name}`", label, made_of or "nothing: 1 in every account"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


_OF_ACCOUNTS: Mapping[str, str] = {
    "account_id": "its id",
    "name": "what it is called",
    "segment": "as in the table `accounts`",
    "industry": "as in the table `accounts`",
    "region": "as in the table `accounts`",
    "owner": "the rep's e-mail",
    "parent_id": "the account above it",
    "top_parent": "the one at the top; itself, where there is none above",
    "created_at": "when it became a customer",
    "arr": "its yearly value, of all contracts in force; unknown without contracts",
    "weight": "the same; 1 without contracts",
    "renewal_on": "the end of the contract that ends next",
    "decision_on": "the last day on which notice can be given",
    "notice_given": "it gave notice; then only mandatory actions are open",
    "attributes": "all its attributes, as JSON",
}

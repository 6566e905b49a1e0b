"""The catalogue of actions as a page of the documentation."""

from __future__ import annotations

import sys

from consumption.actions.catalogue import Action, Catalogue, default_text, parse
from consumption.actions.entry_page import entry_markdown
from consumption.actions.facts import columns
from consumption.actions.why import WHY_NOT
from consumption.features.signal_set import SIGNALS
from consumption.models.increments.belief import Prior

_TITLE = """# Actions

What the service lines can do, as the default `actions.toml` states it. A workspace has its own copy to change;
`consumption check actions` says what is wrong with it, by line. Doing nothing (`none`) is always one more action,
worth 0: an account for which every other one is worth less is left alone, and says so.

An action is worth its effect less what it costs us: its hours at `[policy] hour_cost`, its cost, and what it concedes
(see [below](#what-it-costs-and-who-pays)). Its effect comes from what it is believed to change: odds of churn,
contraction or expansion, through a driver that is 0 to 1 in each account.

A mandatory action (a duty: safety, contract, billing, notice given) comes before all others and is withheld from
nobody. It goes to nobody either who must be left alone: in a legal dispute, and where everyone who is known there
asked not to be contacted, no action is open, a duty no more than any other. Whoever has to act all the same does so
outside of the plan, with the lawyers.
"""

_PACKAGE = """## The actions of the package

What `consumption init` writes into `actions.toml`.
"""


def actions_markdown(catalogue: Catalogue) -> str:
    """docs/actions.md: why not, what an entry may hold, then a section for each action, in the order of the file."""
    reasons = "\n".join(f"- `{code}`: {sentence}." for code, sentence in WHY_NOT.items())
    why = (
        f"## Why an account got nothing\n\nTo a rep `held_out` reads as `no_hours`, in the same words.\n\n{reasons}\n"
    )
    return "\n".join([_TITLE, why, entry_markdown(), _PACKAGE, *(_section(action) for action in catalogue)])


def _section(action: Action) -> str:
    """One action: what it is, for whom, what both sides do, what it is believed to change."""
    facts = [
        f"{'Needs help' if action.motion == 'help' else 'Ready to grow'}; {_words(action.service_line)}",
        f"skill {action.skill}" if action.skill else "",
        f"{action.hours:g} hours{f' and {action.travel_hours:g} of travel' if action.travel_hours else ''}, "
        f"{_words(action.delivery)}",
        f"{_words(action.funding)}{f', costs {action.cost:g}' if action.cost else ''}"
        f"{f', concedes {action.discount:.0%}' if action.discount else ''}",
        f"not again for {action.cooldown_days} days",
        f"only of vendor {action.vendor}" if action.vendor else "",
        f"{action.contact_gap_days} days after another contact" if action.contact_gap_days is not None else "",
        f"serves {', '.join(_words(goal) for goal in action.goals)}" if action.goals else "",
        "mandatory" if action.mandatory else "",
    ]
    lines = [
        f"### {action.title}",
        f"`{action.id}`: {'; '.join(f for f in facts if f)}.",
        f"For whom: `{action.eligible}`",
    ]
    lines.append("\n".join(f"{n}. {step}" for n, step in enumerate(action.steps, 1)))
    if action.customer_steps:
        lines.append("The customer:\n\n" + "\n".join(f"- {step}" for step in action.customer_steps))
    if action.priors:
        lines.append(
            "What it is believed to change:\n\n" + "\n".join(f"- {belief_in_words(prior)}" for prior in action.priors)
        )
    return "\n\n".join(lines) + "\n"


def belief_in_words(prior: Prior) -> str:
    """A prior as a service lead may judge it."""
    how = "cuts" if prior.odds < 0 else "raises"
    where = "everywhere" if prior.driver == "constant" else f"where `{prior.driver}` is full"
    return f"{how} the odds of {prior.outcome} by {abs(prior.odds):.0%} {where}; worth {prior.accounts:g} accounts"


def _words(name: str) -> str:
    return name.replace("_", " ")


if __name__ == "__main__":
    sys.stdout.write(actions_markdown(parse(default_text(), columns(SIGNALS))))

"""Check the catalogue of actions: every mistake with its line; of each action what is believed, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from consumption.actions.acceptance import acceptance, own_words
from consumption.actions.catalogue import Action, Catalogue
from consumption.actions.document import belief_in_words
from consumption.config import Workspace
from consumption.jobs import drafts, effects
from consumption.jobs.keys import store_of
from consumption.jobs.opening import catalogue_of

BLANK = "no plan was made yet, so it is not known for how many accounts each is open (consumption recommend)"
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class ActionsChecked:
    """A catalogue without mistakes, and what is known of each action.

    `eligible`: for how many accounts it is open in the latest plan shown; `learned`: see `learned_table.describe`;
    `answers`: see `acceptance`; `instead`: what people did in their own words, and how often.
    """

    catalogue: Catalogue
    accounts: int
    eligible: dict[str, int]
    as_of: datetime | None
    learned: Rows = field(default_factory=dict)
    answers: Rows = field(default_factory=dict)
    instead: Sequence[tuple[str, int]] = ()

    @property
    def text(self) -> str:
        """A few lines an action, then what nobody can get, and a summary."""
        actions = self.catalogue.actions
        lines = [line for action in actions for line in self._told(action)]
        idle = [action.id for action in actions if self.as_of and not self.eligible.get(action.id)]
        if idle:
            lines.append(f"nobody can get: {', '.join(idle)}; see their conditions")
        if self.instead:
            said = "; ".join(f"{words} ({often:,})" for words, often in self.instead)
            lines.append(f"done in people's own words, which could become entries: {said}")
        known = f"as of {self.as_of:%Y-%m-%d}" if self.as_of else BLANK
        return "\n".join([*lines, "", f"{len(actions):,} actions, no mistakes; {known}"])

    def _told(self, action: Action) -> Iterator[str]:
        hours = action.hours + action.travel_hours
        what = "by itself" if action.delivery == "self_service" else f"{hours:g} hours"
        fits = f", fits {self.eligible.get(action.id, 0):,} of {self.accounts:,} accounts" if self.as_of else ""
        yield f"{action.id}: {what}, {action.service_line}{fits}"
        claims = "; ".join(belief_in_words(prior) for prior in action.priors)
        yield f"  claimed: {claims or 'nothing, so it is never worth its hours unless it must be done'}"
        yield from (f"  {line}" for line in _learned(self.learned.get(action.id, ())))
        yield from (f"  {_answered(row)}" for row in self.answers.get(action.id, ()))


def check_actions(workspace: Workspace) -> ActionsChecked:
    """Read the catalogue; raises WrongCatalogue, which names every mistake with its line and what was meant."""
    catalogue = catalogue_of(workspace)
    with store_of(workspace) as store:
        as_of, decisions, responses = store.latest_as_of(), store.decisions_since(), store.responses_since()
    draft = drafts.load(workspace.drafts, as_of) if as_of else None
    fits = draft.effects.filter("eligible").group_by("action").agg(pl.len()) if draft else None
    table = effects.learned_so_far(workspace)
    return ActionsChecked(
        catalogue,
        draft.ranked.height if draft else 0,
        dict(fits.iter_rows()) if fits is not None else {},
        as_of if draft else None,
        learned={} if table is None else _by_action(table),
        answers=_by_action(acceptance(decisions, responses, catalogue.by_itself)),
        instead=own_words(decisions, responses, tuple(catalogue.by_id)),
    )


def _by_action(rows: pl.DataFrame) -> Rows:
    return {str(action): part.to_dicts() for (action,), part in rows.group_by("action")}


def _learned(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What was learned about one action, and whether the plan goes by it."""
    if not rows:
        yield "learned: nothing yet; what is claimed is believed"
        return
    told = [row for row in rows if row["prior_odds"] != 0] or [max(rows, key=lambda row: abs(row["learned_odds"]))]
    said = "; ".join(
        f"odds of {row['outcome']} {row['learned_odds']:+.0%} ({row['low']:+.0%} to {row['high']:+.0%})"
        for row in told
    )
    one = rows[0]
    yield f"learned: {said}; done {one['accounts']:,} times where it can be judged"
    error = one["standard_error"]
    by = f"policy value {one['gain']:+.2f} against the claim, in quarters held out (standard error {error:.2f})"
    if one["used"]:
        yield f"used: {by}"
    elif one["accounts"] == 0:
        yield "not used: it was not done yet where it can be judged"
    elif one["gain"] <= 0:
        yield f"not used: {by}; what is claimed does at least as well"
    else:
        yield f"not used: {by}; but all actions together do not beat the catalogue by one standard error yet"


def _answered(row: Mapping[str, Any]) -> str:
    """What became of the cards."""
    why = f" ({row['reasons']})" if row["reasons"] else ""
    return (
        f"answers: shown {row['shown']:,}, taken up {row['taken_up']:,}, put off {row['put_off']:,}, "
        f"not right {row['not_right']:,}{why}, something else instead {row['instead']:,}"
    )

"""Check the catalogue of actions: every mistake with its line; of each action what is believed, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from consumption.actions.acceptance import acceptance, own_words
from consumption.actions.catalogue import Action, Catalogue, package_goals, read
from consumption.actions.document import belief_in_words
from consumption.actions.unmatched import unmatched
from consumption.actions.wording import Lines
from consumption.config import ACTIONS_FILE, Workspace
from consumption.jobs import effects
from consumption.jobs.keys import store_of
from consumption.jobs.open_today import OpenToday, open_today
from consumption.jobs.opening import catalogue_of, lake_of

NOT_KNOWN = "for how many accounts each is open is not known until signals are kept (consumption recommend)"
EMPTY = (
    "no action stands in {file}, so nothing could be recommended to anybody; docs/actions.md says how to write one, "
    "and consumption init writes those of the package into a new folder"
)
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class ActionsChecked:
    """A catalogue without mistakes, and what is known of each action.

    `open`: see `open_today`; `learned`: see `learned_table.describe`; `answers`: see `acceptance`; `instead`: what
    people did in their own words, and how often; `look_at`: what it names and the tables do not; `file`: its name.
    """

    catalogue: Catalogue
    open: OpenToday | None = None
    learned: Rows = field(default_factory=dict)
    answers: Rows = field(default_factory=dict)
    instead: Sequence[tuple[str, int]] = ()
    look_at: Sequence[str] = ()
    file: str = ACTIONS_FILE

    @property
    def text(self) -> str:
        """A few lines an action, then what nobody can get, what to look at, and a summary."""
        actions = self.catalogue.actions
        if not actions:
            return EMPTY.format(file=self.file)
        lines = [line for action in actions for line in self._told(action)]
        if self.open and self.open.accounts and self.open.idle:
            lines.append(f"nobody can get: {', '.join(self.open.idle)}; see their conditions")
        if self.instead:
            said = "; ".join(f"{words} ({often:,})" for words, often in self.instead)
            lines.append(f"done in people's own words, which could become entries: {said}")
        known = f"by the signals of {self.open.as_of:%Y-%m-%d}" if self.open else NOT_KNOWN
        look = f"{len(self.look_at):,} to look at" if self.look_at else "no mistakes"
        return "\n".join([*lines, *self.look_at, "", f"{len(actions):,} actions, {look}; {known}"])

    def _told(self, action: Action) -> Iterator[str]:
        hours = action.hours + action.travel_hours
        what = "by itself" if action.delivery == "self_service" else f"{hours:g} hour{'' if hours == 1 else 's'}"
        yield f"{action.id}: {what}, {action.service_line}{self._fits(action)}"
        claims = "; ".join(belief_in_words(prior) for prior in action.priors)
        yield f"  claimed: {claims or 'nothing, so it is never worth its hours unless it must be done'}"
        yield from (f"  {line}" for line in _learned(self.learned.get(action.id, ())))
        yield from (f"  {_answered(row)}" for row in self.answers.get(action.id, ()))

    def _fits(self, action: Action) -> str:
        if self.open is None:
            return ""
        unseen = self.open.unseen.get(action.id)
        if unseen:
            names = ", ".join(unseen)
            return f", not known whom it fits until {names} is computed (consumption recommend)"
        return f", fits {self.open.fits[action.id]:,} of {self.open.accounts:,} accounts"


def check_actions(workspace: Workspace) -> ActionsChecked:
    """Read the catalogue; raises WrongCatalogue, which names every mistake with its line and what was meant."""
    catalogue = catalogue_of(workspace)
    with store_of(workspace) as store:
        decisions, responses = store.decisions_since(), store.responses_since()
    table = effects.learned_so_far(workspace)
    return ActionsChecked(
        catalogue,
        open_today(workspace, catalogue),
        learned={} if table is None else _by_action(table),
        answers=_by_action(acceptance(decisions, responses, catalogue.by_itself)),
        instead=own_words(decisions, responses, tuple(catalogue.by_id)),
        look_at=_look_at(workspace, catalogue),
        file=workspace.actions_file.name,
    )


def _look_at(workspace: Workspace, catalogue: Catalogue) -> tuple[str, ...]:
    """What the catalogue names and the workspace's tables do not, the goals of the package's own actions aside."""
    file = workspace.actions_file
    return tuple(
        unmatched(
            catalogue,
            Lines(read(file), file.name),
            vendors=_values(workspace, "products", "vendor"),
            goals=_values(workspace, "goals", "goal") | package_goals(),
        )
    )


def _values(workspace: Workspace, table: str, column: str) -> frozenset[str]:
    """All that was ever told in a column."""
    return frozenset(lake_of(workspace).scan(table).select(pl.col(column).drop_nulls().unique()).collect()[column])


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
    few = "" if one["accounts"] >= effects.OF_ITS_OWN else ", so it is rather what the others make likely"
    yield f"learned: {said}; done {one['accounts']:,} times where it can be judged{few}"
    error = one["standard_error"]
    by = f"policy value {one['gain']:+.2f} against the claim, in quarters held out (standard error {error:.2f})"
    if one["used"]:
        yield f"used: {by}; it counts with the other actions, and nothing speaks against it by a standard error"
    elif one["accounts"] == 0:
        yield "not used: it was not done yet where it can be judged"
    elif one["gain"] <= -error:
        yield f"not used: {by}; what is claimed did better, by a standard error or more"
    else:
        why = "but all actions together did no better than the catalogue, or too few accounts were served yet"
        yield f"not used: {by}; {why}"


def _answered(row: Mapping[str, Any]) -> str:
    """What became of the cards."""
    why = f" ({row['reasons']})" if row["reasons"] else ""
    return (
        f"answers: shown {row['shown']:,}, taken up {row['taken_up']:,}, put off {row['put_off']:,}, "
        f"not right {row['not_right']:,}{why}, something else instead {row['instead']:,}"
    )

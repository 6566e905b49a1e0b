"""What customers do with their contracts: leave, shrink, renew or grow, with probabilities given by their state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from consumption.world.arrays import Flags, Floats, Ints, Rows, logistic
from consumption.world.effects import GOODWILL, GROW, SHRINK
from consumption.world.pulse import Pulse
from consumption.world.state import WEEK, State

QUIET_DECISION_DAYS = 24  # where no notice is due, the decision is made this long before the end
# Log odds of not renewing where all is well, and what is added where it is not. Software is left because it is used
# little, machines because an outage drags on (by book); large customers leave because nobody in the house speaks for
# the product any more (by segment).
CALM = -3.2
LOW_USE = (4.4, 0.8, 2.2)
OUTAGE = (2.0, 5.5, 3.5)
SILENT = (1.2, 2.8, 4.5)
MONTHLY_SHARE = 0.14  # of the yearly odds, at the end of each month of a monthly contract


@dataclass(frozen=True)
class Odds(Rows):
    """One element an account and week: what may happen in it, and with what probability if it does."""

    decides: Flags
    ends: Flags
    leave: Floats  # at the decision point
    breaks: Floats  # in any week
    shrink: Floats  # at a renewal
    grow: Floats  # in any week


def decision_day(state: State) -> Ints:
    """The last day on which the customer can decide not to renew the running term."""
    lead = np.where(state.traits.auto_renews, state.traits.notice_days, QUIET_DECISION_DAYS)
    lead = np.where(state.traits.months == 1, np.minimum(lead, 10), lead)
    return np.asarray(state.ends - lead)


def odds(state: State, pulse: Pulse) -> Odds:
    """What may happen to each account's contract in the week that begins on `state.day`."""
    traits, lift = state.traits, state.lift
    decision = decision_day(state)
    monthly = np.where(traits.months == 1, MONTHLY_SHARE, 1.0)
    ends = (state.ends >= state.day) & (state.ends < state.day + WEEK)
    trouble = _trouble(state, pulse)
    return Odds(
        decides=(decision >= state.day) & (decision < state.day + WEEK),
        ends=ends,
        leave=monthly * logistic(trouble),
        breaks=0.0004 * logistic(trouble + 1.5),
        shrink=monthly * logistic(-2.8 + 4.4 * pulse.idle - 1.2 * pulse.crowded + 1.2 * lift[:, SHRINK]),
        grow=_growth(state, pulse) * np.where(ends, np.where(traits.months == 1, 1.5, 7.0), 1.0),
    )


def _trouble(state: State, pulse: Pulse) -> Floats:
    """Log odds of not renewing. What looks bad is harmless alone: it takes two things that go together."""
    traits = state.traits
    low, outage = np.array(LOW_USE)[traits.book], np.array(OUTAGE)[traits.book]
    silent = np.array(SILENT)[traits.segment]
    return np.asarray(
        CALM
        + low * pulse.low * (1.0 - pulse.onboarding)  # of the use without seasons
        + silent * pulse.silent * pulse.narrow
        + outage * pulse.friction * (state.severe > 1)
        + 3.2 * pulse.crowded * (1.0 - pulse.satisfied)
        - 0.8 * (state.fit - 0.6)
        - 1.3 * state.lift[:, GOODWILL]
        + traits.restless
    )


def _growth(state: State, pulse: Pulse) -> Floats:
    """Weekly probability of buying more: use presses against what was bought, and the customer is content."""
    pressed = np.exp(-8.0 + 3.4 * pulse.crowded * pulse.satisfied + 0.9 * pulse.satisfied * (1.0 - pulse.narrow))
    return np.asarray(np.minimum(pressed * np.exp(1.1 * state.lift[:, GROW]), 0.10))


def bought_more(state: State, grows: Flags, drawn: Floats) -> tuple[Floats, Floats]:
    """Quantity and second product of those that grow: a second product where there was none, or 12 to 50 % more."""
    adds = grows & (state.second == 0) & (drawn < 0.30)
    more = np.ceil(state.quantity * (1.12 + 0.38 * drawn))
    return np.where(grows & ~adds, more, state.quantity), np.where(adds, 1.0, state.second)


def bought_less(state: State, shrinks: Flags, drawn: Floats) -> tuple[Floats, Floats]:
    """Quantity and second product of those that shrink: without the second product, or 12 to 45 % less."""
    drops = shrinks & (state.second > 0) & (drawn < 0.35)
    less = np.maximum(np.floor(state.quantity * (0.88 - 0.33 * drawn)), 1.0)
    return np.where(shrinks & ~drops, less, state.quantity), np.where(drops, 0.0, state.second)

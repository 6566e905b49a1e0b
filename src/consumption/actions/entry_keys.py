"""What an entry of `actions.toml` may hold: each key with its meaning, its kind of value and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from consumption.actions.terms import CHOICES
from consumption.features.signal import DRIVERS
from consumption.models.increments.belief import OUTCOMES

Kind = Literal["text", "number", "whole number", "list of texts", "true or false", "date", "entries"]


@dataclass(frozen=True)
class Limits:
    """Between which bounds a number lies, both allowed unless `above`; `because`: why, where that is not plain."""

    least: float
    most: float
    above: bool = False
    because: str = ""

    def allow(self, value: float) -> bool:
        """Whether a number is within them; one that is none (NaN) is not."""
        return (self.least < value if self.above else self.least <= value) and value <= self.most

    @property
    def text(self) -> str:
        """The limits in words."""
        said = f"above {self.least:g} and at most" if self.above else f"from {self.least:g} to"
        return f"{said} {self.most:,.10g}{f' ({self.because})' if self.because else ''}"


@dataclass(frozen=True)
class Key:
    """A key that an entry may hold: what its value means, of which kind it is, and what it may be."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()
    limits: Limits | None = None


_HOURS = Limits(0, 1_000, because="of one account")
_MONEY = Limits(0, 1e9)
_DAYS = Limits(0, 3_650)
_ODDS = Limits(
    -1, 3, above=True, because="-1 would be certainty; 3 makes odds four times as high, more than any visit does"
)

KEYS: Mapping[str, Key] = {
    key.name: key
    for key in (
        Key("id", "text", "its name in settings, logs and answers: letters, digits and `_`, once", required=True),
        Key("title", "text", "what a rep reads on the card", required=True),
        Key(
            "motion",
            "text",
            "whether it keeps what the customer has or adds to it",
            required=True,
            choices=CHOICES["motion"],
        ),
        Key("service_line", "text", "whose work it is", required=True, choices=CHOICES["service_line"]),
        Key("hours", "number", "of our people; 0 where it runs by itself", required=True, limits=_HOURS),
        Key("eligible", "text", "for whom: one SQL expression, see below", required=True),
        Key("steps", "list of texts", "what the rep does, in 3 to 5 steps", required=True),
        Key("skill", "text", "of whose hours it takes; of anybody's of the service line where it does not say"),
        Key("delivery", "text", "how; `self_service` runs by itself and needs no card", choices=CHOICES["delivery"]),
        Key("travel_hours", "number", "of the journey, on top of `hours`; only where `on_site`", limits=_HOURS),
        Key("funding", "text", "who pays, see below", choices=CHOICES["funding"]),
        Key("cost", "number", "money for one account besides the hours", limits=_MONEY),
        Key(
            "discount",
            "number",
            "the share of the account's yearly value that the offer gives up, if the priors do not say it already",
            limits=Limits(0, 1),
        ),
        Key("cooldown_days", "whole number", "so long the same account does not get it again", limits=_DAYS),
        Key("contact_gap_days", "whole number", "so long after any other contact it is not done", limits=_DAYS),
        Key("mandatory", "true or false", "a duty: done wherever it is open, before all others"),
        Key("customer_steps", "list of texts", "what the customer does in it"),
        Key("goals", "list of texts", "of customers (table `goals`), in the same words, that it serves"),
        Key("vendor", "text", "only for accounts that own a product of that vendor (table `products`)"),
        Key("sponsored_until", "date", "the first day on which the vendor no longer pays for it; it is closed then"),
        Key("prior", "entries", "what it is believed to change, an `[[action.prior]]` each; without one, nothing"),
    )
}

PRIOR_KEYS: Mapping[str, Key] = {
    key.name: key
    for key in (
        Key("outcome", "text", "whose odds it changes", required=True, choices=OUTCOMES),
        Key("driver", "text", "where: in full where that driver is full (1)", required=True, choices=DRIVERS),
        Key("odds", "number", "by how much: -0.30 cuts them by 30 %", required=True, limits=_ODDS),
        Key(
            "accounts",
            "number",
            "how many accounts of evidence the claim is worth: the more, the longer it is believed",
            required=True,
            limits=Limits(0, 1_000_000, above=True),
        ),
    )
}

"""A signal in a sentence that a rep can say on the phone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from consumption.features.signal import Signal
from consumption.features.units import UNITS

Value = float | str | None

# Units that count things: nothing is said as "none".
_COUNTED = frozenset({"users", "events", "count", "quantity"})
# Labels that begin with one of these are no noun: their figure follows a colon.
_NO_NOUN = frozenset({"Used", "Paid", "Worth", "Comes"})
# Labels that tell a time begin with one of these; what is said instead of it: the time, then the rest of the label.
_TIMES = {
    "Days until ": "{1} in {0}",
    "Days since ": "It has been {0} since {1}",
    "Days from ": "It took {0} from {1}",
}
_BEYOND = " beyond that of similar accounts"
# Where the noun of a label ends: "Errors | per 100 events"; and words that are no plural for all their s.
_AFTER_NOUN = frozenset(
    {"against", "among", "beyond", "between", "by", "from", "in", "of", "out", "per", "since", "still", "that", "to"}
    | {"until", "who", "with"}
)
_NO_PLURAL = frozenset({"is", "its", "us", "this"})


@dataclass(frozen=True)
class Said:
    """A signal's value now, usually (the account's own baseline) and at similar accounts; None: not known."""

    signal: Signal
    value: Value
    baseline: Value = None
    peer: Value = None


def sentence(said: Said, *, change: bool = True) -> str:
    """What to say: a change from the account's own baseline (if `change`, and if there is one), else the level.

    "Weekly active users fell from 96 to 58; similar accounts: 71"; "It has been 21 days since last use, up from 1".
    No statistics words; figures rounded as spoken.
    """
    if said.signal.family == "peers" and said.signal.unit == "share":
        return _among_peers(said)
    if said.signal.unit == "flag" and said.value is not None:
        return _flag(said)
    return f"{_body(said, change=change)}{_peers(said)}"


def _body(said: Said, *, change: bool) -> str:
    """The sentence without the peers."""
    if said.value is None:
        return f"{_now(said.signal)} not known"
    if said.signal.label.startswith(tuple(_TIMES)):
        return _time(said, change=change)
    if said.signal.unit == "change":
        return _against(said)
    if not change or said.baseline is None or isinstance(said.value, str):
        return _level(said)
    return _moved(said)


def spoken(signal: Signal, value: Value) -> str:
    """A value as it is said: 12.4 users are "12", .82 is "82 %", 31,000 of money "31k", nothing "none"."""
    if value is None or isinstance(value, str):
        return value or "not known"
    if value == 0 and signal.unit in _COUNTED:
        return "none"
    if signal.unit == "days" and "day" in signal.label.lower():
        return UNITS["count"].say(value)
    return _AS_SPOKEN.get(signal.unit, UNITS[signal.unit].say)(value)


def _moved(said: Said) -> str:
    now, before = spoken(said.signal, said.value), spoken(said.signal, said.baseline)
    if now == before:
        return (
            f"{_name(said.signal)} stayed at {now}" if _is_noun(said.signal) else f"{_name(said.signal)}: still {now}"
        )
    rose = _number(said.value) > _number(said.baseline)
    window = _window(said.signal)
    if _is_noun(said.signal):
        return f"{_name(said.signal)} {'rose' if rose else 'fell'} from {_once(before, now)} to {now}{window}"
    return f"{_name(said.signal)}: {now}, {'up' if rose else 'down'} from {_once(before, now)}{window}"


def _level(said: Said) -> str:
    now = spoken(said.signal, said.value)
    return f"{_name(said.signal)} is {now}" if isinstance(said.value, str) else f"{_name(said.signal)}: {now}"


def _time(said: Said, *, change: bool) -> str:
    """A time and how it changed: "It has been 21 days since last use, up from 1"; "They can leave in 52 days"."""
    start = next(start for start in _TIMES if said.signal.label.startswith(start))
    now, rest = _number(said.value), said.signal.label.removeprefix(start)
    what, comma, more = rest.partition(",")
    text = _TIMES[start].format(UNITS["days"].say(now), what) if now >= 1 or "until" not in start else f"{what} now"
    text = f"{text[0].upper()}{text[1:]}{comma}{more}"
    before = None if said.baseline is None else spoken(said.signal, said.baseline)
    if not change or before is None or before == spoken(said.signal, said.value):
        return text
    return f"{text}, {'up' if now > _number(said.baseline) else 'down'} from {before}"


def _against(said: Said) -> str:
    """A signal that is a change already: "Use fell by 40 % against the 4 weeks before"."""
    value = _number(said.value)
    share = UNITS["change"].say(value).lstrip("+-")
    if _BEYOND in said.signal.label:
        return f"Use {'rose' if value > 0 else 'fell'} by {share} against that of similar accounts"
    subject, _, past = said.signal.label.partition(" against ")
    subject = subject.rstrip(",")
    steady = UNITS["change"].say(value).lstrip("+-") == UNITS["change"].say(0.0).lstrip("+-")
    if not past:
        return f"{subject}: {'no change' if steady else _direction(value)}"
    if steady:
        return f"{subject} held steady against {past}"
    return f"{subject} {'rose' if value > 0 else 'fell'} by {share} against {past}"


def _among_peers(said: Said) -> str:
    """A place among similar accounts: "88 % of similar accounts are ahead in features used"."""
    what = said.signal.label.partition(", among")[0]
    what = what[0].lower() + what[1:]
    if said.value is None:
        return f"How they compare with similar accounts in {what} is not known"
    place = _number(said.value)
    if place < 0.5:
        return f"{UNITS['share'].say(1.0 - place)} of similar accounts are ahead in {what}"
    return f"They are ahead of {UNITS['share'].say(place)} of similar accounts in {what}"


def _flag(said: Said) -> str:
    label = said.signal.label
    return f"It {label[0].lower()}{label[1:]}" if _number(said.value) else f"{label}: no"


def _peers(said: Said) -> str:
    if said.peer is None or _BEYOND in said.signal.label:
        return ""
    if isinstance(said.peer, str):
        return f"; most similar accounts: {said.peer}"
    if said.signal.unit == "change":
        return f"; similar accounts: {_direction(_number(said.peer))}"
    return f"; similar accounts: {spoken(said.signal, said.peer)}"


def _direction(value: float) -> str:
    share = UNITS["change"].say(value)
    if share.lstrip("+-") == UNITS["change"].say(0.0).lstrip("+-"):
        return "no change"
    return f"{'up' if value > 0 else 'down'} {share.lstrip('+-')}"


def _once(before: str, now: str) -> str:
    """Says "from 3 to 21 days" rather than "from 3 days to 21 days"."""
    return before.removesuffix(" days").removesuffix(" day") if now.endswith(" days") else before


def _name(signal: Signal) -> str:
    """The label; of "Last answer: would recommend us", the answer on "would recommend us"."""
    head, colon, tail = signal.label.partition(": ")
    return f'{head} on "{tail}"' if colon else signal.label


def _now(signal: Signal) -> str:
    return f"{_name(signal)} {'are' if _is_plural(signal) else 'is'}"


def _is_noun(signal: Signal) -> bool:
    return "," not in signal.label and signal.label.split()[0] not in _NO_NOUN


def _is_plural(signal: Signal) -> bool:
    for word in signal.label.lower().split():
        if word in _AFTER_NOUN:
            return False
        if word == "people" or (word.endswith("s") and not word.endswith("ss") and word not in _NO_PLURAL):
            return True
    return False


def _window(signal: Signal) -> str:
    """The window, where the label does not name one already."""
    named = any(word in signal.label.lower() for word in ("week", "day", "year", "month", "quarter"))
    if signal.window is None or named:
        return ""
    if signal.window % 7 == 0:
        return " in a week" if signal.window == 7 else f" in {signal.window // 7} weeks"
    return f" in {signal.window} days"


def _money(value: float) -> str:
    if value == 0:
        return "nothing"
    if abs(value) >= 999_500:
        return f"{value / 1e6:.1f}".removesuffix(".0") + "M"
    if abs(value) >= 9_950:
        return f"{value / 1e3:.0f}k"
    return f"{value:,.0f}"


def _number(value: Value) -> float:
    if value is None or isinstance(value, str):
        raise TypeError(f"a number was expected, not {value!r}")
    return value


def _points(value: float) -> str:
    return UNITS["count"].say(value).removesuffix(".0")


def _ratio(value: float) -> str:
    return _points(value) if value == 0 or abs(value) >= 1 else UNITS["ratio"].say(value)


# Where a unit is spoken otherwise than it is written.
_AS_SPOKEN: Mapping[str, Callable[[float], str]] = {"money": _money, "score": _points, "ratio": _ratio}

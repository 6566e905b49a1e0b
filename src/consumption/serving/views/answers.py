"""The answers that a card offers, and what they are called; what each means for the plan: `actions.meaning`."""

from __future__ import annotations

Choice = tuple[str, str]

SNOOZE_REASONS: tuple[Choice, ...] = (
    ("seasonal", "Quiet season, as every year"),
    ("customer_asked", "The customer asked for later"),
    ("waiting", "We are waiting for something"),
    ("no_time", "No time this week"),
)
DISMISS_REASONS: tuple[Choice, ...] = (
    ("wrong_data", "The numbers are wrong"),
    ("wrong_contact", "Wrong person to talk to"),
    ("wrong_time", "Wrong time"),
    ("customer_said_no", "The customer said no"),
    ("not_mine", "Not my account"),
    ("already_in_hand", "Already in hand"),
)
REASON_WORDS = dict(SNOOZE_REASONS + DISMISS_REASONS)
ENDED_WORDS = {
    "cleared": "No longer needed: its reason has cleared.",
    "displaced": "Something that is worth more needed its hours.",
    "week_over": "Its week is over.",
    "another": "Another card took its place.",
}

"""What interactions say, and what an action leaves behind when it was carried out."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, ...]] = {
    "severe": (
        "Nobody can sign in since this morning.",
        "The nightly export has failed for days and month end is near.",
        "Two lines stand still, the controller does not come back.",
        "Data of last week is missing from every report.",
    ),
    "ticket": (
        "How do I share a view with another team?",
        "The export shows the wrong time zone.",
        "Please add three colleagues.",
        "Loading takes much longer than last month.",
        "A button does nothing on the phone.",
        "The manual does not match what I see.",
    ),
    "csat": ("How content are you with the answer?",),
    "ces": ("How easy was it to get this solved?",),
    "nps": ("How likely are you to recommend us?",),
    "call": ("Asked how the start went.", "Talked about plans for next year.", "They will send figures next week."),
    "email": ("Sent the release notes.", "Answered a question about invoices.", "Sent a short guide."),
    "meeting": ("Went through use of the last quarter together.", "Met the new head of operations."),
    "training": ("Session for new users, hands on.", "Workshop on advanced features."),
    "visit": ("Walked through the hall with the shift lead.", "Checked sensors and replaced a filter."),
    "invoice": ("Invoice for the coming term.",),
    "outcome": (
        "They report a third less time for month end.",
        "They say scrap fell by four percent.",
        "Two days faster.",
    ),
}
FOLLOWS = {  # action carried out -> channel it leaves behind, minutes
    "onboarding_restart": ("training", 90),
    "enablement_training": ("training", 180),
    "feature_adoption_campaign": ("email", 10),
    "integration_help": ("call", 60),
    "technical_fix": ("call", 45),
    "health_check_on_site": ("visit", 240),
    "champion_building": ("meeting", 60),
    "executive_sponsor_call": ("call", 30),
    "value_review": ("meeting", 60),
    "right_size": ("meeting", 45),
    "outcome_contract": ("meeting", 60),
    "multi_year_renewal": ("meeting", 45),
    "add_capacity": ("call", 30),
    "cross_sell": ("call", 30),
    "billing_repair": ("call", 20),
}

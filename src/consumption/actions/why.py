"""Why an account that got nothing got nothing, in words that a rep may read."""

from __future__ import annotations

import polars as pl

INELIGIBLE, CONTACTED, LOWER, NO_HOURS, HELD_OUT, NOTICE = (
    "ineligible",
    "contacted_recently",
    "lower_value",
    "no_hours",
    "held_out",
    "notice_given",
)

# Held out reads as no hours: what is withheld must not be seen, or it would be done after all.
WHY_NOT = {
    INELIGIBLE: "No action of the catalogue fits this account today",
    CONTACTED: "It was contacted recently; let the last action work first",
    LOWER: "Doing nothing is best: no action is worth its hours here",
    NO_HOURS: "Not in this quarter's plan",
    HELD_OUT: "Not in this quarter's plan",
    NOTICE: "Notice was given, and no hours are left this week for the rescue",
}


def said(code: str) -> str:
    """The code as a rep may know it."""
    return NO_HOURS if code == HELD_OUT else code


def why_not(accounts: pl.DataFrame) -> pl.DataFrame:
    """Why each account got nothing: account_id, why_not (code).

    `accounts`: a row an account without an action: account_id, withheld, unseen (it rests after what was withheld),
    notice_given, contacted, rested (an action that fits was done not long ago), all true or false, best (value of its
    best open action; null where none is open).
    """
    nothing = pl.col("best").is_null()
    code = (
        pl.when("withheld").then(pl.lit(HELD_OUT))
        .when(pl.col("notice_given") & ~nothing).then(pl.lit(NOTICE))
        .when("contacted").then(pl.lit(CONTACTED))
        .when("unseen").then(pl.lit(HELD_OUT))
        .when(nothing & pl.col("rested")).then(pl.lit(CONTACTED))
        .when(nothing).then(pl.lit(INELIGIBLE))
        .when(pl.col("best") <= 0).then(pl.lit(LOWER))
        .otherwise(pl.lit(NO_HOURS))
    )  # fmt: skip
    return accounts.select("account_id", why_not=code)

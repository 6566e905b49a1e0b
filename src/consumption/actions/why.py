"""Why an account that got nothing got nothing, in words that a rep may read."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

INELIGIBLE, CONTACTED, LOWER, NO_HOURS, HELD_OUT, NOTICE, NOT_THEIRS = (
    "ineligible",
    "contacted_recently",
    "lower_value",
    "no_hours",
    "held_out",
    "notice_given",
    "not_theirs",
)

IN_TOUCH = "Somebody was in touch"
"""How every sentence begins that says so, whoever it was and whenever."""

# Held out reads as no hours: what is withheld must not be seen, or it would be done after all.
WHY_NOT = {
    INELIGIBLE: "No action of the catalogue fits this account today",
    CONTACTED: f"{IN_TOUCH} recently; let that work first",
    LOWER: "Doing nothing is best: no action is worth its hours here",
    NO_HOURS: "Not in this quarter's plan",
    HELD_OUT: "Not in this quarter's plan",
    NOTICE: "Notice was given, and no hours are left this week for the rescue",
    NOT_THEIRS: "Whoever has it said that it is not theirs; it waits for another owner",
}

# Why one action of an account lost, beside what is said above.
RESTED = "It was done not long ago"
LOSS = "It is not worth its hours here"


def told(whys: Collection[str | None], *, notice_given: bool) -> str:
    """Why an account got nothing (code), from why the actions lost that a rep may see of it, and from nothing else.

    So it is told of both arms in the same way: whether something is withheld, or what, changes no word. The order is
    that of `why_not`.
    """
    lost = {WHY_NOT[CONTACTED] if why and why.startswith(IN_TOUCH) else why for why in whys}
    if notice_given and lost & {WHY_NOT[NO_HOURS], LOSS}:
        return NOTICE
    order = (
        (WHY_NOT[CONTACTED], CONTACTED),
        (WHY_NOT[NO_HOURS], NO_HOURS),
        (LOSS, LOWER),
        (WHY_NOT[LOWER], LOWER),
        (WHY_NOT[NOT_THEIRS], NOT_THEIRS),
        (RESTED, CONTACTED),
    )
    return next((code for sentence, code in order if sentence in lost), INELIGIBLE)


def said(code: str) -> str:
    """The code as a rep may know it."""
    return NO_HOURS if code == HELD_OUT else code


def why_not(accounts: pl.DataFrame) -> pl.DataFrame:
    """Why each account got nothing: account_id, why_not (code).

    `accounts`: a row an account without an action: account_id, withheld, unseen (it rests after what was withheld),
    notice_given, contacted, not_theirs (what fits would go to somebody who said that it is not theirs), rested (an
    action that fits was done not long ago), all true or false, best (value of its best open action; null where none
    is open).
    """
    nothing = pl.col("best").is_null()
    code = (
        pl.when("withheld").then(pl.lit(HELD_OUT))
        .when(pl.col("notice_given") & ~nothing).then(pl.lit(NOTICE))
        .when("contacted").then(pl.lit(CONTACTED))
        .when("unseen").then(pl.lit(HELD_OUT))
        .when(nothing & pl.col("not_theirs")).then(pl.lit(NOT_THEIRS))
        .when(nothing & pl.col("rested")).then(pl.lit(CONTACTED))
        .when(nothing).then(pl.lit(INELIGIBLE))
        .when(pl.col("best") <= 0).then(pl.lit(LOWER))
        .otherwise(pl.lit(NO_HOURS))
    )  # fmt: skip
    return accounts.select("account_id", why_not=code)

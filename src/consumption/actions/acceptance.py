"""What became of the advice: how often each action was shown, taken up, put off or not right, and why."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from consumption.actions.meaning import MEANINGS
from consumption.actions.terms import NONE

POLICY, REP = "policy", "rep"
OWN_WORDS = 5
IN_OWN_WORDS = "in_own_words"
"""Attribute of a person's own choice: its action stands in no catalogue."""
TAKEN_UP = ("accepted", "completed", "handed_over")


def acceptance(decisions: pl.DataFrame, responses: pl.DataFrame, by_itself: Sequence[str] = ()) -> pl.DataFrame:
    """One row an action that was shown to somebody: action, shown, taken_up, put_off, not_right, instead, reasons.

    Counts of cards by their last answer; a card that nobody answered is only `shown`. `reasons`: why it was not
    right, with counts, the most frequent first. Nothing here is about a person.
    """
    sent = pl.col("action").is_in(list(by_itself))
    shown = decisions.filter((pl.col("decided_by") == POLICY) & (pl.col("action") != NONE) & ~sent)
    last = responses.sort("timestamp", "response_id").unique("decision_id", keep="last", maintain_order=True)
    rows = shown.join(last.select("decision_id", "response", "reason"), on="decision_id", how="left")
    said = pl.col("response")
    counts = rows.group_by("action").agg(
        shown=pl.len().cast(pl.Int64),
        taken_up=said.is_in(TAKEN_UP).sum().cast(pl.Int64),
        put_off=(said == "snoozed").sum().cast(pl.Int64),
        not_right=(said == "dismissed").sum().cast(pl.Int64),
        instead=(said == "replaced").sum().cast(pl.Int64),
    )
    return counts.join(_reasons(rows), on="action", how="left").with_columns(pl.col("reasons").fill_null("")).sort(
        "action"
    )  # fmt: skip


def own_words(decisions: pl.DataFrame, responses: pl.DataFrame, known: Sequence[str]) -> list[tuple[str, int]]:
    """What people did instead, or by themselves, that no entry is, most frequent first: words, how often."""
    instead = responses.filter((pl.col("response") == "replaced") & ~pl.col("action").is_in(list(known)))
    own = decisions.filter((pl.col("decided_by") == REP) & in_own_words())
    both = pl.concat([instead.select("action"), own.select("action")])
    said = both.select(words=pl.col("action").str.strip_chars()).filter(pl.col("words") != "")
    counts = said.group_by("words").agg(often=pl.len()).sort("often", "words", descending=[True, False])
    return [(words, int(often)) for words, often in counts.head(OWN_WORDS).iter_rows()]


def in_own_words() -> pl.Expr:
    """Whether a decision was told in words, which are no action that can be learned of or counted."""
    return (pl.col("attributes").str.json_path_match(f"$.{IN_OWN_WORDS}") == "true").fill_null(value=False)


def _reasons(rows: pl.DataFrame) -> pl.DataFrame:
    """action, reasons: those of the dismissed, in words; what is in own words counts as another."""
    codes = [code for response, code in MEANINGS if response == "dismissed" and code]
    refused = rows.filter(pl.col("response") == "dismissed").with_columns(
        said=pl.when(pl.col("reason").is_in(codes)).then("reason").otherwise(pl.lit("another reason"))
    )
    counts = refused.group_by("action", "said").agg(often=pl.len()).sort(
        "action", "often", "said", descending=[False, True, False]
    )  # fmt: skip
    entry = pl.format("{} {}", pl.col("said").str.replace_all("_", " "), "often")
    return counts.group_by("action", maintain_order=True).agg(reasons=entry.str.join(", "))

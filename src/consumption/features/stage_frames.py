"""Frames of the journey: the day on which each step was reached, and the stage an account is in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from consumption.features.in_force import decision_on, in_force
from consumption.features.known import Known

_ACCOUNT = "account_id"
# Before the day a contract is decided by, an account renews: as long as a quarter.
RENEW_DAYS = 91
# So many people, or machines, with value are a use that does not hang on one.
ADOPTERS = 3


@dataclass(frozen=True)
class Step:
    """A step of the journey: what reaches it, and by which day from the beginning it is due.

    An account can take it only where `needs` (has_core, has_contracts) holds.
    """

    name: str
    meaning: str
    due_days: int
    needs: str | None = None

    def can(self) -> pl.Expr:
        """Whether an account can take it."""
        return pl.col(self.needs) if self.needs else pl.lit(value=True)

    def due_day(self) -> pl.Expr:
        """The day by which it is due."""
        return pl.col("created_day") + pl.duration(days=self.due_days)

    def missed(self, day: date) -> pl.Expr:
        """Whether it was not reached though its day has passed."""
        return pl.col(self.name).is_null() & (self.due_day() < day)


STEPS = (
    Step("first_event", "a first event", 14),
    Step("first_value", "a first value event", 28),
    Step("three_users", "three different people, or machines, with an event", 42),
    Step(
        "core_feature",
        "a first event of a core feature of a product owned, where `products` name one",
        56,
        "has_core",
    ),
    Step("three_with_value", "three different people, or machines, with a value event", 84),
    Step("five_features", "five different features used", 84),
    Step("second_product", "a second product bought, where there is a first", 364, "has_contracts"),
)


def stages(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """One row an account: its stage and the day on which that was entered; steps of the journey passed and missed.

    renew: a contract in force is decided within 91 days, or notice was given; entered 91 days before the decision, or
    when the term began, of several with the first. Otherwise land: no value event yet; since the account began.
    adopt: fewer than three people, or machines, reached value; since the first did. expand: three have; since the
    third did. Adopt and expand are entered anew after a renewal: on the day a term in force began that follows
    another of the same product, or the day after a decision point that passed. An account whose contracts have all
    ended has none. Any event is value where settings declare none.
    """
    rows = _reached(known).join(_terms(known), on=_ACCOUNT, how="left")
    is_customer = ~pl.col("has_contracts") | pl.col("in_force").fill_null(value=False)
    return rows.select(
        _ACCOUNT,
        pl.when(is_customer).then(_stage()).alias("stage"),
        pl.when(is_customer).then(_entered()).alias("entered_day"),
        pl.when(is_customer).then(known.ago(_entered())).alias("stage_days"),
        pl.sum_horizontal(step.can() & pl.col(step.name).is_not_null() for step in STEPS).alias("passed"),
        pl.sum_horizontal(step.can() & step.missed(known.day) for step in STEPS).alias("missed"),
    )


def steps(known: Known) -> pl.LazyFrame:
    """A row an account and step it can take: account_id, step, reached_day, due_day, is_missed."""
    rows = _reached(known)
    return pl.concat(
        rows.filter(step.can()).select(
            _ACCOUNT,
            pl.lit(step.name).alias("step"),
            pl.col(step.name).alias("reached_day"),
            step.due_day().alias("due_day"),
            step.missed(known.day).alias("is_missed"),
        )
        for step in STEPS
    )


def _stage() -> pl.Expr:
    expanding, adopting = (pl.col(name).is_not_null() for name in ("three_with_value", "first_value"))
    return (
        pl.when(pl.col("renews_day").is_not_null()).then(pl.lit("renew"))
        .when(expanding).then(pl.lit("expand"))
        .when(adopting).then(pl.lit("adopt"))
        .otherwise(pl.lit("land"))
    )  # fmt: skip


def _entered() -> pl.Expr:
    """The day of the renewal's beginning; else that of the milestone, or of the renewal after it."""
    reached = pl.coalesce("three_with_value", "first_value")
    again = pl.when(reached.is_not_null()).then(pl.max_horizontal(reached, "renewed_day"))
    return pl.coalesce("renews_day", again, "created_day")


def _terms(known: Known) -> pl.LazyFrame:
    """One row an account with a contract in force: renews_day, renewed_day and in_force."""
    day, ahead = pl.lit(known.day), timedelta(days=RENEW_DAYS)
    contracts = known.contracts.lazy().with_columns(decision_on().alias("decision_on"))
    begun = contracts.group_by(_ACCOUNT, "product").agg(pl.col("starts_on").min().alias("first_start"))
    running = contracts.filter(in_force(known.day)).join(begun, on=[_ACCOUNT, "product"])
    leaves = pl.col("notice_given_on").is_not_null()
    near = leaves | ((pl.col("decision_on") >= day) & (pl.col("decision_on") <= day + ahead))
    begins = pl.max_horizontal(pl.col("decision_on") - ahead, "starts_on")
    followed = pl.col("starts_on").filter(pl.col("starts_on") > pl.col("first_start")).max()
    decided = pl.col("decision_on").filter((pl.col("decision_on") < day) & ~leaves).max() + pl.duration(days=1)
    return running.group_by(_ACCOUNT).agg(
        begins.filter(near).min().alias("renews_day"),
        pl.max_horizontal(followed, decided).alias("renewed_day"),
        pl.lit(value=True).alias("in_force"),
    )


def _reached(known: Known) -> pl.LazyFrame:
    """One row an account: the day of each step, null where not reached; created_day, has_core, has_contracts."""
    value = "first_value_day" if known.rules.value_events else "first_day"
    ever = known.lifetime
    used = ever.features.lazy()
    people = [
        part.lazy().select(_ACCOUNT, "first_day", pl.col(value).alias("value_day"))
        for part in (ever.users, ever.assets)
    ]
    actors = pl.concat(people)
    parts = (
        used.group_by(_ACCOUNT).agg(
            pl.col("first_day").min().alias("first_event"), pl.col(value).min().alias("first_value")
        ),
        _nth(used, "first_day", 5).rename({"first_day": "five_features"}),
        _nth(actors, "first_day", ADOPTERS).rename({"first_day": "three_users"}),
        _nth(actors, "value_day", ADOPTERS).rename({"value_day": "three_with_value"}),
        _core(known),
        _bought(known),
    )
    accounts = known.accounts.lazy().select(_ACCOUNT, "created_day")
    for part in parts:
        accounts = accounts.join(part, on=_ACCOUNT, how="left")
    return accounts.with_columns(pl.col("has_core", "has_contracts").fill_null(value=False))


def _nth(rows: pl.LazyFrame, day: str, number: int) -> pl.LazyFrame:
    """One row an account with so many rows that have a day: account_id, and the day on which they were as many."""
    # One number sorts faster than two columns.
    by_day = pl.col(_ACCOUNT).to_physical().cast(pl.Int64) * 1_000_000 + pl.col(day).to_physical()
    account = pl.col(_ACCOUNT)
    ordered = rows.select(_ACCOUNT, day).filter(pl.col(day).is_not_null()).sort(by_day)
    more = (account == account.shift(number)).fill_null(value=False)
    return ordered.filter((account == account.shift(number - 1)) & ~more)


def _core(known: Known) -> pl.LazyFrame:
    """One row an account that owns a product with core features: core_feature, has_core."""
    listed = known.products.lazy().select("product", pl.col("core_features").str.split(";").alias("event"))
    named = listed.explode("event").with_columns(pl.col("event").str.strip_chars())
    core = named.filter(pl.col("event").str.len_chars() > 0)
    owned = known.contracts.lazy().filter(in_force(known.day)).select(_ACCOUNT, "product").unique()
    mine = owned.join(core, on="product").select(_ACCOUNT, "event").unique()
    used = known.lifetime.features.lazy().select(_ACCOUNT, pl.col("event").cast(pl.String), "first_day")
    both = mine.join(used, on=[_ACCOUNT, "event"], how="left")
    return both.group_by(_ACCOUNT).agg(
        pl.col("first_day").min().alias("core_feature"), pl.lit(value=True).alias("has_core")
    )


def _bought(known: Known) -> pl.LazyFrame:
    """One row an account with a contract begun: second_product (the day a second one began), has_contracts."""
    begun = known.contracts.lazy().filter(pl.col("starts_on") <= known.day)
    first = begun.group_by(_ACCOUNT, "product").agg(pl.col("starts_on").min())
    second = _nth(first, "starts_on", 2).rename({"starts_on": "second_product"})
    owners = first.select(_ACCOUNT, pl.lit(value=True).alias("has_contracts")).unique()
    return owners.join(second, on=_ACCOUNT, how="left")

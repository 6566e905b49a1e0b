"""The terms that were signed, as rows of the contracts table."""

from __future__ import annotations

import numpy as np
import polars as pl

from consumption.tables import TIMESTAMP
from consumption.world.arrays import Floats, Ints, words
from consumption.world.books import (
    CREDITS_A_SEAT,
    HOURS_A_MACHINE,
    MACHINES,
    PRODUCTS,
    RESELLER,
)
from consumption.world.history import Past
from consumption.world.stories import GUARANTEE, GUARANTEED_LEVEL, PINNED
from consumption.world.truth import account_ids
from consumption.world.users import SECOND_SEATS, main_product, second_product

_KEY = ["account", "line", "term"]


def contracts(past: Past, rng: np.random.Generator) -> pl.DataFrame:
    """One row a contract and start, with all that was known of it before today; `received_at` only where unusual."""
    rows = pl.concat([_line(past, 0), _line(past, 1)]).sort("account", "line", "starts")
    same = pl.all_horizontal(
        pl.col(c) == pl.col(c).shift(1).over("account", "line") for c in ("term", "quantity", "arr")
    )
    rows = rows.filter(~same.fill_null(value=False))
    rows = _ended(past, rows)
    rows = _known(past, rows, rng)
    return _written(past, rows)


def _line(past: Past, line: int) -> pl.DataFrame:
    """Terms of the main product (0) or the second (1): quantity a year in its unit, and its yearly value."""
    terms, traits = past.terms, past.traits
    product = (second_product(past) if line else main_product(past))[terms.account]
    value = terms.price * terms.quantity * (traits.second_share[terms.account] if line else 1.0)
    frame = pl.DataFrame(
        {
            "account": terms.account,
            "line": np.full(len(product), line),
            "term": terms.term,
            "starts": terms.starts,
            "ends": terms.ends,
            "product": product,
            "quantity": _units(product, terms.quantity),
            "arr": np.round(value, 2),
            "bought": terms.second > 0 if line else np.ones(len(product), dtype=np.bool_),
        }
    )
    return frame.filter("bought")


def _units(product: Ints, quantity: Floats) -> Floats:
    """Quantity a year, in the product's own unit."""
    factor = {"hour": HOURS_A_MACHINE, "credit": CREDITS_A_SEAT, "asset": 1.0}
    each = np.array([factor.get(p.unit, SECOND_SEATS.get(p.name, 1.0)) for p in PRODUCTS])
    return np.asarray(np.maximum(np.round(quantity * each[product]), 1.0))


def _ended(past: Past, rows: pl.DataFrame) -> pl.DataFrame:
    """When each row stopped before its end: changed within its term, or given up; and the notice given for it."""
    following = pl.col("starts").shift(-1).over(_KEY)
    lost = pl.Series("lost", past.lost)
    noticed = pl.Series("noticed", past.noticed)
    rows = rows.with_columns(
        lost=lost.gather(rows["account"]), noticed=noticed.gather(rows["account"]), following=following
    )
    given_up = pl.when(pl.col("lost") < pl.col("ends")).then("lost")
    last = pl.col("following").is_null() & (pl.col("ends") >= pl.col("lost"))
    return rows.with_columns(
        ended=pl.coalesce("following", given_up),
        notice=pl.when(last & (pl.col("noticed") < past.today)).then("noticed"),
    )


def _known(past: Past, rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Without what was not known before today; `received` (in days) only where it is not the day before the start.

    Some renewals are signed weeks early, some late. A change within a term is known on the day it begins, together
    with the end of what it replaces.
    """
    drawn, days = (pl.Series(x) for x in (rng.random(rows.height), rng.integers(3, 23, rows.height)))
    auto = pl.Series(past.traits.auto_renews).gather(rows["account"])
    yearly = pl.Series(past.traits.months > 1).gather(rows["account"])
    opens = (pl.struct(_KEY) != pl.struct(_KEY).shift(1)).fill_null(value=True)
    renewal = opens & (pl.col("term") > 0) & pl.lit(yearly) & ~pl.col("account").is_in(PINNED.tolist())
    early, late = renewal & pl.lit(drawn < 0.10), renewal & pl.lit(~auto & (drawn > 0.94))
    start, noon = pl.col("starts"), 0.5
    received = (
        pl.when(early)
        .then(start - pl.lit(days))
        .when(late)
        .then(start + pl.lit(days))
        .when(~opens)
        .then(start + noon)
    )
    rows = rows.with_columns(received=received.cast(pl.Float64), auto=pl.lit(auto))
    known = pl.coalesce("received", start - 1.0) < past.today
    hidden = pl.when(pl.col("ended") < past.today).then("ended")
    return rows.filter(known).with_columns(ended=hidden)


def _written(past: Past, rows: pl.DataFrame) -> pl.DataFrame:
    traits, account = past.traits, rows["account"].to_numpy()
    months, outcome = traits.months[account], traits.by_outcome[account] & (rows["line"].to_numpy() == 0)
    machines = traits.book[account] == MACHINES
    counted = np.isin(rows["product"].to_numpy(), [i for i, p in enumerate(PRODUCTS) if p.unit in ("hour", "credit")])
    parts = np.where(counted, np.where(outcome, 4, np.where(months == 1, 12, 1)), 1)
    period = np.where(outcome, 1, np.where(months == 1, 2, 0))
    code = rows["product"].to_numpy()
    kind = words("kind", [p.kind for p in PRODUCTS], code).to_frame().with_columns(outcome=pl.Series(outcome))
    ids = account_ids(traits.number).gather(account)
    level = np.where(
        account == GUARANTEE, GUARANTEED_LEVEL, np.round(np.clip(0.25 + 0.65 * traits.fit[account], 0.4, 0.9), 2)
    )
    return rows.select(
        contract_id="C"
        + ids.str.slice(1)
        + "-"
        + (pl.col("line") + 1).cast(pl.String)
        + "-"
        + (pl.col("term") + 1).cast(pl.String).str.zfill(2),
        account_id=ids,
        product=words("product", [p.name for p in PRODUCTS], code),
        starts_on=_date("starts"),
        ends_on=_date("ends"),
        quantity=(pl.col("quantity") / pl.Series(parts)).round(0),
        arr="arr",
        kind=kind.select(pl.when("outcome").then(pl.lit("outcome")).otherwise("kind")).to_series(),
        unit=words("unit", [p.unit for p in PRODUCTS], code),
        period=words("period", ["year", "quarter", "month"], period),
        ended_on=_date("ended"),
        auto_renews="auto",
        notice_days=pl.Series(np.where(traits.auto_renews[account], traits.notice_days[account], 0)),
        notice_given_on=_date("notice"),
        unit_price=(pl.col("arr") / pl.col("quantity")).round(4),
        overage_price=pl.when(pl.Series(counted)).then((pl.col("arr") / pl.col("quantity") * 1.2).round(4)),
        rolls_over=pl.lit(value=False),
        currency=pl.lit("EUR"),
        margin=pl.Series(np.where(traits.book[account] == RESELLER, 0.14, np.where(machines, 0.45, 0.78))),
        guaranteed=pl.when(pl.Series(outcome)).then(pl.Series(level)),
        measured_over=pl.when(pl.Series(outcome)).then(pl.lit("quarter")),
        penalty=pl.when(pl.Series(outcome)).then((pl.col("arr") * 0.04).round(0)),
        received_at=(pl.col("received") * 86_400_000_000).cast(pl.Int64).cast(TIMESTAMP),
    )


def _date(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int32).cast(pl.Date)


def invoiced(past: Past) -> pl.DataFrame:
    """One row an account and term: account, starts, and the yearly value at its start."""
    rows = pl.concat([_line(past, 0), _line(past, 1)])
    opening = rows.filter(pl.col("starts") == pl.col("starts").min().over("account", "term"))
    return opening.group_by("account", "term", "starts").agg(pl.col("arr").sum()).sort("account", "term")
